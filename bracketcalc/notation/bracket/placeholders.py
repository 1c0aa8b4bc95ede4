"""Tensors inside ⟨ ⟩ some of whose sizes follow from what they are multiplied with: I and {𝟏 wᵀ}.

While the text is read, a placeholder stands for such a tensor; each of its copies may have other sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from bracketcalc.expr.core import Delta, Expr, Extent, Size, Tensor
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item, Portion
from bracketcalc.notation.tokens import Part

Copy = tuple[Expr, int]
"""A tensor, and which occurrence of it."""

NO_PARTS: Mapping[Expr, Part] = MappingProxyType({})


def placeholder(text: str, part: Part) -> Expr:
    """Return the tensor that stands for a part, which is written as the text; nothing else is called so."""
    name = "\0" + text
    sizes = [Size(f"{name} {axis}") if size is None else size for axis, size in enumerate(part.sizes)]
    return Tensor(name, sizes)


def _identity(sizes: tuple[Extent | None, ...]) -> Expr:
    assert sizes[0] is not None
    return Delta(sizes[0], 2)


IDENTITY = Part((None, None), _identity, ((0, 1),))
"""I, whose two axes have one size."""

OPEN = placeholder("I", IDENTITY)


def with_sizes(root: Item, tensors: Mapping[Copy, Expr]) -> Item:
    """Return a tree with tensors in the places of placeholders, as further copies beside those there are.

    Args:
        root: the tree.
        tensors: what each copy of a placeholder stands for.

    Example:
        >>> with_sizes(Portion(OPEN, 0, (0,)), {(OPEN, 0): Delta(3, 2)})
        Portion(tensor=I_{3}, copy=0, axes=(0,))
    """
    if not tensors:
        return root
    used: dict[Expr, int] = {}
    for portion in _portions(root):
        used[portion.tensor] = max(used.get(portion.tensor, 0), portion.copy + 1)

    def sized(portion: Portion) -> Portion:
        tensor = tensors.get((portion.tensor, portion.copy))
        if tensor is None:
            return portion
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
