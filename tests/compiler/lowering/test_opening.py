"""Sums inside products are opened where that takes much less work, and only there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.lowering.opening import with_opened_sums
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Sum
from bracketcalc.functions.forms import tanh
from bracketcalc.reference import evaluate as reference
from bracketcalc.simplify.engine import simplify_all

A, B, C, w, v, Z, u = tensors("A[n,d] B[n,d] C[d,n] w[n] v[d] Z[n,n] u[n]")
lam = scalar("lam")
SIZES = {"n": 300, "d": 5}
GRAM = lam * identity("n") + A @ A.T


def opened(exprs: Sequence[Expr], **sizes: int) -> list[bool]:
    """Return for each expression whether a sum in it was opened."""
    before = simplify_all(list(exprs))
    after = with_opened_sums(before, {**SIZES, **sizes}, PathTable())
    return [one != two for one, two in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    "expr",
    [
        GRAM @ w,
        (lam * identity("n") + A @ C) @ (A @ v),
        (identity("n") + A @ B.T + B @ A.T) @ w,
        tanh(2 * GRAM @ w),
        w @ (identity("n") - A @ C) @ (identity("n") - A @ B.T) @ B,
    ],
)
def test_products_of_sums_are_opened(expr: Expr) -> None:
    draw = np.random.default_rng(0)
    shapes = {"A": (7, 2), "B": (7, 2), "C": (2, 7), "w": (7,), "v": (2,), "Z": (7, 7), "lam": ()}
    arrays = {name: draw.standard_normal(shape) for name, shape in shapes.items()}
    large = {name: tuple([{7: 300, 2: 5}[n] for n in shape]) for name, shape in shapes.items()}
    f = compile(expr)
    taken = list(f.arguments)
    given = {name: arrays[name] for name in taken}
    np.testing.assert_allclose(f(**given), reference(expr, given), rtol=1e-12, atol=1e-12)
    assert f.report(**{name: large[name] for name in taken}).flops < 300 * 300 * 10


def test_sums_stay_closed_where_little_is_saved() -> None:
    assert opened([(A + outer(w, v)) @ v, (Z + A @ C) @ Z]) == [False, False]
    assert opened([(Z - outer(ones("n"), u)) @ u]) == [False]
    assert opened([(A @ C - Z) @ w, (2 * Z + A @ C) @ (A @ v), (tanh(Z) - A @ C) @ w]) == [False] * 3
    assert opened([GRAM @ Z]) == [True]
    assert opened([GRAM @ Z], d=300) == [False]
    assert opened([GRAM @ w], n=3, d=300) == [False]
    assert opened([GRAM @ w]) == [True]


@pytest.mark.parametrize("rank", [1, 20])
def test_small_residuals_keep_their_digits(rank: int) -> None:
    draw = np.random.default_rng(0)
    U, V = draw.standard_normal((200, rank)), draw.standard_normal((300, rank))
    values = {"U": U, "V": V, "D": U @ V.T + 1e-9 * draw.standard_normal((200, 300))}
    P, Q, D = tensors("U[n,k] V[m,k] D[n,m]")
    residual = P @ Q.T - D
    found = compile(gradient(dot(residual, residual), P))(**values)
    expected = 2 * (U @ V.T - values["D"]) @ V
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-13)


X, y, p = tensors("X[n,d] y[n] p[d]")
NORMAL = X.T @ (X @ p - y)


@pytest.mark.parametrize(
    ("constants", "dims"),
    [({"X", "y"}, {}), ({"X"}, {}), ({"y"}, {}), ({"X", "y", "p"}, {}), ({"X", "y"}, {"d": 300})],
)
def test_constants_are_multiplied_across_sums(constants: set[str], dims: dict[str, int]) -> None:
    (before,) = simplify_all([NORMAL])
    (after,) = with_opened_sums([before], {**SIZES, **dims}, PathTable(), constants)
    assert isinstance(after, Sum) == (constants == {"X", "y"} and not dims)


def test_a_residual_that_something_else_needs_stays_closed_for_constants_too() -> None:
    before = simplify_all([NORMAL, dot(X @ p - y, X @ p - y)])
    assert with_opened_sums(before, SIZES, PathTable(), {"X", "y"}) == before


@pytest.mark.parametrize("n", [400, 3, 1, 0])
def test_programs_with_constants_compute_the_same(n: int) -> None:
    draw = np.random.default_rng(0)
    bound = {"X": draw.standard_normal((n, 4)), "y": draw.standard_normal(n)}
    f = compile(NORMAL, constants=bound)
    given = draw.standard_normal(4)
    wanted = reference(NORMAL, {**bound, "p": given})
    np.testing.assert_allclose(f(p=given), wanted, rtol=1e-12, atol=1e-12)
    if n == 400:
        assert f.report(p=(4,)).flops < 100, "a product of 4 by 4, and a difference"


def test_sums_that_something_else_needs_stay_closed() -> None:
    assert opened([GRAM @ w, GRAM]) == [False, False]
    assert opened([GRAM @ w, tanh(A @ A.T)]) == [False, False]


def test_a_chosen_path_keeps_sums_closed() -> None:
    (before,) = simplify_all([GRAM @ w])
    assert with_opened_sums([before], SIZES, PathTable(regroups=False)) == [before]


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (1, 1)])
def test_sizes_0_and_1(sizes: tuple[int, int]) -> None:
    n, d = sizes
    values = {"A": np.ones((n, d)), "w": np.full(n, 2.0), "lam": np.array(3.0)}
    np.testing.assert_array_equal(compile(GRAM @ w)(**values), reference(GRAM @ w, values))


def test_the_terms_are_products_of_arrays() -> None:
    (before,) = simplify_all([GRAM @ w])
    (after,) = with_opened_sums([before], SIZES, PathTable())
    assert isinstance(after, Sum)
    assert len(after.terms) == 2
