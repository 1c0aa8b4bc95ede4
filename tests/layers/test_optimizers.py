"""Optimizers against torch's, over several steps in one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.layers import AdamRates, AdamState

X, W, Y, V, S, t = bc.tensors("X[n,d] W[d,k] Y[n,k] V[d,k] S[d,k] t")
LOSS = layers.mean_squared_error(bc.tanh(X @ W), Y)
GRADIENT = bc.gradient(LOSS, W)
SHAPES = {"X": (7, 5), "Y": (7, 3), "W": (5, 3)}


def _sgd() -> tuple[bc.Expr, ...]:
    return (layers.sgd(W, GRADIENT, 0.3),)


def _momentum() -> tuple[bc.Expr, ...]:
    return layers.momentum(W, V, GRADIENT, 0.3, 0.8)


def _adam() -> tuple[bc.Expr, ...]:
    after, state = layers.adam(W, AdamState(V, S), GRADIENT, t, AdamRates(0.2, 0.85, 0.99))
    return after, state.first, state.second


def _clipped() -> tuple[bc.Expr, ...]:
    return (layers.sgd(W, layers.clipped_by_norm([GRADIENT], 0.02)[0], 0.3),)


CASES: dict[str, tuple[Callable[[], tuple[bc.Expr, ...]], Callable[[Any, Any], Any]]] = {
    "sgd": (_sgd, lambda torch, w: torch.optim.SGD([w], lr=0.3)),
    "momentum": (_momentum, lambda torch, w: torch.optim.SGD([w], lr=0.3, momentum=0.8)),
    "adam": (_adam, lambda torch, w: torch.optim.Adam([w], lr=0.2, betas=(0.85, 0.99))),
    "clipped": (_clipped, lambda torch, w: torch.optim.SGD([w], lr=0.3)),
}


@pytest.mark.parametrize("name", CASES)
def test_some_steps_are_those_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    update, peer = CASES[name]
    draw = np.random.default_rng(0)
    arrays = {key: draw.standard_normal(shape) for key, shape in SHAPES.items()}
    step = bc.compile([LOSS, *update()])
    w = torch.tensor(arrays["W"], requires_grad=True)
    x, y = torch.tensor(arrays["X"]), torch.tensor(arrays["Y"])
    optimizer = peer(torch, w)
    state: list[Any] = [arrays["W"], np.zeros((5, 3)), np.zeros((5, 3))]
    for number in range(1, 8):
        given = dict(zip("WVS", state, strict=True)) | {"X": arrays["X"], "Y": arrays["Y"], "t": number}
        loss, *found = step(**{key: given[key] for key in step.arguments})
        state[: len(found)] = found
        optimizer.zero_grad()
        expected = ((x @ w).tanh() - y).square().mean()
        expected.backward()
        if name == "clipped":
            torch.nn.utils.clip_grad_norm_([w], 0.02)
        optimizer.step()
        # torch adds 1e-6 to the norm that it divides by.
        tolerance = 1e-5 if name == "clipped" else 1e-10
        np.testing.assert_allclose(loss, expected.item(), rtol=tolerance)
        np.testing.assert_allclose(found[0], w.detach().numpy(), rtol=tolerance, atol=tolerance)


def test_the_norm_of_all_gradients_is_limited() -> None:
    A, B = bc.tensors("A[n] B[k]")
    clip = bc.compile(layers.clipped_by_norm([A, B], 6.5))
    a, b = np.array([3.0, 4.0]), np.array([12.0])
    for scale, factor in ((1, 0.5), (0.25, 1), (0, 1)):
        found = clip(A=scale * a, B=scale * b)
        np.testing.assert_allclose(found[0], factor * scale * a, rtol=1e-14)
        np.testing.assert_allclose(found[1], factor * scale * b, rtol=1e-14)


def test_the_bias_correction_keeps_its_digits() -> None:
    G = bc.tensor("G", W.sizes)
    after, _ = layers.adam(W, AdamState(V, S), G, t, AdamRates(1.0, 0.0, 1 - 1e-12, 0.0))
    ones = np.ones((2, 2))
    values = {"W": 0 * ones, "V": 0 * ones, "S": 0 * ones, "G": ones, "t": 1}
    program = bc.compile(after)
    found = program(**{name: values[name] for name in program.arguments})
    np.testing.assert_allclose(found, -ones, rtol=1e-12)


def test_the_texts_of_updates() -> None:
    A, G, v = bc.tensors("A[d] G[d] v[d]")
    assert str(layers.sgd(A, G, 0.5)) == "A - 0.5 G"
    assert [str(e) for e in layers.momentum(A, v, G, 0.5)] == ["A - 0.5 (0.9 v + G)", "0.9 v + G"]
    after, state = layers.adam(A, AdamState(v, v), G, 1)
    assert [str(state.first), str(state.second)] == ["0.9 v + 0.1 G", "0.999 v + 0.001 G ⊙ G"]
    assert "0.9 v + 0.1 G" in str(after)
    thirds = layers.adam(A, AdamState(v, v), G, 1, AdamRates(first=Fraction(2, 3)))[1]
    assert str(thirds.first) == "2/3 v + 1/3 G"


def test_wrong_arguments_are_refused() -> None:
    G = bc.tensor("G", ("k", "d"))
    with pytest.raises(ShapeError, match="axis 0 of W has size d, but axis 0 of G has size k"):
        layers.sgd(W, G, 0.1)
    with pytest.raises(ArgumentError, match="the limit of a norm is 0"):
        layers.clipped_by_norm([G], 0)
    with pytest.raises(ArgumentError, match="no gradients to clip"):
        layers.clipped_by_norm([], 1)
    with pytest.raises(ArgumentError, match="a decay of Adam is 1"):
        layers.adam(W, AdamState(V, S), V, t, AdamRates(first=1.0))
    with pytest.raises(ShapeError, match="averaged with"):
        layers.adam(W, AdamState(bc.scalar("v"), S), V, t)
