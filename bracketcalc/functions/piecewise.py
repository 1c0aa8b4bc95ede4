"""Records of the functions with kinks.

At a kink the derivative is a fixed choice, the same on every path: 0 for ``abs``, ``sign``, ``step`` and
``relu`` at 0, the left derivative for ``leaky_relu`` and ``elu`` at 0, and 0 for ``maximum`` and
``minimum`` where x equals the constant.

``abs`` and ``sign`` take complex numbers too: |z|, and z/|z|, which is 0 at 0. The gradient of |z| is
sign(z), 0 at 0; the differential of a complex ``sign`` divides by |z|, so it is not finite at 0.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from bracketcalc.expr.core import Elementwise, Expr, conjugate, constant, spread
from bracketcalc.expr.number import Number
from bracketcalc.expr.records import Always, Array, ArrayNamespace, ElementwiseFunction, OnComplex
from bracketcalc.functions.bounds import at_least, at_most, larger
from bracketcalc.functions.exponential import EXP

_ZERO = Always((0.0,))


def _nothing(x: Expr) -> Expr:
    """Return the zero tensor with the axes of ``x``."""
    return spread(constant(0), x.sizes)


def _abs_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.abs(x)


def _abs_derivative(x: Expr) -> Expr:
    """abs'(x) = sign(x), 0 at 0"""
    return Elementwise(SIGN, (), x)


_HALF = Fraction(1, 2)


def _abs_slopes(z: Expr) -> tuple[Expr, Expr]:
    """d|z| = Re(conj(s) dz) with s = sign(z)"""
    s = Elementwise(SIGN, (), z)
    return _HALF * conjugate(s), _HALF * s


ABS = ElementwiseFunction(
    name="abs",
    value=_abs_value,
    derivative=_abs_derivative,
    kinks=_ZERO,
    latex=r"\operatorname{abs}",
    summary="the absolute value",
    on_complex=OnComplex(_abs_slopes, real_valued=True),
)


def _sign_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.sign(x)


def _sign_derivative(x: Expr) -> Expr:
    """sign'(x) = 0, also at 0"""
    return _nothing(x)


def _sign_slopes(z: Expr) -> tuple[Expr, Expr]:
    """d sign(z) = (dz - s² conj(dz)) / (2 |z|) with s = sign(z)"""
    s = Elementwise(SIGN, (), z)
    half = _HALF * Elementwise(ABS, (), z) ** -1
    return half, -(half * s * s)


SIGN = ElementwiseFunction(
    name="sign",
    value=_sign_value,
    derivative=_sign_derivative,
    kinks=_ZERO,
    latex=r"\operatorname{sign}",
    summary="-1, 0 or 1: the sign of x; z/|z| for a complex number",
    on_complex=OnComplex(_sign_slopes),
)


MANY = 2000
"""How many elements there must be for a comparison and a look for NaN to pay."""


def _step_value(xp: ArrayNamespace, x: Array) -> Array:
    if xp is np and x.dtype.kind == "f" and x.size >= MANY:
        # A comparison hides NaN, of which the sum of squares tells; it may well be infinite.
        elements = x.ravel(order="K")
        with np.errstate(all="ignore"):
            squares = np.dot(elements, elements)
        if not np.isnan(squares):
            return np.greater(x, 0).astype(x.dtype)
    # Faster than heaviside, keeps the dtype, and passes NaN on.
    return xp.sign(at_least(xp, x, 0.0))


def _step_derivative(x: Expr) -> Expr:
    """step'(x) = 0, also at 0"""
    return _nothing(x)


STEP = ElementwiseFunction(
    name="step",
    value=_step_value,
    derivative=_step_derivative,
    kinks=_ZERO,
    latex=r"\operatorname{step}",
    summary="1 where x > 0, otherwise 0",
)


def _relu_value(xp: ArrayNamespace, x: Array) -> Array:
    # NumPy takes a float in less time than an integer.
    return at_least(xp, x, 0.0)


