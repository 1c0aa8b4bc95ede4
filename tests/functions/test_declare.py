"""A user's own functions behave like the built-in ones."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Ones, Tensor
from bracketcalc.functions.declare import function, subtensor_function
from bracketcalc.functions.forms import apply_to
from bracketcalc.reference import evaluate

X = Tensor("X", (2, 3))
x = np.array([[1.0, 2, 3], [4, 5, 6]])


def cube_value(xp: Any, x: Any) -> Any:
    return x**3


def cube_derivative(x: Expr) -> Expr:
    return 3 * x**2


def test_a_function_of_one_number() -> None:
    cube = function("cube", cube_value, cube_derivative)
    np.testing.assert_array_equal(evaluate(cube(X), {"X": x}), x**3)
    assert cube.record.derivative is not None
    np.testing.assert_array_equal(evaluate(cube.record.derivative(X), {"X": x}), 3 * x**2)
    assert cube.record.latex == r"\operatorname{cube}"
    assert cube.record.domain() == (-np.inf, np.inf)
    assert cube.record.kinks() == ()


def test_without_a_derivative_there_is_none() -> None:
    assert function("cube", cube_value).record.derivative is None


def test_parameters_domain_and_kinks() -> None:
    clip = function(
        "clip",
        lambda xp, x, low, high: xp.clip(x, low, high),
        parameters=("low", "high"),
        domain=(-5.0, 5.0),
        kinks=lambda low, high: (low, high),
        latex=r"\mathrm{clip}",
    )
    np.testing.assert_array_equal(evaluate(clip(X, 2, high=5), {"X": x}), [[2, 2, 3], [4, 5, 5]])
    assert clip.record.domain(2, 5) == (-5, 5)
    assert clip.record.kinks(2, 5) == (2, 5)
    assert clip.record.latex == r"\mathrm{clip}"
    with pytest.raises(ArgumentError, match="clip needs a value for low, high"):
        clip(X)


def test_a_derivative_may_be_a_number() -> None:
    double = function("double", lambda xp, x: 2 * x, lambda x: 2)
    assert double.record.derivative is not None
    assert double.record.derivative(X) == 2 * Ones((2, 3))


def test_a_derivative_with_other_axes_is_an_error() -> None:
    wrong = function("wrong", cube_value, lambda x: x.sum(axis=0))
    assert wrong.record.derivative is not None
    with pytest.raises(ShapeError, match=r"derivative of wrong has sizes \(3,\), but .* \(2, 3\)"):
        wrong.record.derivative(X)


def test_equal_declarations_are_equal_and_pickle() -> None:
    one = function("cube", cube_value, cube_derivative, domain=(0, 9), kinks=(1.0,))
    two = function("cube", cube_value, cube_derivative, domain=(0, 9), kinks=(1.0,))
    assert one == two
    assert one(X) == two(X)
    assert pickle.loads(pickle.dumps(one(X))) == one(X)


def mean_value(xp: Any, x: Any) -> Any:
    return x.mean(axis=-1)


def test_a_function_on_sub_tensors() -> None:
    mean = subtensor_function("mean", 1, (), mean_value)
    np.testing.assert_allclose(evaluate(mean(X), {"X": x}), [2, 5])
    np.testing.assert_allclose(evaluate(mean(X, axis=0), {"X": x}), [2.5, 3.5, 4.5])
    assert mean(X, axis=0).sizes == (3,)
    assert apply_to(mean, X, (1,)).sizes == (3,)
    assert mean.record.differential is None
    assert pickle.loads(pickle.dumps(mean(X))) == mean(X)


def test_result_axes_that_are_new_come_last() -> None:
    gram = subtensor_function(
        "gram",
        1,
        lambda sizes: sizes * 2,
        lambda xp, x: x[..., :, None] * x[..., None, :],
    )
    assert gram(X, axis=0).sizes == (3, 2, 2)
    np.testing.assert_array_equal(evaluate(gram(X, axis=0), {"X": x}), np.einsum("ak,bk->kab", x, x))


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: function("", cube_value), "a name is a non-empty printable text, got ''"),
        (lambda: function("a\nb", cube_value), "a name is a non-empty printable text"),
        (lambda: function("f", 3), "the value of f must be a function, got int"),  # type: ignore[arg-type]
        (lambda: function("f", cube_value, X), "the derivative of f must be a function, got Tensor"),  # type: ignore[arg-type]
        (lambda: subtensor_function("f", -1, (), mean_value), "a non-negative number of axes, got -1"),
    ],
)
def test_wrong_declarations(declare: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        declare()
