"""From boxes back to items: which fillers are needed, and where the bars stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bracketcalc.notation.bracket.tree import Barred, Bracketed, Fill, Item, Portion
from bracketcalc.rewrite.boxes import Box, Member, cut, width
from bracketcalc.rewrite.trees import beside


def items_of(box: Box) -> list[Item]:
    """Return the items that a box is written as: one in square brackets, or pieces without brackets.

    A bar stays where it was, as far as it then reaches over whole portions only; otherwise it goes to
    another member, or to a filler.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[i,j]")
        >>> one, two = (Portion(A, 0, (0, 1)),), (Portion(B, 0, (0, 1)),)
        >>> items_of(Box((one, two), (frozenset((0,)), frozenset((0,))))) == [
        ...     Bracketed((Barred(one[0]), two[0]))
        ... ]
        True
    """
    box = _without_idle_fillers(box)
    if len(box.members) == 1:
        return list(member_items(box.members[0], box.summed))
    if not any(box.summed):
        return [Bracketed(tuple([beside(member) for member in box.members]))]
    return [Bracketed(tuple(_barred_members(box)))]


def _without_idle_fillers(box: Box) -> Box:
    """Leave out the members that are only fillers, as far as another has each slot."""
    kept = [
        number
        for number, member in enumerate(box.members)
        if not all(isinstance(leaf, Fill) for leaf in member)
    ]
    kept = kept or list(range(min(len(box.members), 1)))
    if len(kept) == len(box.members):
        return box
    numbers = {number: place for place, number in enumerate(kept)}
    bars = [
        frozenset([numbers[one] for one in bar if one in numbers]) or frozenset((0,) if bar else ())
        for bar in box.bars
    ]
    return Box(tuple([box.members[number] for number in kept]), tuple(bars))


def _barred_members(box: Box) -> list[Item]:
    """Return the members with one bar over each summed slot."""
    summed = box.summed
    carriers = [bar for bar in box.bars if bar]
    common = frozenset.intersection(*carriers)
    if all(summed):
        barred = min(common or frozenset.union(*carriers))
        return [
            Barred(beside(member)) if number == barred else beside(member)
            for number, member in enumerate(box.members)
        ]
    members = [*box.members, (Fill(len(summed)),)]
    clean = [number for number, member in enumerate(members) if is_clean(member, summed)]
    best = [number for number in clean if number in common]
    best += [number for number in clean if not _has_fill_under(members[number], summed)]
    barred = (best + clean)[0]
    return [
        beside(member_items(member, summed)) if number == barred else beside(member)
        for number, member in enumerate(members[: max(len(box.members), barred + 1)])
    ]


def is_clean(member: Member, summed: Sequence[bool]) -> bool:
    """Return whether each portion of a member is summed as a whole or not at all; fillers can be cut."""
    slot = 0
    for leaf in member:
        part = summed[slot : slot + width(leaf)]
        if isinstance(leaf, Portion) and len(set(part)) > 1:
            return False
        slot += width(leaf)
    return True


def _has_fill_under(member: Member, summed: Sequence[bool]) -> bool:
    slot = 0
    for leaf in member:
        if isinstance(leaf, Fill) and any(summed[slot : slot + leaf.count]):
            return True
        slot += width(leaf)
    return False


def member_items(member: Member, summed: Sequence[bool]) -> list[Item]:
    """Return the items of a member with bars over the summed slots; portions are cut where needed."""
    found: list[Item] = []
    slot = 0
    for leaf in member:
        if not width(leaf):
            found.append(leaf)
        for bar, run in groupby(enumerate(summed[slot : slot + width(leaf)]), lambda pair: pair[1]):
            places = [place for place, _ in run]
            part = cut(leaf, places[0], places[-1] + 1)
            found.append(Barred(part) if bar else part)
        slot += width(leaf)
    return found
