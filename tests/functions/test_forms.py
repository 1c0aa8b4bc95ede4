"""The functions under their Python names, and f(X), f^P(X) behind them."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import POWER, Elementwise, Tensor, constant
from bracketcalc.expr.nodes import Map
from bracketcalc.functions import forms
from bracketcalc.functions.table import ALIASES, CHOOSING, CONSTANT, ELEMENTWISE, POWERS, SUBTENSOR
from bracketcalc.reference import evaluate

X = Tensor("X", (3, 4))
T = Tensor("T", (2, 3, 4))
t = np.random.default_rng(0).standard_normal((2, 3, 4))


def softmax(x: Any, axis: int) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def test_every_function_has_a_form_under_its_name() -> None:
    names = {*ELEMENTWISE, *SUBTENSOR, *POWERS}
    assert set(forms.FORMS) == names | {*ALIASES, *CHOOSING, *CONSTANT}
    # It stands in derivatives of eigenvectors and reads back, but nobody would call it.
    for name in names - {"inverse_gaps"}:
        assert getattr(forms, name) is forms.FORMS[name]
        assert name in forms.__all__
        assert forms.FORMS[name].name == name
    assert forms.inverse is forms.inv is forms.FORMS["inverse"]


@pytest.mark.parametrize("name", sorted(forms.FORMS))
def test_forms_pickle_and_say_what_they_are(name: str) -> None:
    form = forms.FORMS[name]
    assert pickle.loads(pickle.dumps(form)) == form
    assert (form.__doc__ or "").startswith(f"{form.name}(x")


def test_docstrings() -> None:
    assert forms.leaky_relu.__doc__ == (
        "leaky_relu(x, slope=0.01): x where x > 0, otherwise slope x, for every element of x."
    )
    assert forms.maximum.__doc__ == (
        "maximum(x, bound): the larger of x and the constant bound, for every element of x."
    )
    assert "to the power 1/2" in (forms.sqrt.__doc__ or "")


# -- element-wise ---------------------------------------------------------------------------------------


def test_elementwise_forms_build_nodes() -> None:
    assert forms.exp(X) == Elementwise(ELEMENTWISE["exp"], (), X)
    assert forms.apply(ELEMENTWISE["exp"], X) == forms.exp(X) == forms.apply(forms.exp, X)
    assert forms.exp(2) == Elementwise(ELEMENTWISE["exp"], (), constant(2))
    assert float(evaluate(forms.log(Fraction(1, 2)), {})) == np.log(0.5)


def test_powers_have_one_representation() -> None:
    assert forms.square(X) == X**2 == forms.power(X, 2)
    assert forms.reciprocal(X) == X**-1
    assert forms.sqrt(X) == X ** Fraction(1, 2) == Elementwise(POWER, (Fraction(1, 2),), X)


def test_parameters() -> None:
    record = ELEMENTWISE["leaky_relu"]
    assert forms.leaky_relu(X) == Elementwise(record, (0.01,), X)
    assert forms.leaky_relu(X, Fraction(1, 5)) == Elementwise(record, (Fraction(1, 5),), X)
    assert forms.leaky_relu(X, slope=0.2) == forms.leaky_relu(X, 0.2)
    assert forms.elu(X) == Elementwise(ELEMENTWISE["elu"], (1,), X)
    assert forms.maximum(X, bound=constant(3)) == forms.maximum(X, 3)
    assert forms.minimum(X, np.float64(0.5)) == Elementwise(ELEMENTWISE["minimum"], (0.5,), X)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forms.maximum(X), "maximum needs a value for bound"),
        (lambda: forms.exp(X, 2), r"exp takes x and 0 parameters \(\), got 1"),
        (lambda: forms.sqrt(X, 2), "sqrt takes x and 0 parameters"),
        (lambda: forms.elu(X, 1, alpha=2), "elu was given 'alpha', twice"),
        (lambda: forms.elu(X, beta=2), r"elu was given 'beta', but its parameters are \('alpha',\)"),
        (lambda: forms.elu(X, float("nan")), "parameter alpha of elu must be finite, got nan"),
        (lambda: forms.maximum(X, float("inf")), "parameter bound of maximum must be finite"),
        (lambda: forms.maximum(X, X), "expected a number, got Tensor"),
        (lambda: forms.exp(np.ones(3)), "expected a number, got ndarray"),
        (lambda: forms.apply(ELEMENTWISE["exp"], X, 1), "exp takes 0 parameters"),
        (lambda: forms.apply(SUBTENSOR["inv"], X), "expected an element-wise function, got inv"),  # type: ignore[arg-type]
        (lambda: forms.apply_to(forms.exp, X, ()), "but exp is not a function on sub-tensors"),  # type: ignore[arg-type]
    ],
)
def test_wrong_calls(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


# -- on sub-tensors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, np.int64(1)])
def test_softmax_keeps_every_axis_in_its_place(axis: int) -> None:
    for form, expected in (
        (forms.softmax, softmax(t, axis)),
        (forms.log_softmax, np.log(softmax(t, axis))),
        (forms.logsumexp, np.log(np.exp(t).sum(axis=axis))),
    ):
        expr = form(T, axis=axis)
        assert expr.sizes == expected.shape
        np.testing.assert_allclose(evaluate(expr, {"T": t}), expected, rtol=1e-13, atol=1e-14)


def test_along_the_last_axis_nothing_is_transposed() -> None:
    assert forms.softmax(T) == forms.softmax(T, axis=2) == Map(SUBTENSOR["softmax"], T, 2)


@pytest.mark.parametrize("positions", list(permutations(range(3), 2)))
def test_apply_to_moves_the_selecting_axes_to_the_front(positions: tuple[int, int]) -> None:
    (rest,) = {0, 1, 2} - set(positions)
    expr = forms.apply_to(forms.softmax, T, positions)
    expected = softmax(np.transpose(t, (*positions, rest)), -1)
    np.testing.assert_allclose(evaluate(expr, {"T": t}), expected, rtol=1e-13)
    assert forms.apply_to(SUBTENSOR["softmax"], T, positions) == expr
    total = forms.apply_to(forms.logsumexp, T, positions)
    expected = np.log(np.exp(t).sum(axis=rest).transpose(np.argsort(np.argsort(positions))))
    np.testing.assert_allclose(evaluate(total, {"T": t}), expected, rtol=1e-13, atol=1e-14)


def test_softmax_of_the_columns_in_both_conventions() -> None:
    """f^{2}(A) has the columns first; softmax(A, axis=0) leaves them in place."""
    assert forms.apply_to(forms.softmax, X, (1,)).sizes == (4, 3)
    assert forms.softmax(X, axis=0).sizes == (3, 4)
    x = t[0]
    moved = evaluate(forms.apply_to(forms.softmax, X, (1,)), {"X": x})
    np.testing.assert_array_equal(moved.T, evaluate(forms.softmax(X, axis=0), {"X": x}))


@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (1, 3), (3, 0), (-1, -2)])
def test_functions_of_matrices_along_any_axes(axes: tuple[int, int]) -> None:
    S = Tensor("S", (3, 3, 3, 3))
    s = np.random.default_rng(1).standard_normal((3, 3, 3, 3)) + 4 * np.einsum(
        "ab,cd,ad,bc->abcd", *[np.eye(3)] * 4
    )
    front = np.moveaxis(s, axes, (-2, -1))
    inverse = np.moveaxis(np.linalg.inv(front), (-2, -1), axes)
    np.testing.assert_allclose(evaluate(forms.inv(S, axis=axes), {"S": s}), inverse, rtol=1e-9)
    determinant = evaluate(forms.det(S, axis=axes), {"S": s})
    np.testing.assert_allclose(determinant, np.linalg.det(front), rtol=1e-9)


def test_symbolic_sizes_are_kept() -> None:
    A, M = tensors("A[n,k] M[k,k]")
    n, k = A.sizes
    assert forms.softmax(A, axis=0).sizes == (n, k)
    assert forms.logsumexp(A, axis=0).sizes == (k,)
    assert (forms.inv(M).sizes, forms.det(M).sizes, forms.logdet(M).sizes) == ((k, k), (), ())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forms.softmax(2), "softmax takes a tensor with 1 axes, but 2 has 0"),
        (lambda: forms.softmax(X, axis=2), "axis 2 does not exist"),
        (lambda: forms.softmax(X, axis=(0, 1)), r"softmax takes 1 axes, but axis=\(0, 1\) names 2"),
        (lambda: forms.inv(X), "inv takes a square matrix, but there are 3 rows and 4 columns"),
        (lambda: forms.inv(T, axis=0), "inv takes 2 axes, but axis=0 names 1"),
        (lambda: forms.apply_to(forms.softmax, T, (0,)), "there are 2"),
        (lambda: forms.apply_to(forms.softmax, T, (0, 0)), "not all different"),
        (lambda: forms.apply_to(forms.softmax, T, (0, 3)), "axis 3 does not exist"),
    ],
)
def test_wrong_axes(call: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()
