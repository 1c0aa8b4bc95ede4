"""Removing one occurrence of a tensor from a term: what is left, and how it was joined (paper §4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.tree import Barred, Bracketed, Fill, Item, Portion
from bracketcalc.rewrite.boxes import Box, Leaf, boxes_of, cells, joined
from bracketcalc.rewrite.places import Occurrence
from bracketcalc.rewrite.trees import bars_of, top_items


class Slot(NamedTuple):
    """A slot of a box that the tensor was removed from.

    Attributes:
        axes: the axes of the tensor that were in it; several for a diagonal, none where it was not.
        summed: whether it was summed.
        alone: whether nothing else was in it.
    """

    axes: tuple[int, ...]
    summed: bool
    alone: bool


class Rest(NamedTuple):
    """A part of a term: an item without the tensor, or a box that had it.

    Attributes:
        item: the item; None for a box.
        box: what is left of the box, with fillers where the tensor was. Only slots that did not have the
            tensor are still summed.
        slots: for a box its slots, for an item its free slots.
    """

    item: Item | None
    box: Box
    slots: tuple[Slot, ...]


_NO_BOX = Box((), ())


def rests(tree: Item, wanted: Occurrence) -> Iterator[Rest]:
    """Yield what is left of a term without an occurrence of a tensor, in order."""
    for item in top_items(tree):
        if not wanted.inside(item):
            yield Rest(item, _NO_BOX, (Slot((), False, False),) * bars_of(item).count(False))
            continue
        for box in boxes_of(item):
            rest = _without(box, wanted)
            if rest.box.members:
                yield rest


def _without(box: Box, wanted: Occurrence) -> Rest:
    if not box.bars:
        return Rest(None, _NO_BOX if wanted.has(box.members[0][0]) else box, ())
    rows = [cells(member) for member in box.members]
    slots: list[Slot] = []
    for place, summed in enumerate(box.summed):
        column = [row[place] for row in rows if not isinstance(row[place], Fill)]
        axes = tuple([leaf.axes[0] for leaf in column if isinstance(leaf, Portion) and wanted.has(leaf)])
        slots.append(Slot(axes, summed, len(axes) == len(column)))
    members = [joined([Fill(1) if wanted.has(leaf) else leaf for leaf in row]) for row in rows]
    bars = [frozenset() if slot.axes else bar for slot, bar in zip(slots, box.bars, strict=True)]
    return Rest(None, Box(tuple(members), tuple(bars)), tuple(slots))


def tensor_items(tensor: Expr, copy: int, groups: Sequence[tuple[tuple[int, ...], bool]]) -> list[Item]:
    """Return the items of a tensor alone: some of its axes together, and some summed.

    Args:
        tensor: the tensor.
        copy: its copy.
        groups: the axes of each slot, and whether it is summed.
    """
    if not tensor.ndim:
        return [Portion(tensor, copy, ())]
    found: list[Item] = []
    run: list[Leaf] = []
    for axes, summed in groups:
        parts = [Portion(tensor, copy, (axis,)) for axis in axes]
        if len(parts) == 1 and not summed:
            run += parts
            continue
        found += joined(run)
        run = []
        item: Item = parts[0]
        if len(parts) > 1:
            item = Bracketed((Barred(parts[0]) if summed else parts[0], *parts[1:]))
        found.append(Barred(item) if summed and len(parts) == 1 else item)
    return found + list(joined(run))
