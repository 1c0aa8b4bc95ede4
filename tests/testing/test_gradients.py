"""check_gradient: it passes right gradients, finds wrong ones, and says when it cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.calculus.directional import hvp
from bracketcalc.errors import ArgumentError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import dot, norm, trace
from bracketcalc.expr.build import define, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.functions.forms import (
    abs,
    conj,
    det,
    erf,
    exp,
    function,
    gelu,
    inv,
    log,
    logdet,
    real,
    relu,
    softmax,
    sqrt,
    subtensor_function,
    tanh,
)
from bracketcalc.testing import DIRECTIONS, MAX_ENTRIES, GradientCheck, Method, check_gradient, gradients

x, A, M, B = tensors("x[n] A[n,n] M[n,d] B[n,n]")
VALUES = {
    "x": np.array([0.4, -1.2, 2.0]),
    "A": np.array([[4.0, 1, 0], [0.5, 3, -1], [0, 1, 5]]),
    "M": np.arange(6.0).reshape(3, 2) / 7 - 0.3,
}


@pytest.mark.parametrize(
    ("expr", "variable", "checked"),
    [
        (x @ A @ x, x, 3),
        (x @ A @ x, A, 9),
        (dot(tanh(A @ M), M), M, 6),
        (softmax(A @ x) @ x, x, 3),
        (trace(inv(A)) + det(A) / 10, A, 9),
        (norm(exp(M)), M, 6),
        # What the gradient no longer contains still tells the sizes.
        (M.sum(), M, 6),
        (x @ x, M, 6),
        (tanh(x).sum() ** 3, x, 3),
    ],
)
@pytest.mark.parametrize("method", ["central", "complex"])
def test_right_gradients_pass(expr: Expr, variable: Tensor, checked: int, method: Method) -> None:
    found = check_gradient(expr, variable, VALUES, method=method)
    assert found.name == variable.name
    assert found.method == method
    assert found.checked == checked
    assert found.relative <= found.absolute
    assert found.relative < (1e-9 if method == "central" else 1e-14)


def test_several_variables_give_a_list() -> None:
    found = check_gradient(x @ A @ x, [A, x], VALUES)
    assert [check.name for check in found] == ["A", "x"]
    assert check_gradient(x @ A @ x, [x], VALUES) == [check_gradient(x @ A @ x, x, VALUES)]
    assert check_gradient(x @ A @ x, [], VALUES) == []


def test_the_text_names_the_variable_and_the_errors() -> None:
    check = GradientCheck("W", "central", 2.5e-3, 1.5e-4, 12)
    assert str(check) == (
        "∇_W: relative error 1.5e-04, absolute 2.5e-03 (central differences, 12 compared)"
    )


# -- wrong gradients ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["central", "complex"])
def test_a_wrong_derivative_is_found(method: Method) -> None:
    """A slope that is 1 % too large is an error of 1 % of the largest entry."""
    wrong = function("wrong", lambda xp, x: xp.sin(x), lambda x: 1.01 * sine_slope(x))
    found = check_gradient(wrong(x).sum(), x, VALUES, method=method)
    slopes = np.cos(VALUES["x"])
    np.testing.assert_allclose(found.absolute, 0.01 * np.abs(slopes).max(), rtol=1e-6)
    # All slopes are below 1, so the error is relative to 1.
    assert found.relative == found.absolute


def sine_slope(x: Expr) -> Expr:
    return function("cosine", lambda xp, x: xp.cos(x))(x)


def test_a_wrong_sign_of_one_function_on_sub_tensors_is_found() -> None:
    wrong = subtensor_function(
        "total", 1, (), lambda xp, x: x.sum(axis=-1), lambda x, y, dx, batch: -dx.sum()
    )
    found = check_gradient(wrong(5 * x), x, VALUES)
    np.testing.assert_allclose([found.absolute, found.relative], [10, 2], rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda g: g.T, 0.5),  # the transposed gradient
        (lambda g: g + 1e-4, 1e-4),  # a small offset
        (lambda g: 0 * g, 1.0),  # a term that was dropped in silence
    ],
)
def test_a_wrong_gradient_is_found(
    change: Callable[[Expr], Expr], error: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(expr: Expr, wrt: list[Expr]) -> list[Expr]:
        return [change(g) for g in gradient(expr, wrt)]

    monkeypatch.setattr(gradients, "gradient", wrong)
    weights = {**VALUES, "B": np.array([[0.0, 1, 0], [0.5, 0, 0], [0, 0, 0]])}
    found = check_gradient(dot(A, B), A, weights)
    np.testing.assert_allclose(found.absolute, error, rtol=1e-6)


# -- large arrays, scales, domains ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["central", "complex"])
def test_many_entries_are_checked_along_random_directions(method: Method) -> None:
    shape = (MAX_ENTRIES // 20 + 1, 20)
    X = Tensor("X", shape)
    values = {"X": np.random.default_rng(0).standard_normal(shape)}
    found = check_gradient(dot(tanh(X), X), X, values, method=method)
    assert found.checked == DIRECTIONS
    assert found.relative < 1e-9
    wrong = function("wrong", lambda xp, x: xp.tanh(x), lambda x: 1.001 * (1 - tanh(x) ** 2))
    assert check_gradient(wrong(X).sum(), X, values, method=method).relative > 1e-5


def test_entries_of_very_different_sizes() -> None:
    values = {"x": np.array([1e3, 0.3, -1e-5])}
    assert check_gradient(tanh(x).sum(), x, values).relative < 1e-8
    assert check_gradient(dot(x, x) ** 2, x, {"x": [1e3, 2e5, -1.0]}).relative < 1e-8


def test_steps_stay_inside_the_domain() -> None:
    """log and √ close to 0, where a step of 1e-3 would leave their domain."""
    values = {"x": np.array([1e-4, 2.0, 30.0])}
    assert check_gradient(log(x).sum(), x, values).relative < 1e-7
    assert check_gradient(sqrt(x).sum(), x, values).relative < 1e-7
    assert check_gradient(log(x).sum(), x, values, method="complex").relative < 1e-14


@pytest.mark.parametrize("shape", [(0,), (1,), ()])
@pytest.mark.parametrize("method", ["central", "complex"])
def test_sizes_0_and_1(shape: tuple[int, ...], method: Method) -> None:
    X = Tensor("X", shape)
    found = check_gradient((X**2).sum(), X, {"X": np.full(shape, 3.0)}, method=method)
    assert found.checked == int(np.prod(shape))
    assert found.absolute < 1e-9


def test_values_of_any_real_type() -> None:
    """They are checked in float64 and not changed."""
    single = VALUES["x"].astype(np.float32)
    before = single.copy()
    for given in (single, [1, 2, 3], np.array([1, 0, 2]), np.array([True, False, True])):
        assert check_gradient(exp(x).sum(), x, {"x": given}).relative < 1e-9
    assert np.array_equal(single, before)


def test_other_values_are_ignored() -> None:
    assert check_gradient(x @ x, x, {**VALUES, "other": "text"}).relative < 1e-9


def test_sizes_that_no_array_tells() -> None:
    expr = ones("q") @ ones("q") * (x @ x)
    with pytest.raises(ShapeError, match="the size q is not known"):
        check_gradient(expr, x, VALUES)
    assert check_gradient(expr, x, VALUES, sizes={"q": 7}).relative < 1e-9


# -- where it cannot tell -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [abs, gelu, erf])
def test_a_function_without_a_complex_step_is_refused(form: Callable[[Expr], Expr]) -> None:
    """Its array code drops the imaginary part: that must not look like a wrong gradient."""
    expr = (x * form(x)).sum()
    assert check_gradient(expr, x, VALUES).relative < 1e-8
    with pytest.raises(ArgumentError) as caught:
        check_gradient(expr, x, VALUES, method="complex")
    assert str(caught.value) == (
        "a function of the expression is not analytic, or not computed for complex arguments\n"
        "  hint: use method='central'"
    )


def test_a_complex_step_that_numpy_refuses() -> None:
    floor = function("floor", lambda xp, x: xp.floor(x), lambda x: 0)
    values = {"x": [0.4, -1.2, 2.5]}
    assert check_gradient(floor(x).sum(), x, values).absolute < 1e-9
    with pytest.raises(ArgumentError, match="not computed for complex arguments"):
        check_gradient(floor(x).sum(), x, values, method="complex")
    with pytest.raises(ArgumentError, match="not computed for complex arguments"):
        check_gradient(logdet(A), A, VALUES, method="complex")


def test_a_kink_is_a_large_error() -> None:
    """At 0 the central difference of relu is 1/2, and the chosen slope 0."""
    found = check_gradient(relu(x).sum(), x, {"x": [0.0, 1.0, -1.0]})
    assert found.absolute == pytest.approx(0.5)


def test_values_outside_the_domain_are_refused() -> None:
    for values in ([-1.0, 1, 2], [0.0, 1, 2]):
        with pytest.raises(ArgumentError) as caught:
            check_gradient(log(x).sum(), x, {"x": values})
        assert str(caught.value) == (
            "the slopes along x are not finite at the given values\n"
            "  hint: choose values inside the domain of every function"
        )


@pytest.mark.parametrize(
    ("take", "error", "message"),
    [
        (
            lambda: check_gradient(x @ x, x, VALUES, method="backward"),  # type: ignore[call-overload]
            ArgumentError,
            "method must be one of 'forward', 'central', 'richardson', 'complex', got 'backward'",
        ),
        (lambda: check_gradient(A @ x, x, VALUES), DerivativeError, "it has 1 axes, not 0"),
        (
            lambda: check_gradient(x @ x, define("z", 2 * x), VALUES),
            DerivativeError,
            "z is a definition, whose value cannot be varied",
        ),
        (
            lambda: check_gradient(x @ x, 2 * x, VALUES),
            DerivativeError,
            "cannot differentiate with respect to this Product",
        ),
        (lambda: check_gradient(x @ x, x, {}), ArgumentError, "x has no value\n"),
        (lambda: check_gradient(x @ A @ x, x, {"x": [1, 2]}), ArgumentError, "A has no value\n"),
        (
            lambda: check_gradient(x @ x, x, {"x": [1j, 2, 3]}),
            ArgumentError,
            "the value of x is not an array of real numbers: its type is complex128",
        ),
        (
            lambda: check_gradient(x @ x, x, {"x": ["a", "b"]}),
            ArgumentError,
            "the value of x is not an array of real numbers: its type is <U1",
        ),
        (
            lambda: check_gradient(x @ x, x, {"x": np.ones((2, 2))}),
            ShapeError,
            "x has 1 axis, but its array has 2",
        ),
        (
            lambda: check_gradient(x @ A @ x, x, {**VALUES, "x": np.ones(2)}),
            ShapeError,
            "both are n",
        ),
    ],
)
def test_bad_inputs(take: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        take()
    assert message in str(caught.value)


# -- other differences, and the second order --------------------------------------------------------------


METHODS: list[tuple[Method, float]] = [
    ("forward", 1e-5),
    ("central", 1e-8),
    ("richardson", 1e-10),
    ("complex", 1e-13),
]


@pytest.mark.parametrize(("method", "tolerance"), METHODS)
@pytest.mark.parametrize(
    "expr",
    [x @ A @ x, dot(tanh(A @ M), M), softmax(A @ x) @ x, trace(inv(A)) + det(A) / 10, norm(exp(M))],
)
def test_every_method_passes_right_gradients(expr: Expr, method: Method, tolerance: float) -> None:
    for check in check_gradient(expr, [A, x, M], VALUES, method=method):
        assert check.relative < tolerance
        assert check.orders == (check.relative,)
        assert not check.kinks


@pytest.mark.parametrize("method", ["forward", "central", "richardson", "complex"])
def test_every_method_finds_a_wrong_derivative(method: Method) -> None:
    wrong = function("wrong", lambda xp, x: xp.sin(x), lambda x: 1.001 * sine_slope(x))
    found = check_gradient(wrong(x).sum(), x, VALUES, method=method)
    np.testing.assert_allclose(found.absolute, 0.001 * np.abs(np.cos(VALUES["x"])).max(), rtol=1e-3)


def test_extrapolation_stays_inside_the_domain() -> None:
    values = {"x": np.array([1e-3, 2.0, 30.0])}
    assert check_gradient(log(x).sum(), x, values, method="richardson").relative < 1e-9
    assert check_gradient(sqrt(x).sum(), x, values, method="richardson").relative < 1e-9


@pytest.mark.parametrize(("method", "tolerance"), METHODS)
@pytest.mark.parametrize(
    ("expr", "variables"),
    [
        (softmax(A @ x) @ x, [x, A]),
        (dot(tanh(A @ M), M) ** 2, [M]),
        (log(det(A)) * (x @ (A @ x)) / 9, [x, A]),
        (x @ x, [M, x]),
    ],
)
def test_right_second_derivatives_pass(
    expr: Expr, variables: list[Expr], method: Method, tolerance: float
) -> None:
    for check in check_gradient(expr, variables, VALUES, method=method, order=2):
        assert len(check.orders) == 2
        assert check.relative == max(check.orders) < 10 * tolerance


def test_both_orders_count() -> None:
    first = check_gradient(tanh(x).sum(), x, VALUES)
    both = check_gradient(tanh(x).sum(), x, VALUES, order=2)
    assert both.checked == 2 * first.checked
    assert both.orders[0] == first.relative
    text = str(GradientCheck("W", "central", 2.5e-3, 1.5e-4, 12, (1.5e-4, 1e-9)))
    assert text == (
        "∇_W: relative error 1.5e-04 (order 1), 1.0e-09 (order 2), "
        "absolute 2.5e-03 (central differences, 12 compared)"
    )


def test_a_wrong_second_derivative_is_found() -> None:
    """The slope of sin is right, but the slope of that slope has the wrong sign."""
    cosine = function("cosine", lambda xp, x: xp.cos(x), sine_of)
    sine = function("sine", lambda xp, x: xp.sin(x), cosine)
    found = check_gradient(sine(x).sum(), x, VALUES, order=2)
    assert found.orders[0] < 1e-9
    assert found.orders[1] > 0.1
    assert found.relative == found.orders[1]


def sine_of(x: Expr) -> Expr:
    return function("sine", lambda xp, x: xp.sin(x))(x)


def test_a_wrong_mixed_derivative_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the derivative of ∇_x by M is wrong."""
    right = hvp

    def wrong(expr: Expr, wrt: Expr, direction: Expr, other: Expr) -> Expr:
        found = right(expr, wrt, direction, other)
        return 2 * found if wrt == x and other == M else found

    monkeypatch.setattr(gradients, "hvp", wrong)
    values = {**VALUES, "M": np.arange(6.0).reshape(3, 2)}
    expr = (M.T @ tanh(x)) @ (M.T @ x)
    checks = check_gradient(expr, [x, M], values, order=2)
    assert checks[0].orders[1] > 1e-2
    assert checks[1].relative < 1e-8


