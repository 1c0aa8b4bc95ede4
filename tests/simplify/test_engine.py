"""The simplifier as a whole: settled results, sharing, what is kept, and linear growth."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Expr, Product, Sum, constant
from bracketcalc.functions.forms import exp, tanh
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.simplify.products import drop_ones
from bracketcalc.simplify.rule import Rule
from bracketcalc.traverse import postorder
from tests.strategies import assert_same_value, expressions

A, B, C, v, s = tensors("A[n,n] B[n,n] C[n,n] v[n] s")


@given(expressions(depth=3), st.integers(0, 99))
@settings(max_examples=70)
def test_the_value_and_the_axes_are_kept(expr: Expr, seed: int) -> None:
    assert_same_value(simplify(expr), expr, seed)


@given(expressions(depth=3))
@settings(max_examples=70)
def test_a_simplified_expression_is_settled(expr: Expr) -> None:
    simple = simplify(expr)
    assert simplify(simple) == simple


@given(expressions(depth=3))
@settings(max_examples=60)
def test_the_result_depends_on_the_expression_only(expr: Expr) -> None:
    assert simplify(expr) == simplify(pickle.loads(pickle.dumps(expr)))


@given(st.lists(expressions(depth=2), min_size=2, max_size=3))
@settings(max_examples=60)
def test_several_expressions_keep_their_places(exprs: list[Expr]) -> None:
    for found, expr in zip(simplify_all(exprs), exprs, strict=True):
        assert_same_value(found, expr)


@given(expressions(depth=2), expressions(depth=2))
@settings(max_examples=60)
def test_keeping_other_expressions_changes_no_value(expr: Expr, other: Expr) -> None:
    (found,) = simplify_all([expr], keep=[other])
    assert_same_value(found, expr)


def test_a_product_used_once_is_opened_and_a_shared_one_is_not() -> None:
    once = simplify((A @ B) @ C)
    assert isinstance(once, Product)
    assert once.factors == (A, B, C)
    P = A @ B
    used, again = simplify_all([P @ C, tanh(P)])
    assert isinstance(used, Product)
    assert used.factors == (P, C)
    assert again == tanh(P)


def test_a_kept_product_is_not_opened() -> None:
    P = A @ B
    (found,) = simplify_all([P @ C], keep=[exp(P)])
    assert isinstance(found, Product)
    assert found.factors == (P, C)


def test_scalings_are_opened_though_they_are_shared() -> None:
    T = A.T
    one, two = simplify_all([T @ B, T @ C])
    assert isinstance(one, Product)
    assert isinstance(two, Product)
    assert (one.factors, two.factors) == ((A, B), (A, C))


def test_a_shared_sum_is_not_opened() -> None:
    S = A + B
    one, two = simplify_all([S + C, tanh(S)])
    assert one == S + C
    assert two == tanh(S)
    assert simplify((A + B) + C) == Sum((A, B, C))


def test_definitions_are_left_as_they_are() -> None:
    Z = define("Z", A + 0 * A)
    assert simplify(Z) == Z
    assert simplify(1 * Z) == Z
    assert simplify(Z + Z) == 2 * Z


def test_the_observer_sees_every_rule() -> None:
    seen: list[tuple[str, Expr, Expr]] = []

    def observe(rule: Rule, before: Expr, after: Expr) -> None:
        seen.append((rule.name, before, after))

    simplify_all([A + A], observe=observe)
    assert [name for name, *_ in seen] == ["collect_like_terms", "unwrap_single_term"]
    assert all(one[2] == two[1] for one, two in pairwise(seen))


# -- growth ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [20_000])
def test_long_chains(length: int) -> None:
    total: Expr = s
    deep: Expr = s
    nested: Expr = v
    for k in range(length):
        total = total + s if k % 2 else s + total
        deep = tanh(deep)
        nested = 1 * nested
    assert simplify(total) == (length + 1) * s
    assert simplify(deep) == deep
    assert simplify(nested) == v
    factors: Expr = s
    for _ in range(length):
        factors = s * factors
    assert_same_value(simplify(factors) * 0, s * 0)


def test_a_long_chain_of_matrices() -> None:
    expr: Expr = v
    for _ in range(2000):
        expr = A @ expr
    assert isinstance(simplify(expr), Product)
    assert len(simplify(expr).children) == 2001
    doubled = simplify(expr + expr)
    assert isinstance(doubled, Product)
    assert doubled.coefficient == 2


def test_work_grows_linearly_with_sharing_and_depth() -> None:
    """The number of rules applied to a chain of layers is a constant for each layer."""

    def applied(layers: int) -> int:
        count = 0

        def observe(*_step: object) -> None:
            nonlocal count
            count += 1

        x: Expr = v
        for _ in range(layers):
            h = tanh(1 * (A @ x))
            x = (h + 0 * h) * 1 + h
        (found,) = simplify_all([dot(x, x)], observe=observe)
        assert len(postorder([found])) <= 4 * layers + 4
        return count

    few, many = applied(20), applied(40)
    assert applied(60) - many == many - few > 0


def test_sharing_does_not_multiply_the_work() -> None:
    expr: Expr = s
    for _ in range(200):
        expr = tanh(expr) + exp(expr)
    assert len(postorder([simplify(expr)])) == len(postorder([expr])) == 601
    doubled: Expr = s
    for _ in range(60):
        doubled = doubled + doubled
    assert simplify(doubled) == 2**60 * s


def test_equal_chains_of_different_objects_are_one() -> None:
    """Two copies of a long chain that meet at every node are compared once."""
    one: Expr = v
    two: Expr = v
    terms = []
    for _ in range(4000):
        one, two = tanh(one), tanh(two)
        terms.append(one * two)
    assert len(postorder(terms)) == 1 + 2 * 4000


def test_looking_at_ones_leaves_an_expression_as_it_is() -> None:
    """Otherwise all that is above it would be made anew in each pass."""
    spread = outer(ones("n"), v)
    before = spread.children
    assert drop_ones(spread) is None
    assert simplify(tanh(spread)).children[0] is spread
    assert spread.children is before


def test_numbers() -> None:
    assert simplify(constant(2) * 3 + 1) == constant(7)
    assert simplify(s**0) == constant(1)
