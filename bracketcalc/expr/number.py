"""The numbers that may stand in an expression: exact where they can be, floating where they must."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from bracketcalc.errors import ArgumentError

Number = int | Fraction | float


def as_number(value: object) -> Number:
    """Return a real Python number for an integer, a fraction, a float or a NumPy scalar.

    Raises:
        ArgumentError: for anything else, booleans and arrays included.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise ArgumentError(
            f"expected a number, got {type(value).__name__}",
            hint="declare an array as a tensor and pass its value when you evaluate",
        )
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def times(left: Number, right: Number) -> Number:
    """Return the product of two numbers, an integer where it is one exactly."""
    return as_number(left * right)


def reciprocal_number(value: Number) -> Number:
    """Return 1 / value, exact for integers and fractions."""
    return 1.0 / value if isinstance(value, float) else as_number(1 / Fraction(value))


def ratio(left: Number, right: Number) -> Number:
    """Return left / right, exact for integers and fractions."""
    return times(left, reciprocal_number(right))