def test_an_order_that_is_not_1_or_2() -> None:
    with pytest.raises(ArgumentError, match="order must be 1 or 2, got 3"):
        check_gradient(x @ x, x, VALUES, order=3)


# -- kinks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "values", "kinks"),
    [
        (relu(x).sum(), [0.0, 1, -1], ("relu at 0",)),
        (abs(x - 2).sum() + relu(x).sum(), [0.0, 2, 1], ("abs at 0", "relu at 0")),
        (relu(x).sum(), [1e-3, 1, -1], ()),
        (tanh(x).sum(), [0.0, 0, 0], ()),
    ],
)
def test_a_kink_is_named(expr: Expr, values: list[float], kinks: tuple[str, ...]) -> None:
    found = check_gradient(expr, x, {"x": values})
    assert sorted(found.kinks) == list(kinks)
    said = f"the values are at one ({', '.join(found.kinks)})" in str(found)
    assert said == bool(kinks)
    if not kinks:
        assert found.relative < 1e-9


def test_a_kink_that_does_not_move_is_not_named() -> None:
    """relu is taken of y, and x varies."""
    (y,) = tensors("y[n]")
    found = check_gradient(relu(y) @ x, [x, y], {"x": [1.0, 2, 3], "y": [0.0, 1, 2]})
    assert [check.kinks for check in found] == [(), ("relu at 0",)]


