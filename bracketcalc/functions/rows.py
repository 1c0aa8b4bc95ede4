"""Sums and largest elements of the rows of a NumPy array.

NumPy's reductions take 10 to 40 ns for each row, however short it is. Where there are many short rows, a
few passes over whole columns, or a product with ones, take less.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.expr.records import Array

FEW = 16
"""Rows up to this length are gone through element by element."""

ROWS_FOR_EACH = 16
"""How many rows there must be for each element of a row, to pay for a pass of its own."""

FEWEST = 4
"""Rows up to this length are never copied: so few passes take less."""

SHORT = 32
"""Longer rows, up to this length, are copied to columns, where all of them are small."""

SMALL = 1 << 18
"""The most bytes of an array that stays in the cache while it is copied."""

LEAST_ROWS = 32
"""How many short rows there must be for a copy in which they are columns, and back."""

LARGEST_COPY = 1 << 16
"""The most bytes of an array that is copied so."""

MANY_ROWS = 64
"""How many rows there must be for a product with ones, or for a copy."""

LONGEST = 512
"""Longer rows are added pairwise, which rounds less."""


def largest_of_rows(x: Array) -> Array:
    """Return the largest element along the last axis, which stays with length 1; NaN where one is NaN.

    Args:
        x: real numbers, with at least one element in each row.

    Example:
        >>> largest_of_rows(np.array([[1.0, 3.0], [5.0, 4.0]]))
        array([[3.],
               [5.]])
    """
    length = x.shape[-1]
    may_copy = x.flags.c_contiguous and MANY_ROWS * length <= x.size and x.nbytes <= SMALL
    if may_copy and FEWEST < length <= SHORT:
        columns = np.ascontiguousarray(x.reshape(-1, length).T)
        return np.maximum.reduce(columns, axis=0).reshape(*x.shape[:-1], 1)
    if x.ndim < 2 or length > FEW or x.size < ROWS_FOR_EACH * length * length:
        found: Array = np.maximum.reduce(x, axis=-1, keepdims=True)
        return found
    largest = np.maximum(x[..., 0], x[..., -1])
    for place in range(1, length - 1):
        np.maximum(largest, x[..., place], out=largest)
    return largest[..., None]


def columns_like(x: Array) -> Array:
    """Return a new array like ``x``, in whose memory the columns lie one after the other.

    What is computed of it and a column is then computed along long runs of memory, not along short rows.

    Example:
        >>> columns = columns_like(np.ones((5, 4, 2)))
        >>> columns.shape, columns.strides, columns.base is None
        ((5, 4, 2), (32, 8, 160), True)
    """
    order = [x.ndim - 1, *sorted(range(x.ndim - 1), key=lambda axis: -abs(x.strides[axis]))]
    strides, step = [0] * x.ndim, x.itemsize
    for axis in reversed(order):
        strides[axis], step = step, step * x.shape[axis]
    # Only its strides are looked at.
    pattern = np.lib.stride_tricks.as_strided(np.empty(1, x.dtype), x.shape, strides)
    return np.empty_like(pattern, order="K", subok=False)


def sums_of_rows(x: Array) -> Array:
    """Return the sums along the last axis, which stays with length 1.

    Example:
        >>> sums_of_rows(np.array([[1.0, 3.0], [5.0, 4.0]]))
        array([[4.],
               [9.]])
    """
    length = x.shape[-1]
    many = x.dtype.kind == "f" and 0 < length <= LONGEST and x.size >= MANY_ROWS * length
    if x.ndim < 2 or not many or not x.flags.c_contiguous:
        found: Array = np.add.reduce(x, axis=-1, keepdims=True)
        return found
    sums = np.dot(x.reshape(-1, length), np.ones(length, x.dtype))
    return sums.reshape(*x.shape[:-1], 1)


def is_better_in_columns(x: Array) -> bool:
    """Return whether functions of the rows of an array take less time on a copy with rows as columns.

    Example:
        >>> [is_better_in_columns(np.ones(shape)) for shape in [(64, 10), (8, 10), (64, 100)]]
        [True, False, False]
    """
    length = x.shape[-1]
    least = max(LEAST_ROWS, 2 * length)
    return bool(1 < length <= SHORT and x.size >= least * length and x.nbytes <= LARGEST_COPY)


def centred_columns(x: Array) -> Array:
    """Return the rows of an array as columns of a new one, minus the largest element of each.

    Example:
        >>> centred_columns(np.array([[1.0, 3.0], [5.0, 4.0]]))
        array([[-2.,  0.],
               [ 0., -1.]])
    """
    columns = np.array(x.reshape(-1, x.shape[-1]).T, order="C")
    return np.subtract(columns, np.maximum.reduce(columns, axis=0), out=columns)
