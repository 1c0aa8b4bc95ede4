r"""Taking a tensor out of a term, and splitting off ·_k D (paper §2.3, §4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from bracketcalc.expr.core import Expr, Ones
from bracketcalc.notation.bracket.tree import Beside, Item, Portion
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.boxes import Box, Leaf, cells, joined, selected
from bracketcalc.rewrite.check import check_value, occurrences
from bracketcalc.rewrite.items import items_of
from bracketcalc.rewrite.join import Join, Pair
from bracketcalc.rewrite.places import Named, occurrence
from bracketcalc.rewrite.removal import Rest, Slot, rests, tensor_items
from bracketcalc.rewrite.term import BracketTerm, of_term


@of_term
def take_out(term: BracketTerm, tensor: Named, copy: int = 1) -> Join:
    r"""Return X^P ⊙^Q ⟨rest⟩: a term with one occurrence of a tensor taken out of it.

    A_1 X [X_2 A_2] X_3 [X_1 C_2] C_1 D X_{23} [\overline{X_1} C_3] is X^{\bar{1}23} ⊙^{12,5,6}
    A_1 X A_2 1 [X_1 C_2] C_1 D X_{23} C_3, but for the order of the axes, which the result has as a
    subscript (paper §4.2, where the first X counts as one position). The portions X_2, X_3 and
    \overline{X_1} must be one copy of X. Where X was alone, ones are left; a dimension of X that was summed
    has a bar in P.

    Args:
        term: the term.
        tensor: a tensor in it.
        copy: which copy of the tensor, counted from 1 as in ``X^{(2)}``.

    Returns:
        The join, whose left operand is the tensor (as ⟨[X_1 X_2]⟩ where the term has its diagonal).

    Raises:
        ArgumentError: if the tensor or the copy is not in the term.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> X, A, B = tensors("X[i,j] A[k,i] B[j,l]")
        >>> print(take_out(bracket_term(A @ X @ B), X))
        X^{1,2} ·^{2,3} ⟨A_1 A_2 B_1 B_2⟩
    """
    wanted = occurrence(term, tensor, copy)
    fresh = count(len(portions(term.tree)))
    items: list[Item] = []
    slots: list[Slot] = []
    for rest in rests(term.tree, wanted):
        items += [rest.item] if rest.item is not None else items_of(_with_ones(rest, wanted.tensor, fresh))
        slots += [slot for slot in rest.slots if slot.axes or not slot.summed]
    pairs = sorted([(slot.axes, place) for place, slot in enumerate(slots) if slot.axes])
    left = tensor_items(wanted.tensor, wanted.copy or 0, [(axes, False) for axes, _ in pairs])
    partners = [place for _, place in pairs]
    behind = [place for place in range(len(slots)) if place not in set(partners)]
    kept = [place for place in partners if not slots[place].summed]
    rank = {place: axis for axis, place in enumerate([*kept, *behind])}
    order = [rank[place] for place, slot in enumerate(slots) if not slot.summed]
    joined_pairs = [Pair(axis, place, slots[place].summed) for axis, place in enumerate(partners)]
    one, two = Beside(tuple(left)), Beside(tuple(items))
    found = Join(BracketTerm(1, one), BracketTerm(term.coefficient, two), joined_pairs, order)
    return _checked("take_out", term, (one, two), found)


def _with_ones(rest: Rest, tensor: Expr, fresh: Iterator[int]) -> Box:
    """Return what is left of a box, with ones in the slots where nothing is left."""
    members = list(rest.box.members)
    for place, slot in enumerate(rest.slots):
        if slot.alone:
            row: list[Leaf] = cells(members[0])
            row[place] = Portion(Ones((tensor.sizes[slot.axes[0]],)), next(fresh), (0,))
            members[0] = joined(row)
    return Box(tuple(members), rest.box.bars)


@of_term
def split_off(term: BracketTerm, tensor: Named, copy: int = 1) -> Join:
    r"""Return ⟨rest⟩ ·_k D: a term with one occurrence of a tensor split off behind it.

    [\overline{A_{12}} B_{12} (C_1 D_1)] D_2 = [A_{12} B_{12} (\overline{C_1} 1)] ·_1 D_{12} (paper §2.3).
    The axes of D that nothing is multiplied with stay with D. Brackets that had no free dimensions and get
    one stand at the end, so that ·_k can be written where D has them first.

    Args:
        term: the term.
        tensor: a tensor in it.
        copy: which copy of the tensor, counted from 1.

    Returns:
        The join, whose right operand is the tensor.

    Raises:
        ArgumentError: if the tensor or the copy is not in the term.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B, C, D = tensors("A[i,j] B[i,j] C[i] D[j,k]")
        >>> print(split_off(bracket_term("[~A B (C D_1)] D_2", A=A, B=B, C=C, D=D), D))
        ⟨[A B (C̅ 1)]⟩ ·_1 D
    """
    wanted = occurrence(term, tensor, copy)
    parts = list(enumerate(rests(term.tree, wanted)))
    staying = [part for part in parts if not _exposed(part[1])]
    moving = sorted([part for part in parts if _exposed(part[1])], key=lambda part: _first_axis(part[1]))
    items: list[Item] = []
    names: list[tuple[int, int]] = []
    for number, rest in [*staying, *moving]:
        items += _shared_items(rest)
        kept = [place for place, slot in enumerate(rest.slots) if slot.axes or not slot.summed]
        names += [(number, place) for place in kept if not rest.slots[place].alone]
    own = sorted(
        [
            (slot.axes, (number, place))
            for number, rest in parts
            for place, slot in enumerate(rest.slots)
            if slot.axes
        ]
    )
    slot_of = {(number, place): slot for number, rest in parts for place, slot in enumerate(rest.slots)}
    right = tensor_items(
        wanted.tensor,
        wanted.copy or 0,
        [(axes, slot_of[name].alone and slot_of[name].summed) for axes, name in own],
    )
    pairs, order = _pairing(names, own, slot_of)
    one, two = Beside(tuple(items)), Beside(tuple(right))
    found = Join(BracketTerm(term.coefficient, one), BracketTerm(1, two), pairs, order)
    return _checked("split_off", term, (one, two), found)


Name = tuple[int, int]
"""A slot of the term: the number of its part, and its place there."""


def _pairing(
    names: Sequence[Name], own: Sequence[tuple[tuple[int, ...], Name]], slot_of: Mapping[Name, Slot]
) -> tuple[list[Pair], list[int]]:
    """Return how the rest is joined with the tensor that was split off, and the order of the axes.

    Args:
        names: the slots of the rest.
        own: the slots of the tensor, in its order.
        slot_of: what was in each slot.
    """
    free = [name for _, name in own if not (slot_of[name].alone and slot_of[name].summed)]
    place_of = {name: place for place, name in enumerate(names)}
    pairs = [
        Pair(place_of[name], place, slot_of[name].summed)
        for place, name in enumerate(free)
        if not slot_of[name].alone
    ]
    output = [name for name in names if not (slot_of[name].axes and slot_of[name].summed)]
    output += [name for name in free if slot_of[name].alone]
    rank = {name: place for place, name in enumerate(output)}
    return pairs, [rank[name] for name in sorted(slot_of) if not slot_of[name].summed]


def _exposed(rest: Rest) -> bool:
    """Return whether a part of a term that had no free slots has some without the tensor."""
    return any(slot.axes for slot in rest.slots) and all(slot.summed for slot in rest.slots)


def _first_axis(rest: Rest) -> int:
    return min(axis for slot in rest.slots for axis in slot.axes)


def _shared_items(rest: Rest) -> list[Item]:
    """Return what is left of a part of a term in the slots that not only the tensor had."""
    if rest.item is not None:
        return [rest.item]
    if not rest.slots:
        return items_of(rest.box)
    box = selected(rest.box, [place for place, slot in enumerate(rest.slots) if not slot.alone])
    return items_of(box) if box.members else []


def _checked(operation: str, term: BracketTerm, trees: tuple[Item, Item], found: Join) -> Join:
    """Return a join of two trees, after checking that it has the value of the term."""
    given = term.expr, occurrences(term.tree, term.expr)
    keys = occurrences(trees[0], found.left.expr) + occurrences(trees[1], found.right.expr)
    check_value(operation, term, given, found, (found.expr, keys))
    return found
