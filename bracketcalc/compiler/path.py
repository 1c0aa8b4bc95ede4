"""The order in which the factors of a product are contracted: the best one, or opt_einsum's for many."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

from opt_einsum import paths

EXACT_UP_TO = 8
"""The largest number of factors for which every order is compared."""

ABSORBED_UP_TO = 500
"""The largest number of factors for which a path is tried that takes quadratic time to find."""

Path = tuple[tuple[int, ...], ...]
"""Positions that are contracted together; the result goes to the end of the list of factors."""


class PathTable:
    """The paths found so far: products that differ only in the names of their labels share one.

    One program owns the table, so the repeated steps of a long recurrence are searched once.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Path] = {}

    def find(
        self, factors: Sequence[Sequence[int]], output: Sequence[int], sizes: Mapping[int, int]
    ) -> Path:
        """Return a path of pairs; see :func:`contraction_path`."""
        if len(factors) < 3:
            return contraction_path(factors, output, sizes)
        numbers: dict[int, int] = {}
        for labels in factors:
            for label in labels:
                numbers.setdefault(label, len(numbers))
        inputs = tuple([tuple([numbers[label] for label in labels]) for labels in factors])
        kept = frozenset([numbers[label] for label in output if label in numbers])
        key = inputs, kept, tuple([sizes[label] for label in numbers])
        path = self._known.get(key)
        if path is None:
            renamed = {number: sizes[label] for label, number in numbers.items()}
            path = self._known[key] = contraction_path(inputs, sorted(kept), renamed)
        return path


def contraction_path(
    factors: Sequence[Sequence[int]], output: Sequence[int], sizes: Mapping[int, int]
) -> Path:
    """Return a path of pairs, the same one for the same arguments.

    Args:
        factors: the labels of each factor's axes.
        output: the labels that are kept.
        sizes: the size of each label.

    Example:
        >>> contraction_path([(0, 1), (1, 2), (2,)], (0,), {0: 9, 1: 9, 2: 9})
        ((1, 2), (0, 1))
    """
    if len(factors) < 2:
        return ()
    if len(factors) == 2:
        return ((0, 1),)
    # The cost models take logarithms and quotients of sizes, so an empty axis counts as one element.
    positive = {label: max(size, 1) for label, size in sizes.items()}
    inputs = [frozenset(labels) for labels in factors]
    kept = frozenset(output)
    if len(factors) <= EXACT_UP_TO:
        return exact_path(inputs, kept, positive)
    candidates = [_pairs(paths.greedy(inputs, kept, positive))]
    if len(factors) <= ABSORBED_UP_TO:
        candidates.append(absorbing_path(inputs, kept, positive))
    return min(candidates, key=lambda path: path_cost(path, inputs, kept, positive))


def _pairs(found: Iterable[Iterable[int]]) -> Path:
    return tuple([tuple(sorted(pair)) for pair in found])


def exact_path(inputs: Sequence[frozenset[int]], kept: frozenset[int], sizes: Mapping[int, int]) -> Path:
    """Return the path with the fewest multiplications, then with the smallest intermediate results.

    It compares all ways to split each set of factors in two. (The exhaustive search of opt_einsum takes
    the labels of an intermediate result from another order, where three factors share a label.)

    Example:
        >>> inputs = [frozenset((0, 1)), frozenset((0,)), frozenset((0, 2))]
        >>> exact_path(inputs, frozenset((1, 2)), {0: 9, 1: 9, 2: 9})
        ((1, 2), (0, 1))
    """
    count = len(inputs)
    everything = (1 << count) - 1
    inside = [frozenset[int]()] * (everything + 1)
    for group in range(1, everything + 1):
        lowest = group & -group
        inside[group] = inside[group ^ lowest] | inputs[lowest.bit_length() - 1]
    left = [inside[group] & (kept | inside[everything ^ group]) for group in range(everything + 1)]
    for place, labels in enumerate(inputs):
        left[1 << place] = labels
    size = [elements(labels, sizes) for labels in left]
    best: dict[int, tuple[int, int, int]] = {1 << k: (0, 0, 0) for k in range(count)}
    for group in range(1, everything + 1):
        for part in _halves(group):
            other = group ^ part
            work = best[part][0] + best[other][0] + elements(left[part] | left[other], sizes)
            held = best[part][1] + best[other][1] + size[group]
            if group not in best or (work, held) < best[group][:2]:
                best[group] = work, held, part
    return _pairs_of_groups(everything, count, {group: part for group, (_, _, part) in best.items()})


