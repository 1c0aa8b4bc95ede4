"""The Taylor polynomials of the vector-calculus chapter: examples 5.3, 5.4 and 5.15, and exercise 5.4."""

from __future__ import annotations

from math import factorial

import pytest

import bracketcalc as bc
from bracketcalc.traverse import substitute

x, y = bc.scalar("x"), bc.scalar("y")


def test_a_polynomial_is_its_own_series_5_18() -> None:
    """x⁴ at 1: 1 + 4(x - 1) + 6(x - 1)² + 4(x - 1)³ + (x - 1)⁴"""
    found = bc.taylor(x**4, x, 1, 6)
    assert bc.equal(found, bc.parse("1 + 4 (x - 1) + 6 (x - 1)^2 + 4 (x - 1)^3 + (x - 1)^4", x=x))
    assert bc.equal(found, x**4)


@pytest.mark.parametrize("order", range(6))
def test_sine_plus_cosine_5_25(order: int) -> None:
    """Of sin(x) + cos(x) at 0 the coefficients are 1, 1, -1, -1, over k!"""
    signs = (1, 1, -1, -1)
    expected = sum((signs[k % 4] * x**k / factorial(k) for k in range(1, order + 1)), bc.parse("1"))
    assert bc.equal(bc.taylor(bc.sin(x) + bc.cos(x), x, 0, order), expected)


def test_two_variables_5_179() -> None:
    """x² + 2xy + y³ at (1, 2)"""
    expr = x**2 + 2 * x * y + y**3
    found = bc.taylor(expr, [x, y], [1, 2], 3)
    text = "13 + 6 (x - 1) + 14 (y - 2) + (x - 1)^2 + 2 (x - 1) (y - 2) + 6 (y - 2)^2 + (y - 2)^3"
    assert bc.equal(found, bc.parse(text, x=x, y=y))
    assert bc.equal(found, expr)


def test_a_quadratic_model_5_157() -> None:
    """The term of order 2 is ½ δᵀ H δ"""
    u, a, A = bc.tensors("u[n] a[n] A[n,n]")
    expr = bc.exp(u @ A @ u)
    value, slope, curvature = expr, bc.gradient(expr, u), bc.hessian(expr, u)
    value, slope, curvature = substitute([value, slope, curvature], {u: a})
    delta = u - a
    expected = value + slope @ delta + delta @ curvature @ delta / 2
    assert bc.equal(bc.taylor(expr, u, a, 2), expected)
