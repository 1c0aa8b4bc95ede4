"""Facts about tensors: how they are given, and what is refused."""

from __future__ import annotations

import pickle

import pytest

import bracketcalc as bc
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.facts import Fact, SumsToOne


def test_a_fact_is_part_of_the_tensor() -> None:
    plain, known = bc.tensor("S", ("n", "n")), bc.tensor("S", ("n", "n"), assume="symmetric")
    assert plain != known
    assert known.facts == {Fact.SYMMETRIC}
    assert plain.facts == frozenset()
    assert known == bc.tensor("S", ("n", "n"), assume=Fact.SYMMETRIC)


def test_several_facts_survive_pickling() -> None:
    Y = bc.tensor("Y", ("n", "n"), assume=("positive definite", "symmetric", bc.sums_to_one(axis=1)))
    copy = pickle.loads(pickle.dumps(Y))
    assert copy == Y
    assert copy.facts == {Fact.POSITIVE_DEFINITE, Fact.SYMMETRIC, SumsToOne(1)}


@pytest.mark.parametrize("fact", ["symmetric", "diagonal", "orthogonal", "positive definite"])
def test_a_fact_about_matrices_needs_a_square_one(fact: str) -> None:
    with pytest.raises(ShapeError, match=rf"S with sizes \(n, k\) cannot be {fact}"):
        bc.tensor("S", ("n", "k"), assume=fact)
    assert bc.tensor("S", ("m", "n", "n"), assume=fact).ndim == 3


def test_what_is_no_fact_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'symetric' is not a fact"):
        bc.tensor("S", ("n", "n"), assume="symetric")
    with pytest.raises(ShapeError, match="no axis 2 that could sum to one"):
        bc.tensor("Y", ("n", "k"), assume=bc.sums_to_one(axis=2))


@pytest.mark.parametrize("fact", ["orthogonal", "positive definite"])
def test_facts_about_real_matrices(fact: str) -> None:
    with pytest.raises(ArgumentError, match=f"A cannot be complex and {fact}"):
        bc.tensor("A", ("n", "n"), assume=["complex", fact])
    assert bc.tensor("A", ("n", "n"), assume=["complex", "symmetric"]).facts
