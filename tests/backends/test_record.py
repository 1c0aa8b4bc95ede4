"""The operations that programs call, in the form that every library has and in NumPy's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import common_operations

OPERATIONS: dict[str, Mapping[str, Any]] = {
    "common": common_operations(np, np.float64),
    "numpy": NUMPY.operations(np.float64),
    "complex": NUMPY.operations(np.complex128),
}


@pytest.fixture(params=OPERATIONS)
def operations(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return OPERATIONS[request.param]


def test_row_dot_does_not_conjugate(operations: Mapping[str, Any]) -> None:
    a = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(operations["row_dot"](a, a + 1), (a * (a + 1)).sum(axis=-1))
    if operations is OPERATIONS["complex"]:
        assert operations["row_dot"](np.array([[1j]]), np.array([[1j]])) == -1


def test_row_dot_of_nothing(operations: Mapping[str, Any]) -> None:
    np.testing.assert_array_equal(operations["row_dot"](np.ones((2, 0)), np.ones((2, 0))), [0, 0])


def test_scatter_and_add_diagonal(operations: Mapping[str, Any]) -> None:
    x = np.arange(6.0).reshape(2, 3)
    result = operations["scatter"](x, (2, 3, 2), ((0, 2), (1,)))
    want = np.zeros((2, 3, 2))
    for i in range(2):
        want[i, :, i] = x[i]
    np.testing.assert_array_equal(result, want)
    base = np.ones((2, 3, 2))
    assert operations["add_diagonal"](base, x, ((0, 2), (1,))) is base
    np.testing.assert_array_equal(base, want + 1)
    turned = np.ones((3, 2, 2)).transpose(1, 0, 2)
    np.testing.assert_array_equal(operations["add_diagonal"](turned, x, ((0, 2), (1,))), want + 1)
    assert operations["scatter"](1.0, (0, 0), ((0, 1),)).shape == (0, 0)


def test_new_arrays_have_the_type_of_the_program() -> None:
    table = NUMPY.operations(np.float32)
    assert table["full"]((2,), 1.5).dtype == np.float32
    assert table["cast"](np.ones(2)).dtype == np.float32
    with pytest.raises(TypeError):
        table["full"] = None  # type: ignore[index]
