"""Hessian-vector products and directional derivatives, against dense derivatives and differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import hessian, jacobian
from bracketcalc.calculus.directional import directional, hvp, multidirectional
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, BracketCalcError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import define, scalar, tensors
from bracketcalc.expr.core import Expr, Size
from bracketcalc.functions.forms import det, exp, log_softmax, logdet, logsumexp, tanh
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from bracketcalc.traverse import postorder, substitute, tensors_in
from tests.calculus.numeric import draw, jacobian_by_differences

SIZES = {"n": 3, "m": 4, "k": 2}
X, Y, W, V = tensors("X[m,n] Y[m,k] W[n,k] V[n,k]")
x, v, w, A, P = tensors("x[n] v[n] w[n] A[n,n] P[n,n]")

LOSSES = {
    "quadratic": dot(Y - X @ W, Y - X @ W) / 2,
    "softmax": -dot(Y, log_softmax(X @ W)),
    "named": dot(define("Z", tanh(X @ W)), Y * define("Z", tanh(X @ W))),
}


@pytest.mark.parametrize("name", LOSSES)
def test_hvp_is_the_hessian_contracted_with_the_direction(name: str) -> None:
    loss = LOSSES[name]
    found = hvp(loss, W, V)
    assert found.sizes == W.sizes
    arrays = draw([loss, V], SIZES)
    dense = evaluate(hessian(loss, W), arrays, SIZES)
    expected = np.einsum("ijkl,kl->ij", dense, arrays["V"])
    np.testing.assert_allclose(evaluate(found, arrays, SIZES), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", LOSSES)
def test_hvp_is_the_slope_of_the_slope(name: str) -> None:
    """V · H V is the second derivative of J(W + t V), here the difference of exact first derivatives."""
    loss, t = LOSSES[name], scalar("t")
    along = substitute([loss], {W: W + t * V})[0]
    arrays = {**draw([along], SIZES), "t": np.array(0.0)}
    expected = jacobian_by_differences(jacobian(along, t), t, arrays, SIZES)
    found = evaluate(dot(hvp(loss, W, V), V), arrays, SIZES)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_mixed_hvp_has_the_axes_of_the_first_variable() -> None:
    loss = dot(tanh(X @ W + 1), Y)
    arrays = draw([loss, V], SIZES)
    found = hvp(loss, X, V, W)
    assert found.sizes == X.sizes
    dense = evaluate(hessian(loss, X, W), arrays, SIZES)
    expected = np.einsum("ijkl,kl->ij", dense, arrays["V"])
    np.testing.assert_allclose(evaluate(found, arrays, SIZES), expected, rtol=1e-10, atol=1e-12)


def test_hvp_of_least_squares_is_printed_without_a_hessian() -> None:
    found = hvp(LOSSES["quadratic"], W, V)
    assert equal(found, X.T @ X @ V)
    assert not any(node.ndim > 2 for node in postorder([found]))


def test_hvp_holds_nothing_with_the_axes_of_the_hessian() -> None:
    for loss in LOSSES.values():
        assert max(node.ndim for node in postorder([hvp(loss, W, V)])) <= 2


def test_hvp_of_a_long_chain_stays_linear_in_its_length() -> None:
    def chain(length: int) -> Expr:
        z: Expr = x
        for layer in range(length):
            z = define(f"z{layer}", tanh(A @ z))
        return dot(z, z)

    def links(length: int) -> int:
        return sum(len(node.children) for node in postorder([hvp(chain(length), x, v)]))

    short, long, longer = links(5), links(10), links(20)
    assert longer - long <= 2.2 * (long - short)


def test_hvp_along_a_definition() -> None:
    """J = tanh(Z) · exp(Z) with respect to Z = A x, of which A and x are constants here"""
    z = define("z", A @ x)
    loss = dot(tanh(z), exp(z) * tanh(z))
    arrays = draw([loss, v], SIZES)
    dense = evaluate(hessian(loss, z), arrays, SIZES)
    np.testing.assert_allclose(evaluate(hvp(loss, z, v), arrays, SIZES), dense @ arrays["v"], rtol=1e-11)
    mixed = evaluate(hessian(loss, x, z), arrays, SIZES)
    np.testing.assert_allclose(evaluate(hvp(loss, x, v, z), arrays, SIZES), mixed @ arrays["v"], rtol=1e-11)


def test_a_direction_may_contain_the_variable() -> None:
    """Euler: for J homogeneous of degree 3, H(x) x = 2 ∇J(x) and D³J[x, x, x] = 6 J(x)"""
    cubic = dot(x * x, A @ x)
    assert equal(hvp(cubic, x, x), 2 * jacobian(cubic, x))
    assert equal(directional(cubic, {x: x}, 3), 6 * cubic)
    assert is_zero(directional(cubic, {x: x}, 4))


# -- more directions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_directional_derivatives_of_the_exponential(order: int) -> None:
    assert equal(directional(exp(x), {x: v}, order), v**order * exp(x))


def test_directional_derivatives_of_a_polynomial_of_several_variables() -> None:
    """D²(xᵀ A y) along (v, w) is 2 vᵀ A w, and every higher one is zero"""
    bilinear = x @ A @ w
    (p, q) = tensors("p[n] q[n]")
    assert equal(directional(bilinear, {x: p, w: q}, 2), 2 * (p @ A @ q))
    assert is_zero(directional(bilinear, {x: p, w: q}, 3))


def test_third_derivative_against_the_dense_tensor() -> None:
    f = dot(exp(A @ x), w)
    arrays = draw([f, v], SIZES)
    dense = evaluate(jacobian(hessian(f, x), x), arrays, SIZES)
    expected = np.einsum("ijk,i,j,k->", dense, arrays["v"], arrays["v"], arrays["v"])
    found = evaluate(directional(f, {x: v}, 3), arrays, SIZES)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_different_directions_are_a_symmetric_multilinear_form() -> None:
    f = logdet(P.T @ P)
    B, C = tensors("B[n,n] C[n,n]")
    one, two = multidirectional(f, [{P: B}, {P: C}]), multidirectional(f, [{P: C}, {P: B}])
    arrays = draw([f, B, C], SIZES)
    dense = evaluate(hessian(f, P), arrays, SIZES)
    expected = np.einsum("ij,ijkl,kl->", arrays["B"], dense, arrays["C"])
    np.testing.assert_allclose(evaluate(one, arrays, SIZES), expected, rtol=1e-9)
    np.testing.assert_allclose(evaluate(two, arrays, SIZES), expected, rtol=1e-9)


def test_the_hessian_of_det_is_a_bilinear_form() -> None:
    """D²|P|[B, C] = |P| (tr(P⁻¹B) tr(P⁻¹C) - tr(P⁻¹ B P⁻¹ C))"""
    B, C = tensors("B[n,n] C[n,n]")
    found = multidirectional(det(P), [{P: B}, {P: C}])
    arrays = draw([P, B, C], SIZES)
    left, right = (np.linalg.solve(arrays["P"], arrays[name]) for name in "BC")
    expected = np.linalg.det(arrays["P"]) * (np.trace(left) * np.trace(right) - np.trace(left @ right))
    np.testing.assert_allclose(evaluate(found, arrays, SIZES), expected, rtol=1e-9)


def test_different_variables_one_after_the_other() -> None:
    f = exp(x) * w
    assert equal(multidirectional(f, [{x: v}, {w: v}]), v * v * exp(x))
    assert equal(multidirectional(f, []), f)


@pytest.mark.parametrize("size", [0, 1])
def test_axes_of_size_0_and_1(size: int) -> None:
    (t, d) = tensors(f"t[{size}] d[{size}]")
    arrays = draw([t, d], {})
    found = evaluate(directional(exp(t), {t: d}, 2), arrays)
    np.testing.assert_allclose(found, arrays["d"] ** 2 * np.exp(arrays["t"]), rtol=1e-14)
    assert evaluate(hvp(dot(t, exp(t)), t, d), arrays).shape == (size,)


def test_a_variable_that_does_not_occur_gives_zeros() -> None:
    assert is_zero(hvp(dot(x, x), w, v))
    assert hvp(dot(x, x), w, v).sizes == w.sizes
    assert is_zero(directional(exp(x), {w: v}, 2))


# -- errors ---------------------------------------------------------------------------------------------

BAD: list[tuple[Callable[[], Expr], type[BracketCalcError], str]] = [
    (lambda: hvp(exp(x), x, v), DerivativeError, "not defined"),
    (lambda: hvp(dot(x, x), x, W), ShapeError, "a direction of x"),
    (lambda: hvp(dot(x, x), x + x, v), DerivativeError, "with respect to"),
    (lambda: directional(exp(x), {x: W}), ShapeError, "a direction of x"),
    (lambda: directional(exp(x), {x: v}, -1), ArgumentError, "non-negative integer, got -1"),
    (lambda: directional(exp(x), {x: v}, True), ArgumentError, "got True"),
    (lambda: directional(exp(x), {x: v}, 1.0), ArgumentError, "got 1.0"),  # type: ignore[arg-type]
    (lambda: directional(exp(x), [v], 1), DerivativeError, "for each variable"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("wrong", "kind", "words"), BAD)
def test_errors(wrong: Callable[[], Expr], kind: type[BracketCalcError], words: str) -> None:
    with pytest.raises(kind, match=words):
        wrong()


def test_products_with_directions_never_build_the_tensor() -> None:
    """For n = 2000 a Hessian of U has 800 MB, one of x 32 MB, and the third derivatives do not fit."""
    T, U, Q, A, B, C = tensors("T[a,b] U[a,c] Q[b,c] A[a,c] B[b,c] C[a,c]")
    loss = dot(T - U @ Q.T, T - U @ Q.T)
    quartic = (x @ x) ** 2
    sizes = {"a": 2000, "b": 2000, "c": 5, "n": 2000}
    residual = 8 * 2000 * 2000
    cases = {
        "quadratic": (hvp(loss, U, A), 200_000),
        "mixed": (hvp(loss, U, B, Q), residual + 400_000),
        "third": (multidirectional(loss, [{U: A}, {Q: B}, {U: C}]), 100_000),
        "quartic": (hvp(quartic, x, v), 100_000),
        "fourth": (multidirectional(quartic, [{x: v}, {x: w}, {x: v}, {x: w}]), 100_000),
        "logsumexp": (directional(logsumexp(x, axis=0), {x: v}, 3), 200_000),
    }
    for name, (expr, most) in cases.items():
        shapes = {
            tensor.name: tuple([sizes[size.name] for size in tensor.sizes if isinstance(size, Size)])
            for tensor in tensors_in([expr])
        }
        assert compile(expr).report(**shapes).peak_bytes <= most, name
