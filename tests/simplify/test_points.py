"""Points of comparison: sizes that are told apart and stay small, arrays that have their facts."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import onehot, ones, tensor, tensors
from bracketcalc.expr.core import product
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne, facts_of, sums_to_one
from bracketcalc.simplify.fact_values import with_facts
from bracketcalc.simplify.points import exact_arrays, float_arrays, size_choices


@given(st.integers(1, 60))
@settings(max_examples=20)
def test_any_two_sizes_differ_once(count: int) -> None:
    exprs = tensors(" ".join(f"x{k}[n{k}]" for k in range(count)))
    choices = size_choices(exprs)
    for one, two in combinations([f"n{k}" for k in range(count)], 2):
        assert any(sizes[one] != sizes[two] for sizes in choices)


def test_sizes_are_smaller_where_there_are_many_axes() -> None:
    (A,) = tensors("A[n,n]")
    few, many = size_choices([outer(A, A)]), size_choices([outer(A, A, A, A)])
    assert max(sizes["n"] for sizes in few) == 5
    assert max(sizes["n"] for sizes in many) == 3


def test_polynomials_in_sizes_have_more_values_than_their_degree() -> None:
    choices = size_choices(tensors("A[n,m]"), degree=6)
    for name in ("n", "m"):
        assert len({sizes[name] for sizes in choices}) > 6


def test_what_would_take_minutes_is_refused() -> None:
    (A,) = tensors("A[n,n]")
    many = product(1, [(A, (i, j)) for i in range(30) for j in range(i)], ())
    with pytest.raises(BracketCalcError, match="cannot be compared"):
        size_choices([many])


def test_one_hots_fit() -> None:
    assert all(sizes["n"] > 9 for sizes in size_choices([ones("n"), onehot(9, "n")]))


FACTS: tuple[tuple[Any, ...], ...] = (
    (),
    ("symmetric",),
    ("diagonal",),
    ("orthogonal",),
    ("positive definite",),
    ("symmetric", "orthogonal"),
    ("diagonal", "orthogonal"),
    ("diagonal", "positive definite"),
    ("orthogonal", "positive definite"),
    (sums_to_one(0),),
    (sums_to_one(1),),
    (sums_to_one(2),),
    (sums_to_one(1), sums_to_one(2)),
    ("symmetric", sums_to_one(2)),
    ("symmetric", sums_to_one(0)),
    ("diagonal", sums_to_one(1)),
)


def holds(fact: AnyFact, array: Any) -> bool:
    """Return whether an array has a fact."""
    turned, eye = np.swapaxes(array, -1, -2), np.eye(array.shape[-1])
    if isinstance(fact, SumsToOne):
        return bool(np.allclose(array.sum(axis=fact.axis), 1))
    return {
        Fact.SYMMETRIC: bool(np.allclose(array, turned)),
        Fact.DIAGONAL: bool(np.allclose(array, array * eye)),
        Fact.ORTHOGONAL: bool(np.allclose(array @ turned, eye)),
        Fact.POSITIVE_DEFINITE: bool(np.allclose(array, turned) and np.all(np.linalg.eigvalsh(array) > 0)),
    }[fact]


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("seed", range(4))
def test_arrays_have_their_facts(facts: tuple[Any, ...], seed: int) -> None:
    X = tensor("X", (2, "n", "n"), assume=facts)
    exact = exact_arrays([X], {"n": 3}, seed)["X"]
    assert all(holds(fact, exact.astype(float)) for fact in X.facts)
    if SumsToOne(1) not in X.facts:
        assert len(np.unique(exact.astype(float))) >= 2
    for signed in (True, False):
        found = float_arrays([X], {"n": 3}, seed, 2.0, signed)["X"]
        assert all(holds(fact, found) for fact in X.facts)


def test_exact_facts_are_exact() -> None:
    Q = exact_arrays([tensor("Q", ("n", "n"), assume="orthogonal")], {"n": 4}, 0)["Q"]
    assert np.all(np.eye(4, dtype=int) == Q @ Q.T)
    Y = exact_arrays([tensor("Y", ("n", "k"), assume=sums_to_one(1))], {"n": 4, "k": 3}, 0)["Y"]
    assert np.all(Y.sum(axis=1) == 1)


def test_orthogonal_matrices_of_both_orientations_are_drawn() -> None:
    Q = tensor("Q", ("n", "n"), assume="orthogonal")
    found = [float_arrays([Q], {"n": 3}, seed, 1.0, True)["Q"] for seed in range(6)]
    assert {round(float(np.linalg.det(array))) for array in found} == {1, -1}
    turned = [array for array in found if np.linalg.det(array) > 0]
    assert all(abs(np.linalg.det(array + 0.5 * np.eye(3))) > 1e-6 for array in turned)


def test_labels_stay_positive() -> None:
    Y = tensor("Y", ("n", "k"), assume=sums_to_one(1))
    assert np.all(float_arrays([Y], {"n": 4, "k": 3}, 0, 1.0, False)["Y"] > 0)


def test_tensors_with_one_name_have_the_facts_of_all() -> None:
    plain, symmetric = tensor("S", ("n", "n")), tensor("S", ("n", "n"), assume="symmetric")
    for pair in ((plain, symmetric), (symmetric, plain)):
        array = exact_arrays(pair, {"n": 3}, 0)["S"]
        assert np.all(array == array.T)


@pytest.mark.parametrize(
    ("facts", "shape"),
    [
        (("orthogonal", sums_to_one(1)), (3, 3)),
        ((sums_to_one(0), sums_to_one(1)), (3, 4)),
        (("diagonal", sums_to_one(0)), (2, 3, 3)),
        ((sums_to_one(0),), (0, 3)),
    ],
)
def test_facts_for_which_no_values_are_known(facts: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).uniform(1, 2, shape)
    with pytest.raises(BracketCalcError, match="no values of X with shape"):
        with_facts("X", facts_of(facts), array, random.Random(0))
