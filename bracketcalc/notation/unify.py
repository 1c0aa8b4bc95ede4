"""The sizes of 𝟏 and I while they are not known, and what other sizes make of them."""

from __future__ import annotations

from bracketcalc.expr.core import Extent, Size

Sizes = tuple[Extent, ...]


class Unknowns:
    """Sizes that follow from their use; each stands for one size, once it was found equal to it."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Size, Extent | None] = {}

    def new(self) -> Size:
        """Return an unknown size. No size of a tensor has its name, which cannot be printed."""
        size = Size(f"\0{len(self._known)}")
        self._known[size] = None
        return size

    def find(self, extent: Extent) -> Extent:
        """Return what an unknown size stands for; itself if that is not known, or for any other size."""
        if not isinstance(extent, Size) or extent not in self._known:
            return extent
        path = []
        found: Extent = extent
        while isinstance(found, Size) and (after := self._known.get(found)) is not None:
            path.append(found)
            found = after
        for size in path:
            self._known[size] = found
        return found

    def is_open(self, extent: Extent) -> bool:
        """Return whether a size is an unknown one that stands for nothing yet."""
        return isinstance(extent, Size) and extent in self._known and self._known[extent] is None

    def same(self, left: Extent, right: Extent) -> bool:
        """Make two sizes one; return False if they are two known sizes that differ."""
        if left is right or (type(left) is type(right) and _name(left) == _name(right)):
            return True
        if not self._known:
            return False
        left, right = self.find(left), self.find(right)
        if left == right:
            return True
        if self.is_open(left):
            assert isinstance(left, Size)
            self._known[left] = right
            return True
        if self.is_open(right):
            assert isinstance(right, Size)
            self._known[right] = left
            return True
        return False

    def resolve(self, sizes: Sizes) -> Sizes:
        """Return the sizes with every unknown one replaced by what it stands for."""
        return tuple([self.find(size) for size in sizes]) if self._known else sizes


def _name(extent: Extent) -> int | str:
    """Return what tells a size from others; comparing two sizes as expressions takes long."""
    return extent.name if isinstance(extent, Size) else extent
