"""Equality: what is proven, what is found by evaluation, and what is close but different."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import BracketCalcError, ShapeError
from bracketcalc.expr.algebra import diag, outer, trace
from bracketcalc.expr.build import define, identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size, Sum, as_expr
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
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from tests.strategies import expressions, products, rewritten

A, B, C, M, v, w, s, t = tensors("A[n,m] B[n,m] C[m,k] M[n,n] v[n] w[n] s t")
n, m = Size("n"), Size("m")
X = tensors("X[3,4]")[0]

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
)


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_equal(left: Expr, right: Expr) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different(left: Expr, right: Expr) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


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
