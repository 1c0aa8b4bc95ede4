"""Exercises 4.13 to 4.15 of the notes on differentiation: a gradient has the rank of its batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate
from bracketcalc.traverse import tensors_in

SIZES = {"n": 6, "m": 5, "p": 4, "r": 3}


def gradient_of(expr: bc.Expr, *variables: bc.Expr) -> list[npt.NDArray[Any]]:
    """Return the values of the gradients at random arrays."""
    random = np.random.default_rng(0)
    arrays = {
        tensor.name: random.standard_normal([SIZES[str(size)] for size in tensor.sizes])
        for tensor in tensors_in([expr])
    }
    return [evaluate(found, arrays, SIZES) for found in bc.gradient(expr, list(variables))]


A, b, x, B, c, y = bc.tensors("A[m,n] b[m] x[n] B[p,m] c[p] y[p]")
X, Y = bc.tensors("X[r,n] Y[r,p]")


def test_one_sample_gives_an_outer_product_4_13() -> None:
    """∇_A ℓ(σ(Ax + b)) = (σ'(Ax + b) ⊙ ∇ℓ) xᵀ"""
    expr = bc.logsumexp(bc.tanh(A @ x + b))
    found = bc.gradient(expr, A)
    expected = bc.parse("((1 - tanh(A x + b) ⊙ tanh(A x + b)) ⊙ softmax(tanh(A x + b))) xᵀ", A=A, x=x, b=b)
    assert bc.equal(found, expected)
    assert np.linalg.matrix_rank(gradient_of(expr, A)[0]) == 1


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_at_any_depth_4_14(depth: int) -> None:
    z = bc.define("z_0", x)
    weights = [
        bc.tensor("W_1", ("m", "n")),
        *[bc.tensor(f"W_{k}", ("m", "m")) for k in range(2, depth + 1)],
    ]
    for k, W in enumerate(weights, 1):
        z = bc.define(f"z_{k}", bc.tanh(W @ z + b))
    expr = bc.logsumexp(z)
    for found, W, k in zip(bc.gradient(expr, weights), weights, range(depth), strict=True):
        # The last factor is the input of the layer: the gradient is a column times its transpose.
        assert str(found).endswith(f" z_{k}ᵀ")
        assert found.sizes == W.sizes
    assert [np.linalg.matrix_rank(value) for value in gradient_of(expr, *weights)] == [1] * depth


def test_a_batch_of_r_samples_gives_rank_r_4_15() -> None:
    """The gradient is a product of matrices with r columns and r rows."""
    hidden = bc.define("H", bc.sigmoid(X @ A.T + bc.outer(bc.ones("r"), b)))
    error = hidden @ B.T - Y
    expr = bc.dot(error, error) / 3
    found = bc.gradient(expr, [A, B])
    assert [str(part)[-1] for part in found] == ["X", "H"]
    assert [np.linalg.matrix_rank(value) for value in gradient_of(expr, A, B)] == [3, 3]
