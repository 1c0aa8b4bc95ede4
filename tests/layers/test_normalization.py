"""Normalization, residual connections and dropout against torch and JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.reference import evaluate
from tests.layers.peer import check_layer, check_second_order, random_arrays

X, g, b, M, m, v, W, c = bc.tensors("X[n,t,d] g[d] b[d] M[n,t,d] m[d] v[d] W[d,d] c[d]")
SIZES = [{"n": 3, "t": 5, "d": 7}, {"n": 2, "t": 1, "d": 2}, {"n": 1, "t": 3, "d": 17}]
Peer = Callable[[Any, Any], Any]


def _layer_norm(xp: Any, x: Any, given: Any) -> Any:
    variance = ((x - x.mean(-1)[..., None]) ** 2).mean(-1)[..., None]
    return given["g"] * (x - x.mean(-1)[..., None]) / xp.sqrt(variance + 1e-5) + given["b"]


def _batch_norm(xp: Any, x: Any, given: Any) -> Any:
    centred = x - x.mean((0, 1))
    return given["g"] * centred / xp.sqrt((centred**2).mean((0, 1)) + 1e-5) + given["b"]


def _torch_layer_norm(torch: Any, given: Any) -> Any:
    return torch.nn.functional.layer_norm(given["X"], given["g"].shape, given["g"], given["b"])


def _torch_batch_norm(torch: Any, given: Any) -> Any:
    rows = given["X"].reshape(-1, given["X"].shape[-1])
    out = torch.nn.functional.batch_norm(rows, None, None, given["g"], given["b"], training=True)
    return out.reshape(given["X"].shape)


def _torch_given(torch: Any, given: Any) -> Any:
    rows = given["X"].reshape(-1, given["X"].shape[-1])
    out = torch.nn.functional.batch_norm(rows, given["m"], given["v"], given["g"], given["b"])
    return out.reshape(given["X"].shape)


def _jax_given(jax: Any, given: Any) -> Any:
    return given["g"] * (given["X"] - given["m"]) / jax.numpy.sqrt(given["v"] + 1e-5) + given["b"]


def _residual(torch: Any, given: Any) -> Any:
    xp = getattr(torch, "numpy", torch)
    x = given["X"] * given["M"] / (1 - 0.25)
    return x + xp.tanh(x @ given["W"] + given["c"])


def _block(x: bc.Expr) -> bc.Expr:
    return bc.tanh(layers.dense(x, W, c))


CASES: dict[str, tuple[bc.Expr, list[bc.Tensor], Peer, Peer]] = {
    "layer_norm": (
        layers.layer_norm(X, g, b),
        [X, g, b],
        _torch_layer_norm,
        lambda jax, given: _layer_norm(jax.numpy, jax.numpy.asarray(given["X"]), given),
    ),
    "batch_norm": (
        layers.batch_norm(X, g, b),
        [X, g, b],
        _torch_batch_norm,
        lambda jax, given: _batch_norm(jax.numpy, jax.numpy.asarray(given["X"]), given),
    ),
    "batch_norm_with": (layers.batch_norm_with(X, (m, v), g, b), [X, g, b], _torch_given, _jax_given),
    "residual": (layers.residual(layers.dropout(X, M, 0.25), _block), [X, W, c], _residual, _residual),
}


def arrays(sizes: dict[str, int]) -> dict[str, Any]:
    values = random_arrays([X, g, b, M, m, v, W, c], sizes)
    values["M"] = (values["M"] > 0).astype(float)
    values["v"] = values["v"] ** 2 + 0.5
    return values


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_the_peers(name: str, sizes: dict[str, int]) -> None:
    output, wrt, in_torch, in_jax = CASES[name]
    check_layer(output, wrt, arrays(sizes), in_torch, in_jax)


@pytest.mark.parametrize("name", ["layer_norm", "batch_norm"])
def test_second_derivatives(name: str) -> None:
    output = CASES[name][0]
    check_second_order((output**2).sum() / 2 + bc.dot(output, M), X, arrays(SIZES[0]))


def test_a_row_of_equal_elements_is_finite() -> None:
    Y = layers.layer_norm(X, g, b)
    values = arrays(SIZES[0]) | {"X": np.ones((3, 5, 7))}
    f = bc.compile([Y, bc.gradient(Y.sum(), X)])
    assert all(np.isfinite(x).all() for x in f(**{name: values[name] for name in f.arguments}))


def test_the_equations_of_a_layer_norm() -> None:
    Z, G = bc.tensors("Z[n,d] G[n,d]")
    text = str(bc.derive(bc.dot(layers.layer_norm(Z, g, b, name="1"), G), Z))
    assert "C_1 = Z - 1/d Z 𝟏 𝟏ᵀ" in text
    assert "v_1 = 1/d (C_1 ⊙ C_1) 𝟏" in text
    assert "∇_{Z}J = ∇_{C_1}J - 1/d ∇_{C_1}J 𝟏 𝟏ᵀ" in text


def test_two_layers_have_intermediates_of_different_names() -> None:
    Z = bc.tensor("Z", ("n", "d"))
    inner = layers.layer_norm(Z, g, b, name="1")
    both = layers.layer_norm(inner, g, b, name="2")
    assert "v_2 = " in str(bc.derive((both**2).sum(), Z))


def test_the_mean_of_some_axes() -> None:
    values = arrays(SIZES[0])
    np.testing.assert_allclose(evaluate(layers.mean(X, (0, -1)), values), values["X"].mean((0, 2)))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="the ε of a normalization is 0"):
        layers.layer_norm(X, g, b, epsilon=0)
    with pytest.raises(ArgumentError, match="the rate of dropout is 1"):
        layers.dropout(X, M, 1)
    with pytest.raises(ShapeError, match="multiplied element-wise with"):
        layers.dropout(X, g, 0.5)
    with pytest.raises(ShapeError, match="added to"):
        layers.residual(X, lambda x: x.sum(axis=0))
    with pytest.raises(ShapeError, match="a scale has the axis of features"):
        layers.layer_norm(X, M, b)
    with pytest.raises(ShapeError, match="s has 0 axes, but X has 1 beside those of its samples"):
        layers.batch_norm_with(X, (bc.scalar("s"), v), g, b)
