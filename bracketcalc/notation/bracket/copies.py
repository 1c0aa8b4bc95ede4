"""Which occurrence of its tensor each portion of a term belongs to (paper §2.3)."""

from __future__ import annotations

from collections.abc import Hashable


class Copies:
    """The portions of a term that are taken already.

    A portion belongs to the earliest copy of its tensor that does not have any of its axes yet. A scalar
    has one portion without axes, and every occurrence is a copy.

    Example:
        >>> copies = Copies()
        >>> [copies.assign("X", axes) for axes in [(0, 1), (1,), (0,), (0,), (1,)]]
        [0, 1, 1, 2, 2]
    """

    __slots__ = ("_earliest", "_taken")

    def __init__(self) -> None:
        # A tensor, an axis of it, and the copy of which the axis is taken.
        self._taken: set[tuple[Hashable, int, int]] = set()
        self._earliest: dict[tuple[Hashable, tuple[int, ...]], int] = {}

    def assign(self, tensor: Hashable, axes: tuple[int, ...]) -> int:
        """Return the copy, counted from 0, that the next portion with these axes belongs to."""
        # Copies are only ever filled, so the search goes on where it last ended.
        key = (tensor, axes)
        copy = self._earliest.get(key, 0)
        taken = self._taken
        if len(axes) == 1:
            use = (tensor, axes[0], copy)
            while use in taken:
                copy += 1
                use = (tensor, axes[0], copy)
            taken.add(use)
        else:
            while not taken.isdisjoint(uses := _uses(tensor, axes, copy)):
                copy += 1
            taken.update(uses)
        self._earliest[key] = copy + 1
        return copy

    def take(self, tensor: Hashable, axes: tuple[int, ...], copy: int) -> None:
        """Note that a portion belongs to a copy that is named in the text."""
        self._taken.update(_uses(tensor, axes, copy))


def _uses(tensor: Hashable, axes: tuple[int, ...], copy: int) -> list[tuple[Hashable, int, int]]:
    """Return what a portion takes of a copy; a scalar has an axis of its own for that."""
    return [(tensor, axis, copy) for axis in axes or (-1,)]
