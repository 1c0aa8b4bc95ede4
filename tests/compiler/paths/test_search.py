"""The order of contractions that is chosen where nobody asks for another."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest
from opt_einsum import paths

from bracketcalc.compiler.compile import evaluate
from bracketcalc.compiler.paths.cost import MOVED, Factor, Labels, Network, elements, path_cost
from bracketcalc.compiler.paths.exact import exact_path
from bracketcalc.compiler.paths.greedy import absorbing_tree, greedy_tree
from bracketcalc.compiler.paths.refine import refined_tree, tree_cost
from bracketcalc.compiler.paths.search import automatic_path
from bracketcalc.compiler.paths.tree import path_tree, tree_path
from bracketcalc.expr.core import Tensor, product
from bracketcalc.reference import evaluate as reference
from tests.compiler.networks import hypernetwork


def cheapest(inputs: Sequence[Labels], kept: Labels, sizes: dict[int, int]) -> int:
    """Return the lowest cost of any order, by trying all of them."""
    if len(inputs) == 1:
        return 0
    costs = []
    for one, two in combinations(range(len(inputs)), 2):
        rest = [labels for place, labels in enumerate(inputs) if place not in (one, two)]
        together = inputs[one] | inputs[two]
        result = together & kept.union(*rest)
        moved = sum(elements(labels, sizes) for labels in (inputs[one], inputs[two], result))
        costs.append(elements(together, sizes) + MOVED * moved + cheapest([*rest, result], kept, sizes))
    return min(costs)


@pytest.mark.parametrize("seed", range(30))
def test_a_few_factors_are_contracted_in_the_best_order(seed: int) -> None:
    """Also where three factors or more share a label, which the exhaustive search of opt_einsum misses."""
    random = Random(seed)
    count = random.randint(3, 5)
    inputs: list[Factor] = [tuple(random.sample(range(5), random.randint(1, 3))) for _ in range(count)]
    kept = frozenset(random.sample(range(5), 2)).intersection(frozenset[int]().union(*inputs))
    sizes = {label: random.choice([1, 2, 7, 50]) for label in range(5)}
    path = exact_path(inputs, kept, sizes)
    assert path_cost(path, inputs, kept, sizes) == cheapest(list(map(frozenset, inputs)), kept, sizes)


def test_a_weighted_gram_product_scales_one_factor() -> None:
    """Xᵀ diag(v) diag(u) X never forms a tensor of order 3."""
    inputs: list[Factor] = [(0, 1), (0,), (0,), (0, 2)]
    n, m = 5000, 200
    sizes = {0: n, 1: m, 2: m}
    path = automatic_path(inputs, frozenset((1, 2)), sizes)
    moved = 3 * n + (n + 2 * n * m) + (2 * n * m + m**2)
    assert path_cost(path, inputs, frozenset((1, 2)), sizes) == n + n * m + n * m**2 + MOVED * moved


@pytest.mark.parametrize("seed", range(12))
def test_the_costs_of_trees_and_paths_agree_and_parts_only_get_better(seed: int) -> None:
    inputs, kept, sizes = hypernetwork(Random(seed), 12)
    network = Network(inputs, kept, sizes)
    for tree in (greedy_tree(network, 0.5), absorbing_tree(network)):
        path = tree_path(tree)
        assert tree_path(path_tree(path, len(inputs))) == path
        assert path_cost(path, inputs, kept, sizes) == tree_cost(network, tree)
        assert tree_cost(network, refined_tree(network, tree, 40)) <= tree_cost(network, tree)


@pytest.mark.parametrize("seed", range(12))
def test_paths_of_many_factors_are_right_and_no_worse_than_a_greedy_search(seed: int) -> None:
    random = Random(seed)
    inputs, kept, sizes = hypernetwork(random, 12)
    path = automatic_path(inputs, kept, sizes)
    greedy = tuple(map(tuple, paths.greedy(list(map(frozenset, inputs)), kept, sizes)))
    assert path_cost(path, inputs, kept, sizes) <= path_cost(greedy, inputs, kept, sizes)

    draw = np.random.default_rng(seed)
    tensors = [Tensor(f"T{k}", [sizes[label] for label in names]) for k, names in enumerate(inputs)]
    values = {
        T.name: draw.integers(-2, 3, [sizes[x] for x in f]) for T, f in zip(tensors, inputs, strict=True)
    }
    expr = product(1, zip(tensors, inputs, strict=True), tuple(sorted(kept)))
    np.testing.assert_array_equal(evaluate(expr, **values), reference(expr, values))


@pytest.mark.parametrize("count", [200, 3500])
def test_the_search_for_a_long_chain_is_short(count: int) -> None:
    random = Random(0)
    sizes = {label: random.randint(2, 50) for label in range(count + 1)}
    inputs = list(pairwise(range(count + 1)))
    begun = time.process_time()
    path = automatic_path(inputs, frozenset((0, count)), sizes)
    assert time.process_time() - begun < 1.5
    assert len(path) == count - 1


def test_a_long_chain_that_ends_in_a_vector_is_a_chain_of_vectors() -> None:
    inputs: list[Factor] = [*pairwise(range(30)), (29,)]
    sizes = dict.fromkeys(range(30), 20)
    path = automatic_path(inputs, frozenset((0,)), sizes)
    assert path_cost(path, inputs, frozenset((0,)), sizes) == 29 * (400 + MOVED * (400 + 20 + 20))


def test_the_end_of_a_large_factor_is_contracted_without_a_copy() -> None:
    """Together the two vectors would be multiplications of a copy of the large factor."""
    inputs: list[Factor] = [(0, 1, 2, 3), (1,), (3,)]
    sizes = {0: 20, 1: 8, 2: 50, 3: 8}
    assert automatic_path(inputs, frozenset((0, 2)), sizes)[0] == (0, 2)
