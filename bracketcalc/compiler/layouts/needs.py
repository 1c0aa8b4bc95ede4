"""When the labels of a contraction are summed, which tells in what memory order its arrays are best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.layouts.cost import Labels, size_of


@dataclass(frozen=True, slots=True)
class Contraction:
    """A product and the order in which it is contracted.

    Attributes:
        leaves: the labels of each factor in its memory order.
        pairs: the numbers of the two operands of each pair; results are numbered behind the factors.
        output: the labels of the result, in the order that its axes should have.
        sizes: the size of each label.
    """

    leaves: tuple[Labels, ...]
    pairs: tuple[tuple[int, int], ...]
    output: Labels
    sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Needs:
    """What becomes of the labels.

    Attributes:
        labels: the labels of each value.
        next_summed: for each value the labels that the next pair it enters sums.
        orders: two orders of all labels, as the place of each: those that are summed soonest come last
            in one, first in the other. Labels that are summed together are next to each other.
    """

    labels: Sequence[frozenset[int]]
    next_summed: Sequence[frozenset[int]]
    orders: tuple[Mapping[int, int], Mapping[int, int]]


def needs_of(network: Contraction) -> Needs:
    """Return what becomes of the labels of a contraction.

    Example:
        >>> leaves, pairs = ((0, 1), (1, 2), (2,)), ((1, 2), (0, 3))
        >>> needs = needs_of(Contraction(leaves, pairs, (0,), {0: 9, 1: 9, 2: 9}))
        >>> sorted(needs.labels[3]), sorted(needs.next_summed[3]), list(needs.orders[0])
        ([1], [1], [0, 1, 2])
    """
    uses = Counter(label for leaf in network.leaves for label in leaf)
    uses.update(network.output)
    labels = [frozenset(leaf) for leaf in network.leaves]
    summed_at: dict[int, int] = {}
    next_summed = [frozenset[int]()] * (len(labels) + len(network.pairs))
    for one, two in network.pairs:
        both = labels[one] & labels[two]
        uses.subtract(labels[one])
        uses.subtract(labels[two])
        result = frozenset([label for label in labels[one] | labels[two] if uses[label] > 0])
        uses.update(result)
        next_summed[one] = next_summed[two] = both - result
        for label in both - result:
            summed_at[label] = len(labels)
        labels.append(result)
    return Needs(labels, next_summed, _orders(network, summed_at))


def _orders(
    network: Contraction, summed_at: Mapping[int, int]
) -> tuple[Mapping[int, int], Mapping[int, int]]:
    # Labels that are summed together are best in the order that the largest factors have them in.
    largest = sorted(network.leaves, key=lambda leaf: size_of(leaf, network.sizes), reverse=True)
    places = {label: k for k, label in enumerate(dict.fromkeys(x for leaf in largest for x in leaf))}
    end = len(network.leaves) + len(network.pairs)
    time = {label: summed_at.get(label, end) for label in places}
    for distance, label in enumerate(reversed(network.output)):
        time[label] = end + distance
    last = sorted(time, key=lambda label: (-time[label], places.get(label, 0)))
    first = sorted(time, key=lambda label: (time[label], places.get(label, 0)))
    return {label: k for k, label in enumerate(last)}, {label: k for k, label in enumerate(first)}
