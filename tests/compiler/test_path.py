"""The order of contractions."""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import pytest
from opt_einsum import paths

from bracketcalc.compiler import path as module
from bracketcalc.compiler.compile import evaluate
from bracketcalc.compiler.path import (
    PathTable,
    absorbing_path,
    contraction_path,
    elements,
    exact_path,
    path_cost,
)
from bracketcalc.expr.core import Tensor, product
from bracketcalc.reference import evaluate as reference

Factors = list[tuple[int, ...]]


def test_few_factors_need_no_search() -> None:
    assert contraction_path([(0, 1)], (0,), {0: 2, 1: 3}) == ()
    assert contraction_path([(0, 1), (1,)], (0,), {0: 2, 1: 3}) == ((0, 1),)


def test_the_cheap_end_of_a_chain_comes_first() -> None:
    chain: Factors = [(0, 1), (1, 2), (2,)]
    assert contraction_path(chain, (0,), {0: 9, 1: 9, 2: 9}) == ((1, 2), (0, 1))
    chain = [(0,), (0, 1), (1, 2)]
    assert contraction_path(chain, (2,), {0: 9, 1: 9, 2: 9})[0] == (0, 1)


@pytest.mark.parametrize("size", [0, 1])
def test_sizes_0_and_1(size: int) -> None:
    path = contraction_path([(0, 1), (1, 2), (2, 3), (3, 0)], (), dict.fromkeys(range(4), size))
    assert len(path) == 3


def test_equal_products_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[Factors] = []

    def counting(factors: Factors, output: tuple[int, ...], sizes: dict[int, int]) -> module.Path:
        searched.append(factors)
        return contraction_path(factors, output, sizes)

    monkeypatch.setattr(module, "contraction_path", counting)
    table = PathTable()
    first = table.find([(0, 1), (1, 2), (2,)], (0,), {0: 9, 1: 8, 2: 7})
    again = table.find([(5, 3), (3, 4), (4,)], (5,), {5: 9, 3: 8, 4: 7})
    assert first == again
    assert len(searched) == 1
    table.find([(5, 3), (3, 4), (4,)], (5,), {5: 9, 3: 8, 4: 6})
    table.find([(5, 3), (3, 4), (4,)], (), {5: 9, 3: 8, 4: 7})
    assert len(searched) == 3


def cheapest(inputs: list[frozenset[int]], kept: frozenset[int], sizes: dict[int, int]) -> int:
    """Return the fewest multiplications of any order, by trying all of them."""
    if len(inputs) == 1:
        return 0
    costs = []
    for one, two in combinations(range(len(inputs)), 2):
        rest = [labels for place, labels in enumerate(inputs) if place not in (one, two)]
        together = inputs[one] | inputs[two]
        after = [*rest, together & kept.union(*rest)]
        costs.append(elements(together, sizes) + cheapest(after, kept, sizes))
    return min(costs)


@pytest.mark.parametrize("seed", range(30))
def test_a_few_factors_are_contracted_in_the_best_order(seed: int) -> None:
    """Also where three factors or more share a label, which the exhaustive search of opt_einsum misses."""
    random = Random(seed)
    count = random.randint(3, 5)
    inputs = [frozenset(random.sample(range(5), random.randint(1, 3))) for _ in range(count)]
    kept = frozenset(random.sample(range(5), 2)).intersection(frozenset().union(*inputs))
    sizes = {label: random.choice([1, 2, 7, 50]) for label in range(5)}
    path = exact_path(inputs, kept, sizes)
    assert path_cost(path, inputs, kept, sizes) == cheapest(inputs, kept, sizes)


def test_a_weighted_gram_product_scales_one_factor() -> None:
    """Xᵀ diag(v) diag(u) X never forms a tensor of order 3."""
    inputs = [frozenset((0, 1)), frozenset((0,)), frozenset((0,)), frozenset((0, 2))]
    sizes = {0: 5000, 1: 200, 2: 200}
    path = contraction_path([(0, 1), (0,), (0,), (0, 2)], (1, 2), sizes)
    assert path_cost(path, inputs, frozenset((1, 2)), sizes) == 5000 + 5000 * 200 + 5000 * 200**2


@pytest.mark.parametrize("seed", range(20))
def test_paths_of_many_factors_are_right_and_no_worse_than_either_search(seed: int) -> None:
    random = Random(seed)
    labels = range(6)
    factors = [tuple(random.sample(labels, random.randint(0, 2))) for _ in range(11)]
    sizes = dict(zip(labels, (2, 3, 2, 1, 3, 2), strict=True))
    used = sorted({label for names in factors for label in names})
    output = tuple(random.sample(used, 2))
    inputs, kept = [frozenset(names) for names in factors], frozenset(output)
    greedy = tuple(tuple(pair) for pair in paths.greedy(inputs, kept, sizes))
    both = [path_cost(path, inputs, kept, sizes) for path in (greedy, absorbing_path(inputs, kept, sizes))]
    assert path_cost(contraction_path(factors, output, sizes), inputs, kept, sizes) == min(both)

    draw = np.random.default_rng(seed)
    vectors = [Tensor(f"T{k}", [sizes[label] for label in names]) for k, names in enumerate(factors)]
    values = {
        T.name: draw.integers(-2, 3, [sizes[x] for x in f]) for T, f in zip(vectors, factors, strict=True)
    }
    expr = product(1, zip(vectors, factors, strict=True), output)
    np.testing.assert_array_equal(evaluate(expr, **values), reference(expr, values))
