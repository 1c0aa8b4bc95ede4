"""Functions with kinks on arrays of any size, and on what is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.functions.piecewise import MANY, STEP


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [0, 5, MANY - 1, MANY, 3 * MANY])
def test_steps_of_few_and_of_many(size: int, dtype: Any) -> None:
    numbers = np.random.default_rng(0).standard_normal((2, size, 3)).astype(dtype)
    numbers[:, ::3] = 0
    for x in (numbers, numbers[:, ::2], numbers.T):
        with np.errstate(all="raise"):
            found = STEP.value(np, x)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, (x > 0).astype(dtype))


@pytest.mark.parametrize("size", [6, 2 * MANY])
def test_steps_of_what_is_not_finite(size: int) -> None:
    x = np.linspace(-1, 1, size)
    x[:5] = np.inf, -np.inf, 1e300, -1e300, -0.0
    with np.errstate(all="raise"):
        assert STEP.value(np, x)[:5].tolist() == [1, 0, 1, 0, 0]
    x[3] = np.nan
    found = STEP.value(np, x)
    assert np.isnan(found[3])
    assert np.isnan(found).sum() == 1
    assert found[0] == found[-1] == 1
