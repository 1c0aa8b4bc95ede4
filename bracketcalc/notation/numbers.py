"""The numbers of a formula: exact where they can be."""

from __future__ import annotations

import sys
from fractions import Fraction

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.number import Number, as_number, fits
from bracketcalc.notation.places import Placed, failure

MOST_DIGITS = 400
"""The most digits that a number of a formula may have."""


def literal(text: str, digits: str, place: Placed) -> Number:
    """Return the value of a number in a text: exact if it has neither a point nor an exponent.

    Raises:
        ParseError: for a number that is too long, or too large for a float.
    """
    if len(digits) > MOST_DIGITS:
        raise failure(text, f"a number has {len(digits)} characters, the most is {MOST_DIGITS}", place)
    if digits.isdecimal():
        return int(digits)
    value = float(digits)
    if value == float("inf"):
        raise failure(text, f"the number {digits} is too large", place, hint="declare it as a scalar")
    return value


def check_finite(text: str, value: Number, place: Placed) -> None:
    """Raise a ParseError for a number of a formula that is larger than any float; only integers may be."""
    if type(value) is int and not -sys.float_info.max <= value <= sys.float_info.max:
        raise failure(text, "a number is larger than any float", place, hint="write a smaller one")


def quotient(text: str, numerator: Number, denominator: Number, place: Placed) -> Number:
    """Return numerator / denominator, exact where both are.

    Raises:
        ParseError: for a division by 0, or a quotient that does not fit a float.
    """
    if denominator == 0:
        raise failure(text, "a number is divided by 0", place)
    if not (isinstance(numerator, float) or isinstance(denominator, float)):
        try:
            return as_number(Fraction(numerator, denominator))
        except ArgumentError as error:
            raise failure(text, error.message, place, hint="write a smaller one") from None
    exact = Fraction(numerator) / Fraction(denominator)
    if not fits(exact):
        raise failure(text, "the quotient does not fit a float", place, hint="declare it as a scalar")
    return float(exact)
