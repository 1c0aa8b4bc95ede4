"""Adding windows up: every tap at its place, whether windows overlap, touch or lie apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.backends.windows import window_operations

FOLD = window_operations(np)["fold"]


@given(
    windows=st.integers(0, 4),
    taps=st.integers(1, 4),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    padding=st.integers(0, 2),
    more=st.integers(-2, 3),
    last=st.booleans(),
)
def test_each_element_is_the_sum_of_the_taps_that_see_it(  # noqa: PLR0917
    windows: int, taps: int, stride: int, dilation: int, padding: int, more: int, last: bool
) -> None:
    reach = stride * (windows - 1) + dilation * (taps - 1) + 1
    size = max(reach - 2 * padding + more, 0)
    # The axis of taps stands last, or right behind that of the windows.
    x = np.random.default_rng(0).standard_normal((2, windows, 3, taps))
    x, tap = (x, 3) if last else (np.ascontiguousarray(np.moveaxis(x, 3, 2)), 2)
    wanted = np.zeros((2, size, 3))
    for window in range(windows):
        for k in range(taps):
            place = window * stride + k * dilation - padding
            if 0 <= place < size:
                wanted[:, place] += x[:, window, :, k] if last else x[:, window, k]
    found = FOLD(x, (2, size, 3), (1, tap), (stride, dilation, padding))
    np.testing.assert_allclose(found, wanted, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_windows_side_by_side_are_only_moved(dtype: str) -> None:
    x = np.arange(24).reshape(2, 3, 4).astype(dtype)
    found = FOLD(x, (2, 12), (1, 2), (4, 1, 0))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, x.reshape(2, 12))
