"""Elements and bounds: both ways of computing them, and the functions that are made of them."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.functions.bounds import MANY, at_least, at_most, larger
from bracketcalc.functions.piecewise import ELU, LEAKY_RELU

SPECIAL = np.array([-np.inf, -1e300, -1e3, -2.0, -0.0, 0.0, 0.5, 2.0, 1e3, 1e300, np.inf, np.nan])


@pytest.mark.parametrize("repeats", [1, MANY])
@pytest.mark.parametrize("bound", [-2.0, 0.0, 0.75])
def test_bounds_are_those_of_numpy(repeats: int, bound: float) -> None:
    for dtype in (np.float64, np.float32):
        x = np.tile(SPECIAL[np.abs(SPECIAL) != 1e300], repeats).astype(dtype)
        for found, wanted in ((at_least, np.maximum), (at_most, np.minimum)):
            value = found(np, x, bound)
            assert value.dtype == dtype
            np.testing.assert_array_equal(value, wanted(x, dtype(bound)))


def test_larger_writes_over_the_second_array_only() -> None:
    x, own = np.array([1.0, -1.0, np.nan]), np.array([0.0, 0.0, 0.0])
    found = larger(np, x, own)
    assert found is own
    np.testing.assert_array_equal(found, [1.0, 0.0, np.nan])
    np.testing.assert_array_equal(x, [1.0, -1.0, np.nan])
    assert larger(np, np.array(2.0), np.float64(3.0)) == 3.0


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0, -0.5, 2.0, -3.0])
def test_leaky_relu_of_every_slope(slope: float) -> None:
    x = SPECIAL[1:] if slope == 0 else SPECIAL
    below = slope * np.minimum(x, 0)
    np.testing.assert_array_equal(LEAKY_RELU.value(np, x, slope), np.where(x > 0, x, below))


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, -1.0])
def test_elu_of_every_number(alpha: float) -> None:
    found = ELU.value(np, SPECIAL, alpha)
    below = alpha * np.expm1(np.where(SPECIAL > 0, 0, SPECIAL))
    np.testing.assert_array_equal(found, np.where(SPECIAL > 0, SPECIAL, below))
