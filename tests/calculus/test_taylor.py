"""Taylor polynomials: known series, exact polynomials, the order of the remainder."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian
from bracketcalc.calculus.taylor import taylor
from bracketcalc.errors import ArgumentError, BracketCalcError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import dot, trace
from bracketcalc.expr.build import define, ones, scalar, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import (
    abs,
    arcsin,
    cos,
    exp,
    inv,
    log,
    log1p,
    logdet,
    relu,
    sigmoid,
    sin,
    softmax,
    sqrt,
    tanh,
)
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from bracketcalc.traverse import definitions_in, postorder, tensors_in
from tests.calculus.numeric import draw

SIZES = {"n": 3, "m": 4, "k": 2}
s, t = tensors("s t")
x, y, w, A, M, X, Y = tensors("x[n] y[n] w[n] A[m,n] M[n,n] X[n,n] Y[n,n]")


def series(variable: Expr, coefficients: list[Any]) -> Expr:
    """Return the polynomial with the given coefficients, that of the constant first."""
    total: Expr = (
        ones(*variable.sizes) * coefficients[0] if variable.ndim else 0 * variable + coefficients[0]
    )
    for k, coefficient in enumerate(coefficients[1:], 1):
        total = total + coefficient * variable**k
    return total


# Coefficients from the definitions of the functions' power series.
SERIES = [
    (exp, 0, [Fraction(1, factorial(k)) for k in range(7)]),
    (log1p, 0, [0, 1, Fraction(-1, 2), Fraction(1, 3), Fraction(-1, 4), Fraction(1, 5)]),
    (sin, 0, [0, 1, 0, Fraction(-1, 6), 0, Fraction(1, 120)]),
    (cos, 0, [1, 0, Fraction(-1, 2), 0, Fraction(1, 24)]),
    (tanh, 0, [0, 1, 0, Fraction(-1, 3), 0, Fraction(2, 15)]),
    (sigmoid, 0, [Fraction(1, 2), Fraction(1, 4), 0, Fraction(-1, 48)]),
]


@pytest.mark.parametrize(("form", "point", "coefficients"), SERIES)
@pytest.mark.parametrize("variable", [s, x])
def test_known_series(form: Any, point: int, coefficients: list[Any], variable: Expr) -> None:
    found = taylor(form(variable), variable, point, len(coefficients) - 1)
    assert found.sizes == variable.sizes
    assert equal(found, series(variable, coefficients))


def test_series_at_one() -> None:
    """log s = (s-1) - (s-1)²/2 + …, 1/s = 1 - (s-1) + …, √s = 1 + (s-1)/2 - (s-1)²/8"""
    assert equal(taylor(log(s), s, 1, 3), series(s - 1, [0, 1, Fraction(-1, 2), Fraction(1, 3)]))
    assert equal(taylor(1 / s, s, 1, 3), series(s - 1, [1, -1, 1, -1]))
    assert equal(taylor(sqrt(s), s, 1, 2), series(s - 1, [1, Fraction(1, 2), Fraction(-1, 8)]))
    assert equal(taylor(1 / s, s, -2, 1), Fraction(-1, 2) - (s + 2) / 4)


def test_sine_plus_cosine() -> None:
    """The coefficients are ±1/k!, signs in pairs"""
    expected = [Fraction(sign, factorial(k)) for k, sign in enumerate([1, 1, -1, -1, 1, 1])]
    for order in range(6):
        assert equal(taylor(sin(s) + cos(s), s, 0, order), series(s, expected[: order + 1]))


def test_the_polynomial_at_a_number_holds_no_function() -> None:
    found = taylor(exp(x), x, 0, 3)
    assert {node.data[0].name for node in postorder([found]) if type(node).__name__ == "Elementwise"} <= {
        "power"
    }


# -- exact polynomials ----------------------------------------------------------------------------------


@pytest.mark.parametrize("point", [0, 1, Fraction(-1, 3)])
def test_a_polynomial_of_two_variables_is_reproduced(point: Any) -> None:
    f = s**2 + 2 * s * t + t**3
    for order in (3, 4, 5):
        assert equal(taylor(f, [s, t], [point, 2], order), f)
    assert not equal(taylor(f, [s, t], [point, 2], 2), f)


def test_the_terms_of_a_polynomial_of_two_variables() -> None:
    """s² + 2 s t + t³ at (1, 2), by hand: 13 + 6 a + 14 b + a² + 6 b² + 2 a b + b³"""
    f = s**2 + 2 * s * t + t**3
    a, b = s - 1, t - 2
    expected = 13 + 6 * a + 14 * b, a**2 + 6 * b**2 + 2 * a * b, b**3
    assert equal(taylor(f, [s, t], [1, 2], 1), expected[0])
    assert equal(taylor(f, [s, t], [1, 2], 2), expected[0] + expected[1])
    assert equal(taylor(f, [s, t], [1, 2], 3), expected[0] + expected[1] + expected[2])


def test_polynomials_of_tensors_are_reproduced_about_any_point() -> None:
    for f, variable, point, degree in (
        (dot(A @ x - 1, A @ x) + dot(x, w), x, y, 2),
        (x * (M @ x) * x, x, 2 * y, 3),
        (X @ M @ X.T @ X, X, Y, 3),
        (trace(X @ X @ X @ X), X, Y, 4),
        (A @ x + A @ y, x, y, 1),
    ):
        assert equal(taylor(f, variable, point, degree), f)
        assert not equal(taylor(f, variable, point, degree - 1), f)


def test_no_terms_above_the_degree() -> None:
    assert taylor(s**2, s, 1, 2) == taylor(s**2, s, 1, 9)
    assert is_zero(taylor(0 * x, x, 0, 3))
    assert taylor(0 * x, x, 0, 3).sizes == x.sizes
    assert equal(taylor(exp(w), x, 0, 3), exp(w))


# -- tensors --------------------------------------------------------------------------------------------

FUNCTIONS = {
    "softmax": (softmax(x), x),
    "network": (softmax(A @ tanh(M @ x)), x),
    "loss": (dot(w, log1p(exp(M @ x))), x),
    "inverse": (inv(X), X),
    "logdet": (logdet(X), X),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_the_remainder_has_the_next_order(name: str, order: int) -> None:
    """Halving a small δ divides the error by about 2^(order + 1): between 0.6 and 1.5 of that."""
    expr, variable = FUNCTIONS[name]
    arrays = draw([expr, y, Y], SIZES, seed=3)
    center = "Y" if variable == X else "y"
    arrays["Y"] = arrays["Y"] @ arrays["Y"].T / 3 + 2 * np.eye(3)
    found = taylor(expr, variable, Y if variable == X else y, order)
    step = np.random.default_rng(1).standard_normal(arrays[center].shape)
    errors = []
    for h in (0.04, 0.02):
        moved = {**arrays, variable.name: arrays[center] + h * step}
        difference = evaluate(expr, moved, SIZES) - evaluate(found, moved, SIZES)
        errors.append(float(np.linalg.norm(difference)))
    assert errors[0] > 0
    assert 0.6 * 2 ** (order + 1) < errors[0] / errors[1] < 1.5 * 2 ** (order + 1)


def test_the_neumann_series() -> None:
    """(I - X)⁻¹ = I + X + X² + …, as numbers"""
    (E,) = tensors("E[n,n]")
    found = taylor(inv(E - X), X, 0, 3)
    value = draw([X], SIZES)["X"]
    expected = sum(np.linalg.matrix_power(value, k) for k in range(4))
    np.testing.assert_allclose(evaluate(found, {"X": value, "E": np.eye(3)}, SIZES), expected, rtol=1e-12)


def test_softmax_at_zero() -> None:
    """softmax(x) = 1/n + (x - mean)/n + ((x - mean)² - mean of (x - mean)²)/(2n) + …"""
    value = np.array([0.3, -1.2, 0.5, 2.0])
    (z,) = tensors("z[4]")
    found = evaluate(taylor(softmax(z), z, 0, 2), {"z": value})
    centered = value - value.mean()
    expected = (1 + centered + (centered**2 - (centered**2).mean()) / 2) / 4
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_second_order_is_the_quadratic_model() -> None:
    f = dot(w, exp(M @ x))
    found = taylor(f, x, y, 2)
    arrays = draw([f, y], SIZES)
    at = {**arrays, "x": arrays["y"]}
    g, H = evaluate(gradient(f, x), at, SIZES), evaluate(hessian(f, x), at, SIZES)
    d = arrays["x"] - arrays["y"]
    expected = evaluate(f, at, SIZES) + g @ d + d @ H @ d / 2
    np.testing.assert_allclose(evaluate(found, arrays, SIZES), expected, rtol=1e-12)


def test_derivatives_at_the_point_are_those_of_the_function() -> None:
    f = softmax(M @ x)
    found = taylor(f, x, y, 2)
    arrays = draw([f, y], SIZES)
    at = {**arrays, "x": arrays["y"]}
    for both in ((found, f), (jacobian(found, x), jacobian(f, x))):
        one, two = (evaluate(expr, at, SIZES) for expr in both)
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)


def test_the_point_may_contain_the_variable() -> None:
    """About x₀ = x every polynomial is the function itself; about -x, δ is 2x"""
    assert equal(taylor(exp(x), x, x, 3), exp(x))
    assert equal(taylor(exp(x), x, -x, 1), exp(-x) * (1 + 2 * x))


def test_definitions_that_contain_the_variable_are_opened() -> None:
    z, c = define("z", tanh(M @ x)), define("c", exp(w))
    found = taylor(dot(z, c), x, y, 2)
    assert definitions_in([found]) == [c]
    assert equal(found, taylor(dot(tanh(M @ x), exp(w)), x, y, 2))


def test_a_definition_can_be_the_variable() -> None:
    z = define("z", M @ x)
    found = taylor(exp(z), z, 0, 2)
    assert definitions_in([found]) == [z]
    assert equal(found, 1 + z + z**2 / 2)


def test_no_stand_in_is_left_behind() -> None:
    found = taylor(softmax(M @ x), x, y, 2)
    assert {tensor.name for tensor in tensors_in([found])} == {"M", "x", "y"}


@pytest.mark.parametrize("size", [0, 1])
def test_sizes_0_and_1(size: int) -> None:
    (z,) = tensors(f"z[{size}]")
    value = np.full(size, 0.25)
    found = evaluate(taylor(exp(z), z, 0, 2), {"z": value})
    np.testing.assert_allclose(found, 1 + value + value**2 / 2, rtol=1e-15)


# -- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "point"),
    [
        (log(s), 0),
        (log(s), -1),
        (1 / s, 0),
        (sqrt(s), 0),
        (sqrt(s), -1),
        (relu(s), 0),
        (abs(3 * s - 6), 2),
        (arcsin(s), 1),
        (s * log(s), 0),
        (s * abs(s), 0),
    ],
)
def test_a_point_without_derivatives_is_refused(expr: Expr, point: int) -> None:
    with pytest.raises(DerivativeError, match="no derivative of order 2"):
        taylor(expr, s, point, 2)


def test_kinks_matter_only_where_there_are_derivatives() -> None:
    assert is_zero(taylor(relu(s), s, 0, 0))
    assert equal(taylor(relu(s), s, 1, 3), s)
    assert is_zero(taylor(s ** Fraction(5, 2), s, 0, 2))
    with pytest.raises(DerivativeError, match="of order 3 at 0"):
        taylor(s ** Fraction(5, 2), s, 0, 3)


def test_wrong_arguments() -> None:
    cases: list[tuple[type[BracketCalcError], str, tuple[Any, ...]]] = [
        (ArgumentError, "non-negative integer", (exp(x), x, 0, -1)),
        (ArgumentError, "non-negative integer", (exp(x), x, 0, 1.5)),
        (ArgumentError, "one point for each", (exp(x), [x, y], [0], 1)),
        (ArgumentError, "one point for each", (exp(x), [x], 0, 1)),
        (ShapeError, "the point for x", (exp(x), x, A, 1)),
        (DerivativeError, "with respect to", (exp(x), x + y, 0, 1)),
    ]
    for kind, words, arguments in cases:
        with pytest.raises(kind, match=words):
            taylor(*arguments)


def test_a_scalar_variable_and_a_point_of_its_own() -> None:
    a = scalar("a")
    assert equal(taylor(exp(s), s, a, 2), exp(a) * (1 + (s - a) + (s - a) ** 2 / 2))
