r"""Changing the order of a term: the items of brackets, and what is summed (paper §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.notation.bracket.tree import Bracketed, Item
from bracketcalc.rewrite.check import checked_term
from bracketcalc.rewrite.places import Named, Occurrence, occurrence
from bracketcalc.rewrite.pulling import pulled_items
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import bars_of, folded, parts_of, with_parts


@of_term
def swap(
    term: BracketTerm, first: Named | tuple[Named, int], second: Named | tuple[Named, int]
) -> BracketTerm:
    """Return the term with two items of a bracket exchanged: [A B] = [B A] (paper §2.3).

    Args:
        term: the term.
        first: a tensor in one item of square brackets, or a pair of it and the number of its copy,
            counted from 1. A tensor alone is any of its copies.
        second: a tensor in another item of the same brackets. The items are exchanged in all brackets
            that have both.

    Raises:
        ArgumentError: if no brackets have the two in different items.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(swap(bracket_term(A @ B), A, B))
        ⟨A_1 [B_1 A̅_2] B_2⟩
    """
    one, two = _occurrence(term, first), _occurrence(term, second)
    changed: list[Item] = []

    def result(item: Item, parts: list[_Held]) -> _Held:
        inner = [part.item for part in parts]
        if isinstance(item, Bracketed):
            pair = _places(parts)
            if pair is not None:
                inner[pair[0]], inner[pair[1]] = inner[pair[1]], inner[pair[0]]
                changed.append(item)
        has_one = one.has(item) or any(part.one for part in parts)
        has_two = two.has(item) or any(part.two for part in parts)
        return _Held(with_parts(item, inner), has_one, has_two)

    found: _Held = folded(term.tree, result)
    if not changed:
        raise ArgumentError(
            f"no square brackets of {term} have the two tensors in different items",
            hint="name two items of one pair of square brackets",
        )
    return checked_term("swap", term, parts_of(found.item))


class _Held(NamedTuple):
    """A changed item, and which of two tensors are in it."""

    item: Item
    one: bool
    two: bool


def _occurrence(term: BracketTerm, named: Named | tuple[Named, int]) -> Occurrence:
    return occurrence(term, *named) if isinstance(named, tuple) else occurrence(term, named, None)


def _places(parts: Sequence[_Held]) -> tuple[int, int] | None:
    """Return two places of a bracket, the first with the one tensor and the second with the other."""
    ones = [place for place, part in enumerate(parts) if part.one]
    twos = [place for place, part in enumerate(parts) if part.two]
    return next(((a, b) for a in ones for b in twos if a != b), None)


@of_term
def move_summed(
    term: BracketTerm,
    tensor: Named | None = None,
    copy: int | None = None,
    *,
    to: Literal["front", "back"] = "front",
    before: Named | None = None,
    after: Named | None = None,
) -> BracketTerm:
    r"""Return the term with what is summed as a whole moved to another place.

    X [\overline{A} B C] Y = [\overline{A} B C] X Y = X Y [\overline{A} B C], as it is a scalar; at any
    depth: X [A B (C_1 [\overline{C_2} D_1] D_2)] Y = [\overline{C_2} D_1] X [A B (C_1 D_2)] Y (paper §2.3).

    Args:
        term: the term.
        tensor: move only the items in which this tensor is; None for all that are summed.
        copy: which copy of the tensor, counted from 1; None for all.
        to: the end of the term to which they are moved.
        before: the tensor before whose first item they are put instead.
        after: the tensor behind whose last item they are put instead.

    Raises:
        ArgumentError: if the tensor is in no item without free dimensions, or both places are given.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> x, a, b, y = tensors("x[m] a[n] b[n] y[k]")
        >>> term = bracket_term("x [~a b] y", x=x, a=a, b=b, y=y)
        >>> print(move_summed(term), move_summed(term, to="back"))
        ⟨[a̅ b] x y⟩ ⟨x y [a̅ b]⟩
    """
    if to not in ("front", "back") or (before is not None and after is not None):
        raise ArgumentError(
            "move_summed takes one place", hint="write to='front', to='back', before= or after="
        )
    wanted = None if tensor is None else occurrence(term, tensor, copy)
    moving: list[Item] = []
    rest: list[Item] = []
    for item in pulled_items(term.tree, wanted):
        chosen = all(bars_of(item)) and (wanted is None or wanted.inside(item))
        (moving if chosen else rest).append(item)
    if wanted is not None and not moving:
        raise ArgumentError(
            f"{tensor} is in no item of {term} without free dimensions", hint="name a tensor under a bar"
        )
    at = 0 if to == "front" else len(rest)
    place = before if before is not None else after
    if place is not None:
        near = occurrence(term, place, None)
        found = [number for number, item in enumerate(rest) if near.inside(item)]
        if not found:
            raise ArgumentError(f"every item with {place} is moved itself", hint="name a tensor that stays")
        at = found[0] if before is not None else found[-1] + 1
    return checked_term("move_summed", term, [*rest[:at], *moving, *rest[at:]])
