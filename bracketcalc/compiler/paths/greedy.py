"""Greedy orders: the pair that looks best is contracted next, by several measures of what is best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from bracketcalc.compiler.paths.cost import Network
from bracketcalc.compiler.paths.tree import Tree

Pair = tuple[int, int]


class _Contraction:
    """A contraction in progress: the arrays that are left, and who has each label.

    Attributes:
        masks: the labels of each array that is left, by number; factors first, results behind.
        owners: for each label the arrays that have it.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.masks = dict(enumerate(network.factors))
        self.trees: dict[int, Tree] = {place: place for place in self.masks}
        self.owners: dict[int, set[int]] = {}
        for place, mask in self.masks.items():
            for label in _bits(mask):
                self.owners.setdefault(label, set()).add(place)

    def result(self, one: int, two: int) -> int:
        """Return the labels that are left of a pair."""
        first, second = self.masks[one], self.masks[two]
        result = first | second
        for label in _bits(first & second & ~self.network.kept):
            if len(self.owners[label]) == 2:
                result ^= label
        return result

    def contract(self, one: int, two: int) -> int:
        """Contract a pair, and return the number of the result."""
        result, number = self.result(one, two), len(self.network.factors) + len(self.trees)
        for place in (one, two):
            for label in _bits(self.masks.pop(place)):
                self.owners[label].discard(place)
        for label in _bits(result):
            self.owners[label].add(number)
        self.masks[number] = result
        self.trees[number] = self.trees[one], self.trees[two]
        return number

    def neighbours(self, number: int) -> Iterator[Pair]:
        """Yield the pairs of an array and another with a common label."""
        others: set[int] = set()
        for label in _bits(self.masks[number]):
            others |= self.owners[label]
        for other in sorted(others - {number}):
            yield min(number, other), max(number, other)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low
        mask ^= low


def greedy_tree(network: Network, gain: float) -> Tree:
    """Return the tree of contracting the pair next whose result has the fewest elements.

    Args:
        network: the product.
        gain: how much the elements of the two operands, which are gone then, count against them.
    """
    going = _Contraction(network)
    elements = network.elements

    def score(pair: Pair) -> float:
        one, two = pair
        operands = elements(going.masks[one]) + elements(going.masks[two])
        return elements(going.result(one, two)) - gain * operands

    pairs = {pair for place in going.masks for pair in going.neighbours(place)}
    waiting = [(score(pair), pair) for pair in pairs]
    heapify(waiting)
    while waiting:
        _, pair = heappop(waiting)
        if pair[0] in going.masks and pair[1] in going.masks:
            number = going.contract(*pair)
            for other in going.neighbours(number):
                heappush(waiting, (score(other), other))
    return _joined(going)


def _joined(going: _Contraction) -> Tree:
    """Return the tree that multiplies what has no common labels, smallest first."""
    elements = going.network.elements
    left = sorted(going.masks, key=lambda place: (elements(going.masks[place]), place))
    tree = going.trees[left[0]]
    for place in left[1:]:
        tree = tree, going.trees[place]
    return tree


def absorbing_tree(network: Network) -> Tree:
    """Return the tree that starts at the smallest factor and takes in one neighbour after the other.

    It is the best one for a long chain that ends in a vector, where a greedy search multiplies matrices.
    """
    elements = network.elements
    going = _Contraction(network)
    current = min(going.masks, key=lambda place: (elements(going.masks[place]), place))
    rest = sorted(going.masks, key=lambda place: (elements(going.masks[place]), place))
    rest.remove(current)
    while rest:
        near = _others(going.neighbours(current), current) or rest
        chosen = min(near, key=lambda place: (elements(going.result(current, place)), place))
        rest.remove(chosen)
        current = going.contract(current, chosen)
    return going.trees[current]


def _others(pairs: Iterator[Pair], number: int) -> Sequence[int]:
    return [one if two == number else two for one, two in pairs]
