"""The larger or the smaller of every element and a number, or of two."""

from __future__ import annotations

from math import inf

import numpy as np

from bracketcalc.expr.records import Array, ArrayNamespace

MANY = 4000
"""How many elements there must be for ``clip`` to pay, which costs more to call."""


def at_least(xp: ArrayNamespace, x: Array, bound: float) -> Array:
    """Return the larger of every element and a number; NaN stays.

    Example:
        >>> at_least(np, np.array([-1.0, 2.0]), 0.5).tolist()
        [0.5, 2.0]
    """
    # NumPy takes twice the time for maximum where one of the two is a number.
    return x.clip(bound, inf) if xp is np and x.size >= MANY else xp.maximum(x, bound)


def at_most(xp: ArrayNamespace, x: Array, bound: float) -> Array:
    """Return the smaller of every element and a number; NaN stays.

    Example:
        >>> at_most(np, np.array([-1.0, 2.0]), 0.5).tolist()
        [-1.0, 0.5]
    """
    return x.clip(-inf, bound) if xp is np and x.size >= MANY else xp.minimum(x, bound)


def larger(xp: ArrayNamespace, x: Array, own: Array) -> Array:
    """Return the larger of two elements each; NumPy writes it over the second array.

    Example:
        >>> larger(np, np.array([-1.0, 2.0]), np.array([3.0, 0.0])).tolist()
        [3.0, 2.0]
    """
    if xp is not np:
        return xp.maximum(x, own)
    own = np.asarray(own)
    return np.maximum(x, own, out=own)
