"""Opening square brackets: slot by slot, or where they stand in others (paper §2.3)."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item
from bracketcalc.rewrite.boxes import boxes_of, columns
from bracketcalc.rewrite.check import checked_term
from bracketcalc.rewrite.items import items_of
from bracketcalc.rewrite.places import Named, occurrence
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import folded, parts_of, slot_bars, top_items, with_parts


@of_term
def expand(term: BracketTerm, tensor: Named | None = None, copy: int | None = None) -> BracketTerm:
    r"""Return the term with its square brackets split slot by slot.

    [A_{12} B_{12} (\overline{C_1} 1)] = [\overline{A_1} B_1 C_1] [A_2 B_2] (paper §2.3). Brackets inside
    brackets are opened, and no fillers are left. What is summed inside other brackets comes before them.

    Args:
        term: the term.
        tensor: expand only the brackets in which this tensor is; None for all.
        copy: which copy of the tensor, counted from 1; None for all.

    Raises:
        ArgumentError: if the tensor is not in the term.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B, C = tensors("A[i,j] B[i,j] C[i]")
        >>> print(expand(bracket_term("[A B (~C 1)]", A=A, B=B, C=C)))
        ⟨[A̅_1 B_1 C] [A_2 B_2]⟩
    """
    wanted = None if tensor is None else occurrence(term, tensor, copy)
    items: list[Item] = []
    for item in top_items(term.tree):
        bare = item.item if isinstance(item, Barred) else item
        if isinstance(bare, Bracketed) and (wanted is None or wanted.inside(bare)):
            for box in boxes_of(item):
                items += [new for column in columns(box) for new in items_of(column)]
        else:
            items.append(item)
    return checked_term("expand", term, items)


@of_term
def flatten(term: BracketTerm) -> BracketTerm:
    """Return the term without square brackets directly in others, and parentheses directly in others.

    [A [B C]] = [A B C] and (A (B C)) = (A B C), as ⊙ and ⊗ are associative (paper §2.3). Inner brackets
    that sum some of their slots stay.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> a, b, c = tensors("a[i] b[i] c[i]")
        >>> print(flatten(bracket_term("[a [b c]]", a=a, b=b, c=c)))
        ⟨[a b c]⟩
    """
    found: _Flat = folded(term.tree, _flattened)
    return checked_term("flatten", term, parts_of(found.item))


class _Flat(NamedTuple):
    """A flattened item, the bars over its slots, and whether it is a bracket that sums some slots."""

    item: Item
    bars: list[bool]
    sums: bool


def _flattened(item: Item, parts: list[_Flat]) -> _Flat:
    bars = slot_bars(item, [part.bars for part in parts])
    if isinstance(item, Bracketed):
        sums = any(bar for part in parts for bar in part.bars)
        opened = [one for part in parts for one in _opened(part)]
        if len(opened) == 1 and not sums:
            return _Flat(opened[0], bars, parts[0].sums)
        return _Flat(Bracketed(tuple(opened)), bars, sums)
    if isinstance(item, Beside):
        inner = [one for part in parts for one in _beside_parts(part.item)]
        return _Flat(Beside(tuple(inner)), bars, False)
    if isinstance(item, Barred) and isinstance(parts[0].item, Barred):
        return _Flat(parts[0].item, bars, parts[0].sums)
    return _Flat(with_parts(item, [part.item for part in parts]), bars, any(part.sums for part in parts))


def _beside_parts(item: Item) -> tuple[Item, ...]:
    return item.items if isinstance(item, Beside) else (item,)


def _opened(part: _Flat) -> tuple[Item, ...]:
    """Return the items of a bracket that sums nothing; a bar over it goes over the first of them."""
    inner = part.item.item if isinstance(part.item, Barred) else part.item
    if part.sums or not isinstance(inner, Bracketed):
        return (part.item,)
    if isinstance(part.item, Barred):
        return (Barred(inner.items[0]), *inner.items[1:])
    return inner.items
