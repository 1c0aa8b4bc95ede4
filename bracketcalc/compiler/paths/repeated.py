"""Parts of a product that occur in it twice, so that they are best contracted once: A Bᵀ (A Bᵀ)ᵀ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bracketcalc.compiler.paths.cost import path_cost
from bracketcalc.compiler.paths.found import PathTable

Labels = tuple[int, ...]

Factor = tuple[int, Labels]
"""A slot, and one label for each axis of its value, all different."""

FEWEST, MOST = 4, 64
"""Only in products with so many factors is a repeated part looked for."""

MOST_SEEDS = 24
"""From how many pairs of equal factors a repeated part is grown at most."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Two sets of factors that are equal up to the names of their labels.

    Attributes:
        first: the places of one set.
        second: the places of the other, in the same order.
        kept: the labels of the first set that something else needs.
        renamed: for each of these the label that the second set has in its place.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    kept: Labels
    renamed: Labels


def repeated_part(
    factors: Sequence[Factor], output: Labels, sizes: Mapping[int, int], paths: PathTable
) -> Repeated | None:
    """Return a part that occurs twice, None where contracting it once would not save multiplications.

    Args:
        factors: the factors of a product; equal slots are equal values.
        output: the labels of the result.
        sizes: the size of each label.
        paths: the paths found so far.

    Example:
        >>> chain = [(7, (0, 1)), (8, (1, 2)), (8, (3, 2)), (7, (4, 3))]
        >>> found = repeated_part(chain, (0, 4), dict.fromkeys(range(5), 9), PathTable())
        >>> found.first, found.second, found.kept, found.renamed
        ((0, 1), (3, 2), (0, 2), (4, 2))
    """
    if not FEWEST <= len(factors) <= MOST or len({slot for slot, _ in factors}) == len(factors):
        return None
    found = [
        part
        for first, second, renaming in _grown(factors)
        if (part := _part(factors, output, first, second, renaming)) is not None
    ]
    if not found:
        return None
    best = max(found, key=lambda part: len(part.first))
    rest = [labels for place, (_, labels) in enumerate(factors) if place not in best.first + best.second]
    inside = [factors[place][1] for place in best.first]
    shared = _cost(inside, best.kept, sizes, paths)
    shared += _cost([*rest, best.kept, best.renamed], output, sizes, paths)
    return best if shared < _cost([labels for _, labels in factors], output, sizes, paths) else None


def _cost(factors: Sequence[Labels], output: Labels, sizes: Mapping[int, int], paths: PathTable) -> int:
    path = paths.find(factors, output, sizes)
    return path_cost(path, factors, frozenset(output), sizes)


def _grown(factors: Sequence[Factor]) -> Iterator[tuple[list[int], list[int], dict[int, int]]]:
    """Yield pairs of sets of equal factors that are connected alike, and the renaming of their labels."""
    covered: set[tuple[int, int]] = set()
    pairs = [
        (one, two)
        for one, two in combinations(range(len(factors)), 2)
        if factors[one][0] == factors[two][0]
    ]
    seeds = 0
    for pair in pairs:
        if pair in covered or factors[pair[0]][1] == factors[pair[1]][1] or seeds == MOST_SEEDS:
            continue
        seeds += 1
        first, second, renaming = _grow(factors, pair, pairs)
        covered.update(tuple(sorted(two)) for two in zip(first, second, strict=True))  # type: ignore[misc]
        if len(first) > 1:
            yield first, second, renaming


def _grow(
    factors: Sequence[Factor], seed: tuple[int, int], pairs: Sequence[tuple[int, int]]
) -> tuple[list[int], list[int], dict[int, int]]:
    """Add pairs of equal factors that have a renamed label in common with those found before."""
    first, second = [seed[0]], [seed[1]]
    renaming = dict(zip(factors[seed[0]][1], factors[seed[1]][1], strict=True))
    growing = True
    while growing:
        growing = False
        for pair in pairs:
            for one, two in (pair, pair[::-1]):
                if {one, two}.intersection(first + second):
                    continue
                added = dict(zip(factors[one][1], factors[two][1], strict=True))
                if _fits(renaming, added):
                    renaming |= added
                    first.append(one)
                    second.append(two)
                    growing = True
    return first, second, renaming


def _fits(renaming: Mapping[int, int], added: Mapping[int, int]) -> bool:
    """Return whether two renamings agree, stay one to one, and both rename some label in the same way."""
    merged = {**renaming, **added}
    agree = all(renaming.get(label, new) == new for label, new in added.items())
    meet = any(label != new and renaming.get(label) == new for label, new in added.items())
    return agree and meet and len(set(merged.values())) == len(merged)


def _part(
    factors: Sequence[Factor],
    output: Labels,
    first: Sequence[int],
    second: Sequence[int],
    renaming: Mapping[int, int],
) -> Repeated | None:
    """Return the repeated part if it sums some label that nothing else has."""

    def outside(places: Sequence[int]) -> set[int]:
        rest = [labels for place, (_, labels) in enumerate(factors) if place not in places]
        return {label for labels in rest for label in labels}.union(output)

    after, behind = outside(first), outside(second)
    kept = tuple([label for label, new in renaming.items() if label in after or new in behind])
    if len(kept) == len(renaming):
        return None
    return Repeated(tuple(first), tuple(second), kept, tuple([renaming[label] for label in kept]))