def test_the_kink_of_a_slope_counts_for_the_second_order() -> None:
    """x |x| has a slope everywhere, 2 |x|, and no second derivative at 0."""
    smooth = function("signed_square", lambda xp, x: x * xp.abs(x), lambda x: 2 * abs(x))
    values = {"x": [0.0, 1.0, -2.0]}
    assert check_gradient(smooth(x).sum(), x, values).kinks == ()
    assert check_gradient(smooth(x).sum(), x, values, order=2).kinks == ("abs at 0",)


# -- complex tensors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["forward", "central", "richardson"])
def test_complex_tensors_are_varied_along_both_directions(method: Method) -> None:
    z = tensor("z", "n", assume="complex")
    w = tensor("w", "n", assume="complex")
    values = {"z": np.array([1 + 2j, -1j, 0.5]), "w": np.array([2, 1j, -1 - 1j])}
    loss = norm(z * z - conj(w)) ** 2 + real(conj(z) @ w)
    for check in check_gradient(loss, [z, w], values, method=method, order=2):
        assert check.checked == 12
        assert check.relative < (1e-5 if method == "forward" else 1e-8)


def test_a_wrong_gradient_of_a_complex_tensor_is_found() -> None:
    """A function that is not holomorphic, declared as if it were."""
    z = tensor("z", "n", assume="complex")
    mirror = function("mirror", lambda xp, x: xp.conj(x), lambda x: x**0, on_complex=HOLOMORPHIC)
    assert check_gradient(real(mirror(z) * 1j).sum(), z, {"z": [1 + 2j]}).relative > 0.1


def test_the_complex_step_is_for_real_expressions() -> None:
    z = tensor("z", "n", assume="complex")
    with pytest.raises(ArgumentError) as caught:
        check_gradient(norm(z), z, {"z": [1j]}, method="complex")
    assert str(caught.value) == (
        "the complex step needs an expression of real numbers\n  hint: use method='central'"
    )
    with pytest.raises(ArgumentError, match="the value of z is not an array of numbers"):
        check_gradient(norm(z), z, {"z": ["a"]})
