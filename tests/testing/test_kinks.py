"""Kinks: found where an argument is at one, for functions of any parameters."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import abs, exp, leaky_relu, maximum, relu, softmax, tanh
from bracketcalc.testing.kinks import kinks_at
from bracketcalc.testing.point import Point

x, y = tensors("x[n] y[n]")
POINT = Point({"x": np.array([0.0, 1.0, 3.0]), "y": np.array([1.0, 1.0, 1.0])}, {"n": 3})


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        (relu(x), ["relu at 0"]),
        (leaky_relu(x, 0.1), ["leaky_relu at 0"]),
        (maximum(x, 3), ["maximum at 3"]),
        (maximum(x, 2), []),
        (relu(exp(x) - 1), ["relu at 0"]),
        (relu(exp(x)), []),
        (tanh(x), []),
        (abs(x - y), ["abs at 0"]),
        (softmax(define("h", relu(x))), ["relu at 0"]),
        (relu(y - 1) * x, []),
    ],
)
def test_kinks(expr: Expr, found: list[str]) -> None:
    assert list(kinks_at([expr], [x], POINT)) == found
