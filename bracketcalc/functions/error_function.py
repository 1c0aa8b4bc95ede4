"""Records of erf, erfc and gelu.

NumPy has no error function of its own. In double and single precision the values come from knots, and
where the relative accuracy of the knots ends, from series.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import erf, erfc, pi, sqrt

import numpy as np

from bracketcalc.expr.core import Elementwise, Expr
from bracketcalc.expr.records import Array, ArrayNamespace, ElementwiseFunction
from bracketcalc.functions.error_series import erf_series, erfc_series, gelu_series
from bracketcalc.functions.exponential import EXP
from bracketcalc.functions.gaussian import Integral, has_knots, in_blocks, integral

_LAST = 6
"""From here on erf is 1 in double precision."""

_KNOTS = 1024
"""How many knots there are to a unit."""


def _each(function: Callable[[float], float], x: Array) -> Array:
    return np.fromiter(map(function, x.tolist()), float)


def _tables() -> tuple[Integral, Integral]:
    """Return erf and erfc."""
    x = np.arange(_LAST * _KNOTS + 1) / _KNOTS
    outside = _each(erfc, x)
    inside = _each(erf, x[: _KNOTS // 2])
    # Where erf is not small, erfc gives it with the same accuracy.
    right = np.concatenate([inside, 1 - outside[_KNOTS // 2 :]])
    inner, outer = np.concatenate([-right[:0:-1], right]), np.concatenate([1 + right[:0:-1], outside])
    height = 2 / sqrt(pi)
    return (
        integral(inner, per_unit=_KNOTS, height=height, rate=1.0, far=1.0),
        integral(outer, per_unit=_KNOTS, height=-height, rate=1.0, far=5.0),
    )


def _normal_table() -> Integral:
    """Return Φ(x) = erfc(-x/√2) / 2."""
    last, per_unit, root = 9, _KNOTS // 2, sqrt(0.5)
    x = np.arange(last * per_unit + 1) / per_unit
    scaled = x * root
    # What the rounding of x/√2 leaves out: the product with the high half of the root is exact.
    high = float(np.float32(root))
    rest = float((Fraction(1, 2) - Fraction(root) ** 2) / (2 * Fraction(root)))
    left = (x * high - scaled) + x * (root - high) + x * rest
    below = _each(erfc, scaled) / 2 - np.exp(-scaled * scaled) * left / sqrt(pi)
    values = np.concatenate([below[:0:-1], 1 - below])
    return integral(values, per_unit=per_unit, height=1 / sqrt(2 * pi), rate=0.5, far=6.0)


_GELU_FROM = -8.0
"""From here on the knots give gelu with less error than the series, for which x/√2 is rounded."""

_ERF, _ERFC = _tables()
_NORMAL = _normal_table()


def _erf_value(xp: ArrayNamespace, x: Array) -> Array:
    return in_blocks(_ERF.write, x) if has_knots(xp, x) else erf_series(xp, x)


def _erf_derivative(x: Expr) -> Expr:
    """erf'(x) = 2/√π exp(-x²)"""
    return 2 / sqrt(pi) * Elementwise(EXP, (), -(x**2))


ERF = ElementwiseFunction(
    name="erf",
    value=_erf_value,
    derivative=_erf_derivative,
    latex=r"\operatorname{erf}",
    summary="the error function 2/√π ∫₀ˣ exp(-t²) dt",
)


def _erfc_value(xp: ArrayNamespace, x: Array) -> Array:
    return in_blocks(_erfc_block, x) if has_knots(xp, x) else erfc_series(xp, x)


def _erfc_block(x: Array, out: Array, room: Array, places: Array) -> None:
    """Write erfc(x), far to the right from the series."""
    _ERFC.write(x, out, room, places)
    if not np.maximum.reduce(x) <= _ERFC.far:
        far = np.flatnonzero(x > _ERFC.far)
        out[far] = erfc_series(np, x[far])


def _erfc_derivative(x: Expr) -> Expr:
    """erfc'(x) = -2/√π exp(-x²)"""
    return -_erf_derivative(x)


ERFC = ElementwiseFunction(
    name="erfc",
    value=_erfc_value,
    derivative=_erfc_derivative,
    latex=r"\operatorname{erfc}",
    summary="1 - erf(x), accurate for large x",
)


def normal_distribution(x: Expr) -> Expr:
    """Return Φ(x) = erfc(-x/√2) / 2, the normal distribution function of every element."""
    return Elementwise(ERFC, (), -sqrt(0.5) * x) / 2


def _gelu_value(xp: ArrayNamespace, x: Array) -> Array:
    return in_blocks(_gelu_block, x) if has_knots(xp, x) else gelu_series(xp, x)


def _gelu_block(x: Array, out: Array, room: Array, places: Array) -> None:
    """Write gelu(x), far to the left from the series."""
    _NORMAL.write(x, out, room, places)
    out *= x
    if not np.minimum.reduce(x) >= _GELU_FROM:
        far = np.flatnonzero(x < _GELU_FROM)
        out[far] = gelu_series(np, x[far])


def _gelu_derivative(x: Expr) -> Expr:
    """gelu'(x) = erfc(-x/√2) / 2 + x exp(-x²/2) / √(2π)"""
    normal = normal_distribution(x)
    density = 1 / sqrt(2 * pi) * Elementwise(EXP, (), -(x**2) / 2)
    return normal + x * density


GELU = ElementwiseFunction(
    name="gelu",
    value=_gelu_value,
    derivative=_gelu_derivative,
    latex=r"\operatorname{gelu}",
    summary="x (1 + erf(x/√2)) / 2: x times the normal distribution function",
)
