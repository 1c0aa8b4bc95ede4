"""Random trees are written, read, and mean what they meant, in every spelling."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.core import Expr, Product
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.bracket import arrange, bracket
from bracketcalc.notation.bracket.meaning import meaning
from bracketcalc.notation.bracket.tree import Item
from bracketcalc.notation.parse import parse
from bracketcalc.traverse import tensors_in
from tests.notation.bracket.trees import SPELLINGS, trees, write
from tests.strategies import assert_same_value, numbers

COEFFICIENTS: dict[str, Number] = {"": 1, "-": -1, "2 ": 2, "-3": -3, "0.25": 0.25, "1.0": 1.0}


def given_names(value: Product) -> dict[str, Expr]:
    return {tensor.name: tensor for tensor in tensors_in([value])}


def check(tree: Item) -> None:
    expected = meaning(tree)
    names = given_names(expected)
    for spelling in SPELLINGS:
        text = write(tree, spelling)
        assert meaning(arrange(text, **names)) == expected, text
        found = bracket(text, **names)
        assert found in (expected, expected.factors[0] if expected.factors else expected), text
        assert parse(f"⟨{text}⟩", **names) == found, text


@given(trees())
@settings(max_examples=60)
def test_what_is_written_is_read(tree: Item) -> None:
    check(tree)


@pytest.mark.long
@given(trees(3))
@settings(max_examples=3000)
def test_much_that_is_written_is_read(tree: Item) -> None:
    check(tree)


@given(trees(1), st.sampled_from(sorted(COEFFICIENTS)))
@settings(max_examples=30)
def test_a_coefficient(tree: Item, text: str) -> None:
    expected = meaning(tree, COEFFICIENTS[text])
    names = given_names(expected)
    found = meaning(arrange(text + write(tree, SPELLINGS[0]), **names))
    assert found == expected
    assert type(found.coefficient) is type(expected.coefficient)


@given(trees(1), numbers())
@settings(max_examples=30)
def test_a_sum_of_terms(tree: Item, number: Number) -> None:
    one = meaning(tree)
    names = given_names(one)
    text = write(tree, SPELLINGS[0])
    found = bracket(f"{text} - 2 {text} + {{{number}}} {text}", **names)
    assert len(found.children) == 3
    assert_same_value(found, (number - 1) * one)
