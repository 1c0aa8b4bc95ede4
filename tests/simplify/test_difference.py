"""What remains of two expressions, and when it is known not to be zero."""

from __future__ import annotations

import pytest

from bracketcalc.expr.algebra import outer, trace
from bracketcalc.expr.build import identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Size, product
from bracketcalc.functions.forms import exp, tanh
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.difference import are_independent, remaining_terms, size_degree

A, B, v, s, t = tensors("A[n,n] B[n,n] v[n] s t")
F, G, g, Z = tensors("F[2,2] G[3,3] g[3] Z[0,2]")
n = Size("n")
S = tensor("S", ("n", "n"), assume="symmetric")


def test_equal_terms_cancel() -> None:
    left = exp(A) + (A + B) @ (A + B) + tanh(B)
    right = A @ A + B @ A + tanh(B) + A @ B + B @ B
    assert remaining_terms(left, right, CanonicalTable()) == [exp(A)]


@pytest.mark.parametrize(("small", "count"), [(1e-16, 0), (1e-9, 1)])
def test_floats_cancel_up_to_rounding(small: float, count: int) -> None:
    assert len(remaining_terms(0.7 * s + (1 + small) * s, 1.7 * s, CanonicalTable())) == count


@pytest.mark.parametrize(
    ("terms", "independent"),
    [
        ([A, A.T], True),
        ([A @ A, A * A, outer(v, v)], True),
        ([n**3 * v, n * v], True),
        ([trace(A) * identity("n"), A], True),
        ([F @ F, F], False),
        ([F @ F @ F @ F], True),
        ([G @ G, G, G * G, outer(g, g)], True),
        ([Z], False),
        ([S, A], False),
        ([exp(A), A], False),
        ([v**-1 * v, ones("n")], False),
    ],
)
def test_independent_terms(terms: list[Expr], independent: bool) -> None:
    assert are_independent(terms, CanonicalTable()) is independent


def test_forms_that_depend_on_the_writing_tell_nothing() -> None:
    ring = product(1, [(A, (k, (k + 1) % 600)) for k in range(600)], ())
    assert are_independent([ring], CanonicalTable())
    assert not are_independent([ring, s], CanonicalTable())


def test_degree_in_the_sizes() -> None:
    assert size_degree([n**3 * n * v, n * v]) == 4
    assert size_degree([v]) == 0
