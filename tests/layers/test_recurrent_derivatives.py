"""Jacobians and Hessians through recurrences, against those of unrolled loops in torch and JAX at 1e-10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers

X, Z0, W, U, b, T = bc.tensors("X[t,n,h] Z0[n,h] W[h,h] U[h,h] b[h] T[t,n,h]")
SHAPES = {"X": (4, 2, 3), "Z0": (2, 3), "W": (3, 3), "U": (3, 3), "b": (3,), "T": (4, 2, 3)}
NAMES = ("W", "U", "b", "Z0", "X")


def arrays() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(5)
    return {name: draw.standard_normal(shape) for name, shape in SHAPES.items()}


def plain() -> bc.Expr:
    return layers.rnn(X, Z0, W, U, b)


def gated() -> bc.Expr:
    return layers.gru(X, Z0, (W, W, U), (U, U, W), (b, b, b))


def plain_peer(xp: Any, v: Mapping[str, Any]) -> Any:
    z, found = v["Z0"], []
    for x in v["X"]:
        z = xp.tanh(z @ v["W"] + x @ v["U"] + v["b"])
        found.append(z)
    return xp.stack(found)


def gated_peer(xp: Any, v: Mapping[str, Any]) -> Any:
    def sigmoid(a: Any) -> Any:
        return 1 / (1 + xp.exp(-a))

    z, found = v["Z0"], []
    for x in v["X"]:
        reset = sigmoid(z @ v["W"] + x @ v["U"] + v["b"])
        keep = reset
        new = xp.tanh((reset * z) @ v["U"] + x @ v["W"] + v["b"])
        z = keep * z + (1 - keep) * new
        found.append(z)
    return xp.stack(found)


CASES: dict[str, tuple[Callable[[], bc.Expr], Callable[..., Any]]] = {
    "rnn": (plain, plain_peer),
    "gru": (gated, gated_peer),
}


def with_torch(function: Callable[..., Any], name: str, kind: str) -> np.ndarray:
    torch = pytest.importorskip("torch")
    values = {key: torch.tensor(value) for key, value in arrays().items()}
    take = getattr(torch.autograd.functional, kind)
    return np.asarray(take(lambda x: function(torch, {**values, name: x}), values[name]))


def with_jax(function: Callable[..., Any], name: str, kind: str) -> np.ndarray:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        values = {key: jax.numpy.asarray(value) for key, value in arrays().items()}
        take = {"jacobian": jax.jacrev, "hessian": jax.hessian}[kind]
        return np.asarray(take(lambda x: function(jax.numpy, {**values, name: x}))(values[name]))


def value(expr: bc.Expr) -> np.ndarray:
    f = bc.compile(expr)
    given = arrays()
    return np.asarray(f(**{name: given[name] for name in f.arguments}))


@pytest.mark.parametrize("peer", [with_torch, pytest.param(with_jax, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_jacobians(case: str, name: str, peer: Callable[..., np.ndarray]) -> None:
    states, unrolled = CASES[case][0](), CASES[case][1]
    variable = {"W": W, "U": U, "b": b, "Z0": Z0, "X": X}[name]
    found = value(bc.jacobian(states, variable))
    np.testing.assert_allclose(found, peer(unrolled, name, "jacobian"), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("peer", [with_torch, pytest.param(with_jax, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["W", "Z0", "b"])
@pytest.mark.parametrize("case", CASES)
def test_hessians(case: str, name: str, peer: Callable[..., np.ndarray]) -> None:
    states, unrolled = CASES[case][0](), CASES[case][1]
    variable = {"W": W, "b": b, "Z0": Z0}[name]
    found = value(bc.hessian(layers.squared_error(states, T), variable))

    def loss(xp: Any, v: Mapping[str, Any]) -> Any:
        return ((unrolled(xp, v) - v["T"]) ** 2).sum() / 2

    np.testing.assert_allclose(found, peer(loss, name, "hessian"), rtol=1e-10, atol=1e-10)
