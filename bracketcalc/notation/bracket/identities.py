"""I inside ⟨ ⟩: an identity whose size follows from what its dimensions are multiplied with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bracketcalc.expr.core import Delta, Expr, Extent, Size
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item, Portion

OPEN = Delta(Size("\0I"), 2)
"""The tensor of the portions of an I, before its size is known; no size of a tensor has this name."""


def with_sizes(root: Item, sizes: Mapping[int, Extent]) -> Item:
    """Return a tree in which each I is an identity; these are further copies beside those there are.

    Args:
        root: the tree.
        sizes: the size of each copy of I.

    Example:
        >>> with_sizes(Portion(OPEN, 0, (0,)), {0: 3})
        Portion(tensor=I_{3}, copy=0, axes=(0,))
    """
    if not sizes:
        return root
    used: dict[Expr, int] = {}
    for portion in _portions(root):
        used[portion.tensor] = max(used.get(portion.tensor, 0), portion.copy + 1)

    def sized(portion: Portion) -> Portion:
        if portion.tensor is not OPEN:
            return portion
        tensor = Delta(sizes[portion.copy], 2)
        return portion._replace(tensor=tensor, copy=used.get(tensor, 0) + portion.copy)

    return _rebuilt(root, sized)


def _portions(root: Item) -> Iterator[Portion]:
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, Portion):
            yield item
        elif isinstance(item, Barred):
            stack.append(item.item)
        elif isinstance(item, Beside | Bracketed):
            stack += item.items


def _rebuilt(root: Item, change: Callable[[Portion], Portion]) -> Item:
    """Return a tree with changed portions."""
    done: list[Item] = []
    stack: list[tuple[Item, bool]] = [(root, False)]
    while stack:
        item, entered = stack.pop()
        if isinstance(item, Portion):
            done.append(change(item))
        elif not isinstance(item, Beside | Bracketed | Barred):
            done.append(item)
        elif not entered:
            inner = (item.item,) if isinstance(item, Barred) else item.items
            stack.append((item, True))
            stack += [(child, False) for child in reversed(inner)]
        elif isinstance(item, Barred):
            done.append(Barred(done.pop()))
        else:
            first = len(done) - len(item.items)
            parts = tuple(done[first:])
            del done[first:]
            done.append(type(item)(parts))
    return done[0]
