r"""Joining neighbours: portions, or brackets in which the same tensors are (paper §2.3)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.notation.bracket.tree import Fill, Item, Portion
from bracketcalc.rewrite.boxes import Box, Leaf, Member, boxes_of, cells, joined
from bracketcalc.rewrite.check import checked_term
from bracketcalc.rewrite.items import items_of
from bracketcalc.rewrite.places import Named, Occurrence, occurrence
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import bars_of, top_items


@of_term
def merge(term: BracketTerm, *tensors: Named | tuple[Named, int]) -> BracketTerm:
    r"""Return the term with neighbours joined; the inverse of :func:`~bracketcalc.rewrite.brackets.expand`.

    Without tensors, neighbours of the same tensors become one: A_1 A_2 = A and [A_1 B_1] [A_2 B_2] = [A B].

    With tensors, all brackets in which every one of them is become one bracket, and what else stands in
    their slots goes into parentheses, with fillers: [\overline{A_1} B_1 C_1] [A_2 B_2] =
    [A_{12} B_{12} (\overline{C_1} 1)] (paper §2.3).

    Args:
        term: the term.
        tensors: tensors that are in several brackets; of one that occurs several times the first copy, or
            a pair of the tensor and the number of its copy, counted from 1.

    Raises:
        ArgumentError: if the tensors are not in the term, or not together in several brackets, or if an
            axis of the term lies between the brackets.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B, C = tensors("A[i,j] B[i,j] C[i]")
        >>> print(merge(bracket_term("[~A_1 B_1 C] [A_2 B_2]", A=A, B=B, C=C), A, B))
        ⟨[A B (C̅ 1)]⟩
        >>> print(merge(bracket_term("[A_1 B_1] [A_2 B_2]", A=A, B=B)))
        ⟨[A B]⟩
    """
    if not tensors:
        return checked_term("merge", term, _neighbours_joined(top_items(term.tree)))
    wanted = [
        occurrence(term, *one) if isinstance(one, tuple) else occurrence(term, one, 1) for one in tensors
    ]
    return checked_term("merge", term, _brackets_joined(term, wanted))


# -- neighbours of the same tensors ---------------------------------------------------------------------


def _neighbours_joined(items: Sequence[Item]) -> list[Item]:
    found: list[Item] = []
    run: list[Item] = []
    box: Box | None = None
    for item in items:
        other = _uniform(item)
        if box is not None and other is not None and _kind(box) == _kind(other):
            box = _appended(box, other)
            run.append(item)
            continue
        found += _written(run, box)
        run, box = [item], other
    return found + _written(run, box)


def _written(run: list[Item], box: Box | None) -> list[Item]:
    return run if box is None or len(run) == 1 else items_of(box)


def _uniform(item: Item) -> Box | None:
    """Return the box of an item in which each member is one portion, and all slots are summed or none."""
    boxes = boxes_of(item)
    if len(boxes) != 1 or len(set(boxes[0].summed)) != 1:
        return None
    single = [member[0] for member in boxes[0].members if len(member) == 1]
    portions = [leaf for leaf in single if isinstance(leaf, Portion)]
    return boxes[0] if len(portions) == len(boxes[0].members) else None


def _kind(box: Box) -> tuple[bool, list[Hashable]]:
    return box.summed[0], sorted(map(_key, box.members), key=repr)


def _key(member: Member) -> tuple[Hashable, int]:
    leaf = member[0]
    assert isinstance(leaf, Portion)
    return leaf.tensor, leaf.copy


def _appended(box: Box, other: Box) -> Box:
    """Return a box with the slots of another behind its own; both have portions of the same tensors."""
    rest = list(other.members)
    members = []
    for member in box.members:
        fitting = next(one for one in rest if _key(one) == _key(member))
        rest.remove(fitting)
        members.append(joined(member + fitting))
    return Box(tuple(members), box.bars + (box.bars[0],) * len(other.bars))


# -- brackets in which the same tensors are -------------------------------------------------------------


class _Entry(NamedTuple):
    """A box of the term, or an item that stays as it is."""

    box: Box | None
    items: list[Item]
    free: int


def _brackets_joined(term: BracketTerm, wanted: Sequence[Occurrence]) -> list[Item]:
    entries: list[_Entry] = []
    for item in top_items(term.tree):
        if any(one.inside(item) for one in wanted):
            entries += [_Entry(box, items_of(box), box.free) for box in boxes_of(item)]
        else:
            entries.append(_Entry(None, [item], bars_of(item).count(False)))
    chosen = [place for place, entry in enumerate(entries) if entry.box and _has_all(entry.box, wanted)]
    if len(chosen) < 2:
        raise ArgumentError(
            f"fewer than two brackets of {term} have all of the given tensors",
            hint="name tensors that are multiplied with each other in several dimensions",
        )
    free = [place for place in chosen if entries[place].free]
    if free and any(entries[place].free and place not in free for place in range(free[0], free[-1])):
        raise ArgumentError(
            f"the brackets of {term} with all of the given tensors are not beside each other",
            hint="name tensors of neighbouring brackets",
        )
    boxes = [(place in free, entries[place].box) for place in chosen]
    merged = items_of(_merged([(one, box) for one, box in boxes if box is not None], wanted))
    target = (free or chosen)[0]
    found: list[Item] = []
    for place, entry in enumerate(entries):
        found += merged if place == target else [] if place in chosen else entry.items
    return found


def _has_all(box: Box, wanted: Sequence[Occurrence]) -> bool:
    leaves = [leaf for member in box.members for leaf in member]
    return bool(box.bars) and all(any(one.has(leaf) for leaf in leaves) for one in wanted)


def _merged(boxes: Sequence[tuple[bool, Box]], wanted: Sequence[Occurrence]) -> Box:
    """Return the boxes as one; those that are summed stand where the axes of the first tensor are in order.

    Args:
        boxes: whether a box has free slots, and the box.
        wanted: the tensors that have members of their own.
    """
    order = [column for free, box in boxes if free for column in _columns(box, wanted)]
    for free, box in boxes:
        if not free:
            for column in _columns(box, wanted):
                later = [place for place, other in enumerate(order) if other.rank > column.rank]
                order.insert(later[0] if later else len(order), column)
    members = [joined([column.own[row] for column in order]) for row in range(len(wanted))]
    layers = max(len(column.rest) for column in order)
    for layer in range(layers):
        members.append(
            joined([column.rest[layer] if layer < len(column.rest) else Fill(1) for column in order])
        )
    return Box(
        tuple(members), tuple([frozenset((0,)) if column.summed else frozenset() for column in order])
    )


class _Column(NamedTuple):
    """A slot: the axis of the first tensor, the cells of the given tensors, the other cells."""

    rank: int
    own: list[Leaf]
    rest: list[Leaf]
    summed: bool


def _columns(box: Box, wanted: Sequence[Occurrence]) -> list[_Column]:
    rows = [cells(member) for member in box.members]
    found = []
    for slot, summed in enumerate(box.summed):
        rest = [row[slot] for row in rows if not isinstance(row[slot], Fill)]
        own: list[Leaf] = []
        for one in wanted:
            mine = next((leaf for leaf in rest if one.has(leaf)), Fill(1))
            if mine in rest:
                rest.remove(mine)
            own.append(mine)
        rank = own[0].axes[0] if isinstance(own[0], Portion) else -1
        found.append(_Column(rank, own, rest, summed))
    return found
