"""Boxes: what stands in square brackets, slot by slot, without brackets inside brackets.

Every item of a term is a few boxes beside each other. In a box, each member has every slot, and fillers
where it has nothing; so a slot is one label of the product, which is summed or is an axis of the term.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.rewrite.trees import folded

Leaf = Portion | Fill | Iota

Member = tuple[Leaf, ...]
"""Leaves beside each other."""


class Box(NamedTuple):
    """The contents of square brackets; one member alone is a piece without brackets.

    Attributes:
        members: the items in it; each has all slots.
        bars: for each slot, the members that have a bar there.
    """

    members: tuple[Member, ...]
    bars: tuple[frozenset[int], ...]

    @property
    def summed(self) -> tuple[bool, ...]:
        """Return for each slot whether it is summed."""
        return tuple([bool(bar) for bar in self.bars])

    @property
    def free(self) -> int:
        """Return how many slots are not summed."""
        return self.summed.count(False)


class _Found(NamedTuple):
    """The boxes of an item: those that are summed in it, and the box of its slots."""

    hoisted: list[Box]
    box: Box


def width(leaf: Leaf) -> int:
    """Return how many slots a leaf has."""
    if isinstance(leaf, Portion):
        return len(leaf.axes)
    return leaf.count if isinstance(leaf, Fill) else 1


def cut(leaf: Leaf, first: int, end: int) -> Leaf:
    """Return some slots of a leaf."""
    if isinstance(leaf, Portion):
        return leaf._replace(axes=leaf.axes[first:end])
    return Fill(end - first) if isinstance(leaf, Fill) else leaf


def cells(member: Iterable[Leaf]) -> list[Leaf]:
    """Return the single slots of a member."""
    return [cut(leaf, slot, slot + 1) for leaf in member for slot in range(width(leaf))]


def joined(leaves: Iterable[Leaf]) -> Member:
    """Return leaves beside each other, where A_1 A_2 is A_{12} and 1 1 is 1_{12}."""
    found: list[Leaf] = []
    for leaf in leaves:
        last = found[-1] if found else None
        if isinstance(leaf, Portion) and isinstance(last, Portion) and _are_of_one(last, leaf):
            found[-1] = last._replace(axes=last.axes + leaf.axes)
        elif isinstance(leaf, Fill) and isinstance(last, Fill):
            found[-1] = Fill(last.count + leaf.count)
        else:
            found.append(leaf)
    return tuple(found)


def _are_of_one(one: Portion, two: Portion) -> bool:
    """Return whether two portions are of one occurrence of a tensor that has axes."""
    return bool(one.axes) and (one.tensor, one.copy) == (two.tensor, two.copy)


# -- from items to boxes --------------------------------------------------------------------------------


def boxes_of(item: Item) -> list[Box]:
    """Return an item as boxes beside each other.

    What is summed in brackets inside brackets comes first, in boxes of its own. A scalar is a box without
    slots.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, c, d = tensors("A[i,j] c[i] d[j]")
        >>> C, D = Portion(c, 0, (0,)), Portion(d, 0, (0,))
        >>> [box] = boxes_of(Bracketed((Portion(A, 0, (0, 1)), Beside((Barred(C), D)))))
        >>> len(box.members), box.summed
        (2, (True, False))
    """
    if isinstance(item, Barred) and isinstance(item.item, Bracketed):
        hoisted, box = _inside(item.item)
        box = _all_barred(box)
    elif isinstance(item, Bracketed):
        hoisted, box = _inside(item)
    else:
        hoisted, box = folded(item, _found)
    return [*hoisted, box] if box.members else hoisted


def _inside(item: Bracketed) -> _Found:
    """Return the boxes of a bracket that stands in no other, with its summed slots."""
    parts: list[_Found] = [folded(part, _found) for part in item.items]
    return _Found(_hoisted(parts), _multiplied([part.box for part in parts]))


def _all_barred(box: Box) -> Box:
    return Box(box.members, tuple([bar or frozenset((0,)) for bar in box.bars]))


def _found(item: Item, parts: list[_Found]) -> _Found:
    if isinstance(item, Portion | Fill | Iota):
        return _leaf_found(item)
    hoisted = _hoisted(parts)
    if isinstance(item, Barred):
        return _Found(hoisted, _all_barred(parts[0].box))
    if isinstance(item, Beside):
        return _Found(hoisted, _in_a_row([part.box for part in parts]))
    whole = _multiplied([part.box for part in parts])
    summed = whole.summed
    if not any(summed):
        return _Found(hoisted, whole)
    hoisted.append(selected(whole, [slot for slot, one in enumerate(summed) if one]))
    return _Found(hoisted, selected(whole, [slot for slot, one in enumerate(summed) if not one]))


def _hoisted(parts: Sequence[_Found]) -> list[Box]:
    """Return what was hoisted out of several items, in the longest of their lists."""
    lists = [part.hoisted for part in parts]
    longest = max(range(len(lists)), key=lambda place: len(lists[place]))
    found = lists[longest]
    found[:0] = [box for one in lists[:longest] for box in one]
    found += [box for one in lists[longest + 1 :] for box in one]
    return found


def _leaf_found(leaf: Leaf) -> _Found:
    if not width(leaf):
        return _Found([Box(((leaf,),), ())], Box((), ()))
    return _Found([], Box(((leaf,),), (frozenset(),) * width(leaf)))


def _multiplied(boxes: Sequence[Box]) -> Box:
    """Return a box with the members of several."""
    members = [member for box in boxes for member in box.members]
    bars: list[set[int]] = [set() for _ in boxes[0].bars]
    before = 0
    for box in boxes:
        for slot, bar in enumerate(box.bars):
            bars[slot].update([before + number for number in bar])
        before += len(box.members)
    return Box(tuple(members), tuple(map(frozenset, bars)))


def _in_a_row(boxes: Sequence[Box]) -> Box:
    """Return a box with the slots of several, one after another."""
    boxes = [box for box in boxes if box.bars]
    if len(boxes) == 1:
        return boxes[0]
    rows = max([len(box.members) for box in boxes], default=0)
    members = [
        joined(
            [
                leaf
                for box in boxes
                for leaf in (box.members[row] if row < len(box.members) else (Fill(len(box.bars)),))
            ]
        )
        for row in range(rows)
    ]
    return Box(tuple(members), tuple([bar for box in boxes for bar in box.bars]))


def selected(box: Box, slots: Sequence[int]) -> Box:
    """Return a box with some of the slots, in the given order; without slots it has no members."""
    if not slots:
        return Box((), ())
    members = []
    for member in box.members:
        single = cells(member)
        members.append(joined([single[slot] for slot in slots]))
    return Box(tuple(members), tuple([box.bars[slot] for slot in slots]))


def columns(box: Box) -> Iterator[Box]:
    """Yield the slots of a box as boxes, without needless fillers; a scalar is one box."""
    if not box.bars:
        yield box
    single = [cells(member) for member in box.members]
    for slot, bar in enumerate(box.bars):
        kept = [n for n, row in enumerate(single) if not isinstance(row[slot], Fill)]
        kept = kept or [0]
        summed = frozenset((0,)) if bar else frozenset()
        yield Box(tuple([(single[n][slot],) for n in kept]), (summed,))
