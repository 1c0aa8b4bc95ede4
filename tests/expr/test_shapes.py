"""Axes and sizes: normalization, descriptions in messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import ShapeError
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Delta, Expr, Product, Size, Sum, constant
from bracketcalc.expr.shapes import axis_tuple, describe, label_sizes, show_sizes
from bracketcalc.functions.forms import softmax, tanh

A, B, v = tensors("A[n,3] B[n,3] v[n]")


@pytest.mark.parametrize(
    ("axes", "expected"),
    [((), ()), ((0, 2), (0, 2)), ((-1, 0), (2, 0)), (1, (1,)), (np.int8(-3), (0,)), (range(3), (0, 1, 2))],
)
def test_axis_tuple(axes: Any, expected: tuple[int, ...]) -> None:
    found = axis_tuple(axes, 3)
    assert found == expected
    assert all(type(axis) is int for axis in found)


@pytest.mark.parametrize("axis", [3, -4, 1.0, "1", None, (0, 3)])
def test_axes_that_do_not_exist(axis: Any) -> None:
    wrong = 3 if axis == (0, 3) else axis
    with pytest.raises(ShapeError) as raised:
        axis_tuple(axis, 3)
    assert str(raised.value) == f"axis {wrong!r} does not exist: there are 3 axes, counted from 0"


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (A, "A"),
        (A.T, "A"),
        (2 * A.T, "A"),
        (Size("n"), "n"),
        (ones(2), "ones"),
        (Delta(2, 2), "the identity"),
        (constant(-3), "-3"),
        (tanh(A), "tanh(…)"),
        (softmax(A), "softmax(…)"),
        (define("Z", A + B), "Z"),
        (A * B, "the product of A, B"),
        (A * (A + B), "the product of A, …"),
        (Sum((A * B, A + B)), "the sum of several terms"),
        (Sum([A] * 20), "the sum of A, A, A, …"),
    ],
)
def test_describe(expr: Expr, text: str) -> None:
    assert describe(expr) == text


def test_describe_does_not_recurse() -> None:
    expr: Expr = A
    for _ in range(20_000):
        expr = Product(2, (expr,), ((0, 1),), (0, 1))
    assert describe(expr) == "A"


def test_show_sizes() -> None:
    assert [show_sizes(sizes) for sizes in ((), (2,), (Size("n"), 3))] == ["()", "(2,)", "(n, 3)"]


def test_label_sizes() -> None:
    n = Size("n")
    assert label_sizes((A, v), ((0, 1), (0,))) == {0: n, 1: 3}
    with pytest.raises(ShapeError, match="axis 0 of A has size n, but axis 1 of B has size 3"):
        label_sizes((A, v, B), ((0, 1), (0,), (2, 0)))
