"""Operations at indices that are arrays: taking elements, adding values, one-hot rows.

An array and its indices may have leading axes in common; behind them stands the axis that is indexed.
The indices are known to lie in their range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from bracketcalc.expr.records import Array

Arange = Callable[[int], Array]

TakeRows = Callable[[Array, Array], Array]

AddAt = Callable[[tuple[int, ...], Array, Array], Array]
"""``(shape, places, values) -> array``: zeros with values added at places along the first axis."""


def flat_places(arange: Arange, indices: Array, size: int, batch: int) -> Array:
    """Return indices of the axis that the common leading axes and the indexed one make together.

    Example:
        >>> import numpy as np
        >>> flat_places(np.arange, np.array([2, 0]), 3, 1)
        array([2, 3])
    """
    shape = tuple(indices.shape)
    count = prod(shape[:batch])
    if batch == 0 or count == 0:
        return indices
    start = (arange(count) * size).reshape((*shape[:batch], *[1] * (len(shape) - batch)))
    return indices + start


def index_operations(
    arange: Arange, take_rows: TakeRows, add_at: AddAt
) -> Mapping[str, Callable[..., Array]]:
    """Return the operations of a library that programs may name.

    Args:
        arange: from n to the array 0, 1, …, n - 1.
        take_rows: ``(array, places) -> array``: elements at places of the first axis.
        add_at: zeros with values added.
    """

    def take(array: Array, indices: Array, batch: int) -> Array:
        shape = tuple(array.shape)
        if batch == 0:
            return take_rows(array, indices)
        flat = array.reshape((prod(shape[: batch + 1]), *shape[batch + 1 :]))
        return take_rows(flat, flat_places(arange, indices, shape[batch], batch))

    def put(values: Array, indices: Array, shape: tuple[int, ...], batch: int) -> Array:
        rest = shape[batch + 1 :]
        places = flat_places(arange, indices, shape[batch], batch)
        flat = values.reshape((prod(indices.shape), *rest))
        return add_at((prod(shape[: batch + 1]), *rest), places.reshape(-1), flat).reshape(shape)

    return {"take": take, "put": put}
