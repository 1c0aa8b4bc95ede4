"""NumPy as a backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend, Groups, Picks, common_operations, frozen
from bracketcalc.expr.records import Array


def _operations(dtype: Any) -> Mapping[str, Any]:
    table = common_operations(np, dtype)

    def scatter(x: Array, shape: tuple[int, ...], groups: Groups, picks: Picks = ()) -> Array:
        result = np.zeros(shape, dtype)
        if result.size:
            # as_strided takes longer than to fill a small array.
            steps = result.strides
            start = sum(step * index for step, index in zip(steps, picks, strict=False) if index)
            sizes = [shape[group[0]] for group in groups]
            strides = [sum([steps[axis] for axis in group]) for group in groups]
            np.ndarray(sizes, dtype, result, start, strides)[...] = x
        return result

    table["scatter"] = scatter
    table["reduce_add"] = np.add.reduce
    if np.dtype(dtype).kind != "c":
        # vecdot conjugates its first argument, so it is the sum of products only for real numbers.
        table["row_dot"] = np.vecdot
    return frozen(table)


NUMPY = Backend("numpy", np, _operations)
"""The backend that is always there."""
