"""Solving, powers and the 2-norm of matrices: values, derivatives against torch, axes, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import linalg

from bracketcalc.calculus.derivatives import gradient, jvp
from bracketcalc.errors import ArgumentError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import identity, tensor
from bracketcalc.expr.core import Tensor
from bracketcalc.functions.forms import exp, inv, log, sqrt
from bracketcalc.functions.matrix_forms import matrix_power, norm2, symmetric_function
from bracketcalc.functions.solving import solve
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(
    ("batch", "rest"), [((), ()), ((), (3,)), ((), (3, 2)), ((2,), (3,)), ((2, 3), (1,)), ((0,), (2,))]
)
def test_solve(batch: tuple[int, ...], rest: tuple[int, ...]) -> None:
    a, b = normal((*batch, 4, 4)), normal((*batch, 4, *rest), 1)
    A, B = Tensor("A", a.shape), Tensor("B", b.shape)
    expr = solve(A, B)
    assert expr.sizes == B.sizes
    columns = b.reshape(*batch, 4, int(np.prod(rest)))
    expected = np.linalg.solve(a, columns).reshape(b.shape)
    np.testing.assert_allclose(evaluate(expr, {"A": a, "B": b}), expected, rtol=1e-11, atol=1e-12)


def test_the_gradient_of_solve_is_one_adjoint_solve() -> None:
    """∇_b = A⁻ᵀ g and ∇_A = -A⁻ᵀ g xᵀ for the cotangent g of x = A⁻¹ b"""
    A, b, g = tensor("A", ("n", "n")), tensor("b", ("n",)), tensor("g", ("n",))
    x = solve(A, b)
    adjoint = solve(A.T, g)
    assert equal(gradient(dot(g, x), b), adjoint)
    arrays = {"A": normal((4, 4)), "b": normal((4,), 1), "g": normal((4,), 2)}
    u, v = evaluate(adjoint, arrays), evaluate(x, arrays)
    np.testing.assert_allclose(evaluate(gradient(dot(g, x), A), arrays), -np.outer(u, v), rtol=1e-11)


def test_a_singular_solve_is_an_error() -> None:
    A, b = tensor("A", ("n", "n")), tensor("b", ("n",))
    with pytest.raises(SingularMatrixError, match="a matrix is singular"):
        evaluate(solve(A, b), {"A": np.zeros((2, 2)), "b": np.ones(2)})


@pytest.mark.parametrize("exponent", [-3, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (2, 3, 3), (3, 0, 0)])
def test_matrix_power_and_its_gradient(shape: tuple[int, ...], exponent: int) -> None:
    torch = pytest.importorskip("torch")
    x, weights = normal(shape), normal(shape, 1)
    X, W = Tensor("X", shape), Tensor("W", shape)
    expr = matrix_power(X, exponent)
    expected = np.linalg.matrix_power(x, exponent)
    assert expr.sizes == shape
    np.testing.assert_allclose(evaluate(expr, {"X": x}), expected, rtol=1e-9, atol=1e-10)
    point = torch.tensor(x, requires_grad=True)
    (torch.linalg.matrix_power(point, exponent) * torch.tensor(weights)).sum().backward()
    slope = np.zeros(shape) if point.grad is None else point.grad.numpy()
    found = evaluate(gradient(dot(W, expr), X), {"X": x, "W": weights})
    np.testing.assert_allclose(found, slope, rtol=1e-9, atol=1e-9)


def test_matrix_power_is_a_product() -> None:
    A = tensor("A", ("n", "n"))
    assert equal(matrix_power(A, 3), A @ A @ A)
    assert equal(matrix_power(A, -2), inv(A) @ inv(A))
    assert matrix_power(A, 0) == identity("n")


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 3), (2, 4, 3), (2, 1, 2, 2)])
def test_norm2_and_its_gradient(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x = normal(shape)
    names = tuple(f"n{axis}" for axis in range(len(shape)))
    for X in (Tensor("X", shape), tensor("X", names)):
        expr = norm2(X)
        point = torch.tensor(x, requires_grad=True)
        expected = torch.linalg.matrix_norm(point, 2)
        (expected**2).sum().backward()
        sizes = dict(zip(names, shape, strict=True))
        np.testing.assert_allclose(evaluate(expr, {"X": x}), expected.detach().numpy(), rtol=1e-13)
        found = evaluate(gradient(dot(expr, expr), X), {"X": x}, sizes)
        np.testing.assert_allclose(found, point.grad.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("form", "of_matrix"), [(exp, linalg.expm), (log, linalg.logm), (sqrt, linalg.sqrtm)]
)
def test_a_function_of_symmetric_matrices_and_its_block_form(form: Any, of_matrix: Any) -> None:
    """The upper right block of f([[X, E], [0, X]]) is df(X; E)."""
    x, e = normal((4, 4)), normal((4, 4), 1)
    x, e = x @ x.T + np.eye(4), e + e.T
    X, E = tensor("X", ("n", "n")), tensor("E", ("n", "n"))
    F = symmetric_function(form, X)
    expected = of_matrix(np.block([[x, e], [np.zeros((4, 4)), x]]))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(evaluate(F, {"X": x}), expected[:4, :4], atol=1e-12 * scale)
    found = evaluate(jvp(F, {X: E}), {"X": x, "E": e})
    np.testing.assert_allclose(found, expected[:4, 4:], atol=1e-11 * scale)
    adjoint = evaluate(gradient(dot(E, F), X), {"X": x, "E": e})
    np.testing.assert_allclose(adjoint, found, atol=1e-11 * scale)
    S = Tensor("S", (2, 4, 4))
    stack = evaluate(symmetric_function(form, S), {"S": np.stack([x, 2 * x])})
    np.testing.assert_allclose(stack[1], of_matrix(2 * x), rtol=1e-10, atol=1e-11 * np.abs(stack).max())


def test_bad_arguments() -> None:
    A, b, R = Tensor("A", (3, 3)), Tensor("b", (4,)), Tensor("R", (2, 3))
    with pytest.raises(ShapeError, match="as many rows as the matrix: 4 against 3"):
        solve(A, b)
    with pytest.raises(ShapeError, match="solve takes a square matrix, but there are 2 rows"):
        solve(R, b)
    with pytest.raises(ShapeError, match="solve needs at least 2 axes of b, but it has 1"):
        solve(Tensor("S", (2, 4, 4)), b)
    with pytest.raises(ShapeError, match="matrix_power takes a square matrix, but b has 1 axes"):
        matrix_power(b, 2)
    with pytest.raises(ArgumentError, match=r"is an integer, got 0\.5"):
        matrix_power(A, 0.5)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="norm2 takes a matrix, but b has 1 axes"):
        norm2(b)
