"""The sizes of 𝟏 and I while they are not known, and what other sizes make of them."""

from __future__ import annotations

from bracketcalc.expr.core import Extent, Size
from bracketcalc.expr.node import made

Sizes = tuple[Extent, ...]


class Unknowns:
    """Sizes that follow from their use; each stands for one size, once it was found equal to it."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        # By name, because a look-up of a size asks it for its hash, which takes long.
        self._known: dict[str, Extent | None] = {}

    def new(self) -> Size:
        """Return an unknown size. No size of a tensor has its name, which cannot be printed."""
        name = f"\0{len(self._known)}"
        self._known[name] = None
        return made(Size, (name,), (), ())

    def find(self, extent: Extent) -> Extent:
        """Return what an unknown size stands for; itself if that is not known, or for any other size."""
        if type(extent) is not Size:
            return extent
        known = self._known
        found = known.get(extent.data[0])
        if found is None:
            return extent
        if type(found) is not Size or known.get(found.data[0]) is None:
            return found
        path = [extent.data[0]]
        while type(found) is Size and (after := known.get(found.data[0])) is not None:
            path.append(found.data[0])
            found = after
        known.update(dict.fromkeys(path, found))
        return found

    def is_open(self, extent: Extent) -> bool:
        """Return whether a size is an unknown one that stands for nothing yet."""
        return type(extent) is Size and self._known.get(extent.data[0], extent) is None

    def same(self, left: Extent, right: Extent) -> bool:
        """Make two sizes one; return False if they are two known sizes that differ."""
        if left is right:
            return True
        known = self._known
        if known:
            left, right = self.find(left), self.find(right)
        if left is right or left == right:
            return True
        if type(left) is Size and left.data[0] in known:
            known[left.data[0]] = right
        elif type(right) is Size and right.data[0] in known:
            known[right.data[0]] = left
        else:
            return False
        return True

    def resolve(self, sizes: Sizes) -> Sizes:
        """Return the sizes with every unknown one replaced by what it stands for."""
        return tuple([self.find(size) for size in sizes]) if self._known else sizes
