"""Every element-wise record against an independent formula, its derivative against differences."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import special

from bracketcalc.expr.core import Elementwise, Tensor
from bracketcalc.expr.number import Number
from bracketcalc.expr.records import ElementwiseFunction
from bracketcalc.functions.table import ELEMENTWISE
from bracketcalc.reference import evaluate

Case = tuple[str, tuple[Number, ...], Callable[[float], float]]

# Scalar formulas on Python floats, independent of the array code.
FORMULAS: tuple[Case, ...] = (
    ("exp", (), math.exp),
    ("log", (), math.log),
    ("log1p", (), math.log1p),
    ("expm1", (), math.expm1),
    ("tanh", (), math.tanh),
    ("sigmoid", (), special.expit),
    ("softplus", (), lambda x: float(np.logaddexp(0.0, x))),
    ("silu", (), lambda x: x * special.expit(x)),
    ("abs", (), abs),
    ("sign", (), lambda x: (x > 0) - (x < 0)),
    ("step", (), lambda x: float(x > 0)),
    ("relu", (), lambda x: x if x > 0 else 0.0),
    ("leaky_relu", (0.01,), lambda x: x if x > 0 else 0.01 * x),
    ("leaky_relu", (Fraction(1, 3),), lambda x: x if x > 0 else x / 3),
    ("leaky_relu", (1,), lambda x: x),
    ("elu", (1,), lambda x: x if x > 0 else math.expm1(x)),
    ("elu", (Fraction(5, 2),), lambda x: x if x > 0 else 2.5 * math.expm1(x)),
    ("maximum", (0,), lambda x: max(x, 0.0)),
    ("maximum", (Fraction(-3, 4),), lambda x: max(x, -0.75)),
    ("minimum", (0,), lambda x: min(x, 0.0)),
    ("minimum", (1.25,), lambda x: min(x, 1.25)),
    ("sin", (), math.sin),
    ("cos", (), math.cos),
    ("tan", (), math.tan),
    ("arcsin", (), math.asin),
    ("arccos", (), math.acos),
    ("arctan", (), math.atan),
    ("sinh", (), math.sinh),
    ("cosh", (), math.cosh),
    ("arcsinh", (), math.asinh),
    ("arccosh", (), math.acosh),
    ("arctanh", (), math.atanh),
    ("erf", (), math.erf),
    ("erfc", (), math.erfc),
    ("conj", (), lambda x: x),
    ("real", (), lambda x: x),
    ("imag", (), lambda x: 0.0),
    ("gelu", (), lambda x: 0.5 * x * math.erfc(-x / math.sqrt(2))),
    ("power", (-1,), lambda x: 1 / x),
    ("power", (0,), lambda x: 1.0),
    ("power", (1,), lambda x: x),
    ("power", (2,), lambda x: x * x),
    ("power", (3,), lambda x: x**3),
    ("power", (Fraction(1, 2),), math.sqrt),
    ("power", (Fraction(-1, 2),), lambda x: 1 / math.sqrt(x)),
    ("power", (1.7,), lambda x: x**1.7),
)
EACH = pytest.mark.parametrize(
    ("name", "parameters", "formula"), FORMULAS, ids=[f"{name}{list(p)}" for name, p, _ in FORMULAS]
)


def points(record: ElementwiseFunction, parameters: tuple[Number, ...]) -> np.ndarray[Any, Any]:
    """Return points well inside the domain and away from kinks, of both signs where possible."""
    low, high = record.domain(*parameters)
    low, high = max(low, -3.0), min(high, 3.0)
    margin = 0.04 * (high - low)
    candidates = np.linspace(low + margin, high - margin, 42)
    for kink in record.kinks(*parameters):
        candidates = candidates[np.abs(candidates - kink) > 0.02]
    assert len(candidates) >= 40
    return candidates


def slope(record: ElementwiseFunction, parameters: tuple[Number, ...], x: Any) -> Any:
    """Return the value of the record's derivative expression."""
    assert record.derivative is not None
    variable = Tensor("x", np.shape(x))
    derivative = record.derivative(variable, *parameters)
    assert derivative.sizes == variable.sizes
    return evaluate(derivative, {"x": x})


