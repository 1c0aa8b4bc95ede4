"""Every function of the table, and users' functions, inside programs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.compiler.compile import compile, evaluate
from bracketcalc.compiler.program.ufuncs import ufunc_name
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import ones, scalar, tensors
from bracketcalc.expr.core import POWER, Expr, constant
from bracketcalc.expr.number import Number
from bracketcalc.functions.forms import (
    FORMS,
    ElementwiseForm,
    apply_to,
    det,
    function,
    inv,
    relu,
    step,
    subtensor_function,
)
from bracketcalc.functions.piecewise import MANY
from bracketcalc.functions.table import ELEMENTWISE, SUBTENSOR
from bracketcalc.reference import evaluate as reference

X, v, s = tensors("X[n,d] v[d] s")
(Q,) = tensors("Q[m,n,n]")

PARAMETERS: dict[str, tuple[Number, ...]] = {
    "leaky_relu": (0.2,),
    "elu": (1.5,),
    "maximum": (0.3,),
    "minimum": (0.3,),
    "power": (3,),
}


def inside(name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return random numbers inside the domain of a function."""
    low, high = ELEMENTWISE[name].domain(*PARAMETERS.get(name, ()))
    low, high = max(low, -2.0), min(high, 2.0)
    margin = (high - low) / 20
    return np.random.default_rng(0).uniform(low + margin, high - margin, shape)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_elementwise_functions(name: str, dtype: Any) -> None:
    form = ElementwiseForm(name, ELEMENTWISE[name])
    exprs: list[Expr] = [form(x, *PARAMETERS.get(name, ())) for x in (X, s, X.T, outer(ones("n"), v))]
    values = {"X": inside(name, (4, 3)), "s": inside(name, ()), "v": inside(name, (3,))}
    tolerance = 1e-12 if dtype == np.float64 else 2e-4
    for expr, result in zip(
        exprs, evaluate(exprs, **{k: x.astype(dtype) for k, x in values.items()}), strict=True
    ):
        assert result.dtype == dtype
        np.testing.assert_allclose(
            result, reference(expr, values, {"n": 4}), rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_functions_of_numbers_are_computed_beforehand(name: str) -> None:
    expr = ElementwiseForm(name, ELEMENTWISE[name])(constant(Fraction(1, 2)), *PARAMETERS.get(name, ()))
    program = compile(expr)
    if ELEMENTWISE[name].domain(*PARAMETERS.get(name, ()))[0] < 0.5:
        np.testing.assert_allclose(program(), reference(expr, {}), rtol=1e-15)
        assert {step.kernel for step in program.report().path} <= {"full"}


@pytest.mark.parametrize("name", SUBTENSOR)
def test_functions_on_subtensors(name: str) -> None:
    record = SUBTENSOR[name]
    values = np.random.default_rng(0).standard_normal((2, 3, 3)) + 3 * np.eye(3)
    for positions in ((0,), (0, 1), (1, 0)) if record.ndim == 1 else ((0,),):
        rest = [axis for axis in range(3) if axis not in positions]
        if len(rest) == record.ndim:
            expr = apply_to(record, Q, positions)
            np.testing.assert_allclose(evaluate(expr, Q=values), reference(expr, {"Q": values}), rtol=1e-11)


def test_a_function_on_equal_subtensors_is_computed_once_for_all() -> None:
    f = compile(FORMS["softmax"](outer(ones("n"), v)).sum(axis=0))
    assert f.report(v=5, n=1000).path[0].result == (5,)
    value = np.arange(5.0)
    np.testing.assert_allclose(f(v=value, n=3), 3 * np.exp(value) / np.exp(value).sum(), rtol=1e-14)


EXPONENTS: list[Number] = [
    0,
    1,
    2,
    3,
    4,
    5,
    -1,
    -2,
    -3,
    0.5,
    1.5,
    -0.5,
    Fraction(1, 2),
    Fraction(-1, 3),
    2.0,
]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers(exponent: Number) -> None:
    value = np.random.default_rng(0).uniform(0.5, 2, (4, 3))
    np.testing.assert_allclose(evaluate(X**exponent, X=value), value ** float(exponent), rtol=1e-14)
    np.testing.assert_allclose(
        evaluate(2 / X**exponent, X=value), 2 * value ** -float(exponent), rtol=1e-14
    )


def test_functions_that_are_one_call_of_the_namespace() -> None:
    found = {name: ufunc_name(record) for name, record in ELEMENTWISE.items() if ufunc_name(record)}
    for name, ufunc in found.items():
        x = inside(name, (5,))
        np.testing.assert_array_equal(getattr(np, ufunc)(x), ELEMENTWISE[name].value(np, x))
    assert {"exp", "log", "tanh", "sin"} <= set(found)
    assert not {"relu", "sigmoid", "softplus", "power", "gelu"} & set(found)
    assert ufunc_name(POWER) == ""


# -- users' functions -----------------------------------------------------------------------------------


def test_a_users_function_sees_arrays_with_all_methods() -> None:
    def clipped(xp: Any, x: Any) -> Any:
        result = x.copy()
        result[x > 1] = 1
        return result

    f = function("clipped", clipped)
    np.testing.assert_array_equal(evaluate([f(v), f(s), f(v.sum())], v=[0.5, 2.0], s=3)[0], [0.5, 1])
    clipped_numbers = evaluate([f(s), f(v.sum())], v=[0.25, 0.5], s=3.0)
    assert [float(number) for number in clipped_numbers] == [1, 0.75]


def test_a_users_function_may_return_its_argument_or_a_view() -> None:
    same, backwards = (
        function("same", lambda xp, x: x),
        subtensor_function("backwards", 1, lambda sizes: sizes, lambda xp, x: x[..., ::-1]),
    )
    value = np.arange(3.0)
    results = evaluate([same(v), backwards(v), same(v) + 1], v=value)
    for result, want in zip(results, ([0, 1, 2], [2, 1, 0], [1, 2, 3]), strict=True):
        np.testing.assert_array_equal(result, want)
        assert not np.shares_memory(result, value)
        result[...] = 9
    np.testing.assert_array_equal(value, [0, 1, 2])


def test_a_users_function_in_another_type_is_converted() -> None:
    f = function("wide", lambda xp, x: x.astype(np.float64) * 2)
    assert evaluate(f(v), v=np.ones(2, np.float32)).dtype == np.float32


def test_a_users_function_with_a_wrong_shape_is_an_error() -> None:
    f = function("short", lambda xp, x: x[:1])
    with pytest.raises(ShapeError) as caught:
        evaluate(f(v), v=np.ones(3))
    assert str(caught.value) == (
        "the value of short has shape (1,), but it must have shape (3,)\n"
        "  hint: correct the function's value"
    )


def test_two_functions_with_one_name_are_different() -> None:
    one, two = function("f", lambda xp, x: x + 1), function("f", lambda xp, x: x + 2)
    results: Iterator[Any] = iter(evaluate([one(v), two(v), one(scalar("s"))], v=[0.0], s=0.0))
    assert [float(result.sum()) for result in results] == [1, 2, 1]


@pytest.mark.parametrize("size", [0, 1, 5, MANY])
def test_the_step_of_what_was_rectified_is_its_sign(size: int) -> None:
    f = compile([relu(-2 * v), step(-2 * v) * v, relu(v), step(v)])
    given = np.random.default_rng(0).standard_normal(size)
    given[:4] = np.array([0.0, -0.0, np.nan, np.inf])[: min(size, 4)]
    with np.errstate(invalid="ignore"):
        found = f(v=given)
        wanted = [np.maximum(-2 * given, 0), np.heaviside(-2 * given, 0) * given, np.maximum(given, 0)]
        wanted.append(np.heaviside(given, 0))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    kernels = [operation.kernel for operation in f.report(v=size).path]
    assert (kernels.count("sign"), kernels.count("step")) == ((2, 0) if size < MANY else (0, 2))


def test_a_step_alone_stays_a_step() -> None:
    assert "step" in [operation.kernel for operation in compile([step(v), relu(v + 1)]).report(v=3).path]


@pytest.mark.skipif(np.longdouble(1).itemsize == 8, reason="no longer numbers than float64 here")
def test_linear_algebra_in_longer_numbers_than_numpy_has_is_refused() -> None:
    A, B = tensors("A[n,n] B[n,k]")
    wide = np.eye(3, dtype=np.longdouble)
    for expr in (inv(A), inv(A) @ B, det(A)):
        f = compile(expr)
        given = {"A": wide, "B": wide} if "B" in f.arguments else {"A": wide}
        with pytest.raises(
            ArgumentError, match=r"^(inv|solve|det) cannot be computed in float\d+: .*\n.*pass"
        ):
            f(**given)
    assert compile(A @ B)(A=wide, B=wide).dtype == np.longdouble
