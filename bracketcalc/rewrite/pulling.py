"""Taking what is summed as a whole out of the parentheses that it stands in (paper §2.3)."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item
from bracketcalc.rewrite.places import Occurrence
from bracketcalc.rewrite.trees import beside, folded, slot_bars, top_items, with_parts

_NOTHING = Beside(())


class _Pulled(NamedTuple):
    """What is left of an item, the bars over its slots, what came out, and whether a tensor is in it."""

    item: Item
    bars: list[bool]
    out: list[Item]
    holds: bool


def pulled_items(tree: Item, wanted: Occurrence | None = None) -> list[Item]:
    """Return the items of a term, each followed by the items without slots that were inside it.

    Args:
        tree: the term.
        wanted: take out only what holds this tensor; None for everything.
    """

    def result(item: Item, parts: list[_Pulled]) -> _Pulled:
        bars = slot_bars(item, [part.bars for part in parts])
        holds = any(part.holds for part in parts) or (wanted is not None and wanted.has(item))
        if isinstance(item, Beside):
            return _Pulled(*_split(parts, bars, wanted), holds)
        out = parts[0].out if len(parts) == 1 else [one for part in parts for one in part.out]
        inner = [part.item for part in parts if part.item is not _NOTHING]
        if isinstance(item, Bracketed | Barred) and not inner:
            return _Pulled(_NOTHING, bars, out, holds)
        return _Pulled(with_parts(item, inner), bars, out, holds)

    found: list[Item] = []
    for item in top_items(tree):
        one: _Pulled = folded(item, result)
        found += [part for part in (one.item, *one.out) if part is not _NOTHING]
    return found


def _split(
    parts: list[_Pulled], bars: list[bool], wanted: Occurrence | None
) -> tuple[Item, list[bool], list[Item]]:
    """Return what is left of items beside each other, and what came out."""
    kept: list[Item] = []
    out: list[Item] = []
    for part in parts:
        if part.bars or (wanted is not None and not part.holds):
            kept.append(part.item)
        elif part.item is not _NOTHING:
            out.append(part.item)
        out += part.out
    return (beside(kept) if kept else _NOTHING), bars, out
