"""The derivatives of a product of many factors: computed together, along one tree."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.lowering.networks import find_members
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr, Product, Tensor, product
from bracketcalc.functions.forms import exp
from bracketcalc.functions.one_hot import one_hot
from bracketcalc.reference import evaluate as reference
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.traverse import postorder


def chain(count: int, size: int) -> tuple[Expr, list[Tensor]]:
    """Return tr(M₀ M₁ …) and its matrices."""
    matrices = [tensor(f"M{k}", (size, size)) for k in range(count)]
    pairs = [(matrix, (k, (k + 1) % count)) for k, matrix in enumerate(matrices)]
    return product(1, pairs, ()), matrices


def closed_network(random: Random, count: int) -> tuple[Expr, list[Tensor]]:
    """Return a product with a scalar value, every label of which is on two factors or three."""
    factors: list[list[int]] = [[] for _ in range(count)]
    for label in range(2 * count):
        for place in random.sample(range(count), random.choice((2, 2, 3))):
            factors[place].append(label)
    sizes = [random.choice((1, 2, 2, 3)) for _ in range(2 * count)]
    found = [tensor(f"T{k}", [sizes[x] for x in labels]) for k, labels in enumerate(factors) if labels]
    return product(1, zip(found, filter(None, factors), strict=True), ()), found


def values_of(variables: Sequence[Tensor], seed: int = 0) -> dict[str, Any]:
    """Return small whole numbers for tensors with known sizes."""
    draw = np.random.default_rng(seed)
    return {T.name: draw.integers(-2, 3, [int(str(n)) for n in T.sizes]).astype(float) for T in variables}


def prepared_members(exprs: Sequence[Expr]) -> int:
    """Return how many of the products of simplified expressions are part of a network."""
    return len(find_members(postorder(simplify_all(exprs))))


def flops(exprs: Any, variables: Sequence[Tensor]) -> int:
    """Return the operations of the program of expressions."""
    shapes = {T.name: tuple([int(str(n)) for n in T.sizes]) for T in variables}
    return compile(exprs).report(**shapes).flops


@pytest.mark.parametrize("count", [6, 12, 24])
def test_a_product_and_all_its_derivatives_take_three_contractions(count: int) -> None:
    """Each derivative alone would make the work grow with the square of the number of factors."""
    expr, matrices = chain(count, 8)
    everything = [expr, *gradient(expr, matrices)]
    assert flops(everything, matrices) <= 3 * flops(expr, matrices)


@pytest.mark.parametrize("with_value", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_derivatives_of_networks(seed: int, with_value: bool) -> None:
    expr, variables = closed_network(Random(seed), 5)
    exprs = [*gradient(expr, variables), *([expr] if with_value else [])]
    assert prepared_members(exprs) >= len(variables)
    values = values_of(variables, seed)
    for found, one in zip(compile(exprs)(**values), exprs, strict=True):
        np.testing.assert_array_equal(found, reference(one, values))


def test_numbers_scalars_and_functions_beside_the_network() -> None:
    (s,) = tensors("s")
    expr, matrices = chain(5, 3)
    scaled = 3 * s * expr
    inner = exp(matrices[0])
    whole = dot(inner, gradient(expr, matrices[0]))
    exprs = [*gradient(scaled, matrices), scaled, *gradient(whole, matrices[1:])]
    values = {**values_of(matrices), "s": 0.5}
    for found, one in zip(compile(exprs)(**values), exprs, strict=True):
        np.testing.assert_allclose(found, reference(one, values), rtol=1e-12, atol=1e-9)


def test_near_misses_are_computed_as_they_are() -> None:
    """Too few, a factor twice, a summed label of one factor, a diagonal."""
    expr, matrices = chain(5, 3)
    few = gradient(expr, matrices[:2])
    A, B, C, D = matrices[:4]
    squared = product(1, [(A, (0, 1)), (B, (1, 2)), (A, (2, 3)), (C, (3, 0))], ())
    private = product(1, [(A, (0, 1)), (B, (1, 2)), (C, (2, 3)), (D, (3, 4))], ())
    diagonal = product(1, [(A, (0, 0)), (B, (0, 1)), (C, (1, 2)), (D, (2, 0))], ())
    for exprs in (few, [squared, *gradient(squared, [A, B, C])], [diagonal, *gradient(diagonal, [A, B])]):
        assert prepared_members(exprs) == 0
    for one in (squared, private, diagonal):
        exprs = [one, *gradient(one, [A, B, C])]
        values = values_of(matrices)
        used = {T.name for T in (A, B, C, D) if T in set(postorder(exprs))}
        given = {name: value for name, value in values.items() if name in used}
        for found, expected in zip(compile(exprs)(**given), exprs, strict=True):
            np.testing.assert_array_equal(found, reference(expected, given))


def test_rows_by_index_in_a_network() -> None:
    y, M, N, P = tensors("y[n] M[3,3] N[3,3] P[3,n]")
    expr = dot(one_hot(y, 3) @ M @ N, P.T)
    exprs = [expr, *gradient(expr, [M, N, P])]
    values = {**values_of([M, N]), "y": np.array([0, 2, 2, 1]), "P": np.arange(12.0).reshape(3, 4)}
    for found, expected in zip(compile(exprs)(**values), exprs, strict=True):
        np.testing.assert_array_equal(found, reference(expected, values))


def test_members_are_products_that_lack_one_factor() -> None:
    expr, matrices = chain(6, 4)
    exprs = simplify_all([expr, *gradient(expr, matrices)])
    members = find_members(postorder(exprs))
    missing = [members[node].missing for node in exprs if isinstance(node, Product)]
    assert missing[0] is None
    assert sorted(place for place in missing[1:] if place is not None) == list(range(6))
