"""Declared facts: what they make equal, what stays different without them, and what is printed."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.algebra import diag, einsum, outer, trace
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.expr.facts import AnyFact, Fact, sums_to_one
from bracketcalc.expr.nodes import Definition
from bracketcalc.functions.forms import det, exp, inv, log, softmax, tanh
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.known import known_facts
from tests.strategies import arrays_for, value

A, Z, v, w, s = tensors("A[n,n] Z[n,k] v[n] w[n] s")
eye, e = identity("n"), ones("n")


def pairs(assumed: bool) -> dict[str, tuple[Expr, Expr]]:
    """Return pairs that are equal if the facts are assumed, and different if not."""

    def given_facts(*facts: Any) -> tuple[Any, ...]:
        return facts if assumed else ()

    def square(name: str, *facts: Any) -> Expr:
        return tensor(name, ("n", "n"), assume=given_facts(*facts))

    S, P = square("S", "symmetric"), square("P", "positive definite")
    D, E = square("D", "diagonal"), square("E", "diagonal")
    Q, R = square("Q", "orthogonal"), square("R", "orthogonal", "symmetric")
    B = tensor("B", ("m", "n", "n"), assume=given_facts("symmetric"))
    O = tensor("O", ("m", "n", "n"), assume=given_facts("orthogonal"))  # noqa: E741
    Y = tensor("Y", ("n", "k"), assume=given_facts(sums_to_one(1)))
    p = tensor("p", ("k",), assume=given_facts(sums_to_one(0)))
    rows = outer(Y.sum(axis=1), ones("k"))
    return {
        "symmetric": (S.T, S),
        "symmetric quadratic form": (v @ S @ w, w @ S @ v),
        "symmetric product": ((S @ A).T, A.T @ S),
        "symmetric between": ((S @ A @ S).T, S @ A.T @ S),
        "symmetric element-wise": (S * S.T, S**2),
        "symmetric trace": (trace(S @ A), trace(S @ A.T)),
        "symmetric square": ((S @ S).T, S @ S),
        "symmetric function": (tanh(S).T @ v, tanh(S) @ v),
        "symmetric inverse": (inv(S).T, inv(S)),
        "symmetric stack": (B.transpose(0, 2, 1) + B, 2 * B),
        "symmetric definition": (define("T", S).T, S),
        "diagonal": (D.T, D),
        "diagonal commutes": (D @ E, E @ D),
        "diagonal scales": (D @ A, outer(diag(D), e) * A),
        "diagonal sum": (D @ e, diag(D)),
        "diagonal mask": (D * eye, D),
        "diagonal square": (D @ D, D**2),
        "diagonal trace": (trace(D @ A), diag(D) @ diag(A)),
        "diagonal inverse": (inv(D), diag(1 / diag(D))),
        "orthogonal": (Q.T @ Q, eye),
        "orthogonal other side": (Q @ Q.T, eye),
        "orthogonal inverse": (inv(Q), Q.T),
        "orthogonal change": (Q @ (Q.T @ A @ Q) @ Q.T, A),
        "orthogonal norm": ((Q @ v) @ (Q @ w), v @ w),
        "orthogonal rows": ((Q * Q).sum(axis=1), e),
        "orthogonal all": ((Q * Q).sum(), eye.sum()),
        "orthogonal determinant": (det(Q) ** 2, 1 + 0 * s),
        "orthogonal symmetric": (R @ R, eye),
        "orthogonal symmetric inverse": (inv(R), R),
        "orthogonal stack": (einsum("mij,mkj->mik", O, O), outer(ones("m"), eye)),
        "positive definite": (P.T, P),
        "positive definite inverse": (inv(P).T, inv(P)),
        "softmax minus labels": (softmax(Z) * rows - Y, softmax(Z) - Y),
        "sum of a vector": (p.sum() * v, v),
        "sum of all": (Y.sum(), e.sum()),
        "sum in a function": (log(rows * exp(Z)), log(exp(Z))),
    }


NAMES = tuple(pairs(assumed=True))


@pytest.mark.parametrize("name", NAMES)
def test_equal_with_the_fact_only(name: str) -> None:
    left, right = pairs(assumed=True)[name]
    assert equal(left, right)
    assert equal(right, left)
    assert not equal(left, right + 1)
    assert not equal(*pairs(assumed=False)[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "orthogonal determinant"])
def test_the_canonical_form_knows_the_fact(name: str) -> None:
    table = CanonicalTable()
    left, right = [simplify(expr) for expr in pairs(assumed=True)[name]]
    left, right = [expr.body if isinstance(expr, Definition) else expr for expr in (left, right)]
    assert table.form(left) == table.form(right)


S, T = [tensor(name, ("n", "n"), assume="symmetric") for name in "ST"]
D = tensor("D", ("n", "n"), assume="diagonal")
Q = tensor("Q", ("n", "n"), assume="orthogonal")
Y = tensor("Y", ("n", "k"), assume=sums_to_one(1))


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (S + S.T, "2 S"),
        (A @ S.T, "A S"),
        (inv(S).T @ v, "S^{-1} v"),
        (Q.T @ Q @ v, "v"),
        (inv(Q) @ v, "Qᵀ v"),
        (trace(Q.T @ A @ Q), "tr(A)"),
        (D @ e, "diag(D)"),
        (D.T @ A, "D A"),
        (D * eye, "D"),
        (Y.sum(axis=1), "𝟏_{n}"),
        (softmax(Z) * outer(Y.sum(axis=1), ones("k")) - Y, "softmax^{1}(Z) - Y"),
        (Y.sum(axis=0), "Yᵀ 𝟏"),
    ],
)
def test_what_is_printed(expr: Expr, text: str) -> None:
    assert str(simplify(expr)) == text


def test_what_is_known_of_other_expressions() -> None:
    assert Fact.SYMMETRIC in known_facts(define("Z", inv(tanh(S))))
    assert Fact.DIAGONAL in known_facts(inv(D))
    assert Fact.DIAGONAL in known_facts(D**2)
    assert Fact.DIAGONAL not in known_facts(D**-1)
    assert Fact.DIAGONAL not in known_facts(exp(D))
    assert Fact.ORTHOGONAL not in known_facts(Q**2)
    assert known_facts(S @ S) == known_facts(A) == frozenset()


FACTORS: tuple[tuple[Expr, bool], ...] = ((S, True), (T, True), (tanh(S), True), (A, False), (inv(T), True))


@st.composite
def turned(draw: st.DrawFn) -> tuple[Product, Product]:
    """Return a product, and the same with some of its symmetric factors transposed, in another order."""
    labels = st.tuples(st.integers(0, 4), st.integers(0, 4))
    found = draw(st.lists(st.tuples(st.sampled_from(FACTORS), labels), min_size=1, max_size=5))
    again = draw(st.permutations(found))
    again = [
        ((f, even), names[::-1] if even and draw(st.booleans()) else names) for (f, even), names in again
    ]
    used = sorted({name for _, names in found for name in names})
    output = draw(st.permutations(used))[: draw(st.integers(0, 3))]
    one, two = [product(1, [(f, names) for (f, _), names in row], output) for row in (found, again)]
    return one, two


@given(turned())
@settings(max_examples=100)
def test_symmetric_factors_may_be_turned(pair: tuple[Product, Product]) -> None:
    table = CanonicalTable()
    assert table.form(pair[0]) == table.form(pair[1])


@st.composite
def chains(draw: st.DrawFn) -> Product:
    """Return a product of a few of the tensors, with any meetings of their axes."""
    facts: list[AnyFact] = [Fact.SYMMETRIC, Fact.DIAGONAL, Fact.ORTHOGONAL, sums_to_one(1)]
    matrices = [tensor(f"X{k}", (3, 3), assume=fact) for k, fact in enumerate(facts)]
    labels = st.tuples(st.integers(0, 3), st.integers(0, 3))
    found = draw(st.lists(st.tuples(st.sampled_from(matrices), labels), min_size=1, max_size=4))
    used = sorted({name for _, names in found for name in names})
    return product(1, found, used[: draw(st.integers(0, min(2, len(used))))])


@given(st.lists(chains(), min_size=8, max_size=12))
@settings(max_examples=60)
def test_one_form_means_one_value(exprs: list[Product]) -> None:
    table = CanonicalTable()
    arrays = arrays_for(exprs, 1)
    for one, two in combinations(exprs, 2):
        if one.ndim == two.ndim:
            left, right = value(one, arrays), value(two, arrays)
            (scale, form), (other, other_form) = table.form(one), table.form(two)
            if form == other_form:
                np.testing.assert_allclose(float(other) * left, float(scale) * right, atol=1e-9)


@given(chains())
@settings(max_examples=60)
def test_simplified_products_keep_their_value_and_settle(expr: Product) -> None:
    arrays = arrays_for([expr], 2)
    simple = simplify(Sum((expr, expr)))
    np.testing.assert_allclose(value(simple, arrays), 2 * value(expr, arrays), atol=1e-9)
    assert simplify(simple) == simple