def _halves(group: int) -> Iterator[int]:
    """Yield the smaller part of each split of a set of bits in two, each split once."""
    part = (group - 1) & group
    while part > group ^ part:
        yield group ^ part
        part = (part - 1) & group


def _pairs_of_groups(everything: int, count: int, split: Mapping[int, int]) -> Path:
    """Return the path that puts each group together from its two parts."""
    order: list[int] = []
    stack = [everything]
    while stack:
        group = stack.pop()
        if split[group]:
            order.append(group)
            stack += [split[group], group ^ split[group]]
    left = [1 << k for k in range(count)]
    path = []
    for group in reversed(order):
        one, two = sorted((left.index(split[group]), left.index(group ^ split[group])))
        path.append((one, two))
        left = [part for k, part in enumerate(left) if k not in (one, two)] + [group]
    return tuple(path)


def absorbing_path(
    inputs: Sequence[frozenset[int]], kept: frozenset[int], sizes: Mapping[int, int]
) -> Path:
    """Return the path that starts at the smallest factor and takes in one neighbour after the other.

    It is the best one for a long chain that ends in a vector, where a greedy search multiplies matrices.

    Example:
        >>> inputs = [frozenset((0, 1)), frozenset((1, 2)), frozenset((2,))]
        >>> absorbing_path(inputs, frozenset((0,)), {0: 9, 1: 9, 2: 9})
        ((1, 2), (0, 1))
    """
    uses = Counter(label for labels in inputs for label in labels)
    rest = sorted(range(len(inputs)), key=lambda k: elements(inputs[k], sizes), reverse=True)
    start = rest.pop()
    grown = inputs[start]
    uses.subtract(grown)
    order = []
    while rest:
        near = [k for k in rest if not grown.isdisjoint(inputs[k])] or rest
        ends = {k: [x for x in grown | inputs[k] if x in kept or uses[x] > (x in inputs[k])] for k in near}
        chosen = min(near, key=lambda k: elements(ends[k], sizes))
        rest.remove(chosen)
        uses.subtract(inputs[chosen])
        grown = frozenset(ends[chosen])
        order.append(chosen)
    return _positions(start, order)


def _positions(start: int, order: Sequence[int]) -> Path:
    """Return the path that contracts ``start`` with the factors of ``order``, as positions."""
    left = sorted([start, *order])
    path = []
    for k, factor in enumerate(order):
        place = bisect_left(left, factor)
        # The result of the step before is at the end of the list, behind the factors that are left.
        other = bisect_left(left, start) if k == 0 else len(left)
        path.append((min(place, other), max(place, other)))
        del left[place]
        if k == 0:
            left.remove(start)
    return tuple(path)


def path_cost(
    path: Path, inputs: Sequence[frozenset[int]], kept: frozenset[int], sizes: Mapping[int, int]
) -> int:
    """Return the number of multiplications along a path.

    Example:
        >>> inputs = [frozenset((0, 1)), frozenset((1, 2)), frozenset((2,))]
        >>> path_cost(((1, 2), (0, 1)), inputs, frozenset((0,)), {0: 2, 1: 3, 2: 4})
        18
    """
    uses = Counter(label for labels in inputs for label in labels)
    left = list(inputs)
    total = 0
    for positions in path:
        chosen = [left.pop(position) for position in sorted(positions, reverse=True)]
        together = frozenset[int]().union(*chosen)
        total += elements(together, sizes)
        for labels in chosen:
            uses.subtract(labels)
        result = frozenset([label for label in together if label in kept or uses[label] > 0])
        uses.update(result)
        left.append(result)
    return total


def elements(labels: Iterable[int], sizes: Mapping[int, int]) -> int:
    """Return the number of elements of an array with the given labels."""
    return prod([sizes[label] for label in labels])