def test_every_record_has_a_formula() -> None:
    assert {name for name, _, _ in FORMULAS} == set(ELEMENTWISE)


@EACH
def test_value(name: str, parameters: tuple[Number, ...], formula: Callable[[float], float]) -> None:
    record = ELEMENTWISE[name]
    x = points(record, parameters)
    expected = [formula(float(element)) for element in x]
    np.testing.assert_allclose(record.value(np, x, *parameters), expected, rtol=4e-15, atol=1e-16)


@EACH
def test_derivative(name: str, parameters: tuple[Number, ...], formula: Callable[[float], float]) -> None:
    x, h = points(ELEMENTWISE[name], parameters), 1e-3

    def difference(step: float) -> Any:
        return np.array([(formula(float(e) + step) - formula(float(e) - step)) / (2 * step) for e in x])

    # Richardson extrapolation: the error is of order h⁴ f⁽⁵⁾ + 1e-16 / h.
    expected = (4 * difference(h / 2) - difference(h)) / 3
    found = slope(ELEMENTWISE[name], parameters, x)
    np.testing.assert_allclose(found, expected, rtol=2e-8, atol=1e-10)


@EACH
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (5, 8)])
def test_shape_and_float32_are_kept(
    name: str,
    parameters: tuple[Number, ...],
    formula: Callable[[float], float],
    shape: tuple[int, ...],
) -> None:
    record = ELEMENTWISE[name]
    x = np.resize(points(record, parameters), shape)
    single = x.astype(np.float32)
    before = single.copy()
    value = record.value(np, single, *parameters)
    assert value.dtype == np.float32
    assert np.shape(value) == shape
    assert np.array_equal(single, before)
    expected = np.vectorize(formula, otypes=[float])(single.astype(float))
    np.testing.assert_allclose(value, expected, rtol=3e-6, atol=3e-7)
    assert record.derivative is not None
    variable = Tensor("x", shape)
    # A constant derivative has no array in it, so the product with x makes it take part in the typing.
    product = variable * record.derivative(variable, *parameters)
    assert evaluate(product, {"x": single}).dtype == np.float32
    assert record.value(np, x, *parameters).dtype == np.float64


@EACH
def test_nan_gives_nan(
    name: str, parameters: tuple[Number, ...], formula: Callable[[float], float]
) -> None:
    if (name, parameters) not in (("power", (0,)), ("imag", ())):
        assert np.isnan(ELEMENTWISE[name].value(np, np.array([np.nan]), *parameters)).all()


@EACH
def test_record_and_node_pickle(
    name: str, parameters: tuple[Number, ...], formula: Callable[[float], float]
) -> None:
    record = ELEMENTWISE[name]
    node = Elementwise(record, parameters, Tensor("x", (3,)))
    again = pickle.loads(pickle.dumps((record, node)))
    assert again == (record, node)
    assert hash(again) == hash((record, node))
    assert again[1].function.value is record.value


