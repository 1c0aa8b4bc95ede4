"""Multiplying out: polynomials in tensors are proven equal, and nothing grows beyond the limits."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings

from bracketcalc.expr.algebra import outer, trace
from bracketcalc.expr.build import identity, tensors
from bracketcalc.expr.core import Expr, Product, Sum
from bracketcalc.functions.forms import exp, tanh
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.expansion import MAX_TERMS, expand
from bracketcalc.traverse import expand_definitions, postorder
from tests.strategies import assert_same_value, expressions

A, B, C, v, w, s, t = tensors("A[n,n] B[n,n] C[n,n] v[n] w[n] s t")
F, G = tensors("F[7,5] G[7,5]")
eye = identity("n")


def chain(expr: Expr, length: int) -> Expr:
    """Return the matrix product of an expression with itself."""
    result = expr
    for _ in range(length - 1):
        result = result @ expr
    return result


PROVEN: tuple[tuple[Expr, Expr], ...] = (
    (
        outer(A, outer(A, B) + outer(B, A)) + outer(B, A, A),
        outer(A, A, B) + outer(A, B, A) + outer(B, A, A),
    ),
    (
        outer(F, outer(F, G) + outer(G, F)) + outer(G, F, F),
        outer(F, F, G) + outer(F, G, F) + outer(G, F, F),
    ),
    ((A + B) @ C, A @ C + B @ C),
    (chain(A + B, 2), A @ A + A @ B + B @ A + B @ B),
    (chain(eye + A, 4), eye + 4 * A + 6 * chain(A, 2) + 4 * chain(A, 3) + chain(A, 4)),
    (chain(A + B, 5), chain(A + B, 2) @ (A @ (A + B) + B @ (A + B)) @ (A + B)),
    ((s + t) ** 12, (s**2 + 2 * s * t + t**2) ** 6),
    ((v + w) ** 2 * v, v**3 + 2 * v**2 * w + w * w * v),
    (trace((A + B) @ (A - B)), trace(A @ A) - trace(B @ B)),
    ((v + w) @ (A - A.T) @ (v + w), 0 * s),
    (tanh(A @ (B + C)), tanh(A @ C + A @ B)),
    (exp((A + B) @ v) * w, w * exp(A @ v + B @ v)),
    ((A * (B + C)) ** -1, (A * B + C * A) ** -1),
)


@pytest.mark.parametrize(("one", "two"), PROVEN)
def test_polynomials_have_one_form(one: Expr, two: Expr) -> None:
    table = CanonicalTable()
    left, right = expand([one, two], table)
    assert table.form(left) == table.form(right)
    assert equal(one, two)


@pytest.mark.parametrize(("one", "two"), PROVEN)
def test_one_more_term_is_seen(one: Expr, two: Expr) -> None:
    table = CanonicalTable()
    (term, *rest) = one.children if isinstance(one, Sum) else (one,)
    left, right = expand([Sum((term, term, *rest)), Sum((two, 0 * two))], table)
    if term.ndim or not isinstance(two, Product) or two.coefficient != 0:
        assert table.form(left) != table.form(right)
        assert not equal(left, right)


@given(expressions(depth=3))
@settings(max_examples=80)
def test_the_value_is_kept(expr: Expr) -> None:
    plain = expand_definitions([expr])
    (found,) = expand(plain, CanonicalTable())
    assert_same_value(found, expr)


def test_no_sum_grows_beyond_the_limit() -> None:
    long = outer(*[v + w] * 20)
    (found,) = expand([long], CanonicalTable())
    assert max(len(node.children) for node in postorder([found])) <= MAX_TERMS
    deep: Expr = v
    for _ in range(30):
        deep = (deep + w) * (deep + A @ deep)
    (found,) = expand([deep], CanonicalTable())
    assert len(postorder([found])) < 1000


def test_equal_tensors_of_six_axes_are_proven_quickly() -> None:
    """Evaluated at random points, 13 seconds passed."""
    one, two = PROVEN[1]
    start = perf_counter()
    assert equal(one, two)
    assert perf_counter() - start < 1
