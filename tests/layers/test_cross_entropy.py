"""The two ways to the gradient of softmax cross-entropy: through ∇s¹, and by rows (paper §6.3, §6.3.1)."""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers

A, PLAIN = bc.tensors("A[N,k] Y[N,k]")
KNOWN = bc.tensor("Y", ("N", "k"), assume=bc.sums_to_one(axis=1))
COUNT = A.sizes[0]


def general(labels: bc.Tensor) -> bc.Expr:
    r"""Return E = -1/N (Y ⊘ Z_L)^{1\bar 2} ⊙^{13} ∇s¹(A_L) (40), with ∇s¹ as §4.3.5 gives it."""
    Z = bc.softmax(A, axis=1)
    slope = bc.einsum("Ni,ij->Nji", Z, bc.identity("k")) - bc.einsum("Ni,Nj->Nji", Z, Z)
    return -bc.odot(labels / Z, slope, axes=((0, 1), (0, 1)), sum=(1,)) / COUNT


def easy(labels: bc.Tensor) -> bc.Expr:
    """Return E = -1/N (Y - Z_L) (44)."""
    return -(labels - bc.softmax(A, axis=1)) / COUNT


def longer(labels: bc.Tensor) -> bc.Expr:
    """Return 1/N (Z_L ⊙ (Y 𝟏 𝟏ᵀ) - Y), in which the rows of Y may have any sums."""
    return bc.parse("1/N (Z ⊙ (Y 𝟏 𝟏ᵀ) - Y)", Z=bc.softmax(A, axis=1), Y=labels, N=COUNT)


def test_the_gradient_of_softmax_is_that_of_the_paper() -> None:
    a = bc.tensor("a", "k")
    s = bc.softmax(a, axis=0)
    slope = bc.einsum("i,ij->ij", s, bc.identity("k")) - bc.outer(s, s)
    assert bc.equal(bc.jacobian(s, a), slope)


@pytest.mark.parametrize("log", [True, False])
def test_both_ways_give_one_gradient_if_the_rows_sum_to_one(log: bool) -> None:
    softmax = bc.softmax(A, axis=1)
    loss = (
        layers.softmax_cross_entropy(A, KNOWN)
        if log
        else -bc.dot(bc.log(bc.define("Z_L", softmax)), KNOWN) / COUNT
    )
    gradient = bc.gradient(loss, A)
    for one in (general(KNOWN), longer(KNOWN), gradient):
        assert bc.equal(one, easy(KNOWN))
    assert str(bc.simplify(general(KNOWN))) == "1/N (softmax^{1}(A) - Y)"


def test_without_the_fact_the_sums_of_the_rows_stay() -> None:
    gradient = bc.gradient(layers.softmax_cross_entropy(A, PLAIN), A)
    assert str(gradient) == "1/N (softmax^{1}(A) ⊙ (Y 𝟏 𝟏ᵀ) - Y)"
    for one in (gradient, general(PLAIN)):
        assert bc.equal(one, longer(PLAIN))
        assert not bc.equal(one, easy(PLAIN))
    assert not bc.equal(longer(PLAIN), easy(PLAIN))


def test_the_fact_about_another_axis_does_not_help() -> None:
    columns = bc.tensor("Y", ("N", "k"), assume=bc.sums_to_one(axis=0))
    assert bc.equal(general(columns), longer(columns))
    assert not bc.equal(general(columns), easy(columns))


@pytest.mark.parametrize("labels", ["one-hot", "soft"])
@pytest.mark.parametrize("route", [layers.softmax_cross_entropy, None])
def test_extreme_logits(labels: str, route: object) -> None:
    """Row i: the logits are ±1e300; the loss of a certain row is 0 for the right label, else 2e300."""
    if route is None:
        loss = layers.cross_entropy(bc.define("Z", bc.softmax(A, axis=1)), KNOWN)
    else:
        loss = layers.softmax_cross_entropy(A, KNOWN)
    program = bc.compile([loss, bc.gradient(loss, A)])
    logits = np.array(
        [[1e300, -1e300, -1e300], [-1e300, -1e300, 1e300], [1e300, 1e300, -1e300], [0.0, 0.0, 0.0]]
    )
    target = np.eye(3)[[0, 2, 1, 1]] if labels == "one-hot" else np.full((4, 3), 1 / 3)
    value, gradient = program(A=logits, Y=target)
    probabilities = np.array([[1, 0, 0], [0, 0, 1], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(gradient, (probabilities - target) / 4, rtol=1e-15, atol=1e-16)
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(value, -(logs * target).sum() / 4, rtol=1e-14)
