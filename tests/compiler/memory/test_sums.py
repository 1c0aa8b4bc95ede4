"""Sums as products with ones: equal values, where they are made, and how exact long ones are."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.memory.sums import LONGEST_KEPT, LONGEST_ROW
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.functions.forms import tanh
from bracketcalc.functions.recurrent import recurrence
from bracketcalc.reference import evaluate

T = tensor("T", ("a", "b", "c"))


def kernels(expr: Any, **shapes: Any) -> list[str]:
    return [step.kernel for step in compile(expr).report(**shapes).path]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "sizes", [(3, 4, 5), (1, 4, 5), (3, 1, 5), (3, 4, 1), (0, 4, 5), (3, 0, 5), (3, 4, 0)]
)
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)])
def test_values(axes: tuple[int, ...], sizes: tuple[int, ...], dtype: Any) -> None:
    values = np.random.default_rng(0).standard_normal(sizes).astype(dtype)
    result = compile(T.sum(axis=axes))(T=values)
    assert result.dtype == dtype
    np.testing.assert_allclose(
        result, values.sum(axis=axes), rtol=0, atol=1e-14 if dtype is np.float64 else 1e-5
    )


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ((0,), ["sum_rows"]),
        ((0, 1), ["sum_rows"]),
        ((2,), ["sum_columns"]),
        ((1, 2), ["sum_columns"]),
        ((1,), ["reduce"]),
        ((0, 1, 2), ["sum_rows"]),
    ],
)
def test_which_sums_are_products(axes: tuple[int, ...], expected: list[str]) -> None:
    assert kernels(T.sum(axis=axes), T=(3, 4, 5)) == expected


def test_long_rows_are_added_pairwise() -> None:
    shape = (2, 1, LONGEST_ROW + 1)
    assert kernels(T.sum(axis=2), T=shape) == ["reduce"]
    assert kernels(T.sum(), T=shape) == ["reduce"]
    assert kernels(T.sum(axis=0), T=shape[::-1]) == ["sum_rows"]


def test_arguments_in_any_memory_order() -> None:
    (X,) = tensors("X[n,d]")
    f = compile([X.sum(axis=0), X.sum(axis=1), tanh(X).T.sum(axis=0)])
    base = np.random.default_rng(0).standard_normal((8, 14))
    for x in (base, np.asfortranarray(base), base[::-2, ::3], base.T, base[:, :1], base[3:4]):
        kept = x.copy()
        rows, columns, last = f(X=x)
        np.testing.assert_allclose(rows, x.sum(axis=0), atol=1e-14)
        np.testing.assert_allclose(columns, x.sum(axis=1), atol=1e-14)
        np.testing.assert_allclose(last, np.tanh(x).sum(axis=1), atol=1e-14)
        np.testing.assert_array_equal(x, kept)


def test_special_values_stay() -> None:
    (X,) = tensors("X[n,d]")
    values = np.array([[np.inf, np.nan, np.inf, -0.0, 1e308], [1.0, 1.0, -np.inf, -0.0, 1e308]])
    with np.errstate(all="ignore"):
        rows, columns = compile([X.sum(axis=0), X.sum(axis=1)])(X=values)
    np.testing.assert_array_equal(rows, [np.inf, np.nan, np.nan, 0.0, np.inf])
    np.testing.assert_array_equal(columns, [np.nan, -np.inf])


def test_complex_sums() -> None:
    Z = tensor("Z", ("a", "b"), assume="complex")
    values = np.arange(6.0).reshape(2, 3) * (1 + 2j)
    for axis in (0, 1):
        np.testing.assert_array_equal(compile(Z.sum(axis=axis))(Z=values), values.sum(axis=axis))


def test_sums_inside_a_loop() -> None:
    X, s = tensors("X[t,n,d] s[d]")
    final = recurrence(lambda state, x: tanh(state + (x * x).sum(axis=0)), s, X)
    values = {
        "X": np.random.default_rng(0).standard_normal((3, 4, 2)),
        "s": np.random.default_rng(1).standard_normal(2),
    }
    f = compile(final)
    np.testing.assert_allclose(f(**values), evaluate(final, values), rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_many_rows_are_added_as_exactly_as_by_numpy(dtype: Any) -> None:
    rows = LONGEST_KEPT + 3
    (X,) = tensors("X[n,d]")
    f = compile(X.sum(axis=0))
    values = np.random.default_rng(0).random((rows, 3)).astype(dtype)
    exact = values.astype(np.longdouble).sum(axis=0)
    error, numpys = [np.abs(found - exact).max() for found in (f(X=values), values.sum(axis=0))]
    assert error <= 2 * numpys


def test_the_ones_of_many_rows_are_made_in_each_call_and_predicted() -> None:
    (X,) = tensors("X[n,d]")
    f = compile(tanh(X).sum(axis=0))
    for rows in (LONGEST_KEPT, 10 * LONGEST_KEPT):
        values = np.ones((rows, 2))
        f(X=values)
        tracemalloc.start()
        f(X=values)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert abs(f.report().peak_bytes - peak) < 0.02 * peak
        assert ("ones" in f.source()) == (rows <= LONGEST_KEPT)
