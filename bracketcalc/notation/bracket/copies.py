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
        # For each tensor, the axes that are taken, each with its copy.
        self._taken: dict[Hashable, set[tuple[int, int]]] = {}
        self._earliest: dict[tuple[Hashable, tuple[int, ...]], int] = {}

    def assign(self, tensor: Hashable, axes: tuple[int, ...]) -> int:
        """Return the copy, counted from 0, that the next portion with these axes belongs to."""
        taken = self._taken.get(tensor)
        if taken is None:
            taken = self._taken[tensor] = set()
        # Copies are only ever filled, so the search goes on where it last ended.
        key = (tensor, axes)
        copy = self._earliest.get(key, 0)
        if len(axes) == 1:
            while (axes[0], copy) in taken:
                copy += 1
            taken.add((axes[0], copy))
        else:
            while not taken.isdisjoint(uses := [(axis, copy) for axis in axes or (-1,)]):
                copy += 1
            taken.update(uses)
        self._earliest[key] = copy + 1
        return copy

    def take(self, tensor: Hashable, axes: tuple[int, ...], copy: int) -> None:
        """Note that a portion belongs to a copy that is named in the text."""
        self._taken.setdefault(tensor, set()).update([(axis, copy) for axis in axes or (-1,)])
