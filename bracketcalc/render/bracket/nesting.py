"""Writing a factor once where its portions would stand in several brackets: [P Q (R_1 1)] (paper §6.1)."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.render.bracket.cells import Cell, Nest, Operand, Part, Weight, items, length


def nested(cells: Sequence[Cell], operands: Sequence[Operand], weight: Weight) -> list[Part]:
    """Return the slots of a term with whole factors in brackets, where that is shorter.

    Factors that have the same axes are written beside each other, with what else stands in their slots in
    parentheses behind them; so is one factor that is long. The longest come first.
    """
    groups: dict[frozenset[int], list[int]] = {}
    for number, (_, labels) in enumerate(operands):
        names = frozenset(labels)
        if len(names) == len(labels) > 1:
            groups.setdefault(names, []).append(number)
    found = []
    for names, common in groups.items():
        total = sum(weight(operands[number][0]) for number in common)
        if total > 1:
            found.append((-total, names, common))
    parts: list[Part] = list(cells)
    for _, names, common in sorted(found, key=lambda group: group[0]):
        parts = _with_nest(parts, names, common, operands, weight)
    return parts


def _with_nest(
    parts: list[Part],
    names: frozenset[int],
    common: Sequence[int],
    operands: Sequence[Operand],
    weight: Weight,
) -> list[Part]:
    """Return the parts with the given factors written whole, if that is shorter."""
    where = [place for place, part in enumerate(parts) if isinstance(part, Cell) and part.label in names]
    if len(where) < len(names):
        return parts
    between = parts[where[0] : where[-1] + 1]
    inner: list[Cell] = []
    outside: list[Cell] = []
    barred = all(isinstance(part, Cell) and part.barred for part in between)
    for part in between:
        if isinstance(part, Nest):
            return parts
        if part.label in names:
            rest = tuple([place for place in part.places if place[0] not in common])
            inner.append(Cell(part.label, rest, part.barred and not barred, inside=True))
        elif not part.barred:
            return parts
        elif len(part.places) > 1:
            inner.append(part)
        else:
            outside.append(part)
    slots = [part.label for part in inner if part.label in names]
    whole = [(number, tuple([operands[number][1].index(label) for label in slots])) for number in common]
    new: list[Part] = [Nest(tuple(whole), tuple(inner), barred), *outside]
    if length(items(new, operands), weight) >= length(items(between, operands), weight):
        return parts
    return [*parts[: where[0]], *new, *parts[where[-1] + 1 :]]
