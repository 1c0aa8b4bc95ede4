"""The largest element of a vector, where it is, and the derivative at ties."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.functions.largest import FIRST_MAX, MAX
from bracketcalc.functions.rows import FEW
from bracketcalc.functions.table import CHOOSING
from bracketcalc.reference import evaluate

X = bc.tensor("X", ("n", "k"))


@pytest.mark.parametrize("size", [1, 2, 5, FEW, FEW + 1, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(size: int, dtype: type) -> None:
    x: Any = np.random.default_rng(0).integers(0, 4, (3, 6, size)).astype(dtype)
    where = FIRST_MAX.value(np, x)
    assert where.dtype == dtype
    np.testing.assert_array_equal(MAX.value(np, x), x.max(axis=-1))
    np.testing.assert_array_equal(where, np.arange(size) == x.argmax(axis=-1)[..., None])


def test_no_elements() -> None:
    assert (MAX.value(np, np.zeros((2, 0))) == -np.inf).all()
    assert FIRST_MAX.value(np, np.zeros((2, 0))).shape == (2, 0)


def test_the_gradient_goes_to_the_first_of_several_equal_ones() -> None:
    expr = bc.apply_to(MAX, X, (0,)).sum()
    gradient = bc.gradient(expr, X)
    x = np.array([[1.0, 3, 3], [2, 2, 1]])
    expected = [[0, 1, 0], [1, 0, 0]]
    np.testing.assert_array_equal(evaluate(gradient, {"X": x}), expected)
    np.testing.assert_array_equal(bc.compile(gradient)(X=x), expected)


def test_second_derivatives_are_zero() -> None:
    expr = (bc.apply_to(MAX, X, (0,)) ** 2).sum()
    x = np.random.default_rng(1).standard_normal((2, 3))
    hessian = evaluate(bc.hessian(expr, X), {"X": x}).reshape(6, 6)
    where = (x == x.max(axis=1, keepdims=True)).ravel()
    np.testing.assert_allclose(hessian, np.diag(2.0 * where))


@pytest.mark.parametrize("name", CHOOSING)
def test_texts_and_pickles(name: str) -> None:
    record = CHOOSING[name]
    assert record.name == name
    assert record.summary
    assert pickle.loads(pickle.dumps(record)) == record


def test_names_are_read_back() -> None:
    expr = bc.apply_to(MAX, X, (0,))
    assert bc.parse(str(expr), X=X) == expr
