"""The numbers that may stand in an expression: exact where they can be, floating where they must."""

from __future__ import annotations

import sys
from fractions import Fraction
from math import isfinite

import numpy as np

from bracketcalc.errors import ArgumentError

Number = int | Fraction | float

_EXACT = 2**53
"""Every integer up to this is a float, so that most numbers need no further check."""


def as_number(value: object) -> Number:
    """Return a real Python number for an integer, a fraction, a float or a NumPy scalar.

    Raises:
        ArgumentError: for anything else, booleans and arrays included, and for an exact number that is
            larger than any float.
    """
    if type(value) is int and -_EXACT <= value <= _EXACT:
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise ArgumentError(
            f"expected a number, got {type(value).__name__}",
            hint="declare an array as a tensor and pass its value when you evaluate",
        )
    if not isinstance(value, float) and not _is_finite(value):
        raise ArgumentError(
            "a number is larger than any float", hint="multiply by numbers that float64 can hold"
        )
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def finite_number(value: object) -> Number:
    """Return a number like :func:`as_number`, and raise an ArgumentError for an infinity or a NaN."""
    number = as_number(value)
    if type(number) is not int and not isfinite(number):
        raise ArgumentError(
            f"a number must be finite, got {number}",
            hint="declare a scalar and pass its value when you evaluate",
        )
    return number


def _is_finite(value: Number) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


def fits(value: Number) -> bool:
    """Return whether a float holds a number to full relative precision: 0, or neither huge nor tiny.

    Example:
        >>> fits(10**300), fits(1e-200 * 1e-200 + 5e-324), fits(Fraction(1, 10**400))
        (True, False, False)
    """
    return value == 0 or (_is_finite(value) and abs(float(value)) >= sys.float_info.min)


def times(left: Number, right: Number) -> Number:
    """Return the product of two numbers, an integer where it is one exactly."""
    return finite_number(left * right)


def times_if_fits(left: Number, right: Number) -> Number | None:
    """Return the product of two numbers, or None where it would overflow or vanish."""
    # The product of an integer and a fraction takes several functions of Python.
    result = right if left == 1 and type(left) is int else left * right
    if type(result) is int and -_EXACT <= result <= _EXACT:
        return result
    return as_number(result) if fits(result) and (result != 0 or 0 in (left, right)) else None


def reciprocal_number(value: Number) -> Number:
    """Return 1 / value, exact for integers and fractions."""
    return finite_number(1.0 / value if isinstance(value, float) else Fraction(1, value))


def ratio(left: Number, right: Number) -> Number:
    """Return left / right, exact for integers and fractions, and where a float could not hold it."""
    if isinstance(left, float) or isinstance(right, float):
        quotient = float(left) / float(right)
        if fits(quotient) and (quotient != 0 or left == 0):
            return quotient
    elif type(left) is int and type(right) is int and left % right == 0:
        return left // right
    result = Fraction(left) / Fraction(right)
    return result.numerator if result.denominator == 1 else result
