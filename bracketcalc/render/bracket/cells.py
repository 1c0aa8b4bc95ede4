"""The slots of a term, and the items that are written for them: portions, brackets, bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bracketcalc.expr.core import Expr, Ones
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion

Operand = tuple[Expr, tuple[int, ...]]
"""A factor and the labels of its axes."""

Weight = Callable[[Expr], float]
"""How long a tensor is when it is written; 1 for a name."""


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
    """Factors with the same axes, multiplied with what stands in parentheses: [P Q (…)].

    Attributes:
        common: the numbers of the factors, and the order of their axes.
        inner: what stands in parentheses.
        barred: whether all slots are summed.
    """

    common: tuple[tuple[int, tuple[int, ...]], ...]
    inner: tuple[Cell, ...]
    barred: bool


Part = Cell | Nest


def items(parts: Sequence[Part], operands: Sequence[Operand]) -> list[Item]:
    """Return the items of slots, in order; neighbours that can share portions become one item.

    The copy of each portion is the number of its factor.
    """
    found: list[Item] = []
    run: list[Cell] = []
    for part in parts:
        if isinstance(part, Cell) and (not run or _continues(run[-1], part)):
            run.append(part)
            continue
        found += _run_items(run, operands)
        run = [part] if isinstance(part, Cell) else []
        if isinstance(part, Nest):
            found.append(_nest_item(part, operands))
    return found + _run_items(run, operands)


def length(found: Sequence[Item], weight: Weight) -> float:
    """Return how much is written: the portions, each with the weight of its tensor, and the fillers."""
    total = 0.0
    stack = list(found)
    while stack:
        one = stack.pop()
        if isinstance(one, Portion):
            total += weight(one.tensor)
        elif isinstance(one, Barred):
            stack.append(one.item)
        elif isinstance(one, Beside | Bracketed):
            stack += one.items
        else:
            total += 1
    return total


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
    found = []
    first = 0
    for end in range(1, len(run) + 1):
        if end == len(run) or any(one[end] != one[end - 1] + 1 for one in axes):
            found.append(_item(run[first:end], operands))
            first = end
    return found


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


def _nest_item(nest: Nest, operands: Sequence[Operand]) -> Item:
    """Return [P Q (…)], without the parentheses if only ones are in them."""
    parts: list[Item] = [Portion(operands[factor][0], factor, axes) for factor, axes in nest.common]
    if nest.barred:
        parts[0] = Barred(parts[0])
    if any(cell.places or cell.barred for cell in nest.inner):
        inner = items(nest.inner, operands)
        parts.append(inner[0] if len(inner) == 1 else Beside(tuple(inner)))
    return parts[0] if len(parts) == 1 else Bracketed(tuple(parts))
