"""Records of the largest element of a vector, and of where it is.

The derivative at a tie is that of the first largest element, on every path.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Always, Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.rows import FEW, columns_like, largest_of_rows


def _max_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.shape[-1] == 0:
        return xp.full(x.shape[:-1], -xp.inf, dtype=x.dtype)
    if xp is np and x.dtype.kind == "f":
        return largest_of_rows(x)[..., 0]
    return xp.max(x, axis=-1)


def _max_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d max(x) = first_max(x) · dx"""
    lead = list(range(batch))
    return product(1, [(Map(FIRST_MAX, x, batch), [*lead, "j"]), (dx, [*lead, "j"])], lead)


MAX = TensorFunction(
    name="max",
    ndim=1,
    result=Always(()),
    value=_max_value,
    differential=_max_differential,
    latex=r"\max",
    summary="the largest element; -inf for no elements",
)


def _same(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def _first_max_value(xp: ArrayNamespace, x: Array) -> Array:
    if 0 in x.shape:
        return xp.zeros_like(x)
    if xp is np and x.shape[-1] <= FEW:
        return _first_of_few(x)
    places = xp.argmax(x, axis=-1)
    here = xp.asarray(np.arange(x.shape[-1])) == places[..., None]
    return xp.where(here, xp.ones_like(x), xp.zeros_like(x))


def _first_of_few(x: Array) -> Array:
    """Return the same by passes over the elements: argmax along a short axis takes several times longer.

    An element is the first largest one if none before it is, and it is not below the largest behind it.
    """
    behind = [x[..., -1]]
    for place in range(x.shape[-1] - 2, 0, -1):
        behind.append(np.maximum(x[..., place], behind[-1]))
    found = columns_like(x)
    free: Array = np.True_
    for place in range(x.shape[-1] - 1):
        below = np.less(x[..., place], behind.pop())
        found[..., place] = np.greater(free, below)
        free = np.logical_and(free, below)
    found[..., -1] = free
    return found


def _first_max_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d first_max(x) = 0"""
    axes = range(dx.ndim)
    return product(0, [(dx, axes)], axes)


FIRST_MAX = TensorFunction(
    name="first_max",
    ndim=1,
    result=_same,
    value=_first_max_value,
    differential=_first_max_differential,
    latex=r"\operatorname{first\_max}",
    summary="1 in the place of the first largest element, and 0 elsewhere",
)
