"""The operators and the nodes' own checks: values against NumPy, messages verbatim."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import ones, scalar, tensors
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    check_extents,
    constant,
    product,
    scale,
    spread,
)
from bracketcalc.functions.forms import tanh
from bracketcalc.reference import evaluate
from tests.strategies import SIZES, arrays_for, expressions, named, shapes, value

A, B = Tensor("A", (2, 3)), Tensor("B", (2, 3))
W, v, s = Tensor("W", (3, 4)), Tensor("v", (3,)), scalar("s")
rng = np.random.default_rng(0)
VALUES = {
    "A": rng.uniform(0.5, 2, (2, 3)),
    "B": rng.uniform(0.5, 2, (2, 3)),
    "W": rng.uniform(0.5, 2, (3, 4)),
    "v": rng.uniform(0.5, 2, 3),
    "s": np.array(1.75),
}

ANY: dict[Any, Any] = {2.0: 2.0, "n": "n", "x": "x"}
"""Values of the wrong type, whose type is not known to the type checker."""

Operator = Callable[[Any, Any], Any]
ARITHMETIC: tuple[Operator, ...] = (operator.add, operator.sub, operator.mul, operator.truediv)


@pytest.mark.parametrize("apply", ARITHMETIC)
@pytest.mark.parametrize("number", [3, -2.5, Fraction(2, 3), np.float64(0.5)])
def test_arithmetic_against_numpy(apply: Operator, number: Any) -> None:
    for left, right in [(A, B), (A, s), (s, A), (s, s), (A, number), (number, A), (number, s), (A, A)]:
        found = evaluate(apply(left, right), VALUES)
        one, two = [VALUES[x.name] if isinstance(x, Tensor) else float(x) for x in (left, right)]
        np.testing.assert_allclose(found, apply(one, two), rtol=1e-14)
        assert found.shape == np.shape(apply(one, two))


def test_unary_operators_and_powers() -> None:
    a = VALUES["A"]
    assert +A is A
    np.testing.assert_array_equal(evaluate(-A, VALUES), -a)
    for exponent in (0, 1, 2, 3, -1, -2, 0.5, Fraction(1, 2), Fraction(-1, 3), constant(2)):
        plain = 2.0 if isinstance(exponent, Product) else float(exponent)
        np.testing.assert_allclose(evaluate(A**exponent, VALUES), a**plain, rtol=1e-14)
    assert A ** constant(2) == A**2 == A ** np.int64(2)
    assert evaluate(2 ** constant(3), {}) == 8


def test_a_negative_base_has_whole_powers() -> None:
    x = {"s": -2.0}
    assert [float(evaluate(s**k, x)) for k in (-1, 0, 1, 2, 3)] == [-0.5, 1, -2, 4, -8]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3), (3, 4)),
        ((3,), (3, 4)),
        ((2, 3), (3,)),
        ((3,), (3,)),
        ((2, 0), (0, 4)),
        ((2, 1, 3), (3, 1, 2)),
    ],
)
def test_matmul_contracts_the_last_axis_with_the_first(
    left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    one, two = Tensor("one", left), Tensor("two", right)
    arrays = {"one": rng.standard_normal(left), "two": rng.standard_normal(right)}
    expected = np.tensordot(arrays["one"], arrays["two"], 1)
    np.testing.assert_allclose(evaluate(one @ two, arrays), expected, rtol=1e-13)
    assert (one @ two).sizes == expected.shape


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_transpose(order: tuple[int, int, int]) -> None:
    T = Tensor("T", (2, 3, 4))
    t = rng.standard_normal((2, 3, 4))
    expected = t.transpose(order)
    for expr in (T.transpose(*order), T.transpose(order), T.transpose(*[k - 3 for k in order])):
        np.testing.assert_array_equal(evaluate(expr, {"T": t}), expected)
        assert expr.sizes == expected.shape
    np.testing.assert_array_equal(evaluate(T.T, {"T": t}), t.T)
    assert T.transpose() == T.T
    assert v.T is v
    assert s.T is s


@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, (0, 2), (-1, 0), (), (0, 1, 2), np.int64(1)])
def test_sum_over_axes(axis: Any) -> None:
    T = Tensor("T", (2, 3, 4))
    t = rng.standard_normal((2, 3, 4))
    expected = t.sum(axis=axis)
    np.testing.assert_allclose(evaluate(T.sum(axis=axis), {"T": t}), expected, rtol=1e-13)
    assert T.sum(axis=axis).sizes == expected.shape


@given(expressions(depth=1), st.data())
@settings(max_examples=60)
def test_operators_on_any_expression(expr: Expr, data: st.DataObject) -> None:
    other = data.draw(expressions(expr.sizes, depth=1))
    order = data.draw(st.permutations(range(expr.ndim)))
    summed = data.draw(st.sets(st.integers(0, expr.ndim - 1))) if expr.ndim else set()
    arrays = arrays_for([expr, other])
    x, y = value(expr, arrays), value(other, arrays)
    for found, expected in [
        (expr + other, x + y),
        (expr - other, x - y),
        (expr * other, x * y),
        (3 - expr / 2, 3 - x / 2),
        (-expr, -x),
        (expr.T, x.T),
        (expr.transpose(*order), x.transpose(order)),
        (expr.sum(axis=tuple(summed)), x.sum(axis=tuple(summed))),
    ]:
        np.testing.assert_allclose(value(found, arrays), expected, rtol=1e-12, atol=1e-12)


def test_sizes_are_scalars() -> None:
    (X,) = tensors("X[n,m]")
    n, m = X.sizes
    mean = X.sum() / n / m
    x = np.arange(6.0).reshape(2, 3)
    assert evaluate(mean, {"X": x}) == x.mean()
    assert evaluate(1 - 1 / Size("n"), {"X": x}, {"n": 4}) == 0.75
    assert Size("n") == n
    assert len({Size("n"), n, Size("m")}) == 2


# -- messages -------------------------------------------------------------------------------------------

n, m = Size("n"), Size("m")
S, R = Tensor("S", (n, 3)), Tensor("R", (m, 3))
EXP_LOG = "\n  hint: write exp(y * log(x)) for x to the power y"
ONE_SIZE = "\n  hint: axes that are multiplied or added together must have one size"
ONE_NAME = "\n  hint: give both axes one name if their sizes are always equal"
ONLY_SCALARS = (
    "\n  hint: only numbers and scalars combine with any tensor; spread a vector with outer(ones(n), b)"
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: A + W, "axis 0 of A has size 2, but axis 0 of W has size 3" + ONE_SIZE),
        (lambda: A - A.T, "axis 0 of A has size 2, but axis 0 of A has size 3" + ONE_SIZE),
        (lambda: A * W, "axis 0 of A has size 2, but axis 0 of W has size 3" + ONE_SIZE),
        (lambda: A / W, "axis 0 of A has size 2, but axis 0 of power(…) has size 3" + ONE_SIZE),
        (lambda: S + R, "axis 0 of S has size n, but axis 0 of R has size m" + ONE_NAME),
        (lambda: S + A, "axis 0 of S has size n, but axis 0 of A has size 2" + ONE_NAME),
        (
            lambda: A + v,
            "v with sizes (3,) cannot be added to A with sizes (2, 3): 1 axes against 2" + ONLY_SCALARS,
        ),
        (
            lambda: v * A,
            "A with sizes (2, 3) cannot be multiplied element-wise with v with sizes (3,): "
            "2 axes against 1" + ONLY_SCALARS,
        ),
        (lambda: A @ B, "axis 1 of A has size 3, but axis 0 of B has size 2" + ONE_SIZE),
        (
            lambda: (A @ W) @ v,
            "axis 1 of the product of A, W has size 4, but axis 0 of v has size 3" + ONE_SIZE,
        ),
        (
            lambda: (A + B) @ A,
            "axis 1 of the sum of A, B has size 3, but axis 0 of A has size 2" + ONE_SIZE,
        ),
        (lambda: tanh(A) @ A, "axis 1 of tanh(…) has size 3, but axis 0 of A has size 2" + ONE_SIZE),
        (lambda: ones(3, 2) + A, "axis 0 of ones has size 3, but axis 0 of A has size 2" + ONE_SIZE),
        (
            lambda: Delta(2, 2) + A,
            "axis 1 of the identity has size 2, but axis 1 of A has size 3" + ONE_SIZE,
        ),
        (lambda: A @ s, "@ contracts an axis, but s is a scalar\n  hint: multiply with *"),
        (lambda: 2 @ A, "@ contracts an axis, but 2 is a scalar\n  hint: multiply with *"),
        (lambda: A.sum(axis=2), "axis 2 does not exist: there are 2 axes, counted from 0"),
        (lambda: A.sum(axis=(0, -2)), "the axes (0, 0) are not all different"),
        (lambda: A.sum(axis=ANY["x"]), "axis 'x' does not exist: there are 2 axes, counted from 0"),
        (lambda: A.transpose(0), "transpose needs 2 axes for A, got 1\n  hint: name every axis once"),
        (lambda: A.transpose(0, 0), "the axes (0, 0) are not all different"),
        (lambda: A.transpose(0, 2), "axis 2 does not exist: there are 2 axes, counted from 0"),
        (lambda: Sum(()), "a sum needs at least one term"),
        (lambda: Delta(3, 1), "a delta needs at least 2 axes, got 1"),
        (lambda: Tensor("X", (-1,)), "a size is a non-negative integer or a Size, got -1"),
        (lambda: Ones((ANY[2.0],)), "a size is a non-negative integer or a Size, got 2.0"),
        (lambda: Ones((True,)), "a size is a non-negative integer or a Size, got True"),
        (lambda: Ones((ANY["n"],)), "a size is a non-negative integer or a Size, got 'n'"),
        (
            lambda: product(1, [(A, "ij"), (B, "ji")], ""),
            "axis 1 of A has size 3, but axis 0 of B has size 2" + ONE_SIZE,
        ),
        (
            lambda: product(1, [(A, "ii")], ""),
            "axis 0 of A has size 2, but axis 1 of A has size 3" + ONE_SIZE,
        ),
        (lambda: product(1, [(A, "i")], "i"), "A has 2 axes, but 1 labels were given"),
        (lambda: product(1, [(A, "ij")], "k"), "the output label 'k' is on no operand"),
        (
            lambda: product(1, [(A, "ij")], "ii"),
            "the output labels (0, 0) of a product are not all different",
        ),
        (lambda: Product(1, (A,), ((0, 1),), (2,)), "the output label 2 of a product is in no factor"),
    ],
)
def test_shape_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ShapeError) as raised:
        call()
    assert str(raised.value) == message
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: A / 0, "A is divided by the number 0"),
        (lambda: A / 0.0, "A is divided by the number 0"),
        (lambda: A / (constant(1) * 0), "A is divided by the number 0"),
        (
            lambda: A**s,
            "the exponent of a power must be a number, got s" + EXP_LOG,
        ),
        (
            lambda: 2**A,
            "the exponent of a power must be a number, got A" + EXP_LOG,
        ),
        (lambda: Elementwise(POWER, (), A), "power takes 1 parameters ('exponent',), got 0"),
    ],
)
def test_argument_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        call()
    assert str(raised.value) == message


@pytest.mark.parametrize("apply", [*ARITHMETIC, operator.matmul])
def test_arrays_are_refused_on_both_sides(apply: Operator) -> None:
    array = np.ones((2, 3))
    for left, right in [(array, A), (A, array)]:
        with pytest.raises(ArgumentError, match="expected a number, got ndarray\n  hint: declare an array"):
            apply(left, right)
    with pytest.raises(TypeError):
        np.exp(A)
    with pytest.raises(TypeError):
        array.__iadd__(ANY.get("A", A))


# -- small parts ----------------------------------------------------------------------------------------


def test_sizes_may_be_numpy_integers() -> None:
    assert check_extents(np.array([2, 3])) == (2, 3)
    sizes: Any = (2, np.int64(4))
    assert [type(size) for size in Tensor("X", sizes).sizes] == [int, int]
    assert Delta(sizes[1], 2) == Delta(4, 2)
    assert type(Delta(sizes[1], 2).sizes[1]) is int


@given(shapes())
@settings(max_examples=30)
def test_spread_repeats_a_scalar(sizes: tuple[Any, ...]) -> None:
    inner = product(2, [(v, "i"), (v, "i"), (s, "")], "")
    shape = tuple([SIZES[size.name] if isinstance(size, Size) else size for size in sizes])
    for expr in (s, inner, constant(Fraction(1, 2)), tanh(s)):
        found = spread(expr, sizes)
        assert found.sizes == sizes
        single = evaluate(expr, VALUES)
        np.testing.assert_allclose(evaluate(found, VALUES, SIZES), np.full(shape, single), rtol=1e-14)


def test_scale_merges_coefficients() -> None:
    assert scale(3, A) == product(3, [(A, "ij")], "ij")
    assert scale(3, 2 * A.T) == 6 * A.T
    assert scale(Fraction(1, 2), 2 * A) == product(1, [(A, "ij")], "ij")
    far = scale(1e200, scale(1e200, s))
    assert evaluate(far, {"s": 1e-300}) == pytest.approx(1e100, rel=1e-15)
    near = scale(1e-200, scale(1e-200, s))
    assert evaluate(near, {"s": 1e300}) == pytest.approx(1e-100, rel=1e-15)


def test_representation() -> None:
    assert repr(A @ W) == "A W"
    assert repr(constant(Fraction(1, 2))) == str(constant(Fraction(1, 2))) == "1/2"


def test_representation_without_printers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expr, "display", None)
    assert repr(A @ W) == "<the product of A, W, sizes (2, 4)>"
    assert repr(named("T", (n, 3)).T) == "<T_n_3, sizes (3, n)>"
    assert repr(constant(Fraction(1, 2))) == "<1/2, sizes ()>"
    assert str(Sum([v] * 9)) == "<the sum of v, v, v, …, sizes (3,)>"


@pytest.mark.parametrize("function", [np.dot, np.kron, np.inner, np.outer, np.vdot])
def test_functions_of_numpy_refuse_expressions(function: Callable[..., object]) -> None:
    with pytest.raises(ArgumentError, match="does not take expressions"):
        function(A, W)


def test_functions_of_numpy_say_why() -> None:
    with pytest.raises(ArgumentError, match=r"^NumPy's function dot does not take expressions"):
        np.dot(A, W)
    with pytest.raises(ArgumentError, match=r"^A_2_3 is an expression, not an array"):
        np.asarray(named("A", (2, 3)))


def test_unhelpful_operations_fail() -> None:
    for call in (lambda: len(A), lambda: list(A), lambda: 2 in A, lambda: A < B, lambda: float(s)):  # type: ignore[arg-type,call-overload,misc,operator]
        with pytest.raises(TypeError):
            call()
