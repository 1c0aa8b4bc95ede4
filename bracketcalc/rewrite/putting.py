r"""Writing A^P ⊙^Q B as one bracket term (paper §2.3, (8) and (9), and §2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bracketcalc.expr.core import Ones
from bracketcalc.expr.number import times
from bracketcalc.notation.bracket.tree import Beside, Fill, Item, Portion
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.boxes import Box, Leaf, boxes_of, cells, columns, joined
from bracketcalc.rewrite.check import check_value, occurrences
from bracketcalc.rewrite.items import items_of
from bracketcalc.rewrite.join import Join
from bracketcalc.rewrite.term import BracketTerm
from bracketcalc.rewrite.trees import bars_of, rebuilt, top_items


class Piece(NamedTuple):
    """What is put into a slot, and whether the slot is then summed."""

    leaves: tuple[Leaf, ...]
    summed: bool


def put_in(join: Join) -> BracketTerm:
    r"""Return A^P ⊙^Q B as one bracket term; the inverse of ``take_out`` and of ``split_off``.

    A^{12} ⊙^{32} B = [A_1 B_3] [A_2 B_2] A_3 B_1: the axes of the left operand stay in order, and the free
    ones of the right follow (paper (8)). What is summed has its bar on the left operand; what is summed in
    the right operand alone comes first. If every axis of the left operand has a partner, and the join has
    the axes of the right operand in order, the left one is put into the right one instead.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.join import join
        >>> A, B = tensors("A[i,j,k] B[l,j,i]")
        >>> print(put_in(join(A, B, axes=((0, 1), (2, 1)))))
        ⟨[A_1 B_3] [A_2 B_2] A_3 B_1⟩
    """
    left, right = join.left.tree, _with_other_copies(join.right.tree, len(portions(join.left.tree)))
    keys = occurrences(left, join.left.expr) + occurrences(right, join.right.expr)
    if _fits_into_right(join):
        pieces, idle = _pieces(left, {pair.left: pair.summed for pair in join.pairs})
        by_slot = {pair.right: pieces[pair.left] for pair in join.pairs}
        items = [*idle.summed, *_fused(right, by_slot, in_front=True)]
    else:
        pieces, idle = _pieces(right, {pair.right: pair.summed for pair in join.pairs})
        by_slot = {pair.left: pieces[pair.right] for pair in join.pairs}
        items = [*idle.summed, *_fused(left, by_slot, in_front=False), *idle.free]
        if not join.is_in_order:
            items = _reordered(items, join.order)
    found = BracketTerm(times(join.left.coefficient, join.right.coefficient), Beside(tuple(items)))
    new_keys = occurrences(Beside(tuple(items)), found.expr)
    check_value("put_in", join, (join.expr, keys), found, (found.expr, new_keys))
    return found


def _with_other_copies(tree: Item, first: int) -> Item:
    """Return a tree whose copies are numbered from ``first``, so that another tree can stand beside it."""
    return rebuilt(
        tree, lambda item: item._replace(copy=item.copy + first) if isinstance(item, Portion) else item
    )


def _fits_into_right(join: Join) -> bool:
    """Return whether all axes of the left operand are paired, and those of the right stay in order."""
    if len(join.pairs) < join.left.ndim or (_is_tensor(join.right) and join.is_in_order):
        return False
    partners = {pair.right for pair in join.pairs}
    axes = [pair.right for pair in sorted(join.pairs) if not pair.summed]
    axes += [axis for axis in range(join.right.ndim) if axis not in partners]
    kept = [axes[axis] for axis in join.order]
    return kept == sorted(kept)


def _is_tensor(term: BracketTerm) -> bool:
    """Return whether a term is one whole tensor."""
    return len(term.tree.items) == 1 and isinstance(term.tree.items[0], Portion)


# -- taking one operand apart ---------------------------------------------------------------------------


class _Idle(NamedTuple):
    """The items of an operand that have no partner: without free dimensions, and with them."""

    summed: list[Item]
    free: list[Item]


def _pieces(tree: Item, axes: Mapping[int, bool]) -> tuple[dict[int, Piece], _Idle]:
    """Return what stands at the given axes of a term, and what else is in it.

    Args:
        tree: the term.
        axes: for each of these axes, whether it is summed.
    """
    at: dict[int, Piece] = {}
    idle = _Idle([], [])
    slot = 0
    for item in top_items(tree):
        count = bars_of(item).count(False)
        if axes.keys().isdisjoint(range(slot, slot + count)):
            (idle.free if count else idle.summed).append(item)
        else:
            loose: list[Box] = []
            place = slot
            for column in [column for box in boxes_of(item) for column in columns(box)]:
                if not column.free:
                    idle.summed.extend(items_of(column))
                    continue
                if place in axes:
                    leaves = tuple([leaf for member in column.members for leaf in member])
                    at[place] = Piece(leaves, axes[place])
                else:
                    loose.append(column)
                place += 1
            idle.free.extend(_coalesced(loose))
        slot += count
    return at, idle


# -- putting pieces into the other ----------------------------------------------------------------------


def _fused(tree: Item, pieces: Mapping[int, Piece], in_front: bool) -> list[Item]:
    """Return the items of a term with pieces in some of its slots.

    Args:
        tree: the term.
        pieces: the piece for each of these slots.
        in_front: whether pieces stand before what is in the slots.
    """
    found: list[Item] = []
    run: list[Box] = []
    slot = 0
    for item in top_items(tree):
        count = bars_of(item).count(False)
        if pieces.keys().isdisjoint(range(slot, slot + count)):
            found += [*_coalesced(run), item]
            run = []
        else:
            place = slot
            for box in boxes_of(item):
                free = [number for number, summed in enumerate(box.summed) if not summed]
                slots = enumerate(free, place)
                run += _boxes(box, {number: pieces[at] for at, number in slots if at in pieces}, in_front)
                place += len(free)
        slot += count
    return found + _coalesced(run)


def _boxes(box: Box, pieces: Mapping[int, Piece], in_front: bool) -> list[Box]:
    """Return a box with pieces in some of its slots; a box with one member is cut into its slots."""
    if len(box.members) > 1:
        return [_multiplied(box, pieces, in_front)]
    return [
        _multiplied(part, {0: pieces[slot]}, in_front) if slot in pieces else part
        for slot, part in enumerate(columns(box))
    ]


def _multiplied(box: Box, pieces: Mapping[int, Piece], in_front: bool) -> Box:
    """Return a box with pieces in some of its slots: where it has fillers, otherwise as new members."""
    rows = [cells(member) for member in box.members]
    added: list[list[Leaf]] = []
    barred: dict[int, Leaf] = {}
    for slot, piece in pieces.items():
        for row in rows:
            row[slot] = Fill(1) if _is_ones(row[slot]) else row[slot]
        here = [row[slot] for row in rows if not isinstance(row[slot], Fill)]
        new = [leaf for leaf in piece.leaves if not _is_ones(leaf)] or list(piece.leaves)
        barred[slot] = (new + here if in_front else here + new)[0]
        gaps = [row for row in rows if isinstance(row[slot], Fill)]
        while len(gaps) < len(new):
            added.append([Fill(1)] * len(box.bars))
            gaps = [row for row in (*rows, *added) if isinstance(row[slot], Fill)]
        for row, leaf in zip(gaps, new, strict=False):
            row[slot] = leaf
    members = [*added, *rows] if in_front else [*rows, *added]
    shift = len(added) if in_front else 0
    bars = [frozenset([bar + shift for bar in one]) for one in box.bars]
    for slot, piece in pieces.items():
        if piece.summed:
            bars[slot] = frozenset([n for n, row in enumerate(members) if row[slot] is barred[slot]][:1])
    return Box(tuple([joined(member) for member in members]), tuple(bars))


def _is_ones(leaf: Leaf) -> bool:
    return isinstance(leaf, Portion) and isinstance(leaf.tensor, Ones) and leaf.tensor.ndim == 1


# -- boxes beside each other ----------------------------------------------------------------------------


def _coalesced(boxes: Iterable[Box]) -> list[Item]:
    """Return the items of boxes; neighbours with the next dimensions of the same portions become one."""
    found: list[Box] = []
    for box in boxes:
        if found and _continues(found[-1], box):
            last = found[-1]
            members = [joined(one + two) for one, two in zip(last.members, box.members, strict=True)]
            found[-1] = Box(tuple(members), last.bars + box.bars)
        else:
            found.append(box)
    return [item for box in found for item in items_of(box)]


def _continues(last: Box, box: Box) -> bool:
    """Return whether every member of a box goes on with the next axes of a portion of the other."""
    if len(last.members) != len(box.members) or not last.bars or not box.bars:
        return False
    if bool(last.bars[-1]) != bool(box.bars[0]):
        return False
    for (*_, one), (two, *_) in zip(last.members, box.members, strict=True):
        if not isinstance(one, Portion) or not isinstance(two, Portion):
            return False
        if (one.tensor, one.copy) != (two.tensor, two.copy) or one.axes[-1] + 1 != two.axes[0]:
            return False
    return True


def _reordered(items: Sequence[Item], order: Sequence[int]) -> list[Item]:
    """Return items, slot by slot, with their free slots in another order; what is summed comes first."""
    found = [column for item in items for box in boxes_of(item) for column in columns(box)]
    summed = [column for column in found if not column.free]
    free = [column for column in found if column.free]
    return [item for column in summed for item in items_of(column)] + _coalesced(
        [free[axis] for axis in order]
    )
