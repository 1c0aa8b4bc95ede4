"""Paths of products of which some factors are constants: what is contracted of them alone costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations

from bracketcalc.compiler.paths.cost import Factor, Labels, Path, path_cost

Finder = Callable[[Sequence[Factor], Labels, Mapping[int, int]], Path]
"""From the labels of each factor in memory order, those of the result and all sizes to a path."""

MOST_CONSTANTS = 8
"""Up to how many constants all pairs of them are tried."""


def path_with_constants(
    find: Finder,
    inputs: Sequence[Factor],
    kept: Labels,
    sizes: Mapping[int, int],
    constants: Collection[int],
) -> Path:
    """Return a path that is good for a program that contracts constants with each other only once.

    Two constants that share a label are contracted first wherever that saves most in each call, as long as
    it does. A B x takes one product in each call where A and B are known, and U Vᵀ x two where the matrix
    U Vᵀ would be larger than they are.

    Args:
        find: what finds the path of the other factors.
        inputs: the labels of each factor in its memory order.
        kept: the labels of the result.
        sizes: the size of each label, at least 1.
        constants: the positions of the constants.

    Example:
        >>> from bracketcalc.compiler.paths.search import automatic_path
        >>> sizes = {0: 9, 1: 9, 2: 9}
        >>> path_with_constants(automatic_path, [(0, 1), (1, 2), (2,)], frozenset((0,)), sizes, {0, 1})
        ((0, 1), (0, 1))
    """
    path: Path = ()
    factors, known = list(inputs), set(constants)
    rest = find(factors, kept, sizes)
    while 1 < len(known) <= MOST_CONSTANTS:
        best = path_cost(rest, factors, kept, sizes, known)
        chosen = None
        for pair in combinations(sorted(known), 2):
            merged, now_known = _merged(factors, kept, known, pair)
            found = find(merged, kept, sizes)
            cost = path_cost(found, merged, kept, sizes, now_known)
            if cost < best and not set(factors[pair[0]]).isdisjoint(factors[pair[1]]):
                best, chosen = cost, (pair, merged, now_known, found)
        if chosen is None:
            break
        pair, factors, known, rest = chosen
        path = (*path, pair)
    return (*path, *rest)


def _merged(
    factors: Sequence[Factor], kept: Labels, known: Collection[int], pair: tuple[int, int]
) -> tuple[list[Factor], set[int]]:
    """Return the factors, and which of them are constants, after two constants are contracted."""
    others = [place for place in range(len(factors)) if place not in pair]
    needed = kept.union(*[factors[place] for place in others])
    together = dict.fromkeys([label for place in pair for label in factors[place]])
    result = tuple([label for label in together if label in needed])
    now_known = {k for k, place in enumerate(others) if place in known} | {len(others)}
    return [*(factors[place] for place in others), result], now_known
