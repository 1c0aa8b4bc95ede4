"""Rows are added and compared as NumPy does it, on every path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.functions.largest import FIRST_MAX, MAX
from bracketcalc.functions.rows import (
    FEW,
    LEAST_ROWS,
    LONGEST,
    MANY_ROWS,
    SHORT,
    largest_of_rows,
    sums_of_rows,
)
from bracketcalc.functions.softmax import LOG_SOFTMAX, SOFTMAX

SHAPES = [(k,) for k in (1, 5)] + [
    (rows, length)
    for rows in (0, 1, 3, MANY_ROWS, 600)
    for length in (1, 2, 3, FEW, FEW + 1, SHORT, LONGEST + 1)
]
draw = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [*SHAPES, (7, 30, 3), (2, 0, 3)])
def test_rows_are_those_of_numpy(shape: tuple[int, ...], dtype: Any) -> None:
    for numbers in (draw.standard_normal(shape), draw.integers(0, 3, shape)):
        x = numbers.astype(dtype)
        for given in (x, np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2]):
            largest, sums = largest_of_rows(given), sums_of_rows(given)
            assert largest.dtype == sums.dtype == dtype
            np.testing.assert_array_equal(largest, x.max(axis=-1, keepdims=True))
            scale = max(1, shape[-1]) * np.finfo(dtype).eps
            expected = x.astype(np.float64).sum(axis=-1, keepdims=True)
            np.testing.assert_allclose(sums, expected, rtol=scale, atol=4 * scale)


def test_complex_rows_are_added() -> None:
    x = draw.standard_normal((MANY_ROWS, 3)) + 1j
    np.testing.assert_array_equal(sums_of_rows(x), x.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("rows", [3, LEAST_ROWS, 100, 50_000])
def test_rows_that_are_not_finite(rows: int) -> None:
    x = draw.standard_normal((rows, 4))
    x[0, 2], x[1, :] = np.nan, -np.inf
    x[2, 1] = np.inf
    np.testing.assert_array_equal(MAX.value(np, x), x.max(axis=-1))
    np.testing.assert_allclose(sums_of_rows(x), x.sum(axis=-1, keepdims=True), rtol=1e-12, atol=1e-14)
    for record in (SOFTMAX, LOG_SOFTMAX):
        found = record.value(np, x)
        assert np.isnan(found[:3]).all()
        for row, expected in zip(x[3:], found[3:], strict=True):
            np.testing.assert_allclose(record.value(np, row), expected, rtol=1e-13)


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 2), (1000, 2), (1000, 3), (9, 50, FEW), (5, FEW + 1)])
def test_the_first_of_the_largest_is_marked_once(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64):
        x = draw.integers(0, 3, shape).astype(dtype)
        found = FIRST_MAX.value(np, x)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found.sum(axis=-1), 1)
        np.testing.assert_array_equal(found.argmax(axis=-1), x.argmax(axis=-1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [1, 2, 5, SHORT, SHORT + 1])
def test_few_and_many_rows_have_the_same_softmax(length: int, dtype: Any) -> None:
    x = (10 * draw.standard_normal((3, LEAST_ROWS, length))).astype(dtype)
    x[0, 0, 0] = -np.inf if length > 1 else 0
    x[1, 1, -1] = 800.0
    tolerance = 1e-13 if dtype is np.float64 else 1e-5
    for record in (SOFTMAX, LOG_SOFTMAX):
        for given in (x, np.asfortranarray(x), x[::-1]):
            found = record.value(np, given)
            assert found.dtype == dtype
            assert found.flags.c_contiguous or given is not x
            for rows, expected in zip(given, found, strict=True):
                for row, one in zip(rows, expected, strict=True):
                    np.testing.assert_allclose(one, record.value(np, row), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(SOFTMAX.value(np, x).sum(axis=-1), 1, rtol=1e-6)
