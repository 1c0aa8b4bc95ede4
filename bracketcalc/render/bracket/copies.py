"""Which occurrence of a tensor each portion belongs to, as a reader finds it (paper §2.3).

A reader gives each portion to the earliest copy of its tensor that does not have it yet. Where that is
not what is meant, the printers write the number of the copy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item, Portion


def portions(item: Item) -> list[Portion]:
    """Return the portions of a tree in the order in which they are written.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (A,) = tensors("A[i,j]")
        >>> row = Portion(A, 0, (0,)), Portion(A, 0, (1,))
        >>> portions(Beside((Barred(row[1]), row[0]))) == [row[1], row[0]]
        True
    """
    found: list[Portion] = []
    stack = [item]
    while stack:
        one = stack.pop()
        if isinstance(one, Portion):
            found.append(one)
        elif isinstance(one, Barred):
            stack.append(one.item)
        elif isinstance(one, Beside | Bracketed):
            stack += reversed(one.items)
    return found


class _Copies:
    """The copies of one tensor that still miss axes, with the axes that they have."""

    def __init__(self) -> None:
        self.count = 0
        self.begun: dict[int, set[int]] = {}

    def earliest(self, axes: Sequence[int]) -> int:
        """Return the first copy that has none of the axes; a scalar is a copy of its own."""
        if axes:
            for copy, taken in self.begun.items():
                if taken.isdisjoint(axes):
                    return copy
        return self.count

    def add(self, copy: int, axes: Sequence[int], ndim: int) -> None:
        """Give axes to a copy."""
        for new in range(self.count, copy + 1):
            self.begun[new] = set()
        self.count = max(self.count, copy + 1)
        taken = self.begun.get(copy)
        if taken is not None:
            taken.update(axes)
            if len(taken) >= ndim:
                del self.begun[copy]


def greedy_copies(found: Iterable[Portion]) -> list[int]:
    """Return the copy that a reader gives each portion to, if none is marked.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (A,) = tensors("A[i,i]")
        >>> axes = (0,), (1,), (0, 1), (1,), (0,)
        >>> greedy_copies([Portion(A, 0, one) for one in axes])
        [0, 0, 1, 2, 2]
    """
    copies: dict[Expr, _Copies] = {}
    result = []
    for one in found:
        mine = copies.setdefault(one.tensor, _Copies())
        copy = mine.earliest(one.axes)
        mine.add(copy, one.axes, one.tensor.ndim)
        result.append(copy)
    return result


def marked_copies(found: Sequence[Portion]) -> list[int | None]:
    """Return the number to write at each portion, from 0; None where a reader finds the copy.

    The copies are numbered such that few portions need a number.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (A,) = tensors("A[i,i]")
        >>> trace = (0, 0), (2, 1), (0, 1), (1, 0), (1, 1), (2, 0)
        >>> marked_copies([Portion(A, copy, (axis,)) for copy, axis in trace])
        [None, 2, None, None, None, None]
    """
    marks = _marks(found, last_first=False)
    if len(marks) - marks.count(None) < 2:
        return marks
    return min(marks, _marks(found, last_first=True), key=lambda one: -one.count(None))


def _marks(found: Sequence[Portion], last_first: bool) -> list[int | None]:
    """Return the marks if a copy that cannot be read off gets the first number left, or the last one."""
    left: dict[Expr, dict[int, None]] = {}
    for tensor, _ in dict.fromkeys((one.tensor, one.copy) for one in found):
        unused = left.setdefault(tensor, {})
        unused[len(unused)] = None
    numbers: dict[tuple[Expr, int], int] = {}
    copies: dict[Expr, _Copies] = {}
    marks: list[int | None] = []
    for one in found:
        mine, unused = copies.setdefault(one.tensor, _Copies()), left[one.tensor]
        read = mine.earliest(one.axes)
        number = numbers.get((one.tensor, one.copy))
        if number is None:
            number = read if read in unused else next(reversed(unused) if last_first else iter(unused))
            numbers[one.tensor, one.copy] = number
            del unused[number]
        marks.append(None if read == number else number)
        mine.add(number, one.axes, one.tensor.ndim)
    return marks


def _by_appearance(found: Sequence[Portion]) -> list[int]:
    """Return the copies of the portions, numbered from 0 for each tensor as they appear."""
    numbers: dict[Expr, dict[int, int]] = {}
    result = []
    for one in found:
        mine = numbers.setdefault(one.tensor, {})
        result.append(mine.setdefault(one.copy, len(mine)))
    return result


def with_copies(item: Beside) -> Beside:
    """Return the tree with the copies of each tensor numbered as they appear.

    In [X_1 X_1] it does not matter which copy is which, so a reader's choice is taken.

    Args:
        item: a tree in which two portions have one copy only if they are of one occurrence of a tensor.
    """
    found = portions(item)
    chosen = _exchanged(found, _pools(item))
    numbers = _by_appearance(chosen)
    new = iter([one._replace(copy=number) for one, number in zip(chosen, numbers, strict=True)])
    return Beside(tuple([_replaced(inner, new) for inner in item.items]))


def _replaced(item: Item, new: Iterator[Portion]) -> Item:
    """Return an item with other portions; it is as deep as an arrangement, so never deep."""
    if isinstance(item, Portion):
        return next(new)
    if isinstance(item, Barred):
        return Barred(_replaced(item.item, new))
    if isinstance(item, Beside | Bracketed):
        return type(item)(tuple([_replaced(inner, new) for inner in item.items]))
    return item


def _exchanged(found: list[Portion], pools: Sequence[Sequence[int]]) -> list[Portion]:
    """Exchange the copies of equal portions of one bracket, so that a reader finds them where possible.

    Args:
        found: the portions of a term, as they are written.
        pools: places of portions that can be exchanged.
    """
    if not pools:
        return found
    read = greedy_copies(found)
    loose = {place for pool in pools for place in pool}
    known: dict[tuple[Expr, int], int] = {}
    for place, one in enumerate(found):
        if place not in loose:
            known.setdefault((one.tensor, one.copy), read[place])
    chosen = list(found)
    for pool in pools:
        fitting: dict[int, Portion] = {}
        free: deque[Portion] = deque()
        for one in [found[place] for place in pool]:
            copy = known.get((one.tensor, one.copy))
            if copy is None or fitting.setdefault(copy, one) is not one:
                free.append(one)
        for place in pool:
            wanted = fitting.pop(read[place], None)
            if wanted is None:
                wanted = free.popleft() if free else fitting.popitem()[1]
            known.setdefault((wanted.tensor, wanted.copy), read[place])
            chosen[place] = wanted
    return chosen


def _pools(item: Item) -> list[list[int]]:
    """Return the places of equal portions that stand in one bracket."""
    pools: dict[tuple[int, Expr, tuple[int, ...]], list[int]] = {}
    count = 0
    brackets = 0
    stack: list[tuple[Item, int]] = [(item, 0)]
    while stack:
        one, bracket = stack.pop()
        if isinstance(one, Portion):
            if bracket:
                pools.setdefault((bracket, one.tensor, one.axes), []).append(count)
            count += 1
        elif isinstance(one, Barred):
            stack.append((one.item, bracket))
        elif isinstance(one, Beside | Bracketed):
            brackets += isinstance(one, Bracketed)
            inside = brackets if isinstance(one, Bracketed) else 0
            stack += [(inner, inside) for inner in reversed(one.items)]
    return [pool for pool in pools.values() if len(pool) > 1]
