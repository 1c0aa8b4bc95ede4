"""Derivatives through roots, and Newton's method: against closed forms, differences and solved problems."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian
from bracketcalc.calculus.implicit import (
    implicit_gradient,
    implicit_jacobian,
    newton_step,
    quadratic_model,
    root,
)
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, DerivativeError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import define, identity, scalar, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import exp, inv, log, softplus, solve, tanh
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def both(expr: Expr, arrays: dict[str, Array]) -> Array:
    """Return the value by the reference, after comparing a compiled program with it."""
    expected = evaluate(expr, arrays)
    program = compile(expr)
    found = program(**{name: arrays[name] for name in program.arguments})
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    return expected


def vector_problem() -> tuple[list[Expr], dict[str, Array]]:
    """Return g = x + tanh(W x) / 4 - b, J = c · exp(x) + b · b, and arrays with x at the root."""
    W, b, x, c = tensors("W[n,n] b[n] x[n] c[n]")
    arrays = {"W": normal((4, 4)), "b": normal((4,), 1), "c": normal((4,), 2)}
    return [W, b, x, c, x + tanh(W @ x) / 4 - b, dot(c, exp(x)) + dot(b, b)], solved(arrays)


def solved(arrays: dict[str, Array]) -> dict[str, Array]:
    """Return the arrays with the root of the problem of vectors."""
    w, b = arrays["W"], arrays["b"]
    found = optimize.fsolve(lambda x: x + np.tanh(w @ x) / 4 - b, b)
    for _ in range(3):
        slope = np.eye(4) + (1 - np.tanh(w @ found) ** 2)[:, None] * w / 4
        found = found - np.linalg.solve(slope, found + np.tanh(w @ found) / 4 - b)
    return {**arrays, "x": found}


def difference(name: str, value: Any, arrays: dict[str, Array], step: float = 1e-4) -> Array:
    """Return the derivative of ``value(arrays)`` in each element of an array, the root found anew."""
    found = []
    for index in np.ndindex(arrays[name].shape):
        values = []
        for sign in (-2, -1, 1, 2):
            moved = arrays[name].copy()
            moved[index] += sign * step
            values.append(value(solved({**arrays, name: moved})))
        found.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step))
    return np.moveaxis(np.array(found).reshape((*arrays[name].shape, *np.shape(found[0]))), 0, 0)


def test_gradient_through_a_root_of_vectors() -> None:
    (W, b, x, _c, g, J), arrays = vector_problem()
    for name, found in zip("Wb", implicit_gradient(J, g, x, [W, b]), strict=True):
        expected = difference(name, lambda at: evaluate(J, at), arrays)
        np.testing.assert_allclose(both(found, arrays), expected, rtol=1e-8, atol=1e-9)


def test_it_costs_one_adjoint_solve() -> None:
    (W, b, x, _c, g, J), arrays = vector_problem()
    program = compile(implicit_gradient(J, g, x, [W, b]))
    program(**{name: arrays[name] for name in program.arguments})
    source = program.source()
    assert sum("solve" in line for line in source.splitlines() if line.startswith("# f")) == 1
    solver = next(
        line.split()[1] for line in source.splitlines() if line.startswith("# f") and "solve" in line
    )
    assert source.count(f"{solver}(") == 1


def test_the_jacobian_of_a_root() -> None:
    (W, b, x, _c, g, _J), arrays = vector_problem()
    found = both(implicit_jacobian(g, x, b), arrays)
    expected = difference("b", lambda at: at["x"], arrays)
    np.testing.assert_allclose(found, expected.T, rtol=1e-8, atol=1e-9)
    assert implicit_jacobian(g, x, W).sizes == (*x.sizes, *W.sizes)


def test_a_linear_system_is_a_root() -> None:
    A, b, x, c = tensors("A[n,n] b[n] x[n] c[n]")
    arrays = {"A": normal((3, 3)) + 4 * np.eye(3), "b": normal((3,), 1), "c": normal((3,), 2)}
    arrays["x"] = np.linalg.solve(arrays["A"], arrays["b"])
    implicit = implicit_gradient(dot(c, x), A @ x - b, x, [A, b])
    explicit = gradient(dot(c, solve(A, b)), [A, b])
    for one, two in zip(implicit, explicit, strict=True):
        np.testing.assert_allclose(both(one, arrays), both(two, arrays), rtol=1e-12)


def test_a_scalar_root() -> None:
    """x² = p: dx/dp = 1/(2 x)"""
    p, x = scalar("p"), scalar("x")
    assert equal(implicit_gradient(x**3, x**2 - p, x, p), 3 * x / 2)
    assert equal(implicit_jacobian(x**2 - p, x, p), 1 / (2 * x))
    assert equal(root(x**2 - p, x), x - (x**2 - p) / (2 * x))


def test_a_root_that_is_a_matrix() -> None:
    """The equation of Lyapunov A X + X Aᵀ = Q, and X X = P, whose root is the square root."""
    A, Q, X, P = tensors("A[n,n] Q[n,n] X[n,n] P[n,n]")
    a, q = normal((3, 3)) + 4 * np.eye(3), normal((3, 3), 1)
    n = 3
    operator = np.kron(a, np.eye(n)) + np.kron(np.eye(n), a)
    arrays = {"A": a, "Q": q, "X": np.linalg.solve(operator, q.ravel()).reshape(n, n)}
    found = both(implicit_gradient(X.sum(), A @ X + X @ A.T - Q, X, Q), arrays)
    np.testing.assert_allclose(found, np.linalg.solve(operator.T, np.ones(9)).reshape(3, 3), rtol=1e-11)
    r = normal((3, 3)) + 4 * np.eye(3)
    slope = both(implicit_jacobian(X @ X - P, X, P), {"X": r, "P": r @ r})
    direction = normal((3, 3), 5)
    moved = np.tensordot(slope, direction, 2)
    np.testing.assert_allclose(r @ moved + moved @ r, direction, rtol=1e-11, atol=1e-12)


def test_a_root_as_an_expression_has_its_derivatives() -> None:
    (W, b, x, c, g, _J), arrays = vector_problem()
    J = dot(c, exp(x)) + dot(b, b)
    at_root = dot(c, exp(root(g, x))) + dot(b, b)
    np.testing.assert_allclose(both(root(g, x), arrays), arrays["x"], rtol=1e-14, atol=1e-15)
    for one, two in zip(gradient(at_root, [W, b]), implicit_gradient(J, g, x, [W, b]), strict=True):
        np.testing.assert_allclose(both(one, arrays), both(two, arrays), rtol=1e-11, atol=1e-12)


def test_second_derivatives_of_a_root() -> None:
    """With one step they would be wrong; with the order 2 they are those of the root."""
    (_W, b, x, c, g, _J), arrays = vector_problem()
    slope = implicit_gradient(dot(c, exp(x)), g, x, b)
    expected = difference("b", lambda at: evaluate(slope, at), arrays)
    right = evaluate(hessian(dot(c, exp(root(g, x, order=2))), b), arrays)
    np.testing.assert_allclose(right, expected, rtol=1e-7, atol=1e-8)
    rough = evaluate(hessian(dot(c, exp(root(g, x))), b), arrays)
    assert np.abs(rough - expected).max() > 1e-3


def test_definitions_are_seen_through() -> None:
    W, b, x = tensors("W[n,n] b[n] x[n]")
    arrays = vector_problem()[1]
    y = define("y", tanh(W @ x))
    named, plain = x + y / 4 - b, x + tanh(W @ x) / 4 - b
    J = dot(x, x)
    found = implicit_gradient(J, named, x, b)
    np.testing.assert_allclose(both(found, arrays), both(implicit_gradient(J, plain, x, b), arrays))
    twice = evaluate(root(named, x, order=2), arrays)
    np.testing.assert_allclose(twice, evaluate(root(plain, x, order=2), arrays), rtol=1e-14)


def test_newton_converges_quadratically() -> None:
    X, y, w, lam = tensors("X[m,n] y[m] w[n] lam")
    z = X @ w
    J = (softplus(z) - y * z).sum() + lam * dot(w, w) / 2
    draw = np.random.default_rng(0)
    x = draw.standard_normal((60, 4))
    arrays: dict[str, Any] = {"X": x, "y": (draw.random(60) < 0.5).astype(float), "lam": 0.3}
    step, slope = compile(newton_step(J, w)), compile(gradient(J, w))
    at, sizes = np.zeros(4), []
    for _ in range(7):
        sizes.append(float(np.abs(slope(w=at, **arrays)).max()))
        at = at + step(w=at, **arrays)
    assert sizes[-1] < 1e-13
    orders = [np.log(two) / np.log(one) for one, two in pairwise(sizes) if 1e-7 < one < 0.1]
    assert min(orders) > 1.7


def test_a_newton_step_solves_a_quadratic_problem_at_once() -> None:
    T, U, V = tensors("T[m,n] U[m,k] V[n,k]")
    J = dot(T - U @ V.T, T - U @ V.T)
    arrays = {"T": normal((5, 4)), "U": normal((5, 2), 1), "V": normal((4, 2), 2)}
    moved = arrays["U"] + both(newton_step(J, U), arrays)
    np.testing.assert_allclose(moved, arrays["T"] @ np.linalg.pinv(arrays["V"]).T, rtol=1e-11, atol=1e-12)
    s = scalar("s")
    assert equal(newton_step(exp(s) - 2 * s, s), -(exp(s) - 2) / exp(s))


def test_a_quadratic_model_is_right_to_third_order() -> None:
    A, x = tensors("A[n,n] x[n]")
    J = log(1 + dot(x, A @ x) ** 2) + exp(x).sum()
    dx = tensor("dx", x.sizes)
    model = quadratic_model(J, x)
    assert equal(gradient(model, dx).sum(), (gradient(J, x) + hessian(J, x) @ dx).sum())
    arrays = {"A": normal((3, 3)), "x": normal((3,), 1)}
    errors = []
    for step in (1e-2, 5e-3):
        change = step * normal((3,), 2)
        exact = evaluate(J, {"A": arrays["A"], "x": arrays["x"] + change})
        errors.append(float(abs(evaluate(model, {**arrays, "dx": change}) - exact)))
    assert 2.7 < np.log2(errors[0] / errors[1]) < 3.3


def test_singular_equations_say_so() -> None:
    x, p = tensors("x[n] p[n]")
    with pytest.raises(SingularMatrixError):
        evaluate(
            implicit_gradient(x.sum(), x * x - p, x, p), {"x": np.array([0.0, 1]), "p": np.array([0.0, 1])}
        )


def test_bad_arguments() -> None:
    A, b, x, y = tensors("A[n,n] b[n] x[n] y[m]")
    g, J = A @ x - b, dot(x, x)
    with pytest.raises(DerivativeError, match="x is the root, not a parameter"):
        implicit_gradient(J, g, x, [b, x])
    with pytest.raises(DerivativeError, match="does not depend on x"):
        implicit_gradient(J, A @ b - b, x, b)
    with pytest.raises(ShapeError, match=r"an equation for y needs \(m,\)"):
        root(g, y)
    with pytest.raises(DerivativeError, match="has 1 axes, not 0"):
        implicit_gradient(x, g, x, b)
    with pytest.raises(ArgumentError, match="the order is a positive integer"):
        root(g, x, order=0)
    with pytest.raises(DerivativeError, match="does not depend on x"):
        newton_step(dot(b, x), x)
    with pytest.raises(DerivativeError, match="dx occurs in the expression"):
        quadratic_model(dot(tensor("dx", x.sizes), x), x)
    T = tensor("T", (2, 2, 2, 2, 2))
    with pytest.raises(ShapeError, match="at most 4 axes at once, not for 5"):
        newton_step((T**4).sum(), T)
    zero = implicit_gradient(J, g, x, y)
    assert zero.sizes == y.sizes
    assert is_zero(zero)


def test_the_inverse_as_a_root() -> None:
    """A X = I: dX = -A⁻¹ dA A⁻¹"""
    A, X = tensors("A[n,n] X[n,n]")
    a = normal((3, 3)) + 4 * np.eye(3)
    found = both(implicit_jacobian(A @ X - identity("n"), X, A), {"A": a, "X": np.linalg.inv(a)})
    np.testing.assert_allclose(found, evaluate(jacobian(inv(A), A), {"A": a}), rtol=1e-11, atol=1e-13)
