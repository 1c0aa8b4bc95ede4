"""Products of items with common labels: element-wise, summed to a scalar, or row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bracketcalc.expr.core import Extent
from bracketcalc.render import forms
from bracketcalc.render.forms import chain, diagonal_matrix, dot, elementwise
from bracketcalc.render.items import Item, Label, Part, Path, aligned, base_aligned, item, joined, ones_at
from bracketcalc.render.layout import ODOT, OVER, Chain, Digits, Formula, Ones


def is_chain(one: Item) -> bool:
    """Return whether an item is a path of several factors."""
    return isinstance(one, Path) and len(one.parts) > 1


def multiplied(group: Sequence[Item], preferred: Sequence[Label]) -> Item:
    """Return A ⊙ B ⊘ C … of items with the same axes, in the order of axes that most of them have."""
    ordered = [one for one in group if not one.under] + [one for one in group if one.under]
    place = {label: rank for rank, label in enumerate(preferred)}
    votes = Counter(one.labels for one in group)
    labels = max(votes, key=lambda names: (votes[names], [-place.get(name, 0) for name in names]))
    if all(one.under for one in group):
        parts: list[Formula] = [Digits(1)]
        operators = [OVER] * len(group)
    else:
        parts = []
        operators = [OVER if one.under else ODOT for one in ordered[1:]]
    parts += [base_aligned(one, labels) if one.under else aligned(one, labels) for one in ordered]
    return item(elementwise(tuple(parts), tuple(operators)), labels, min(one.place for one in group))


def contracted(first: Item, second: Item) -> Path:
    """Return the scalar of two items with the same axes, all of them summed."""
    if isinstance(first, Path) and isinstance(second, Path) and (is_chain(first) or is_chain(second)):
        if len(first.labels) == 1:
            return joined(first, second, first.labels[0])
        return _matrix_scalar(first, second)
    if isinstance(first, Path) and isinstance(second, Path) and first.labels != second.labels:
        return _matrix_scalar(first, second)
    formula = dot(aligned(first, first.labels), aligned(second, first.labels))
    return Path((Part(formula, first.place),), None, None)


def _matrix_scalar(first: Path, second: Path) -> Path:
    """Return tr(A B) or A · B, whichever has fewer transpositions."""
    loop = joined(first, second, first.labels[0])
    sides = [(first.starting_at(end), second.starting_at(end)) for end in first.labels]
    left, right = min(sides, key=lambda pair: pair[0].cost[0] + pair[1].cost[0])
    if min(loop.cost[0], loop.flipped().cost[0]) <= left.cost[0] + right.cost[0]:
        return trace(loop)
    return Path((Part(dot(left.formula, right.formula), first.place),), None, None)


def trace(loop: Path) -> Path:
    """Return tr(A B …), turned round and transposed to the shortest form."""
    turns = []
    for path in (loop, loop.flipped()):
        for start in range(len(path.parts)):
            turns.append(Path((*path.parts[start:], *path.parts[:start]), None, None))
    best = min(turns, key=lambda path: path.cost)
    return Path((Part(forms.trace(best.formula), loop.place),), None, None)


def diagonal(vector: Path) -> Part:
    """Return diag(s) of a vector."""
    column = vector.starting_at(vector.labels[0])
    diag = diagonal_matrix(column.formula)
    return Part(diag, vector.place, symmetric=True)


def rows_scaled(vector: Path, matrix: Path, sizes: Mapping[Label, Extent]) -> Item:
    """Return diag(s) A, or A ⊙ (Y 𝟏 𝟏ᵀ) for the row sums s = Y 𝟏, as the paper does in §6.3."""
    (label,) = vector.labels
    other = next(name for name in matrix.labels if name != label)
    column = vector.starting_at(label)
    row = ones_at(other, Ones(sizes[other])).flipped()
    if vector.ends_in_ones:
        return multiplied([matrix, Path((*column.parts, *row.parts), label, other)], matrix.labels)
    divisor = vector.parts[0].formula
    if vector.under and isinstance(divisor, Chain) and isinstance(divisor.parts[-1], Ones):
        spread = chain((*divisor.parts, row.formula))
        return multiplied([matrix, item(spread, (label, other), vector.place, under=True)], matrix.labels)
    rows = matrix.starting_at(label)
    return Path((diagonal(vector), *rows.parts), label, other)
