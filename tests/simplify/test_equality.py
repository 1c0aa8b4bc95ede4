"""Equality: what is proven, what is found by evaluation, and what is close but different."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, combinations, pairwise
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import BracketCalcError, ShapeError
from bracketcalc.expr.algebra import diag, dot, outer, trace
from bracketcalc.expr.build import define, identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size, Sum, as_expr, product
from bracketcalc.functions.forms import (
    abs,
    cos,
    cosh,
    det,
    exp,
    inv,
    log,
    log_softmax,
    maximum,
    minimum,
    relu,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
)
from bracketcalc.simplify import expansion, sums
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from tests.strategies import expressions, products, rewritten

A, B, C, M, v, w, s, t = tensors("A[n,m] B[n,m] C[m,k] M[n,n] v[n] w[n] s t")
n, m = Size("n"), Size("m")
X = tensors("X[3,4]")[0]
D = tensors("D[n,m]")[0]
X2 = tensors("Y[2,2]")[0]
det2 = (trace(X2) ** 2 - trace(X2 @ X2)) / 2
p1, p2, p3, p4, p5, p6 = (trace(power) for power in accumulate([M] * 6, lambda one, two: one @ two))

EQUAL: tuple[tuple[Expr, Expr], ...] = (
    ((A @ C).T, C.T @ A.T),
    ((A + B) @ C, A @ C + B @ C),
    ((A + B) * (A - B), A**2 - B**2),
    ((s + t) ** 3, s**3 + 3 * s**2 * t + 3 * s * t**2 + t**3),
    (trace(outer(v, w)), v @ w),
    (diag(v) @ A, outer(v, ones("m")) * A),
    ((A / B) / (B / A), A**2 / B**2),
    (1 / (1 / s + 1 / t), s * t / (s + t)),
    (identity("n").sum() * v, n * v),
    ((n + 1) * (n - 1) * v, n**2 * v - v),
    (ones("n", "m").sum(), m * n),
    (define("Z", A * A), A**2),
    (define("Z", A) + define("Y", B), B + A),
    (0.1 * s + 0.2 * s, 0.3 * s),
    (s * 2 ** Fraction(1, 2) * sqrt(as_expr(2)), 2 * s),
    (exp(s) * exp(t), exp(s + t)),
    (log(s) + log(t), log(s * t)),
    (sin(A) ** 2 + cos(A) ** 2, 1 + 0 * A),
    (s * (sin(t) ** 2 + cos(t) ** 2 - 1), 0 * s),
    (softplus(v), log(1 + exp(v))),
    (sigmoid(v), 1 - sigmoid(-v)),
    (1 - tanh(v) ** 2, cosh(v) ** -2),
    (relu(v) - relu(-v), v),
    (abs(v), v * sign(v)),
    (sqrt(v**2), abs(v)),
    (maximum(v, 50) + minimum(v, 50), v + 50),
    (log(softmax(A)), log_softmax(A)),
    (softmax(A + outer(v, ones("m"))), softmax(A)),
    (det(M @ M), det(M) ** 2),
    (M @ inv(M), identity("n")),
    (log(s - 2) * (s + 1), s * log(s - 2) + log(s - 2)),
    ((X - X) ** -1, (2 * X - 2 * X) ** -1),
    (identity(3) ** -1 * 2, 2 / identity(3)),
    (0.1 * s + 0.2 * s - 0.3 * s + t, t),
    (0.1 * s + 0.2 * s + sin(v) ** 2 + cos(v) ** 2, 1 + 0.3 * s + 0 * v),
    (log(sin(s) ** 2 + cos(s) ** 2) + t, t),
    ((X2 @ X2) - trace(X2) * X2 + det2 * identity(2), 0 * X2),
    (exp(s) * tanh(s + 15), tanh(15 + s) * exp(s)),
)

DIFFERENT: tuple[tuple[Expr, Expr], ...] = (
    (M, M.T),
    (M @ M, M * M),
    (A, 2 * A),
    (A, A * (1 + Fraction(1, 10**12))),
    (s, s + Fraction(1, 10**30)),
    (s**7, s**7 + Fraction(1, 10**9) * t),
    (n * v, n**2 * v),
    (n * v, m * v),
    (outer(v, w), outer(w, v)),
    (relu(v), v),
    (abs(v), v),
    (sign(v), 1 + 0 * v),
    (sqrt(v**2), v),
    (maximum(v, 5), v),
    (maximum(v, 5), 5 + 0 * v),
    (minimum(v, 20), v),
    (relu(v - 10), 0 * v),
    (1e-10 * exp(v), 2e-10 * exp(v)),
    (exp(v) + 1e-5 * v, exp(v)),
    (exp(v), exp(v) * (1 + 1e-6)),
    (sin(v), v),
    (softmax(A), softmax(A, axis=0)),
    (tanh(A), sigmoid(A)),
    (log(s - 2) * t, log(s - 2)),
    (define("Z", A), define("Z", B)),
    (identity(3), ones(3, 3)),
    (exp(A).sum() + 1e-12 * dot(D, D), exp(A).sum()),
    (A + Fraction(1, 10**13) * exp(D), A),
    (A + 1e-13 * D, A),
    (X + 1e-200 * relu(X), X),
    (sin(A) ** 2 + cos(A) ** 2 + 1e-13 * D, 1 + 0 * A),
    (tanh(A + 15), 1 + 0 * A),
    (sigmoid(A - 30), 0 * A),
    (sigmoid(A + 40) * exp(D), exp(D)),
    ((n - 2) * (n - 3) * (n - 4) * (n - 5) * v, 0 * v),
    ((n - 2) * (n - 3) * (n - 4) * (n - 5) * exp(v), 0 * v),
    ((n - 2) * (n - 3) * (n - 5) * (m - 2) * X, 0 * X),
    (trace(identity("n")) ** 3 * s + (n - 5) * s, n**3 * s),
)


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal(left: Expr, right: Expr) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different(left: Expr, right: Expr) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


def test_identities_of_small_matrices_only() -> None:
    """By Newton's formula for the 6th elementary symmetric function, which is 0 for up to 5 eigenvalues."""
    powers = [p1, p2, p3, p4, p5, p6]
    elementary: list[Expr] = [as_expr(1)]
    for k in range(1, 7):
        parts = [(-1) ** (j + 1) * elementary[k - j] * powers[j - 1] for j in range(1, k + 1)]
        elementary.append(Fraction(1, k) * Sum(parts))
    assert not equal(elementary[6], 0)


