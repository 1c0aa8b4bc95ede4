"""The order of contractions that is chosen where nobody asks for another: the best, or a good one for many.

Up to ``EXACT_UP_TO`` factors all orders are compared. For more, several greedy orders are found, and the
best of them are improved part by part. The work is counted, not timed, so the same product always gets
the same path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from opt_einsum import paths

from bracketcalc.compiler.paths.cost import Factor, Labels, Network, Path
from bracketcalc.compiler.paths.exact import exact_path
from bracketcalc.compiler.paths.greedy import absorbing_tree, greedy_tree
from bracketcalc.compiler.paths.refine import refined_tree, tree_cost
from bracketcalc.compiler.paths.tree import tree_path

EXACT_UP_TO = 8
"""The largest number of factors for which every order is compared."""

MOST_PAIRS = 3000
"""The most pairs of factors with a common label for which several orders are compared."""

GAINS = (1.0, 0.5, 0.0)
"""How much the operands count in the greedy orders that are tried."""

REFINED = 3
"""How many of the trees found are improved."""

PARTS = 60
"""How many parts of a tree are improved at most."""


def automatic_path(inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
    """Return a path of pairs, the same one for the same arguments.

    Args:
        inputs: the labels of each factor in its memory order.
        kept: the labels of the result.
        sizes: the size of each label, at least 1.
    """
    if len(inputs) <= EXACT_UP_TO:
        return exact_path(inputs, kept, sizes)
    uses = Counter(label for labels in inputs for label in labels)
    if sum(count * (count - 1) // 2 for count in uses.values()) > MOST_PAIRS:
        # Labels are integers here, so opt_einsum meets them in the same order each time.
        return tuple(
            [tuple(sorted(pair)) for pair in paths.greedy(list(map(frozenset, inputs)), kept, dict(sizes))]
        )
    network = Network(inputs, kept, sizes)
    trees = [greedy_tree(network, gain) for gain in GAINS]
    trees.append(absorbing_tree(network))
    trees.sort(key=lambda tree: tree_cost(network, tree))
    refined = [refined_tree(network, tree, PARTS) for tree in trees[:REFINED]]
    return tree_path(min(refined, key=lambda tree: tree_cost(network, tree)))
