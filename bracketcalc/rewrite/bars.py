r"""Moving the bar of a bracket to another of its items (paper §2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.notation.bracket.tree import Barred, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.rewrite.boxes import boxes_of, columns, cut
from bracketcalc.rewrite.check import checked_term
from bracketcalc.rewrite.items import items_of
from bracketcalc.rewrite.places import Named, Occurrence, occurrence
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import bars_of, beside, folded, parts_of, slot_bars, top_items, with_parts


@of_term
def move_bar(term: BracketTerm, tensor: Named, copy: int = 1) -> BracketTerm:
    r"""Return the term with the bars of its brackets on the items with a tensor.

    [A_P \overline{B_Q} A_R (C_S C_T)] = [A_P B_Q A_R \overline{(C_S C_T)}]: a slot of a bracket is summed
    if any of its items has a bar there, no matter which (paper §2.3).

    Args:
        term: the term.
        tensor: a tensor in brackets with a bar.
        copy: which copy of the tensor, counted from 1.

    Raises:
        ArgumentError: if the tensor is in no bracket with a bar.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(move_bar(bracket_term(A @ B), "B"))
        ⟨A_1 [A_2 B̅_1] B_2⟩
    """
    wanted = occurrence(term, tensor, copy)
    moved: list[Item] = []

    def result(item: Item, parts: list[_Part]) -> _Part:
        bars = slot_bars(item, [part.bars for part in parts])
        inner = [part.item for part in parts]
        holds = [place for place, part in enumerate(parts) if part.holds]
        if isinstance(item, Bracketed) and holds:
            summed = [any(slot) for slot in zip(*[part.bars for part in parts], strict=True)]
            if any(summed):
                inner = [_without_bars(one) for one in inner]
                inner[holds[0]] = _with_bars(inner[holds[0]], summed)
                moved.append(item)
        return _Part(with_parts(item, inner), bars, bool(holds) or wanted.has(item))

    found: _Part = folded(term.tree, result)
    if not moved:
        raise ArgumentError(
            f"{_named(wanted)} is in no bracket of {term} with a bar",
            hint="name a tensor inside square brackets with a bar",
        )
    return checked_term("move_bar", term, parts_of(found.item))


class _Part(NamedTuple):
    """A changed item, the bars over its slots, and whether the tensor is in it."""

    item: Item
    bars: list[bool]
    holds: bool


def _named(wanted: Occurrence) -> str:
    return str(getattr(wanted.tensor, "name", "the tensor"))


def _without_bars(item: Item) -> Item:
    """Return an item of a bracket without the bars over its slots."""
    return beside([one.item if isinstance(one, Barred) else one for one in top_items(item)])


def _with_bars(item: Item, summed: Sequence[bool]) -> Item:
    """Return an item without bars with bars over some of its slots."""
    if all(summed):
        return Barred(item)
    found: list[Item] = []
    slot = 0
    for piece in top_items(item):
        count = len(bars_of(piece))
        found += _barred_pieces(piece, summed[slot : slot + count])
        slot += count
    return beside(found)


def _barred_pieces(piece: Item, summed: Sequence[bool]) -> Iterator[Item]:
    if len(set(summed)) < 2:
        yield Barred(piece) if any(summed) else piece
    elif isinstance(piece, Portion | Fill | Iota):
        for bar, run in groupby(enumerate(summed), lambda pair: pair[1]):
            places = [place for place, _ in run]
            part = cut(piece, places[0], places[-1] + 1)
            yield Barred(part) if bar else part
    else:
        bars = iter(summed)
        for box in boxes_of(piece):
            for column in columns(box):
                one = beside(items_of(column))
                if not column.free:
                    yield one if isinstance(one, Bracketed) else Bracketed((one,))
                else:
                    yield Barred(one) if next(bars) else one
