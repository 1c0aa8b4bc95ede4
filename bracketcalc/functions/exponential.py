"""Records of the exponential, the logarithm and the smooth activations made of them."""

from __future__ import annotations

import numpy as np

from bracketcalc.expr.core import Elementwise, Expr
from bracketcalc.expr.records import HOLOMORPHIC, Always, Array, ArrayNamespace, ElementwiseFunction

_POSITIVE = Always((0.0, float("inf")))

_NEGLIGIBLE = -800.0
"""Below this, x times sigmoid(x) is 0 in double precision; clipping there keeps -inf from giving NaN."""


def _exp_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.exp(x)


def _exp_derivative(x: Expr) -> Expr:
    """exp'(x) = exp(x)"""
    return Elementwise(EXP, (), x)


EXP = ElementwiseFunction(
    name="exp",
    value=_exp_value,
    derivative=_exp_derivative,
    latex=r"\exp",
    summary="e to the power x",
    on_complex=HOLOMORPHIC,
)


def _log_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.log(x)


def _log_derivative(x: Expr) -> Expr:
    """log'(x) = 1 / x"""
    return x**-1


LOG = ElementwiseFunction(
    name="log",
    value=_log_value,
    derivative=_log_derivative,
    domain=_POSITIVE,
    latex=r"\log",
    summary="the natural logarithm",
    on_complex=HOLOMORPHIC,
)


def _log1p_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.log1p(x)


def _log1p_derivative(x: Expr) -> Expr:
    """log1p'(x) = 1 / (1 + x)"""
    return (1 + x) ** -1


LOG1P = ElementwiseFunction(
    name="log1p",
    value=_log1p_value,
    derivative=_log1p_derivative,
    domain=Always((-1.0, float("inf"))),
    latex=r"\operatorname{log1p}",
    summary="log(1 + x), accurate near 0",
    on_complex=HOLOMORPHIC,
)


def _expm1_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.expm1(x)


EXPM1 = ElementwiseFunction(
    name="expm1",
    value=_expm1_value,
    derivative=_exp_derivative,
    latex=r"\operatorname{expm1}",
    summary="exp(x) - 1, accurate near 0",
    on_complex=HOLOMORPHIC,
)


def _tanh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.tanh(x)


def _tanh_derivative(x: Expr) -> Expr:
    """tanh'(x) = 1 - tanh(x)²"""
    return 1 - Elementwise(TANH, (), x) ** 2


TANH = ElementwiseFunction(
    name="tanh",
    value=_tanh_value,
    derivative=_tanh_derivative,
    latex=r"\tanh",
    summary="the hyperbolic tangent",
    on_complex=HOLOMORPHIC,
)


def _sigmoid_value(xp: ArrayNamespace, x: Array) -> Array:
    if xp is np:
        return _quotient(x, 1)
    # exp(-x) would overflow for very negative x; this form only takes exponentials of negative numbers.
    small = xp.exp(-xp.abs(x))
    return xp.where(x < 0, small, xp.ones_like(small)) / (1 + small)


def _quotient(x: Array, above: Array | int) -> Array:
    """Return ``above`` / (1 + exp(-x)) of a NumPy array, where ``above`` is 1 or x."""
    try:
        # The exponential may overflow, and -∞ / ∞ is invalid.
        with np.errstate(over="raise", invalid="raise"):
            divisor = _divisor(x)
            return np.divide(above, divisor, out=divisor)
    except FloatingPointError:
        with np.errstate(over="ignore", invalid="ignore"):
            divisor = _divisor(x)
            far = np.isinf(divisor)
            result = np.divide(above, divisor, out=divisor)
    # There, 1 is nothing beside the exponential.
    kept = np.maximum(x[far], _NEGLIGIBLE)
    result[far] = np.exp(kept) * (kept if above is x else 1)
    return result


def _divisor(x: Array) -> Array:
    """Return 1 + exp(-x) of a NumPy array."""
    result = np.asarray(-x)
    result = np.exp(result, out=result if result.dtype.kind == "f" else None)
    result += 1
    return result


def _sigmoid_derivative(x: Expr) -> Expr:
    """sigmoid'(x) = sigmoid(x) (1 - sigmoid(x))"""
    s = Elementwise(SIGMOID, (), x)
    return s * (1 - s)


SIGMOID = ElementwiseFunction(
    name="sigmoid",
    value=_sigmoid_value,
    derivative=_sigmoid_derivative,
    latex=r"\operatorname{sigmoid}",
    summary="1 / (1 + exp(-x))",
)


def _softplus_value(xp: ArrayNamespace, x: Array) -> Array:
    if xp is not np:
        return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))
    try:
        with np.errstate(over="raise"):
            result = np.asarray(np.exp(x))
        return np.log1p(result, out=result)
    except FloatingPointError:
        with np.errstate(over="ignore"):
            result = np.asarray(np.exp(x))
    # There, 1 is nothing beside the exponential.
    far = np.isinf(result)
    np.log1p(result, out=result)
    result[far] = x[far]
    return result


def _softplus_derivative(x: Expr) -> Expr:
    """softplus'(x) = sigmoid(x)"""
    return Elementwise(SIGMOID, (), x)


SOFTPLUS = ElementwiseFunction(
    name="softplus",
    value=_softplus_value,
    derivative=_softplus_derivative,
    latex=r"\operatorname{softplus}",
    summary="log(1 + exp(x))",
)


def _silu_value(xp: ArrayNamespace, x: Array) -> Array:
    return _quotient(x, x) if xp is np else xp.maximum(x, _NEGLIGIBLE) * _sigmoid_value(xp, x)


def _silu_derivative(x: Expr) -> Expr:
    """silu'(x) = s + silu(x) (1 - s) with s = sigmoid(x)"""
    s = Elementwise(SIGMOID, (), x)
    return s + Elementwise(SILU, (), x) * (1 - s)


SILU = ElementwiseFunction(
    name="silu",
    value=_silu_value,
    derivative=_silu_derivative,
    latex=r"\operatorname{silu}",
    summary="x sigmoid(x), also called swish",
)
