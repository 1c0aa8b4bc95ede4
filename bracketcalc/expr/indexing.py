"""What stands in the square brackets behind an expression: one index or a whole axis for each axis.

Indices count from 0, as in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.node import Node
from bracketcalc.expr.shapes import describe, show_size


def index_in(index: Any, size: Any, place: str) -> int:
    """Return an index as a non-negative integer, after checking it against a size that is known.

    Args:
        index: an integer; one below 0 counts from the end of an axis with a known size.
        size: the size of the axis.
        place: what the axis is called in a message.

    Raises:
        ArgumentError: for anything that is not an integer.
        ShapeError: for an index out of range, or below 0 where the size is a name.

    Example:
        >>> index_in(-1, 4, "axis 0 of x")
        3
    """
    if isinstance(index, bool | np.bool_) or not isinstance(index, int | np.integer):
        raise ArgumentError(
            f"an index is an integer, got {_shown(index)} for {place}", hint="write X[1, :] or X[..., 0]"
        )
    if isinstance(size, int):
        if not -size <= index < size:
            raise ShapeError(f"the index {index} is out of range: {place} has size {size}")
        return int(index) % size
    if index < 0:
        raise ShapeError(
            f"the index {index} counts from the end, but the size of {place} is not known: "
            f"it is {show_size(size)}",
            hint="count from 0",
        )
    return int(index)


def fixed_axes(expr: Node, key: Any) -> dict[int, int]:
    """Return the axes of an expression that a key such as ``(1, slice(None))`` fixes, with their indices.

    Raises:
        ArgumentError: for anything but integers, ``:`` and one ``...``.
        ShapeError: for too many entries, or an index out of range.

    Example:
        >>> from bracketcalc.expr.core import Tensor
        >>> fixed_axes(Tensor("T", (2, 3, 4)), (1, ..., 0))
        {0: 1, 2: 0}
    """
    entries = list(key) if isinstance(key, tuple) else [key]
    dots = [place for place, entry in enumerate(entries) if entry is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError("an index has several ...", hint="write : for a single axis")
    missing = expr.ndim - (len(entries) - len(dots))
    if missing < 0:
        raise ShapeError(
            f"{describe(expr)} has {expr.ndim} axes, but {len(entries) - len(dots)} indices were given"
        )
    place = dots[0] if dots else len(entries)
    entries[place : place + 1] = [slice(None)] * missing
    return {
        axis: index_in(entry, expr.sizes[axis], f"axis {axis} of {describe(expr)}")
        for axis, entry in enumerate(entries)
        if not _is_whole_axis(entry)
    }


def _is_whole_axis(entry: Any) -> bool:
    if not isinstance(entry, slice):
        return False
    if (entry.start, entry.stop, entry.step) != (None, None, None):
        raise ArgumentError(
            f"an expression has no part {_shown(entry)} of an axis: only integers, : and ... select",
            hint="compute the whole axis and slice the array",
        )
    return True


def _shown(entry: Any) -> str:
    if isinstance(entry, slice):
        parts = ["" if part is None else repr(part) for part in (entry.start, entry.stop, entry.step)]
        return ":".join(parts if entry.step is not None else parts[:2])
    return "None" if entry is None else type(entry).__name__