LIMITS: dict[str, list[Any]] = {
    # name: (x, f(x), f'(x)) at -inf and +inf, or as far out as float64 goes
    "exp": [(-1e300, 0, 0), (-np.inf, 0, 0), (np.inf, np.inf, np.inf)],
    "tanh": [(-1e300, -1, 0), (1e300, 1, 0), (np.inf, 1, 0)],
    "sigmoid": [(-1e300, 0, 0), (-np.inf, 0, 0), (1e300, 1, 0), (np.inf, 1, 0)],
    "softplus": [(-1e300, 0, 0), (-np.inf, 0, 0), (1e300, 1e300, 1), (np.inf, np.inf, 1)],
    "silu": [(-1e300, 0, 0), (-np.inf, 0, 0), (1e300, 1e300, 1)],
    "relu": [(-np.inf, 0, 0), (np.inf, np.inf, 1)],
    "leaky_relu": [(-1e300, -1e298, 0.01), (np.inf, np.inf, 1)],
    "elu": [(-1e300, -1, 0), (-np.inf, -1, 0), (1e300, 1e300, 1), (np.inf, np.inf, 1)],
    "erf": [(-1e300, -1, 0), (-np.inf, -1, 0), (1e300, 1, 0), (np.inf, 1, 0)],
    "erfc": [(-1e300, 2, 0), (-np.inf, 2, 0), (1e300, 0, 0), (np.inf, 0, 0)],
    "gelu": [(-1e150, 0, 0), (-np.inf, 0, None), (1e150, 1e150, 1), (np.inf, np.inf, None)],
    "arctan": [(-np.inf, -np.pi / 2, 0), (1e150, np.pi / 2, 0)],
}
DEFAULTS: dict[str, tuple[Number, ...]] = {"leaky_relu": (0.01,), "elu": (1,)}


@pytest.mark.parametrize("name", LIMITS)
def test_extremes_without_warnings(name: str) -> None:
    record, parameters = ELEMENTWISE[name], DEFAULTS.get(name, ())
    for x, value, derivative in LIMITS[name]:
        found = record.value(np, np.array([x]), *parameters)
        np.testing.assert_allclose(found, [value], rtol=1e-15, atol=0, err_msg=f"{name}({x})")
        # The derivatives of erf, gelu and arctan square x: float64 overflows to the right limit there.
        with np.errstate(over="ignore"):
            if derivative is not None:
                np.testing.assert_allclose(slope(record, parameters, [x]), [derivative], atol=1e-290)


KINKS: dict[tuple[str, tuple[Number, ...]], tuple[float, float, float]] = {
    # (name, parameters): (kink, value there, derivative there)
    ("abs", ()): (0, 0, 0),
    ("sign", ()): (0, 0, 0),
    ("step", ()): (0, 0, 0),
    ("relu", ()): (0, 0, 0),
    ("leaky_relu", (0.25,)): (0, 0, 0.25),
    ("elu", (2,)): (0, 0, 2),
    ("maximum", (3,)): (3, 3, 0),
    ("minimum", (3,)): (3, 3, 0),
    ("maximum", (0,)): (0, 0, 0),
    ("minimum", (0,)): (0, 0, 0),
}


def test_every_function_with_kinks_is_listed() -> None:
    with_kinks = {n for n, p, _ in FORMULAS if ELEMENTWISE[n].kinks(*p)}
    assert with_kinks == {name for name, _ in KINKS}


@pytest.mark.parametrize(("name", "parameters"), KINKS)
def test_choice_at_kinks(name: str, parameters: tuple[Number, ...]) -> None:
    kink, value, derivative = KINKS[name, parameters]
    record = ELEMENTWISE[name]
    assert record.kinks(*parameters) == (kink,)
    for zero in {kink, -kink} if kink == 0 else {kink}:
        assert record.value(np, np.array([float(zero)]), *parameters) == [value]
        assert slope(record, parameters, [float(zero)]) == [derivative]


@pytest.mark.parametrize(("name", "parameters"), [("leaky_relu", (1,)), ("elu", (1,))])
def test_no_kink_where_both_slopes_agree(name: str, parameters: tuple[Number, ...]) -> None:
    assert ELEMENTWISE[name].kinks(*parameters) == ()
    assert slope(ELEMENTWISE[name], parameters, [0.0]) == [1]


def test_derivative_of_elu_is_exact_far_out() -> None:
    """exp(800) overflows, so it must not be computed even to be multiplied by 0."""
    assert slope(ELEMENTWISE["elu"], (2,), [800.0]) == [1]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_texts(name: str) -> None:
    record = ELEMENTWISE[name]
    assert record.name == name
    if name != "power":
        shown = {"real": "Re", "imag": "Im"}.get(name, name).replace("_", r"\_")
        assert record.latex in (f"\\{name}", r"\operatorname{" + shown + "}")
        assert record.summary