def test_numbers_are_expressions() -> None:
    assert equal(as_expr(2), 2)
    assert equal(Fraction(1, 2), 0.5)
    assert not equal(1, scalar("s") ** 0 * 2)


def test_many_sizes_are_told_apart() -> None:
    """More names than there are small values: no two of them always have one value."""
    sizes = [Size(f"n{k}") for k in range(14)]
    total = sum(sizes, as_expr(0))
    for k, size in enumerate(sizes[1:], 1):
        assert not equal(size * exp(s) + total, sizes[0] * exp(s) + total), k
        assert not equal(size * s + total, sizes[0] * s + total), k


def test_long_products_are_compared_quickly() -> None:
    """Evaluating a product over all of its labels at once would take minutes here."""
    names = "abcdefghijklm"
    left: Expr = tensors("v[a]")[0]
    matrices = tensors(" ".join(f"M{i}{j}[{i},{j}]" for i, j in pairwise(names)))
    for matrix in matrices:
        left = left @ matrix
    assert not equal(left, left + left)
    assert equal(left * s - left, (s - 1) * left)


def test_products_that_repeat_a_tensor_are_compared_quickly() -> None:
    """All pairs of 13 labels: sums over 2^13 indices, 13! ways to name the labels."""
    pairs = list(combinations(range(13), 2))
    left = product(1, [(M, pair) for pair in pairs], ())
    right = product(1, [(M, (12 - j, 12 - i)) for i, j in pairs], ())
    start = perf_counter()
    assert equal(left, right)
    assert not equal(left, 2 * left)
    assert perf_counter() - start < 2


@pytest.mark.parametrize("count", [100, 800])
def test_long_sums_are_compared_in_linear_time(count: int) -> None:
    """Not all the shorter sums inside are collected too."""
    total: Expr = tanh(v)
    for k in range(1, count):
        total = total + tanh(v + k)
    calls = [0]
    collected = sums.collected

    def counted(terms: Sequence[Expr], *rest: Any) -> list[Expr]:
        calls[0] += len(terms)
        return collected(terms, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "collected", counted)
        assert not equal(total, 2 * total)
    assert calls[0] < 40 * count


def test_deep_sums_that_are_shared_are_compared() -> None:
    total: Expr = v
    for _ in range(40):
        total = tanh(total) * total + total
    assert not equal(total, 1.5 * total)


def test_large_matrices_are_not_evaluated() -> None:
    P, Q = tensors("P[2000,3000] Q[3000,4000]")
    assert not equal(P @ Q, 2 * (P @ Q))
    assert equal((P @ Q).T, Q.T @ P.T)


def test_different_sizes_cannot_be_compared() -> None:
    with pytest.raises(ShapeError, match=r"A has sizes \(n, m\), C has sizes \(m, k\)"):
        equal(A, C)


def test_undefined_everywhere() -> None:
    with pytest.raises(BracketCalcError, match="are not both defined at any point"):
        equal(log(-1 - s**2), 1 + log(-1 - s**2))


def test_no_elements() -> None:
    (E,) = tensors("E[0,n]")
    assert equal(exp(E), sin(E) + 2)
    assert equal(exp(E).sum(), 0)


@given(expressions(depth=2))
@settings(max_examples=40)
def test_a_simplified_expression_is_equal(expr: Expr) -> None:
    assert equal(simplify(expr), expr)


@given(data=st.data())
@settings(max_examples=40)
def test_what_is_written_otherwise_is_equal(data: st.DataObject) -> None:
    expr = data.draw(products((Size("n"), 4)))
    assert equal(data.draw(rewritten(expr)), expr)


@given(products((Size("n"), 4)))
@settings(max_examples=40)
def test_one_more_is_different(expr: Expr) -> None:
    assert not equal(expr, Sum((expr, 1 + 0 * expr)))


def test_no_warning_leaks() -> None:
    with np.errstate(all="raise"):
        assert not equal(log(s - 2), log(s - 2) + t)
        assert not equal(exp(exp(exp(9 * v))), exp(exp(exp(9 * w))))
