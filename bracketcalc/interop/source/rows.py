"""One-hot rows in products: elements are taken at their places, or added there; nothing is multiplied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.interop.source.code import Level, atom, call
from bracketcalc.interop.source.sheet import Block
from bracketcalc.interop.source.values import NOTHING, Contract, Labels, Part, aligned, carriers


def taken(block: Block, parts: Sequence[Part], output: Labels) -> list[Part]:
    """Return equal factors, in which those beside one-hot vectors and rows are taken at their places."""
    left = list(parts)
    while True:
        for part in left:
            if part.known == NOTHING or part.labels[-1] in output or not part.is_plain:
                continue
            label = part.labels[-1]
            others = carriers(left, label, part)
            found = [_at(block, other, part) for other in others]
            if others and None not in found:
                replaced = dict(zip(map(id, others), found, strict=True))
                left = [replaced.get(id(other)) or other for other in left if other is not part]
                break
        else:
            return left


def _at(block: Block, part: Part, rows: Part) -> Part | None:
    """Return a factor at the places of one-hot rows, None where it has no such form."""
    *lead, label = rows.labels
    known = rows.known
    if known.index is not None:
        index = _short([str(known.index) if x == label else ":" for x in part.labels])
        kept = tuple([x for x in part.labels if x != label])
        return Part(atom(f"{part.code.at_least(Level.ATOM)}[{index}]", len(kept)), kept, part.is_real)
    if known.indices is None or not part.is_plain:
        return None
    batch = [x for x in lead if x in part.labels]
    if not batch:
        at = part.labels.index(label)
        labels = (*part.labels[:at], *lead, *part.labels[at + 1 :])
        index = ", ".join([":"] * at + [known.indices.text])
        return Part(atom(f"{part.code.at_least(Level.ATOM)}[{index}]", len(labels)), labels, part.is_real)
    if len(batch) == len(lead) == len(part.labels) - 1:
        array = aligned(block.target, part, rows.labels)
        text = call("pick", array.text, known.indices.text)
        return Part(atom(text, len(lead)), tuple(lead), part.is_real)
    return None


def _short(index: Sequence[str]) -> str:
    """Return an index without the whole axes at its end."""
    last = max(place for place, entry in enumerate(index) if entry != ":")
    return ", ".join(index[: last + 1])


def added_at(
    block: Block, parts: Sequence[Part], output: Labels, extents: Mapping[int, str], contract: Contract
) -> list[Part] | None:
    """Return the product as rows that are added at the places of one-hot rows; None if it has no such."""
    for rows in parts:
        if rows.known.indices is None or not rows.is_plain:
            continue
        *lead, label = rows.labels
        rest = [part for part in parts if part is not rows]
        carried = {x for part in rest for x in part.labels}
        if not lead or label not in output:
            continue
        if label in carried or not carried.issuperset(lead) or carried.intersection(lead) & set(output):
            continue
        kept = tuple([x for x in output if x != label])
        values = contract(rest, (*lead, *kept))
        text = call("add_rows", values.code.text, rows.known.indices.text, extents[label])
        return [Part(atom(text, len(output)), (label, *kept), values.is_real)]
    return None
