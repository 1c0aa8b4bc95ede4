"""Sketches: expressions with one canonical form have one, and most others have different ones."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Size, Sum, constant, product
from bracketcalc.expr.facts import sums_to_one
from bracketcalc.functions.forms import conj, exp, imag, real, tanh
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.sketch import SketchTable
from bracketcalc.simplify.sums import collected
from tests import complex_expressions
from tests.simplify.test_assumed import chains, pairs
from tests.simplify.test_canonical import DIFFERENT
from tests.strategies import expressions, products, rewritten

A, B, v, w, s = tensors("A[n,n] B[n,n] v[n] w[n] s")


def check(exprs: list[Expr]) -> int:
    """Check that one form has one sketch, if it has any; return how many pairs had one form."""
    table = CanonicalTable()
    found: dict[int, list[tuple[int, Expr]]] = {}
    for expr in exprs:
        (_, number), sketch = table.form(expr), table.sketches.sketch(expr)
        if sketch is not None:
            found.setdefault(number, []).append((sketch, expr))
    for group in found.values():
        assert len({sketch for sketch, _ in group}) == 1, [expr for _, expr in group]
    return sum(len(group) - 1 for group in found.values())


@given(data=st.data())
@settings(max_examples=80)
def test_other_ways_to_write_a_product(data: st.DataObject) -> None:
    expr = data.draw(products((Size("n"), 4)) | products(()))
    check([expr, data.draw(rewritten(expr)), simplify(expr)])


@given(data=st.data())
@settings(max_examples=60)
def test_other_ways_to_write_a_sum(data: st.DataObject) -> None:
    terms = data.draw(st.lists(expressions((4, Size("n")), depth=1), min_size=1, max_size=4))
    nested = Sum((Sum(data.draw(st.permutations(terms))), constant(0) * terms[0]))
    check([nested, Sum(terms), 2 * Sum(terms), simplify(Sum(terms))])


@given(st.lists(expressions((4, 4), depth=2, smooth=False), min_size=6, max_size=10))
@settings(max_examples=40)
def test_random_expressions(exprs: list[Expr]) -> None:
    check([*exprs, *map(simplify, exprs), *[expr.T for expr in exprs]])


@given(st.lists(complex_expressions.expressions(depth=2), min_size=4, max_size=6))
@settings(max_examples=40)
def test_random_complex_expressions(exprs: list[Expr]) -> None:
    check([*exprs, *map(conj, exprs), *map(real, exprs), *map(imag, exprs), *map(simplify, exprs)])


@given(st.lists(chains(), min_size=8, max_size=12))
@settings(max_examples=40)
def test_random_chains_of_tensors_with_facts(exprs: list[Any]) -> None:
    check([*exprs, *map(simplify, exprs)])


@pytest.mark.parametrize("name", pairs(True))
def test_what_facts_make_equal(name: str) -> None:
    check(list(pairs(True)[name]))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (v * v / v**2 * v**3, v**3),
        ((2 * v) ** -2, v**-2 / 4),
        (A @ identity("n") @ B, 3 * (B.T @ A.T).T),
        (tanh(A @ B), tanh((B.T @ A.T).T)),
        ((A + 2 * B).T, 2 * B.T + A.T),
        (s * ones("n").sum(), Size("n") * s),
    ],
)
def test_one_sketch(one: Expr, two: Expr) -> None:
    assert check([one, two]) == 1


def test_what_might_be_equal_to_anything_has_none() -> None:
    table = SketchTable()
    rows = tensor("Y", ("n", "n"), assume=sums_to_one(1))
    turned = tensor("Q", ("n", "n"), assume="orthogonal")
    for expr in (
        A + (B - A),
        0 * A,
        v**0.5,
        rows @ A,
        turned.T @ A,
        define("R", rows) @ A,
        A + A,
        (A - A) @ B,
    ):
        assert table.sketch(expr) is None, expr


def test_most_different_things_are_apart() -> None:
    table = SketchTable()
    alike = [any(table.may_be_alike(pair)) for pair in combinations(DIFFERENT, 2)]
    assert sum(alike) < len(alike) / 2
    assert not any(table.may_be_alike([A @ B, A, v, exp(v), tanh(v), v * w, v**2, A + B]))
    assert table.may_be_alike([A @ B, v, B @ A]) == [True, False, True]
    assert table.may_be_alike([A @ B, v, B - B]) == [True, True, True]


def test_terms_that_are_apart_need_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Expr] = []
    numbered = CanonicalTable.form

    def form(table: CanonicalTable, expr: Expr) -> Any:
        seen.append(expr)
        return numbered(table, expr)

    monkeypatch.setattr(CanonicalTable, "form", form)
    assert str(simplify(A @ B + A.T + identity("n"))) == "A B + Aᵀ + I"
    assert seen == []
    assert simplify(A @ B + B + B) == A @ B + 2 * B
    assert B in seen
    assert A @ B not in seen


def test_multiples_with_the_same_factors_need_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Expr] = []
    numbered = CanonicalTable.form

    def form(table: CanonicalTable, expr: Expr) -> Any:
        seen.append(expr)
        return numbered(table, expr)

    monkeypatch.setattr(CanonicalTable, "form", form)
    table = CanonicalTable()
    turned = product(3, [(A, "ji"), (s, "")], "ij")
    assert collected([s * A / 2, A @ B, A * s / 2], table) == [s * A, A @ B]
    assert collected([turned, v @ v * A, product(-3, [(s, ""), (A, "ji")], "ij")], table) == [v @ v * A]
    assert seen == []
    # The same factors, but not on the same axes, or with a label summed.
    for apart in ([s * A, turned], [A @ B, product(1, [(A, "ki"), (B, "jk")], "ij")]):
        assert collected(apart, table) == apart
    assert collected([0 * A, A, A], table) == [2 * A]
    assert collected([0 * A, 0 * A], table) == []
    assert seen != []
