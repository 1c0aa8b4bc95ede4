"""The best order of a few factors: all ways to split each set of them in two are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bracketcalc.compiler.paths.cost import Factor, Labels, Network, Path
from bracketcalc.compiler.paths.tree import Tree, tree_path


def exact_path(inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
    """Return the path of pairs that costs least; see :func:`bracketcalc.compiler.paths.cost.path_cost`.

    (The exhaustive search of opt_einsum takes the labels of an intermediate result from another order,
    where three factors share a label.)

    Example:
        >>> exact_path([(0, 1), (0,), (0, 2)], frozenset((1, 2)), {0: 9, 1: 9, 2: 9})
        ((1, 2), (0, 1))
    """
    network = Network(inputs, kept, sizes)
    return tree_path(exact_tree(network, network.factors, network.kept, range(len(inputs)))[0])


def exact_tree(
    network: Network, masks: Sequence[int], kept: int, leaves: Sequence[Tree]
) -> tuple[Tree, int]:
    """Return the tree of the given leaves that costs least, and its cost.

    Args:
        network: the product, for the sizes of labels.
        masks: the labels of each leaf.
        kept: the labels that are needed of the result.
        leaves: the leaves.
    """
    everything = (1 << len(masks)) - 1
    left = _left_of_groups(masks, kept)
    trees: dict[int, Tree] = {1 << place: leaf for place, leaf in enumerate(leaves)}
    costs = dict.fromkeys(trees, 0)
    pair_cost = network.pair_cost
    for group in range(1, everything + 1):
        if group in trees:
            continue
        result = left[group]
        best, chosen = -1, 0
        for part in _halves(group):
            cost = costs[part] + costs[group ^ part]
            if 0 <= best <= cost:
                continue
            cost += pair_cost(left[part], left[group ^ part], result)
            if best < 0 or cost < best:
                best, chosen = cost, part
        costs[group] = best
        trees[group] = trees[chosen], trees[group ^ chosen]
    return trees[everything], costs[everything]


def _left_of_groups(masks: Sequence[int], kept: int) -> list[int]:
    """Return for each set of leaves the labels that are left when they are contracted."""
    everything = (1 << len(masks)) - 1
    inside = [0] * (everything + 1)
    for group in range(1, everything + 1):
        lowest = group & -group
        inside[group] = inside[group ^ lowest] | masks[lowest.bit_length() - 1]
    left = [inside[group] & (kept | inside[everything ^ group]) for group in range(everything + 1)]
    for place, labels in enumerate(masks):
        left[1 << place] = labels
    return left


def _halves(group: int) -> Iterator[int]:
    """Yield the smaller part of each split of a set of bits in two, each split once."""
    part = (group - 1) & group
    while part > group ^ part:
        yield group ^ part
        part = (part - 1) & group
