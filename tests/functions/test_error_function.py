"""erf and erfc to the last places, on all of their branches."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from bracketcalc.functions.error_function import ERF, ERFC, GELU
from bracketcalc.functions.gaussian import BLOCK

EPS = np.finfo(np.float64).eps
GRID = np.concatenate([np.linspace(-28, 28, 20001), np.logspace(-300, -1, 500), [0.46875, 4.0, -4.0]])


def test_erf_has_full_relative_accuracy() -> None:
    exact = np.array([math.erf(x) for x in GRID])
    np.testing.assert_allclose(ERF.value(np, GRID), exact, rtol=4 * EPS, atol=0)


def test_erf_agrees_with_scipy() -> None:
    np.testing.assert_allclose(ERF.value(np, GRID), special.erf(GRID), rtol=4 * EPS, atol=0)


def test_full_accuracy_around_knots() -> None:
    middles = (np.arange(-4096, 4096) + 0.5) / 1024
    for x in (middles, np.nextafter(middles, 9), np.nextafter(middles, -9), middles + 0.5 / 1024):
        for record, exact in ((ERF, math.erf), (ERFC, math.erfc)):
            np.testing.assert_allclose(
                record.value(np, x), [exact(e) for e in x.tolist()], rtol=4 * EPS, atol=0
            )


def test_erfc_has_full_relative_accuracy_in_the_tail() -> None:
    exact = np.array([math.erfc(x) for x in GRID])
    # Below 1e-300 the numbers lose digits on their way to underflow.
    np.testing.assert_allclose(ERFC.value(np, GRID), exact, rtol=6 * EPS, atol=1e-300 * EPS)


def exact_gelu(x: float) -> float:
    """Return x erfc(-x/√2) / 2, with what the rounding of x/√2 leaves out."""
    scaled = -x * math.sqrt(0.5)
    with localcontext(prec=60):
        left = float(-Decimal(x) / Decimal(2).sqrt() - Decimal(scaled))
    normal = math.erfc(scaled) / 2 - math.exp(-scaled * scaled) * left / math.sqrt(math.pi)
    return x * normal


def test_gelu_has_full_relative_accuracy() -> None:
    x = np.concatenate([np.linspace(-6, 9, 20001), GRID[-503:]])
    exact = np.array([exact_gelu(e) for e in x.tolist()])
    np.testing.assert_allclose(GELU.value(np, x), exact, rtol=6 * EPS, atol=0)


def test_gelu_far_to_the_left() -> None:
    x = np.array([-6.0, -6.1, -12.0, -30.0])
    exact = [exact_gelu(e) for e in x.tolist()]
    # Rounding x/√2 changes erfc by about x² units in the last place.
    np.testing.assert_allclose(GELU.value(np, x), exact, rtol=1000 * EPS)


def test_float32() -> None:
    x = np.linspace(-12, 12, 4001, dtype=np.float32)
    for record, exact in ((ERF, special.erf), (ERFC, special.erfc)):
        value = record.value(np, x)
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, exact(x.astype(float)), rtol=1e-6, atol=1e-37)


def test_single_precision_is_right_to_eight_units_in_the_last_place() -> None:
    x = np.concatenate([np.linspace(-12, 9, 20001), np.logspace(-30, -1, 500), [0.0, 0.46875, 4, -4]])
    x = x.astype(np.float32)
    for record, exact in ((ERF, math.erf), (ERFC, math.erfc)):
        expected = np.array([exact(float(e)) for e in x])
        errors = np.abs(record.value(np, x) - expected) / np.spacing(expected.astype(np.float32))
        assert errors.max() <= 8


def test_single_precision_at_the_ends() -> None:
    x = np.array([-np.inf, -1e30, 10.1, 30, 1e30, np.inf, np.nan], np.float32)
    erfc = ERFC.value(np, x)
    np.testing.assert_allclose(erfc, [2, 2, 2.8e-46, 0, 0, 0, np.nan], atol=1.5e-45)
    np.testing.assert_array_equal(GELU.value(np, x[[1, 4, 5]]), x[[1, 4, 5]] * [0, 1, 1])


@given(st.floats(allow_nan=False))
def test_symmetry_and_range(x: float) -> None:
    erf = float(ERF.value(np, np.array(x)))
    erfc = float(ERFC.value(np, np.array(x)))
    assert float(ERF.value(np, np.array(-x))) == -erf
    assert -1 <= erf <= 1
    assert 0 <= erfc <= 2
    assert erf + erfc == pytest.approx(1, abs=2 * EPS)


def test_large_arrays_are_computed_block_by_block_with_the_same_values() -> None:
    x = np.random.default_rng(0).standard_normal((3, 2 * BLOCK + 5)) * 3
    for record in (ERF, ERFC, GELU):
        whole = record.value(np, x[:, ::2])
        assert whole.shape == x[:, ::2].shape
        rows = [record.value(np, part) for part in np.array_split(x[1, ::2], 7)]
        np.testing.assert_array_equal(whole[1], np.concatenate(rows))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_special_values(dtype: Any) -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, 1e38, -1e38], dtype)
    wanted = {
        ERF: [0, -0.0, 1, -1, np.nan, x[5] * dtype(2 / math.sqrt(math.pi)), 1, -1],
        ERFC: [1, 1, 0, 2, np.nan, 1, 0, 2],
        GELU: [0, -0.0, np.inf, -0.0, np.nan, x[5] / 2, x[6], -0.0],
    }
    for record, values in wanted.items():
        found = record.value(np, x)
        np.testing.assert_allclose(found, np.array(values, dtype), rtol=1e-5, atol=1e-45)
        np.testing.assert_array_equal(np.signbit(found)[:4], np.signbit(values)[:4])


def test_other_types_have_series() -> None:
    x = np.linspace(-3, 3, 61).astype(np.longdouble)
    for record, exact in ((ERF, special.erf), (ERFC, special.erfc)):
        value = record.value(np, x)
        assert value.dtype == np.longdouble
        np.testing.assert_allclose(value.astype(float), exact(x.astype(float)), rtol=8 * EPS)
