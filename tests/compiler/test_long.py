"""Recurrences of many steps, wide sums and products, heavy sharing."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.algebra import dot, einsum
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr, Sum, product, scale
from bracketcalc.functions.forms import tanh

W, h, x = tensors("W[n,n] h[n] x[n]")


def recurrence(steps: int, definitions: bool = False) -> Expr:
    state: Expr = h
    for k in range(steps):
        state = tanh(state @ W + x)
        if definitions:
            state = define(f"h{k}", state)
    return state


def run_by_hand(steps: int, W: np.ndarray, h: np.ndarray, x: np.ndarray) -> np.ndarray:
    for _ in range(steps):
        h = np.tanh(h @ W + x)
    return h


VALUES = {
    "W": np.random.default_rng(0).standard_normal((3, 3)) / 3,
    "h": np.random.default_rng(1).standard_normal(3),
    "x": np.random.default_rng(2).standard_normal(3),
}


def test_a_recurrence_of_5000_steps() -> None:
    f = compile(recurrence(5000))
    np.testing.assert_allclose(f(**VALUES), run_by_hand(5000, **VALUES), rtol=1e-12)


@pytest.mark.parametrize("definitions", [False, True])
@pytest.mark.long
def test_each_step_of_a_recurrence_writes_over_the_last(definitions: bool) -> None:
    f = compile(recurrence(800, definitions))
    assert f.report(W=(3, 3), h=3, x=3).peak_bytes == 2 * 3 * 8
    source = f.source()
    assert source.count("tanh(") >= 800
    assert ("h799 = " in source) == definitions


@pytest.mark.long
def test_a_recurrence_of_20000_steps() -> None:
    f = compile(recurrence(20000))
    np.testing.assert_allclose(f(**VALUES), run_by_hand(20000, **VALUES), rtol=1e-12)


def test_the_gradient_of_a_recurrence() -> None:
    steps = 300
    loss = recurrence(steps).sum()
    value, slope = compile([loss, gradient(loss, W)])(**VALUES)
    np.testing.assert_allclose(value, run_by_hand(steps, **VALUES).sum(), rtol=1e-12)
    direction = np.random.default_rng(3).standard_normal((3, 3))
    moved = [
        run_by_hand(steps, **{**VALUES, "W": VALUES["W"] + e * direction}).sum() for e in (1e-6, -1e-6)
    ]
    np.testing.assert_allclose((slope * direction).sum(), (moved[0] - moved[1]) / 2e-6, rtol=1e-6)


def test_the_gradient_of_a_recurrence_holds_states_and_two_matrices() -> None:
    steps, n = 100, 50
    loss = recurrence(steps).sum()
    peak = compile(gradient(loss, W)).report(W=(n, n), h=n, x=n).peak_bytes
    assert peak <= 8 * (2 * n * n + 3 * steps * n)


def test_a_sum_of_many_terms_and_a_product_of_many_factors() -> None:
    vectors = tensors(" ".join(f"v{k}[n]" for k in range(300)))
    values = {v.name: np.full(2, 1 + k / 1000) for k, v in enumerate(vectors)}
    everything = np.array(list(values.values()))
    total = Sum([scale(k, v) for k, v in enumerate(vectors)])
    whole = product(1, [(v, "n") for v in vectors], "n")
    inner = product(1, [(v, "n") for v in vectors], "")
    results = compile([total, whole, inner])(**values)
    np.testing.assert_allclose(results[0], np.arange(300) @ everything, rtol=1e-12)
    np.testing.assert_allclose(results[1], everything.prod(axis=0), rtol=1e-12)
    np.testing.assert_allclose(results[2], everything.prod(axis=0).sum(), rtol=1e-12)


def test_a_chain_of_200_matrices_takes_the_cheap_order() -> None:
    matrices = tensors(" ".join(f"M{k}[{10 + k % 3},{10 + (k + 1) % 3}]" for k in range(200)))
    (v,) = tensors("v[12]")
    expr = product(1, [(M, (k, k + 1)) for k, M in enumerate(matrices)] + [(v, (200,))], (0,))
    values = {M.name: np.full(tuple(map(int, M.sizes)), 0.09) for M in matrices}  # type: ignore[arg-type]
    f = compile(expr)
    want = np.ones(12)
    for M in reversed(matrices):
        want = values[M.name] @ want
    np.testing.assert_allclose(f(**values, v=np.ones(12)), want, rtol=1e-12)
    report = f.report(**{k: value.shape for k, value in values.items()}, v=12)
    assert report.flops <= 2 * 200 * 12 * 12


def test_doubling_is_linear_in_the_number_of_nodes() -> None:
    state: Expr = x
    for _ in range(60):
        state = tanh(state + einsum("n,n->n", state, state))
    f = compile(dot(state, state))
    assert len(f.report(x=4).path) <= 4 * 60
    want = VALUES["x"]
    for _ in range(60):
        want = np.tanh(want + want * want)
    np.testing.assert_allclose(f(x=VALUES["x"]), want @ want, rtol=1e-10)
