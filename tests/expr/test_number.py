"""Numbers: exact where they can be, refused where they are none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.build import scalar
from bracketcalc.expr.core import Expr, Product, as_expr, constant
from bracketcalc.expr.number import (
    Number,
    as_number,
    finite_number,
    fits,
    ratio,
    reciprocal_number,
    times,
    times_if_fits,
)

x = scalar("x")
exact: st.SearchStrategy[Number] = st.integers(-(10**6), 10**6) | st.fractions(max_denominator=1000)
real: st.SearchStrategy[Number] = exact | st.floats(-1e6, 1e6)
apart: st.SearchStrategy[Number] = st.floats(1e-3, 1e6) | st.floats(-1e6, -1e-3) | st.integers(1, 9)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (3, int, 3),
        (0.5, float, 0.5),
        (2.0, float, 2.0),
        (Fraction(1, 3), Fraction, Fraction(1, 3)),
        (Fraction(6, 3), int, 2),
        (np.int8(-4), int, -4),
        (np.uint64(2**63), int, 2**63),
        (np.float32(0.25), float, 0.25),
        (np.float64(0.1), float, 0.1),
        (np.float16(2), float, 2.0),
    ],
)
def test_numbers(value: Any, kind: type, expected: Number) -> None:
    number = as_number(value)
    assert type(number) is kind
    assert number == expected
    scaled = value * x
    assert isinstance(scaled, Product)
    assert type(scaled.coefficient) is kind
    assert scaled == x * value == expected * x


@pytest.mark.parametrize("value", [True, np.True_, "2", None, [1], np.ones(2), np.array(2.0), Decimal(1)])
def test_other_things_are_refused(value: Any) -> None:
    message = f"expected a number, got {type(value).__name__}"
    if isinstance(value, np.generic):
        message = f"expected a number, got {type(value.item()).__name__}"
    for use in (
        as_number,
        as_expr,
        lambda v: x + v,
        lambda v: v + x,
        lambda v: x - v,
        lambda v: v - x,
        lambda v: x * v,
        lambda v: v * x,
        lambda v: x / v,
        lambda v: v / x,
        lambda v: x**v,
        lambda v: v**x,
        lambda v: x @ v,
        lambda v: v @ x,
    ):
        with pytest.raises(ArgumentError, match=message) as raised:
            use(value)
        assert raised.value.hint == "declare an array as a tensor and pass its value when you evaluate"
        assert isinstance(raised.value, TypeError)


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan"), np.float64("nan")])
def test_numbers_of_an_expression_are_finite(value: float) -> None:
    for use in (finite_number, as_expr, lambda v: x * v, lambda v: x + v, lambda v: x / v, lambda v: x**v):
        with pytest.raises(ArgumentError, match=f"a number must be finite, got {value}"):
            use(value)


def test_numbers_that_no_float_holds() -> None:
    for value in (10**400, -(10**5000), Fraction(10**400, 3)):
        with pytest.raises(ArgumentError, match="a number is larger than any float"):
            as_expr(value)
    with pytest.raises(ArgumentError, match="must be finite, got inf"):
        reciprocal_number(1e-320)


@given(exact, exact)
def test_exact_arithmetic(left: Number, right: Number) -> None:
    assert times(left, right) == Fraction(left) * Fraction(right)
    assert type(times(left, right)) in (int, Fraction)
    if right != 0:
        assert ratio(left, right) == Fraction(left) / Fraction(right)
        assert reciprocal_number(right) == 1 / Fraction(right)
        assert times(right, reciprocal_number(right)) == 1


@given(real, apart)
@settings(max_examples=60)
def test_floating_arithmetic(left: Number, right: Number) -> None:
    assert times(left, right) == pytest.approx(float(left) * float(right), rel=1e-15)
    assert ratio(left, right) == pytest.approx(float(left) / float(right), rel=1e-15)


def test_results_are_normalized() -> None:
    assert type(times(Fraction(1, 3), 3)) is int
    assert type(ratio(6, 3)) is int
    assert type(reciprocal_number(Fraction(1, 4))) is int
    assert type(ratio(6.0, 3)) is float


def test_the_range_of_floats() -> None:
    assert fits(0) and fits(0.0) and fits(10**308) and fits(-1e-300)  # noqa: PT018
    outside: tuple[Number, ...] = (10**309, 1e-310, Fraction(1, 10**309), float("inf"), float("nan"))
    assert not any(fits(number) for number in outside)
    assert times_if_fits(1e200, 1e200) is None
    assert times_if_fits(1e-200, 1e-200) is None
    assert times_if_fits(10**200, 10**200) is None
    assert times_if_fits(0, 1e-200) == 0
    assert times_if_fits(Fraction(1, 3), 3) == 1
    assert ratio(1e-200, 1e200) == Fraction(1e-200) / Fraction(1e200) > 0


def test_constants() -> None:
    assert is_number(constant(3))
    assert is_number(as_expr(Fraction(1, 2)) * 4)
    assert not is_number(x)
    assert not is_number(x * 0)
    total: Expr = as_expr(2) * 3
    assert total == constant(6)
    assert as_expr(total) is total
