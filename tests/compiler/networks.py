"""Random products: factors that share labels, also more than two of them."""

from __future__ import annotations

from random import Random

from bracketcalc.compiler.paths.cost import Factor, Labels


def hypernetwork(random: Random, count: int) -> tuple[list[Factor], Labels, dict[int, int]]:
    """Return the labels of factors, those of the result, and the sizes of all.

    Every label is on one factor to four; a label of one factor may be in the result.
    """
    factors: list[set[int]] = [set() for _ in range(count)]
    for label in range(count):
        for place in random.sample(range(count), min(count, random.choice((1, 2, 2, 3, 4)))):
            if len(factors[place]) < 5:
                factors[place].add(label)
    inputs: list[Factor] = [tuple(random.sample(sorted(labels), len(labels))) for labels in factors]
    used = sorted(frozenset[int]().union(*inputs))
    kept = frozenset(random.sample(used, min(2, len(used))))
    return inputs, kept, {label: random.choice((1, 2, 2, 3)) for label in used}
