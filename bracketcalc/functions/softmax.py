"""Records of the functions on vectors: softmax, log_softmax and logsumexp.

All of them act on the last axis. They subtract the largest element first, so logits of any size are
safe. An element -inf has weight 0. Where every element is -inf, or one is +inf, softmax and log_softmax
are not defined: that row is NaN, without a warning.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.expr.core import Expr, Extent, Ones, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Always, Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.rows import centred_columns, is_better_in_columns, largest_of_rows, sums_of_rows


def _same(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def _centred(xp: ArrayNamespace, x: Array) -> Array:
    """Return x minus the largest element of each row, which makes its largest element 0."""
    if _is_own(xp, x):
        return np.subtract(x, largest_of_rows(x))
    return x - xp.max(x, axis=-1, keepdims=True)


def _sums(xp: ArrayNamespace, x: Array) -> Array:
    return sums_of_rows(x) if _is_own(xp, x) else x.sum(axis=-1, keepdims=True)


def _is_own(xp: ArrayNamespace, x: Array) -> bool:
    """Return whether a new array may be written to: then the data pass the memory half as often."""
    return xp is np and x.dtype != object


_VANISHING = -700.0
"""The exponential of less is 0 beside 1; in 8 bytes NumPy takes many times as long where it underflows."""


def _weights(centred: Array) -> Array:
    """Return the exponentials of numbers up to 0, written over them."""
    slow = centred.dtype == np.float64 and centred.size > 0
    if not slow or not np.minimum.reduce(centred, axis=None) < _VANISHING:
        return np.exp(centred, out=centred)
    kept = centred >= _VANISHING
    centred.clip(_VANISHING, 0, out=centred)
    return np.multiply(np.exp(centred, out=centred), kept, out=centred)


def _softmax_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.shape[-1] == 0:
        return xp.array(x)
    with np.errstate(invalid="ignore"):
        if _is_own(xp, x) and is_better_in_columns(x):
            columns, result = _weights(centred_columns(x)), np.empty(x.shape, x.dtype)
            np.divide(columns, np.add.reduce(columns, axis=0), out=result.reshape(-1, x.shape[-1]).T)
            return result
        centred = _centred(xp, x)
        if _is_own(xp, centred):
            _weights(centred)
            return np.divide(centred, sums_of_rows(centred), out=centred)
        weights = xp.exp(centred)
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d softmax(x) = y ⊙ (dx - 𝟏 (y · dx)) with y = softmax(x)"""
    return y * (dx - _mean_everywhere(y, dx, batch))


SOFTMAX = TensorFunction(
    name="softmax",
    ndim=1,
    result=_same,
    value=_softmax_value,
    differential=_softmax_differential,
    latex=r"\operatorname{softmax}",
    summary="exp(x) divided by its sum",
)


def _log_softmax_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.shape[-1] == 0:
        return xp.array(x)
    with np.errstate(invalid="ignore"):
        if _is_own(xp, x) and is_better_in_columns(x):
            columns, result = centred_columns(x), np.empty(x.shape, x.dtype)
            logs = np.log(np.add.reduce(np.exp(columns), axis=0))
            np.subtract(columns, logs, out=result.reshape(-1, x.shape[-1]).T)
            return result
        centred = _centred(xp, x)
        totals = xp.log(_sums(xp, xp.exp(centred)))
        return np.subtract(centred, totals, out=centred) if _is_own(xp, centred) else centred - totals


def _log_softmax_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d log_softmax(x) = dx - 𝟏 (softmax(x) · dx)"""
    return dx - _mean_everywhere(Map(SOFTMAX, x, batch), dx, batch)


LOG_SOFTMAX = TensorFunction(
    name="log_softmax",
    ndim=1,
    result=_same,
    value=_log_softmax_value,
    differential=_log_softmax_differential,
    latex=r"\operatorname{log\_softmax}",
    summary="the logarithm of softmax(x)",
)


def _logsumexp_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.shape[-1] == 0:
        return xp.full(x.shape[:-1], -xp.inf, dtype=x.dtype)
    largest = xp.max(x, axis=-1, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, xp.zeros_like(largest))
    # -inf in every element gives log(0) = -inf; beside +inf any overflow is the right result.
    with np.errstate(divide="ignore", over="ignore"):
        return xp.log(xp.exp(x - shift).sum(axis=-1)) + shift[..., 0]


def _logsumexp_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d logsumexp(x) = softmax(x) · dx"""
    return _mean(Map(SOFTMAX, x, batch), dx, batch)


LOGSUMEXP = TensorFunction(
    name="logsumexp",
    ndim=1,
    result=Always(()),
    value=_logsumexp_value,
    differential=_logsumexp_differential,
    latex=r"\operatorname{logsumexp}",
    summary="the logarithm of the sum of exp(x); -inf for no elements",
)


def _mean(weights: Expr, dx: Expr, batch: int) -> Expr:
    """Return weights · dx for each vector behind the batch axes."""
    lead = list(range(batch))
    return product(1, [(weights, [*lead, "j"]), (dx, [*lead, "j"])], lead)


def _mean_everywhere(weights: Expr, dx: Expr, batch: int) -> Expr:
    """Return 𝟏 (weights · dx) for each vector behind the batch axes."""
    lead = list(range(batch))
    ones = Ones((dx.sizes[-1],))
    return product(1, [(weights, [*lead, "j"]), (dx, [*lead, "j"]), (ones, ["i"])], [*lead, "i"])
