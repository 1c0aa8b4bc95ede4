"""Canonical forms: equal for every way of writing one product or sum, different for different values."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.algebra import outer, trace
from bracketcalc.expr.build import define, identity, ones, tensors
from bracketcalc.expr.core import Delta, Expr, Product, Size, Sum, Tensor, constant, product
from bracketcalc.functions.forms import leaky_relu, softmax, tanh
from bracketcalc.simplify.canonical import CanonicalTable
from tests.strategies import SIZES, arrays_for, expressions, products, rewritten, value

A, B, v, w, s, T = tensors("A[n,n] B[n,n] v[n] w[n] s T[n,n,n]")


def same(one: Expr, two: Expr) -> bool:
    """Return whether two expressions have one canonical form."""
    table = CanonicalTable()
    return table.form(one) == table.form(two)


@given(data=st.data())
@settings(max_examples=120)
def test_other_ways_to_write_a_product_have_its_form(data: st.DataObject) -> None:
    expr = data.draw(products((Size("n"), 4)) | products(()) | products((4,)))
    assert same(data.draw(rewritten(expr)), expr)


@given(data=st.data())
@settings(max_examples=100)
def test_terms_may_stand_in_any_order(data: st.DataObject) -> None:
    terms = data.draw(st.lists(expressions((4, Size("n")), depth=1), min_size=1, max_size=4))
    nested = Sum((Sum(data.draw(st.permutations(terms))), constant(0) * terms[0]))
    assert same(nested, Sum(terms))


@given(st.lists(expressions((Size("n"), 4), depth=2, smooth=False), min_size=6, max_size=10))
@settings(max_examples=30)
def test_one_form_means_one_value(exprs: list[Expr]) -> None:
    """Random expressions that have one form up to a coefficient have one value up to that coefficient."""
    table = CanonicalTable()
    arrays = arrays_for(exprs, 1)
    first: dict[int, tuple[float, Any]] = {}
    for expr in exprs:
        coefficient, number = table.form(expr)
        found = value(expr, arrays)
        scale, other = first.setdefault(number, (float(coefficient), found))
        np.testing.assert_allclose(scale * found, float(coefficient) * other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((A @ B).T, B.T @ A.T),
        (trace(A @ B), trace(B @ A)),
        (trace(A @ A @ B), trace(A @ B @ A)),
        (v * v, v**2),
        (v * v / v**2 * v**3, v**3),
        (v @ A @ w, w @ A.T @ v),
        (A @ identity("n"), A),
        (identity("n", 3).sum(axis=1), identity("n")),
        (identity("n").sum(), Size("n") * 1),
        (ones("n", 4).sum(), 4 * Size("n")),
        (ones("n", 4), outer(ones("n"), ones(4))),
        (2 * (A + B), 2 * B + 2 * A),
        (A + (B + A), 2 * A + B),
        (A - A, 0 * A),
        (s * constant(3), 3 * s),
        (tanh(A @ B), tanh((B.T @ A.T).T)),
        (leaky_relu(A, 0.5), leaky_relu(A, Fraction(1, 2))),
        ((2 * v) ** -2, v**-2 / 4),
        (outer(v, w, v), outer(v, w, v).transpose(2, 1, 0)),
        (product(1, [(T, "aab")], "b"), product(1, [(T, "ijk"), (Delta(Size("n"), 2), "ij")], "k")),
        (1e200 * (1e200 * s), 1e200 * (1e200 * s * 1)),
    ],
)
def test_equal_forms(one: Expr, two: Expr) -> None:
    assert same(one, two)


DIFFERENT: tuple[Expr, ...] = (
    A @ B,
    B @ A,
    A @ B.T,
    A.T @ B,
    A * B,
    A * B.T,
    A,
    A.T,
    A + B,
    A - B,
    A + 2 * B,
    A @ A,
    A**2,
    A**-1,
    tanh(A),
    softmax(A),
    softmax(A, axis=0),
    outer(v, w),
    outer(w, v),
    identity("n"),
    ones("n", "n"),
    ones("n", "m"),
    product(1, [(T, "aab"), (v, "c")], "bc"),
    product(1, [(T, "aba"), (v, "c")], "bc"),
    product(1, [(T, "baa"), (v, "c")], "bc"),
    product(1, [(T, "aac"), (v, "b")], "bc"),
    product(1, [(A, "ij"), (v, "k"), (w, "k")], "ij"),
    product(1, [(A, "ij"), (v, "k"), (w, "l")], "ij"),
    product(1, [(A, "ij"), (A, "jk"), (A, "ki"), (B, "ab")], "ab"),
    product(1, [(A, "ij"), (A, "jk"), (A, "ik"), (B, "ab")], "ab"),
    0 * A,
    1e-200 * (1e-200 * A),
    define("Z", A),
    define("Y", A),
    Tensor("A", (Size("n"), 4)),
    constant(2) * ones("n", "n"),
)


def test_different_things_have_different_forms() -> None:
    table = CanonicalTable()
    forms = {index: table.form(expr) for index, expr in enumerate(DIFFERENT)}
    clashes = [(DIFFERENT[i], DIFFERENT[j]) for i, j in combinations(forms, 2) if forms[i] == forms[j]]
    assert clashes == []


def test_zero_has_one_form_for_its_sizes() -> None:
    table = CanonicalTable()
    assert table.form(A - A) == table.form(0 * B) == table.form((A - A) @ B)
    assert table.form(0 * A) != table.form(0 * T)


def test_the_symmetry_of_a_square_and_of_a_ring() -> None:
    """Nothing but the search tells the corners of a ring apart; rotated rings are one."""
    for size in (3, 4, 6):
        ring = [(A, (k, (k + 1) % size)) for k in range(size)]
        turned = [(A, ((3 * size - k) % size, (3 * size + 1 - k) % size)) for k in range(size)]
        assert same(product(1, ring, ()), product(1, turned, ()))
    two_rings = [(A, (0, 1)), (A, (1, 2)), (A, (2, 0)), (A, (3, 4)), (A, (4, 5)), (A, (5, 3))]
    assert not same(product(1, two_rings, ()), product(1, [(A, (k, (k + 1) % 6)) for k in range(6)], ()))


def test_large_products_still_have_forms() -> None:
    def chain(length: int) -> Expr:
        expr: Expr = v
        for _ in range(length):
            expr = A @ expr
        return expr

    assert same(chain(100), chain(100))
    assert not same(chain(100), chain(101))
    wide = product(1, [(v, (k,)) for k in range(200)], ())
    assert isinstance(wide, Product)
    assert same(wide, product(1, [(v, (k,)) for k in reversed(range(200))], ()))


def test_the_sizes_of_the_strategies_differ() -> None:
    assert len(set(SIZES.values())) == len(SIZES)
