"""NumPy as a backend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from bracketcalc.backends.blocks import block_runner, thread_limit
from bracketcalc.backends.indices import index_operations
from bracketcalc.backends.record import Backend, Groups, Picks, common_operations, frozen
from bracketcalc.backends.repeats import in_columns, in_rows
from bracketcalc.expr.fields import complex_type, real_type
from bracketcalc.expr.records import Array


def _operations(dtype: Any) -> Mapping[str, Any]:
    table = common_operations(np, dtype)
    real, complex_ = real_type(dtype), complex_type(dtype)

    def scatter(x: Array, shape: tuple[int, ...], groups: Groups, picks: Picks = ()) -> Array:
        own = complex_ if np.iscomplexobj(x) else real
        result = np.zeros(shape, own)
        if result.size:
            # as_strided takes longer than to fill a small array.
            steps = result.strides
            start = sum(step * index for step, index in zip(steps, picks, strict=False) if index)
            sizes = [shape[group[0]] for group in groups]
            strides = [sum([steps[axis] for axis in group]) for group in groups]
            np.ndarray(sizes, own, result, start, strides)[...] = x
        return result

    table |= _at_indices(real)
    table["scatter"] = scatter
    table["empty_like"] = np.empty_like
    table["in_blocks"] = block_runner(thread_limit(os.environ))
    table |= {"in_rows": in_rows, "in_columns": in_columns}
    table["reduce_add"] = np.add.reduce
    # The method is called in two thirds of the time of the function, which looks for other kinds of arrays.
    table["dot"] = np.ndarray.dot
    if np.dtype(dtype).kind != "c":
        # vecdot conjugates its first argument, so it is the sum of products only for real numbers.
        table["row_dot"] = np.vecdot
    return frozen(table)


def _at_indices(real: np.dtype[Any]) -> Mapping[str, Any]:
    """Return the operations at indices that are arrays."""

    def add_at(shape: tuple[int, ...], places: Array, values: Array) -> Array:
        if 0 in shape or np.iscomplexobj(values):
            result = np.zeros(shape, values.dtype)
            np.add.at(result, places, values)
            return result
        # Counting with weights takes a third of the time of add.at, whose inner loop is over one row.
        rest = prod(shape[1:])
        if rest != 1:
            places = (places[:, None] * rest + np.arange(rest)).reshape(-1)
        counted = np.bincount(places, values.reshape(-1), shape[0] * rest)
        return counted.astype(real, copy=False).reshape(shape)

    def one_hot(indices: Array, shape: tuple[int, ...]) -> Array:
        return add_one_hot(np.zeros(shape, real), indices, 1.0)

    def add_one_hot(base: Array, indices: Array, number: float) -> Array:
        if base.flags.c_contiguous and base.size:
            elements = base.reshape(-1)
            elements[starts(base) + indices.reshape(-1)] += number
            return base
        base[(*np.indices(base.shape[:-1], sparse=True), indices)] += number
        return base

    def starts(array: Array) -> Array:
        """Return where the rows of an array in C order begin, counted in elements."""
        return np.arange(0, array.size, array.shape[-1])

    def take(array: Array, indices: Array, batch: int) -> Array:
        if batch == 1 == indices.ndim == array.ndim - 1 and array.flags.c_contiguous and array.size:
            return array.reshape(-1)[starts(array) + indices]
        return general["take"](array, indices, batch)

    def take_rows(array: Array, places: Array) -> Array:
        # The places are checked already, and clipping takes less time than checking again.
        return array.take(places, axis=0, mode="clip") if array.size else array[places]

    general = index_operations(np.arange, take_rows, add_at)
    return {**general, "take": take, "one_hot": one_hot, "add_one_hot": add_one_hot}


def _number(number: float, dtype: Any) -> Any:
    """Return an array without axes, which a ufunc takes in half the time of a Python number."""
    real = real_type(dtype)
    return np.asarray(number, real) if abs(number) <= np.finfo(real).max else number


NUMPY = Backend("numpy", np, _operations, blocks=True, number=_number)
"""The backend that is always there."""