def _relu_derivative(x: Expr) -> Expr:
    """relu'(x) = step(x), 0 at 0"""
    return Elementwise(STEP, (), x)


RELU = ElementwiseFunction(
    name="relu",
    value=_relu_value,
    derivative=_relu_derivative,
    kinks=_ZERO,
    latex=r"\operatorname{relu}",
    summary="the larger of x and 0",
)


def _leaky_relu_value(xp: ArrayNamespace, x: Array, slope: Number) -> Array:
    slope = float(slope)
    if 0 < abs(slope) <= 1:
        return larger(xp, x, slope * x)
    # Infinity times 0 is no number, and slope times x may overflow where x is the value.
    return at_least(xp, x, 0) + slope * at_most(xp, x, 0)


def _leaky_relu_derivative(x: Expr, slope: Number) -> Expr:
    """leaky_relu'(x) = slope + (1 - slope) step(x), the slope at 0"""
    return slope + (1 - slope) * Elementwise(STEP, (), x)


def _leaky_relu_kinks(slope: Number) -> tuple[float, ...]:
    return () if slope == 1 else (0.0,)


LEAKY_RELU = ElementwiseFunction(
    name="leaky_relu",
    value=_leaky_relu_value,
    derivative=_leaky_relu_derivative,
    parameters=("slope",),
    kinks=_leaky_relu_kinks,
    latex=r"\operatorname{leaky\_relu}",
    summary="x where x > 0, otherwise slope x",
)


def _elu_value(xp: ArrayNamespace, x: Array, alpha: Number) -> Array:
    below = float(alpha) * xp.expm1(at_most(xp, x, 0))
    return larger(xp, x, below) if alpha <= 1 else at_least(xp, x, 0) + below


def _elu_derivative(x: Expr, alpha: Number) -> Expr:
    """elu'(x) = step(x) + alpha (1 - step(x)) exp(min(x, 0)), alpha at 0"""
    step = Elementwise(STEP, (), x)
    return step + alpha * ((1 - step) * Elementwise(EXP, (), Elementwise(MINIMUM, (0,), x)))


def _elu_kinks(alpha: Number) -> tuple[float, ...]:
    return () if alpha == 1 else (0.0,)


ELU = ElementwiseFunction(
    name="elu",
    value=_elu_value,
    derivative=_elu_derivative,
    parameters=("alpha",),
    kinks=_elu_kinks,
    latex=r"\operatorname{elu}",
    summary="x where x > 0, otherwise alpha (exp(x) - 1)",
)


def _maximum_value(xp: ArrayNamespace, x: Array, bound: Number) -> Array:
    return at_least(xp, x, float(bound))


def _maximum_derivative(x: Expr, bound: Number) -> Expr:
    """maximum(x, c)' = step(x - c), 0 at c"""
    return Elementwise(STEP, (), x - bound if bound else x)


def _at_bound(bound: Number) -> tuple[float, ...]:
    return (float(bound),)


MAXIMUM = ElementwiseFunction(
    name="maximum",
    value=_maximum_value,
    derivative=_maximum_derivative,
    parameters=("bound",),
    kinks=_at_bound,
    latex=r"\operatorname{maximum}",
    summary="the larger of x and the constant bound",
)


def _minimum_value(xp: ArrayNamespace, x: Array, bound: Number) -> Array:
    return at_most(xp, x, float(bound))


def _minimum_derivative(x: Expr, bound: Number) -> Expr:
    """minimum(x, c)' = step(c - x), 0 at c"""
    return Elementwise(STEP, (), bound - x if bound else -x)


MINIMUM = ElementwiseFunction(
    name="minimum",
    value=_minimum_value,
    derivative=_minimum_derivative,
    parameters=("bound",),
    kinks=_at_bound,
    latex=r"\operatorname{minimum}",
    summary="the smaller of x and the constant bound",
)
