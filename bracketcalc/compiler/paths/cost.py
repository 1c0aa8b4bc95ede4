"""What a contraction path costs: multiplications, and elements that are read and written.

Sets of labels are bit masks: the label k is the bit 1 << k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod

MOVED = 4
"""How many multiplications of a matrix product take as long as reading or writing one element."""

LARGE = 4096
"""From how many elements on the copy of a factor counts."""

COPIED = 12
"""How many multiplications take as long as copying one element of a large factor."""

Path = tuple[tuple[int, ...], ...]
"""Positions that are contracted together; the result goes to the end of the list of factors."""

Labels = frozenset[int]
"""The labels that are kept."""

Factor = tuple[int, ...]
"""The labels of a factor, in the order in which its axes lie in memory."""


def elements(labels: Iterable[int], sizes: Mapping[int, int]) -> int:
    """Return the number of elements of an array with the given labels."""
    return prod([sizes[label] for label in labels])


def path_cost(
    path: Path,
    inputs: Sequence[Factor],
    kept: Labels,
    sizes: Mapping[int, int],
    constants: Collection[int] = (),
) -> int:
    """Return the cost of a path: multiplications, and ``MOVED`` for each element read or written.

    Copies are not counted, nor steps between the factors at the positions of the constants.

    Example:
        >>> path_cost(((1, 2), (0, 1)), [(0, 1), (1, 2), (2,)], frozenset((0,)), {0: 2, 1: 3, 2: 4})
        138
    """
    left = [frozenset(labels) for labels in inputs]
    uses = Counter(label for labels in left for label in labels)
    known = [place in constants for place in range(len(left))]
    total = 0
    for positions in path:
        together_known = [known.pop(position) for position in sorted(positions, reverse=True)]
        free = all(together_known)
        known.append(free)
        chosen = [left.pop(position) for position in sorted(positions, reverse=True)]
        together = Labels().union(*chosen)
        for labels in chosen:
            uses.subtract(labels)
        result = frozenset([label for label in together if label in kept or uses[label] > 0])
        uses.update(result)
        left.append(result)
        if free:
            continue
        total += elements(together, sizes) if len(chosen) > 1 else 0
        total += MOVED * sum(elements(labels, sizes) for labels in (*chosen, result))
    return total


class Network:
    """The factors of a product as bit masks, with the numbers of elements of sets of labels.

    Attributes:
        factors: the labels of each factor.
        kept: the labels of the result.
    """

    def __init__(self, inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> None:
        bits = {label: place for place, label in enumerate(sorted(kept.union(*inputs)))}
        self.factors = tuple([_mask(labels, bits) for labels in inputs])
        self.kept = _mask(kept, bits)
        self._sizes = [sizes[label] for label in bits]
        self._known = {0: 1}
        self._large = {
            mask: [bits[label] for label in labels]
            for mask, labels in zip(self.factors, inputs, strict=True)
            if len(labels) > 2 and self.elements(mask) >= LARGE
        }

    def elements(self, mask: int) -> int:
        """Return the number of elements of an array with the labels of a mask."""
        found = self._known.get(mask)
        if found is None:
            found, rest = 1, mask
            while rest:
                low = rest & -rest
                found *= self._sizes[low.bit_length() - 1]
                rest ^= low
            self._known[mask] = found
        return found

    def pair_cost(self, left: int, right: int, result: int) -> int:
        """Return the cost of contracting two arrays."""
        elements = self.elements
        cost = elements(left | right) + MOVED * (elements(left) + elements(right) + elements(result))
        for factor in (left, right):
            if factor in self._large and self._is_scattered(factor, left & right & ~result):
                cost += COPIED * elements(factor)
        return cost

    def _is_scattered(self, factor: int, summed: int) -> bool:
        """Return whether the summed labels of a large factor are apart in memory."""
        places = [k for k, label in enumerate(self._large[factor]) if summed >> label & 1]
        return bool(places) and places[-1] - places[0] >= len(places)


def _mask(labels: Iterable[int], bits: Mapping[int, int]) -> int:
    return sum(1 << bits[label] for label in labels)
