"""The Cholesky factor and the lower triangle, against torch and at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, jvp
from bracketcalc.errors import ArgumentError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot, trace
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.matrix_cholesky import CHOLESKY, TRIL
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal

Array = np.ndarray[Any, Any]


def positive(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Return matrices that are not symmetric, with a positive definite symmetric part."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) + 2 * shape[-1] * np.eye(shape[-1])


def test_known_factor() -> None:
    x = np.array([[4.0, 2], [2, 10]])
    np.testing.assert_allclose(CHOLESKY.value(np, x), [[2, 0], [1, 3]], rtol=1e-15)
    # Only the symmetric part counts.
    x = np.array([[4.0, 5], [-1, 10]])
    np.testing.assert_allclose(CHOLESKY.value(np, x), [[2, 0], [1, 3]], rtol=1e-15)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 4, 4), (2, 3, 2, 2)])
def test_value_and_gradient_against_torch(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x = positive(shape)
    weights = np.random.default_rng(1).standard_normal(shape)
    X, W = Tensor("X", shape), Tensor("W", shape)
    L = Map(CHOLESKY, X, len(shape) - 2)
    point = torch.tensor(x, requires_grad=True)
    expected = torch.linalg.cholesky(0.5 * (point + point.mT))
    (expected * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(evaluate(L, {"X": x}), expected.detach().numpy(), rtol=1e-13, atol=1e-14)
    found = evaluate(gradient(dot(W, L), X), {"X": x, "W": weights})
    np.testing.assert_allclose(found, point.grad.numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(found, np.swapaxes(found, -1, -2), rtol=1e-12, atol=1e-13)


def test_the_adjoint_of_the_differential() -> None:
    """⟨G, dL⟩ = ⟨(dL)* G, dX⟩"""
    X, V, G = (tensor(name, ("b", "n", "n")) for name in "XVG")
    L = Map(CHOLESKY, X, 1)
    rng = np.random.default_rng(2)
    arrays = {"X": positive((3, 4, 4)), "V": rng.standard_normal((3, 4, 4))}
    arrays["G"] = rng.standard_normal((3, 4, 4))
    forward = evaluate(dot(G, jvp(L, {X: V})), arrays)
    backward = evaluate(dot(V, gradient(dot(G, L), X)), arrays)
    np.testing.assert_allclose(forward, backward, rtol=1e-12)


def test_the_product_of_the_factors_has_the_differential_of_the_matrix() -> None:
    """L Lᵀ = (X + Xᵀ)/2, so the gradient of tr(C L Lᵀ) is (C + Cᵀ)/2."""
    x, c = positive((4, 4)), np.random.default_rng(3).standard_normal((4, 4))
    X, C = tensor("X", ("n", "n")), tensor("C", ("n", "n"))
    L = Map(CHOLESKY, X, 0)
    found = evaluate(gradient(trace(C @ L @ L.T), X), {"X": x, "C": c})
    np.testing.assert_allclose(found, 0.5 * (c + c.T), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("x", [np.zeros((2, 2)), np.diag([1.0, -1]), np.ones((2, 3, 3))])
def test_an_error_where_a_matrix_is_not_positive_definite(x: Array) -> None:
    x = x - 1e-6 * np.eye(x.shape[-1])
    with pytest.raises(SingularMatrixError, match="a matrix is not positive definite"):
        CHOLESKY.value(np, x)


def test_other_bad_arguments() -> None:
    with pytest.raises(ArgumentError, match="cholesky is a function of real matrices"):
        CHOLESKY.value(np, np.eye(2, dtype=complex))
    with pytest.raises(ShapeError, match="cholesky takes a square matrix, but there are 3 rows"):
        Map(CHOLESKY, Tensor("X", (3, 2)), 0)


def test_tril_of_matrices_that_are_not_square() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(TRIL.value(np, x), np.tril(x))
    X = Tensor("X", (Size("b"), Size("n"), Size("k")))
    Y = Map(TRIL, X, 1)
    assert Y.sizes == X.sizes
    assert equal(gradient(dot(Y, Y), X), 2 * Y)
