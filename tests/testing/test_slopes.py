"""Slopes: every method on functions of known slope, and the refusal of a wrong complex step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.testing.slopes import METHODS, Method, has_complex_step, slope

POINT = np.array([0.5, 2.0, -1.0])
MOVE = np.array([1.0, -0.5, 2.0])
TOLERANCE: dict[Method, float] = {"forward": 1e-6, "central": 1e-9, "richardson": 1e-11, "complex": 1e-14}


@pytest.mark.parametrize("method", METHODS)
def test_known_slopes(method: Method) -> None:
    found = slope(method, lambda x: np.exp(x).sum(), POINT, MOVE)
    assert found == pytest.approx(np.exp(POINT) @ MOVE, rel=TOLERANCE[method])
    found = slope(method, lambda x: (x**5).sum(), 100 * POINT, MOVE)
    assert found == pytest.approx(5 * (100 * POINT) ** 4 @ MOVE, rel=TOLERANCE[method])
    assert slope(method, lambda x: 3.0 + 0 * x.sum(), POINT, MOVE) == 0


def test_undefined_slopes() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(slope("richardson", lambda x: np.log(-np.abs(x)).sum(), POINT, MOVE))


def test_a_complex_step_that_is_dropped() -> None:
    def drops(x: Any) -> Any:
        return np.exp(np.real(x)).sum()

    assert has_complex_step(lambda x: np.exp(x).sum(), POINT)
    assert not has_complex_step(drops, POINT)
