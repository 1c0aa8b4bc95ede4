"""From a product to a tree of the bracket notation, arranged as the paper does (§2.3, §4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from bracketcalc.expr.core import Delta, Expr, Ones, Product
from bracketcalc.notation.bracket.tree import (
    Barred,
    Beside,
    Bracketed,
    Fill,
    Iota,
    Item,
    Portion,
)
from bracketcalc.render.bracket.copies import with_copies
from bracketcalc.render.bracket.order import label_order

Operand = tuple[Expr, tuple[int, ...]]
"""A factor and the labels of its axes."""


class Cell(NamedTuple):
    """A slot of a term.

    Attributes:
        label: the label of the axes in it.
        places: the axes in it, as pairs of the number of a factor and an axis; empty for a filler.
        barred: whether it is summed by a bar of its own.
        inside: whether it is a slot of parentheses, and so is one also if it is barred.
    """

    label: int
    places: tuple[tuple[int, int], ...]
    barred: bool
    inside: bool = False

    @property
    def factors(self) -> tuple[int, ...]:
        """Return the numbers of the factors in it."""
        return tuple([factor for factor, _ in self.places])


class Nest(NamedTuple):
    """Factors with the same axes, all of which are multiplied with what is in parentheses: [P Q (…)].

    Attributes:
        common: the numbers of the factors that are written whole.
        inner: what stands in parentheses.
        barred: whether all slots are summed.
    """

    common: tuple[int, ...]
    inner: tuple[Cell, ...]
    barred: bool


def arrangement(product: Product) -> Beside:
    """Return a tree whose meaning, times the coefficient, is the product.

    The slots of the left factor come first, in order, the free slots of the right factor last. Axes of one
    factor that are beside each other make one portion; so do the axes of several factors that are
    multiplied pair by pair. A summed slot has one bar, on the first portion in it. Scalars come first.

    Args:
        product: any product. Its factors, also those that are products, are written as tensors. A delta
            with more than two axes is written with identity matrices.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> [type(item).__name__ for item in arrangement(A @ B).items]
        ['Portion', 'Bracketed', 'Portion']
    """
    operands = list(_without_idle_ones(_simple(product)))
    order = label_order([labels for _, labels in operands], product.output)
    operands = _by_appearance(operands, order)
    free = set(product.output)
    places: dict[int, list[tuple[int, int]]] = {}
    for number, (_, labels) in enumerate(operands):
        for axis, label in enumerate(labels):
            places.setdefault(label, []).append((number, axis))
    cells = [Cell(label, tuple(places[label]), label not in free) for label in order]
    items: list[Item] = [Portion(factor, n, ()) for n, (factor, labels) in enumerate(operands) if not labels]
    items += _items(_nested(cells, operands), operands)
    return with_copies(Beside(tuple(items)))


def _by_appearance(operands: Iterable[Operand], order: Sequence[int]) -> list[Operand]:
    """Return the operands in the order in which their first labels are written."""
    rank = {label: place for place, label in enumerate(order)}
    return sorted(operands, key=lambda operand: min([rank[label] for label in operand[1]], default=-1))


def _simple(product: Product) -> Iterator[Operand]:
    """Yield the operands; ones as vectors, deltas as identity matrices."""
    for factor, labels in zip(product.factors, product.labels, strict=True):
        if isinstance(factor, Ones):
            for size, label in zip(factor.sizes, labels, strict=True):
                yield Ones((size,)), (label,)
        elif isinstance(factor, Delta) and factor.ndim > 2:
            for pair in pairwise(labels):
                yield Delta(factor.sizes[0], 2), pair
        else:
            yield factor, labels


def _without_idle_ones(operands: Iterable[Operand]) -> Iterator[Operand]:
    """Leave out the ones on axes that another factor has."""
    found = list(operands)
    carried = {label for factor, labels in found if not isinstance(factor, Ones) for label in labels}
    for factor, labels in found:
        if isinstance(factor, Ones):
            if not carried.issuperset(labels):
                carried.update(labels)
                yield factor, labels
        else:
            yield factor, labels


# -- portions -------------------------------------------------------------------------------------------


def _items(parts: Sequence[Cell | Nest], operands: Sequence[Operand]) -> list[Item]:
    """Return the items of cells; neighbours that can share portions become one item."""
    items: list[Item] = []
    run: list[Cell] = []
    for part in parts:
        if isinstance(part, Cell) and (not run or _continues(run[-1], part)):
            run.append(part)
            continue
        items += _run_items(run, operands)
        run = [part] if isinstance(part, Cell) else []
        if isinstance(part, Nest):
            items.append(_nest_item(part, operands))
    return items + _run_items(run, operands)


def _continues(last: Cell, cell: Cell) -> bool:
    same = last.barred == cell.barred and last.inside == cell.inside
    return bool(cell.places) and same and last.factors == cell.factors


def _run_items(run: Sequence[Cell], operands: Sequence[Operand]) -> list[Item]:
    """Return the items of cells with the same factors: one, or as many as the order of the axes asks."""
    if not run:
        return []
    axes = [[cell.places[row][1] for cell in run] for row in range(len(run[0].places))]
    sizes = [len(operands[factor][1]) for factor in run[0].factors]
    if len(axes) == 1 or any(one == list(range(size)) for one, size in zip(axes, sizes, strict=True)):
        return [_item(run, operands)]
    items = []
    first = 0
    for end in range(1, len(run) + 1):
        if end == len(run) or any(one[end] != one[end - 1] + 1 for one in axes):
            items.append(_item(run[first:end], operands))
            first = end
    return items


def _item(run: Sequence[Cell], operands: Sequence[Operand]) -> Item:
    """Return one item for cells with the same factors."""
    barred, inside = run[0].barred, run[0].inside
    if not run[0].places:
        return Barred(Fill(1)) if barred else Fill(1)
    parts = []
    for row, (factor, _) in enumerate(run[0].places):
        axes = tuple([cell.places[row][1] for cell in run])
        parts.append(_portion(operands[factor][0], factor, axes))
    if barred and not inside:
        parts[0] = Barred(parts[0])
    item = parts[0] if len(parts) == 1 else Bracketed(tuple(parts))
    return Barred(item) if barred and inside else item


def _portion(tensor: Expr, number: int, axes: tuple[int, ...]) -> Item:
    one = isinstance(tensor, Ones) and tensor.sizes == (1,)
    return Iota() if one else Portion(tensor, number, axes)


# -- whole tensors with parentheses ---------------------------------------------------------------------


def _nest_item(nest: Nest, operands: Sequence[Operand]) -> Item:
    """Return [P Q (…)]."""
    parts: list[Item] = []
    for factor in nest.common:
        tensor, labels = operands[factor]
        parts.append(Portion(tensor, factor, tuple(range(len(labels)))))
    if nest.barred:
        parts[0] = Barred(parts[0])
    return Bracketed((*parts, Beside(tuple(_items(nest.inner, operands)))))


def _nested(cells: Sequence[Cell], operands: Sequence[Operand]) -> list[Cell | Nest]:
    """Write whole factors with the same axes only once, where that is shorter."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, (_, labels) in enumerate(operands):
        if len(labels) > 1 and len(set(labels)) == len(labels):
            groups.setdefault(labels, []).append(number)
    parts: list[Cell | Nest] = list(cells)
    for labels, common in groups.items():
        if len(common) > 1:
            parts = _with_nest(parts, labels, tuple(common), operands)
    return parts


