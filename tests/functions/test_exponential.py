"""sigmoid and softplus to the last places, where exp(-x) overflows too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.functions.exponential import SIGMOID, SILU, SOFTPLUS

EXTENDED = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps
ORDINARY = np.concatenate([np.linspace(-708, 708, 20001), [0.0, -0.0, 1e-300, -1e-300, 20, -20, 1e-17]])
EXTREME = np.array([-750.0, -745, -740, -720, -709.8, 0, 3, 800])


def _ulps(found: Any, exact: Any) -> Any:
    return np.abs((found.astype(np.longdouble) - exact) / np.spacing(found))


@pytest.mark.skipif(not EXTENDED, reason="needs extended precision to compare with")
@pytest.mark.parametrize("x", [ORDINARY, EXTREME, ORDINARY[::-3], ORDINARY[:1]])
def test_sigmoid_is_right_to_two_units_in_the_last_place(x: Any) -> None:
    exact = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    assert _ulps(SIGMOID.value(np, x), exact).max() <= 2


@pytest.mark.skipif(not EXTENDED, reason="needs extended precision to compare with")
def test_softplus_is_right_to_two_units_in_the_last_place() -> None:
    x = ORDINARY
    exact = np.log1p(np.exp(-np.abs(x.astype(np.longdouble)))) + np.maximum(x, 0)
    assert _ulps(SOFTPLUS.value(np, x), exact).max() <= 2


@pytest.mark.parametrize("x", [np.linspace(-80, 80, 4001), np.array([-103.0, -95, -88.8, 0, 20, 100])])
def test_sigmoid_in_single_precision(x: Any) -> None:
    x = x.astype(np.float32)
    value = SIGMOID.value(np, x)
    assert value.dtype == np.float32
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert (np.abs(value - exact) / np.spacing(value)).max() <= 4


@pytest.mark.parametrize("record", [SIGMOID, SOFTPLUS, SILU], ids=lambda record: record.name)
@pytest.mark.parametrize("shape", [(), (0,), (1, 3), (2, 0)])
def test_shapes_dtypes_and_arguments_are_kept(record: Any, shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64):
        x = np.full(shape, -1000, dtype)
        before = x.copy()
        value = np.asarray(record.value(np, x))
        assert value.shape == shape
        assert value.dtype == dtype
        assert not np.any(value)
        np.testing.assert_array_equal(x, before)


def test_nan_and_infinity() -> None:
    x = np.array([np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(SIGMOID.value(np, x), [np.nan, 1, 0])
    np.testing.assert_array_equal(SOFTPLUS.value(np, x), [np.nan, np.inf, 0])


@pytest.mark.skipif(not EXTENDED, reason="needs extended precision to compare with")
@pytest.mark.parametrize("record", [SIGMOID, SOFTPLUS, SILU], ids=lambda record: record.name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_element_does_not_depend_on_the_others(record: Any, dtype: Any) -> None:
    ordinary = np.random.default_rng(0).standard_normal(1001).astype(dtype)
    alone = record.value(np, ordinary)
    far = np.array([-np.inf, -1e30, -750, -710, -89, 89, 710, 1e30, np.inf, np.nan], dtype)
    together = record.value(np, np.concatenate([ordinary, far]))
    np.testing.assert_array_equal(together[:1001], alone)
    wide = far.astype(np.longdouble)
    kept = np.maximum(wide, -11000)
    exact = {
        "sigmoid": 1 / (1 + np.exp(-kept)),
        "softplus": np.where(wide > 0, wide, np.log1p(np.exp(np.minimum(wide, 0)))),
        "silu": kept / (1 + np.exp(-kept)),
    }[record.name]
    # A subnormal exponential has few digits, or none.
    least = 1000 * float(np.finfo(dtype).smallest_subnormal)
    np.testing.assert_allclose(
        together[1001:].astype(np.longdouble), exact, rtol=4 * np.finfo(dtype).eps, atol=least
    )
    for given, found in zip(far, together[1001:], strict=True):
        np.testing.assert_array_equal(record.value(np, np.array([given])), [found])
