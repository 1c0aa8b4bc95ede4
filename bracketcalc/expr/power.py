"""x to a constant power as an array computation, and where it is defined."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bracketcalc.expr.number import Number


def power_value(xp: Any, x: Any, exponent: Number) -> Any:
    """Return x^p for every element; whole powers of integers and fractions are exact."""
    if exponent < 0 and exponent == int(exponent) and x.dtype == object:
        return xp.power(Fraction(1) / x, -int(exponent))
    if exponent == -1:
        return 1 / x
    if exponent == 2:
        return x * x
    return xp.power(x, float(exponent) if isinstance(exponent, Fraction) else exponent)


def power_domain(exponent: Number) -> tuple[float, float]:
    """Return the open interval on which x^p and its derivative are defined.

    Example:
        >>> power_domain(2), power_domain(-1)
        ((-inf, inf), (0.0, inf))
    """
    whole = exponent == int(exponent) and exponent >= 0
    return (float("-inf") if whole else 0.0, float("inf"))