def _with_nest(
    parts: list[Cell | Nest],
    labels: tuple[int, ...],
    common: tuple[int, ...],
    operands: Sequence[Operand],
) -> list[Cell | Nest]:
    wanted = set(labels)
    where = {part.label: n for n, part in enumerate(parts) if isinstance(part, Cell) and part.label in wanted}
    found = [where.get(label, -1) for label in labels]
    if -1 in found or found != sorted(found):
        return parts
    between = parts[found[0] : found[-1] + 1]
    barred = all(isinstance(part, Cell) and part.barred for part in between)
    inner: list[Cell] = []
    outside: list[Cell] = []
    for part in between:
        if isinstance(part, Nest) or (part.label not in wanted and not part.barred):
            return parts
        if part.label in wanted:
            rest = tuple([place for place in part.places if place[0] not in common])
            inner.append(Cell(part.label, rest, part.barred and not barred, inside=True))
        elif len(part.places) > 1:
            inner.append(part)
        else:
            outside.append(part)
    nest = Nest(common, tuple(inner), barred)
    if _length([_nest_item(nest, operands)]) + len(outside) >= _length(_items(between, operands)):
        return parts
    return [*parts[: found[0]], nest, *outside, *parts[found[-1] + 1 :]]


def _length(items: Sequence[Item]) -> int:
    """Return how many portions and fillers are written."""
    count = 0
    stack = list(items)
    while stack:
        one = stack.pop()
        if isinstance(one, Barred):
            stack.append(one.item)
        elif isinstance(one, Beside | Bracketed):
            stack += one.items
        else:
            count += 1
    return count
