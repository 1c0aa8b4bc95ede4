"""Every operation keeps the value of random terms; inverses undo each other; what is written reads back."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import scalar, tensor
from bracketcalc.expr.core import Expr
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.parse import parse
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.bars import move_bar
from bracketcalc.rewrite.brackets import expand, flatten
from bracketcalc.rewrite.join import Join, swap_operands
from bracketcalc.rewrite.merging import merge
from bracketcalc.rewrite.names import rename
from bracketcalc.rewrite.order import move_summed, swap
from bracketcalc.rewrite.putting import put_in
from bracketcalc.rewrite.show import shown_latex, shown_text
from bracketcalc.rewrite.system import system
from bracketcalc.rewrite.taking import split_off, take_out
from bracketcalc.rewrite.term import BracketTerm, bracket_term
from tests.rewrite.random_terms import assert_same_value, is_small, random_term, terms

Copy = tuple[Expr, int]
"""A tensor and the number of its copy, from 1."""

Operation = Callable[[BracketTerm, Copy, Copy], BracketTerm]

OPERATIONS: tuple[tuple[str, Operation], ...] = (
    ("expand", lambda term, one, two: expand(term)),
    ("expand one", lambda term, one, two: expand(term, *one)),
    ("flatten", lambda term, one, two: flatten(term)),
    ("merge", lambda term, one, two: merge(term)),
    ("merge what was expanded", lambda term, one, two: merge(expand(term))),
    ("merge at one", lambda term, one, two: merge(expand(term), one)),
    ("merge at two", lambda term, one, two: merge(expand(term), one, two)),
    ("move_bar", lambda term, one, two: move_bar(term, *one)),
    ("swap", swap),
    ("move_summed", lambda term, one, two: move_summed(term)),
    ("move_summed one", lambda term, one, two: move_summed(term, *one, to="back")),
    ("move_summed after", lambda term, one, two: move_summed(term, after=one[0])),
    ("system", lambda term, one, two: system(term).term),
    ("put_in take_out", lambda term, one, two: put_in(take_out(term, *one))),
    ("put_in swapped", lambda term, one, two: put_in(swap_operands(take_out(term, *one)))),
    ("put_in split_off", lambda term, one, two: put_in(split_off(term, *one))),
    ("put_in split_off swapped", lambda term, one, two: put_in(swap_operands(split_off(term, *one)))),
)


def copies(term: BracketTerm) -> list[Copy]:
    """Return the occurrences of tensors in a term."""
    return list(dict.fromkeys([(one.tensor, one.copy + 1) for one in portions(term.tree)]))


def names(term: BracketTerm) -> dict[str, Expr]:
    """Return the tensors of a term by name."""
    return {tensor.name: tensor for tensor, _ in copies(term)}  # type: ignore[attr-defined]


@given(terms(), st.integers(0, 99), st.integers(0, 99), st.sampled_from(OPERATIONS))
@settings(max_examples=400, deadline=None)
def test_operations_keep_the_value(
    term: BracketTerm, first: int, second: int, operation: tuple[str, Operation]
) -> None:
    found = copies(term)
    assume(found)
    try:
        result = operation[1](term, found[first % len(found)], found[second % len(found)])
    except ArgumentError:
        assume(False)
    assert_same_value(result.expr, term.expr)
    assert bracket_term(str(result), **names(term)) == result


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_operations_do_something(name: str, operation: Operation) -> None:
    changed = 0
    for seed in range(120):
        term = random_term(seed)
        found = copies(term)
        if found and is_small(term):
            try:
                changed += operation(term, found[0], found[-1]) != term
            except ArgumentError:
                continue
    assert changed >= 5, name


@given(terms(), st.integers(0, 99), st.sampled_from([take_out, split_off]))
@settings(max_examples=150, deadline=None)
def test_joins_keep_the_value_and_read_back(
    term: BracketTerm, number: int, operation: Callable[[BracketTerm, Expr, int], Join]
) -> None:
    found = copies(term)
    assume(found)
    join = operation(term, *found[number % len(found)])
    swapped = swap_operands(join)
    assert swap_operands(swapped) == join
    for one in (join, swapped):
        assert_same_value(one.expr, term.expr)
        for text in (str(one), shown_text(one, ascii=True), shown_latex(one)):
            assert_same_value(parse(text, **names(term)), term.expr)


@pytest.mark.parametrize("number", [-1, 1, 2, -2, Fraction(-1, 2), 0.5, -0.5])
@pytest.mark.parametrize("text", ["c", "~A_1 A_2", "A_2 A_1"])
def test_numbers_beside_a_tensor_that_was_taken_out_read_back(number: Number, text: str) -> None:
    c, A = scalar("c"), tensor("A", (2, 3))
    term = BracketTerm(number, bracket_term(text, c=c, A=A).tree)
    for operation in (take_out, split_off):
        taken = operation(term, *copies(term)[0])
        for one in (taken, swap_operands(taken)):
            for shown in (str(one), shown_text(one, ascii=True), shown_latex(one)):
                assert_same_value(parse(shown, c=c, A=A), term.expr)
    for shown in (str(term), shown_text(term, ascii=True), shown_latex(term)):
        assert_same_value(parse(shown, c=c, A=A), term.expr)


@given(terms())
@settings(max_examples=60, deadline=None)
def test_terms_read_back(term: BracketTerm) -> None:
    for text in (str(term), shown_text(term, ascii=True), shown_latex(term)):
        assert bracket_term(text, **names(term)) == term
    found = system(term)
    for text in (str(found), shown_text(found, ascii=True), shown_latex(found)):
        assert_same_value(bracket(text, **names(term)), term.expr)
        assert_same_value(parse(text, **names(term)), term.expr)
        assert bracket_term(text, **names(term)) == found.term
    assert_same_value(bracket_term(term.expr).expr, term.expr)


@given(terms())
@settings(max_examples=60, deadline=None)
def test_operations_are_stable_and_undo_each_other(term: BracketTerm) -> None:
    expanded = expand(term)
    assert expand(expanded) == expanded
    assert flatten(flatten(term)) == flatten(term)
    front = move_summed(term)
    assert move_summed(front) == front
    assert move_summed(move_summed(front, to="back")) == front
    one = system(term)
    assert system(one.term) == one
    new = {tensor: f"Z{place}" for place, tensor in enumerate(names(term).values())}
    renamed = rename(term, new)  # type: ignore[arg-type]
    back = {name: tensor for tensor, name in new.items()}
    assert rename(renamed, back) == term  # type: ignore[arg-type]
