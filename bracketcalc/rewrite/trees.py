"""Walking and changing the trees of bracket terms, however deep they are.

Python compares, hashes and pickles nested tuples recursively. So a tree is also written as a flat tuple
here, with the parts of an item before the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion

FlatTree = tuple[Any, ...]
"""Leaves, and pairs of a class and the number of parts before it."""


def parts_of(item: Item) -> tuple[Item, ...]:
    """Return the items directly inside an item."""
    if isinstance(item, Barred):
        return (item.item,)
    return item.items if isinstance(item, Beside | Bracketed) else ()


def folded(root: Item, result: Callable[[Item, list[Any]], Any]) -> Any:
    """Return the result of a tree, found from the results of its parts.

    Args:
        root: the tree.
        result: called with each item and the results of its parts, parts first.
    """
    done: list[Any] = []
    stack: list[tuple[Item, bool]] = [(root, False)]
    while stack:
        item, entered = stack.pop()
        parts = parts_of(item)
        if parts and not entered:
            stack.append((item, True))
            stack += [(part, False) for part in reversed(parts)]
            continue
        first = len(done) - len(parts)
        done[first:] = [result(item, done[first:])]
    return done[0]


def with_parts(item: Item, parts: Sequence[Item]) -> Item:
    """Return an item with other parts."""
    if isinstance(item, Barred):
        return Barred(parts[0])
    return type(item)(tuple(parts)) if isinstance(item, Beside | Bracketed) else item


def rebuilt(root: Item, change: Callable[[Item], Item]) -> Item:
    """Return a tree after ``change`` was applied to every item, parts first.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> a, b = tensors("a[n] b[n]")
        >>> pair = Bracketed((Portion(a, 0, (0,)), Portion(b, 0, (0,))))
        >>> turned = rebuilt(Beside((pair,)), lambda item: with_parts(item, parts_of(item)[::-1]))
        >>> [portion.tensor.name for portion in parts_of(turned.items[0])]
        ['b', 'a']
    """
    found: Item = folded(root, lambda item, parts: change(with_parts(item, parts)))
    return found


def flat(root: Item) -> FlatTree:
    """Return a tree as a flat tuple, which is equal for equal trees."""
    done: list[Any] = []
    stack: list[Any] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, Portion | Fill | Iota) or type(item) is tuple:
            done.append(item)
            continue
        parts = parts_of(item)
        stack.append((type(item), len(parts)))
        stack += reversed(parts)
    return tuple(done)


def unflat(tokens: FlatTree) -> Item:
    """Return the tree that :func:`flat` took apart."""
    done: list[Item] = []
    for token in tokens:
        if isinstance(token, Portion | Fill | Iota):
            done.append(token)
            continue
        kind, count = token
        first = len(done) - count
        parts = tuple(done[first:])
        done[first:] = [Barred(parts[0]) if kind is Barred else kind(parts)]
    return done[0]


def beside(items: Iterable[Item]) -> Item:
    """Return items beside each other; one of them is itself."""
    found = tuple(items)
    return found[0] if len(found) == 1 else Beside(found)


def top_items(root: Item) -> list[Item]:
    """Return what stands beside each other in a term, without the parentheses and bars around several.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> a, b = tensors("a[n] b[n]")
        >>> one, two = Portion(a, 0, (0,)), Portion(b, 0, (0,))
        >>> top_items(Beside((Barred(Beside((one, two))),))) == [Barred(one), Barred(two)]
        True
    """
    found: list[Item] = []
    stack: list[tuple[Item, bool]] = [(root, False)]
    while stack:
        item, barred = stack.pop()
        if isinstance(item, Beside):
            stack += [(part, barred) for part in reversed(item.items)]
        elif isinstance(item, Barred):
            stack.append((item.item, True))
        else:
            found.append(Barred(item) if barred else item)
    return found


def bars_of(root: Item) -> list[bool]:
    """Return for each slot of an item whether it has a bar."""
    found: list[bool] = folded(root, slot_bars)
    return found


def slot_bars(item: Item, parts: list[list[bool]]) -> list[bool]:
    """Return for each slot of an item whether it has a bar, from those of its parts."""
    if isinstance(item, Portion):
        return [False] * len(item.axes)
    if isinstance(item, Fill | Iota):
        return [False] * (item.count if isinstance(item, Fill) else 1)
    if isinstance(item, Barred):
        return [True] * len(parts[0])
    if isinstance(item, Beside):
        return [bar for part in parts for bar in part]
    return [False for bars in zip(*parts, strict=True) if not any(bars)]
