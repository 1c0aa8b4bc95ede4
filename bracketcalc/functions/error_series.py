"""erf, erfc and gelu of any library, on the rational approximations of W. J. Cody.

Reference: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), 631-637; coefficients of the netlib program CALERF. The relative error is a few
units in the last place of double precision.

In single precision one short polynomial is enough for erfc: (a + 3) exp(a²) erfc(a) as a polynomial in
t = (a - 3) / (a + 3), which goes from -1 to 1 as a goes from 0 to infinity; M. M. Shepherd and
J. G. Laframboise have one of this kind in "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in
0 ≤ x < ∞", Mathematics of Computation 36 (1981), 249-253. The coefficients interpolate at Chebyshev points
for a up to 10.2, behind which erfc is 0 in single precision; the relative error is 3e-9.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from bracketcalc.expr.records import Array, ArrayNamespace

_CENTRE = 0.46875
"""Up to here erf is x times a ratio of polynomials in x²; beyond, erfc is exp(-x²) times a ratio."""

_TAIL = 4.0
"""From here on the ratio is one in 1/x²."""

_END = 30.0
"""erfc is 0 in double precision from 27.3 on; clipping here keeps x² and its exponential in range."""

# Coefficients from the highest power to the constant.
_CENTRE_TOP = (
    1.85777706184603153e-1,
    3.16112374387056560e00,
    1.13864154151050156e02,
    3.77485237685302021e02,
    3.20937758913846947e03,
)
_CENTRE_BOTTOM = (
    1.0,
    2.36012909523441209e01,
    2.44024637934444173e02,
    1.28261652607737228e03,
    2.84423683343917062e03,
)
_MIDDLE_TOP = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e00,
    6.61191906371416295e01,
    2.98635138197400131e02,
    8.81952221241769090e02,
    1.71204761263407058e03,
    2.05107837782607147e03,
    1.23033935479799725e03,
)
_MIDDLE_BOTTOM = (
    1.0,
    1.57449261107098347e01,
    1.17693950891312499e02,
    5.37181101862009858e02,
    1.62138957456669019e03,
    3.29079923573345963e03,
    4.36261909014324716e03,
    3.43936767414372164e03,
    1.23033935480374942e03,
)
_TAIL_TOP = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
_TAIL_BOTTOM = (
    1.0,
    2.56852019228982242e00,
    1.87295284992346725e00,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
)
_SINGLE_CENTRE = 3.0
_SINGLE = (
    -3.278954315272564e-04,
    -4.869148607597539e-04,
    3.0811776406224722e-03,
    -1.2238112875879955e-03,
    -2.6839785337589413e-02,
    1.1952846123411073e-01,
    -3.104660254258017e-01,
    5.902283452514043e-01,
    -8.833944865571922e-01,
    1.0740069072191016,
)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    result = coefficients[0] * x + coefficients[1]
    if not isinstance(result, np.ndarray):
        for coefficient in coefficients[2:]:
            result = result * x + coefficient
        return result
    for coefficient in coefficients[2:]:
        result *= x
        result += coefficient
    return result


def _erf_centre(xp: ArrayNamespace, x: Array) -> Array:
    """Return erf(x) for |x| at most _CENTRE, something finite elsewhere."""
    inner = xp.clip(x, -_CENTRE, _CENTRE)
    square = inner * inner
    return inner * _polynomial(_CENTRE_TOP, square) / _polynomial(_CENTRE_BOTTOM, square)


def _is_single(x: Array) -> bool:
    return bool(x.dtype.itemsize == 4)


def _erfc_single(xp: ArrayNamespace, size: Array) -> Array:
    """Return erfc(size) for size of at least 0 in single precision."""
    size = xp.minimum(size, _END)
    divisor = size + _SINGLE_CENTRE
    series = _polynomial(_SINGLE, (size - _SINGLE_CENTRE) / divisor)
    return series / divisor * _exp_minus_square(xp, size)


def _erfc_outside(xp: ArrayNamespace, size: Array) -> Array:
    """Return erfc(size) for size of at least _CENTRE, something finite elsewhere."""
    if _is_single(size):
        return _erfc_single(xp, size)
    near = xp.clip(size, _CENTRE, _TAIL)
    middle = _polynomial(_MIDDLE_TOP, near) / _polynomial(_MIDDLE_BOTTOM, near)
    far = xp.clip(size, _TAIL, _END)
    inverse = 1 / (far * far)
    correction = inverse * _polynomial(_TAIL_TOP, inverse) / _polynomial(_TAIL_BOTTOM, inverse)
    tail = (1 / sqrt(pi) - correction) / far
    return _exp_minus_square(xp, xp.clip(size, _CENTRE, _END)) * xp.where(size > _TAIL, tail, middle)


def _exp_minus_square(xp: ArrayNamespace, x: Array) -> Array:
    """Return exp(-x²); x is split so that the rounding of x² does not grow in the exponential."""
    coarse = xp.trunc(x * 16) / 16
    return xp.exp(-coarse * coarse) * xp.exp(-(x - coarse) * (x + coarse))


def erf_series(xp: ArrayNamespace, x: Array) -> Array:
    """Return erf of every element."""
    size = xp.abs(x)
    outside = xp.sign(x) * (1 - _erfc_outside(xp, size))
    return xp.where(size > _CENTRE, outside, _erf_centre(xp, x))


def erfc_series(xp: ArrayNamespace, x: Array) -> Array:
    """Return erfc of every element."""
    size = xp.abs(x)
    outside = _erfc_outside(xp, size)
    outside = xp.where(x < 0, 2 - outside, outside)
    if _is_single(x):
        return outside
    return xp.where(size > _CENTRE, outside, 1 - _erf_centre(xp, x))


def gelu_series(xp: ArrayNamespace, x: Array) -> Array:
    """Return gelu of every element."""
    # erfc keeps the relative accuracy for negative x, where 1 + erf cancels.
    return 0.5 * xp.maximum(x, -sqrt(2) * _END) * erfc_series(xp, x * -sqrt(0.5))
