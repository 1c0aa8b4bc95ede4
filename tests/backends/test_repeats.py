"""Arithmetic with a repeated row or column: the values of NumPy, for any arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.backends.repeats import in_columns, in_rows

CALLS: list[Callable[..., Any]] = [np.add, np.subtract, np.multiply, np.divide]


@given(
    st.sampled_from(CALLS),
    st.lists(st.integers(2, 4), min_size=1, max_size=3),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["float32", "float64", "complex128"]),
    st.data(),
)
def test_the_values_are_those_of_the_ufunc(  # noqa: PLR0917
    call: Callable[..., Any],
    lead: list[int],
    last: int,
    swapped: bool,
    dtype: str,
    data: st.DataObject,
) -> None:
    draw = np.random.default_rng(0)
    whole = draw.uniform(1, 2, (*lead, last)).astype(dtype)
    row = draw.uniform(1, 2, (1,) * data.draw(st.integers(0, len(lead))) + (last,)).astype(dtype)
    one, other = (row, whole) if swapped else (whole, row)
    copies = data.draw(st.integers(1, int(np.prod(lead))))
    wanted = call(one, other)
    found = in_rows(call, one, other, copies)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    assert found.base is None
    out = whole.copy()
    given_one, given_other = (row, out) if swapped else (out, row)
    assert in_rows(call, given_one, given_other, copies, out) is out
    np.testing.assert_array_equal(out, wanted)


def test_a_row_of_several_axes() -> None:
    whole, row = np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(1, 3, 4)
    np.testing.assert_array_equal(in_rows(np.subtract, row, whole, 1), row - whole)


@pytest.mark.parametrize(
    "turn",
    [np.asfortranarray, lambda x: x[::-1], lambda x: np.repeat(x, 2, axis=1)[:, ::2]],
    ids=["Fortran", "reversed", "gaps"],
)
def test_arrays_that_lie_otherwise(turn: Callable[[Any], Any]) -> None:
    whole, row = np.arange(15.0).reshape(5, 3), np.array([1.0, -2.0, 3.0])
    np.testing.assert_array_equal(in_rows(np.subtract, turn(whole), row, 2), turn(whole) - row)
    np.testing.assert_array_equal(
        in_rows(np.subtract, whole, turn(row[None])[0], 2), whole - turn(row[None])[0]
    )
    out = turn(np.empty((5, 3)))
    assert in_rows(np.subtract, whole, row, 2, out) is out
    np.testing.assert_array_equal(out, whole - row)


def test_types_that_differ_are_left_to_the_ufunc() -> None:
    whole, row = np.ones((5, 3), np.float32), np.full(3, 1 / 3)
    found = in_rows(np.add, whole, row, 2)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, whole + row)
    mixed = in_rows(np.multiply, np.ones((5, 3)), np.array([1j, 2, 3]), 2)
    np.testing.assert_array_equal(mixed, np.broadcast_to([1j, 2, 3], (5, 3)))


@given(st.sampled_from(CALLS), st.booleans(), st.sampled_from(["float32", "float64", "complex128"]))
def test_columns(call: Callable[..., Any], swapped: bool, dtype: str) -> None:
    draw = np.random.default_rng(0)
    whole, column = draw.uniform(1, 2, (4, 3, 7)).astype(dtype), draw.uniform(1, 2, (4, 1, 1)).astype(dtype)
    for array in (whole, np.asfortranarray(whole), whole[:, ::-1]):
        one, other = (column, array) if swapped else (array, column)
        wanted = call(one, other)
        found = in_columns(call, one, other)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
        out = array.copy()
        assert in_columns(call, *((column, out) if swapped else (out, column)), out) is out
        np.testing.assert_array_equal(out, wanted)
    ints = np.ones((4, 1, 1), int)
    np.testing.assert_array_equal(in_columns(np.add, whole, ints), whole + ints)
