"""Arithmetic of a NumPy array and a row or a column that is repeated along its axes.

NumPy copies a repeated operand through a buffer of 8192 elements, again and again, which takes as long as
the arithmetic. A row that is written out once, to that length, is read where it lies, and so is a column of
which each element is repeated more often than a smaller buffer has elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from bracketcalc.expr.records import Array

BUFFER = 8192
"""How many elements NumPy takes in hand at a time where operands do not lie alike."""

SMALLEST = 16
"""The smallest buffer that NumPy takes."""

RUN_BYTES = 2048
"""How many bytes an inner loop must go through for its start not to count."""


@contextmanager
def unbuffered() -> Iterator[None]:
    """Let NumPy read in this context what it would copy through buffers; slow where inner loops are short.

    What has another type than it should have still goes through a buffer, a small one.
    """
    with np.errstate():  # which also puts the size of the buffers back
        np.setbufsize(SMALLEST)
        yield


def in_columns(call: Callable[..., Array], one: Array, other: Array, out: Array | None = None) -> Array:
    """Return what a ufunc makes of an array and of a column that is repeated along the last axes.

    Args:
        call: the ufunc.
        one: the array or the column; the column has size 1 on the last axes.
        other: the other of them.
        out: an array for the result, which may be the array.

    Example:
        >>> in_columns(np.subtract, np.array([[10.0], [20.0]]), np.ones((2, 3)))
        array([[ 9.,  9.,  9.],
               [19., 19., 19.]])
    """
    whole = one if one.size >= other.size else other
    alike = whole.flags.c_contiguous and one.dtype == other.dtype
    if not alike or not (out is None or out.flags.c_contiguous):
        return call(one, other, out)
    with unbuffered():
        return call(one, other, out)


def in_rows(
    call: Callable[..., Array], one: Array, other: Array, copies: int, out: Array | None = None
) -> Array:
    """Return what a ufunc makes of an array and of a row that is repeated along the axes in front.

    Args:
        call: the ufunc.
        one: the array or the row; the row has the last axes of the array, and axes of size 1 before them.
        other: the other of them.
        copies: how many rows are written out, at most as many as there are.
        out: an array for the result, which may be the array.

    Example:
        >>> in_rows(np.subtract, np.array([10.0, 20.0]), np.ones((3, 2)), copies=2)
        array([[ 9., 19.],
               [ 9., 19.],
               [ 9., 19.]])
    """
    whole, row = (one, other) if one.size >= other.size else (other, one)
    if not whole.flags.c_contiguous or whole.dtype != row.dtype:
        return call(one, other, out)
    result = np.empty(whole.shape, whole.dtype) if out is None else out
    if not result.flags.c_contiguous:
        return call(one, other, out)
    rows = np.empty((copies, row.size), row.dtype)
    rows[...] = row.reshape(-1)
    line, flat, flat_result = rows.reshape(-1), whole.reshape(-1), result.reshape(-1)
    end = flat.size - flat.size % line.size

    def write(array: Array, repeated: Array, into: Array) -> None:
        call(*((array, repeated) if whole is one else (repeated, array)), into)

    write(flat[:end].reshape(-1, line.size), line, flat_result[:end].reshape(-1, line.size))
    if end < flat.size:
        write(flat[end:], line[: flat.size - end], flat_result[end:])
    return result
