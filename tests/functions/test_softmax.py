"""softmax, log_softmax and logsumexp where a naive formula overflows, underflows or divides 0 by 0."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from bracketcalc.expr.core import Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import TensorFunction
from bracketcalc.functions.softmax import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX
from bracketcalc.reference import evaluate

INF, NAN = np.inf, np.nan
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
@pytest.mark.parametrize(
    ("logits", "softmax", "log_softmax", "logsumexp"),
    [
        ([1e4, 0, -1e4], [1, 0, 0], [0, -1e4, -2e4], 1e4),
        ([-1e4, -1e4], [0.5, 0.5], [-np.log(2)] * 2, -1e4 + np.log(2)),
        ([-INF, 0, 0], [0, 0.5, 0.5], [-INF, -np.log(2), -np.log(2)], np.log(2)),
        ([-INF, 3], [0, 1], [-INF, 0], 3),
        ([-INF, -INF], [NAN, NAN], [NAN, NAN], -INF),
        ([-INF], [NAN], [NAN], -INF),
        ([INF, 0], [NAN, NAN], [NAN, NAN], INF),
        ([INF, 1e4], [NAN, NAN], [NAN, NAN], INF),
        ([INF, -INF], [NAN, NAN], [NAN, NAN], INF),
        ([NAN, 0], [NAN, NAN], [NAN, NAN], NAN),
        ([7], [1], [0], 7),
    ],
)
def test_extremes(
    logits: list[float],
    softmax: list[float],
    log_softmax: list[float],
    logsumexp: float,
    dtype: type[np.floating[Any]],
) -> None:
    # The second row shows that a bad row does not spoil its neighbour.
    x = np.array([logits, [0.0] * len(logits)], dtype=dtype)
    close = partial(np.testing.assert_allclose, rtol=2 * float(np.finfo(dtype).eps), atol=0)
    for record, expected in ((SOFTMAX, softmax), (LOG_SOFTMAX, log_softmax), (LOGSUMEXP, logsumexp)):
        found = record.value(np, x)
        assert found.dtype == dtype
        close(found[0], expected, err_msg=record.name)
        close(found[1], record.value(np, np.zeros(len(logits), dtype=dtype)))
        assert np.isfinite(found[1]).all()


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=6), st.floats(-1e4, 1e4))
def test_agrees_with_scipy(logits: list[float], shift: float) -> None:
    x = np.array(logits)
    scale = 1 + np.abs(x).max()
    np.testing.assert_allclose(SOFTMAX.value(np, x), special.softmax(x), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(LOG_SOFTMAX.value(np, x), special.log_softmax(x), atol=1e-15 * scale)
    np.testing.assert_allclose(LOGSUMEXP.value(np, x), special.logsumexp(x), atol=1e-15 * scale)
    assert SOFTMAX.value(np, x).sum() == pytest.approx(1, abs=1e-15 * 6)


def test_differentials_with_a_masked_logit_are_finite() -> None:
    x = np.array([[-INF, 0, 0], [1e4, 0, -1e4]])
    direction = np.array([[5.0, 1, 3], [1, 1, 2]])
    X, dX = Tensor("X", (2, 3)), Tensor("dX", (2, 3))
    expected: dict[TensorFunction, list[Any]] = {
        SOFTMAX: [[0, -0.5, 0.5], [0, 0, 0]],
        LOG_SOFTMAX: [[3, -1, 1], [0, 0, 1]],
        LOGSUMEXP: [2, 1],
    }
    for record, value in expected.items():
        assert record.differential is not None
        expr = record.differential(X, Map(record, X, 1), dX, 1)
        np.testing.assert_allclose(evaluate(expr, {"X": x, "dX": direction}), value, atol=1e-15)


@DTYPES
def test_weights_that_vanish_beside_the_largest(dtype: type[np.floating[Any]]) -> None:
    x = np.array([[0.0, -50, -80, -690, -710, -1e30, -INF], [0, 0, 0, 0, 0, 0, 0]], dtype)
    found = SOFTMAX.value(np, x)
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(found[0, :4], special.softmax(x[0])[:4], rtol=8 * eps)
    assert (found[0, 4:] == 0).all()
    np.testing.assert_allclose(found[1], 1 / 7, rtol=2 * eps)
