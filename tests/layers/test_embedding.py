"""Embeddings and labels against torch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ShapeError
from tests.layers.peer import check_layer, check_second_order, random_arrays

E, i, P, W, A, y, T = bc.tensors("E[v,d] i[n,t] P[t,d] W[d,k] A[n,t,k] y[n,t] T[k]")
SIZES = [{"v": 7, "d": 3, "n": 2, "t": 5, "k": 4}, {"v": 1, "d": 1, "n": 1, "t": 1, "k": 1}]
LOGITS = layers.with_positions(layers.embedding(E, i), P) @ W
LOSS = layers.softmax_cross_entropy(LOGITS, y)


def arrays(sizes: dict[str, int]) -> dict[str, Any]:
    values = random_arrays([LOGITS, A], sizes)
    draw = np.random.default_rng(1)
    values["i"] = draw.integers(0, sizes["v"], (sizes["n"], sizes["t"]))
    values["y"] = draw.integers(0, sizes["k"], (sizes["n"], sizes["t"]))
    return values


def _torch(torch: Any, given: Any) -> Any:
    return (torch.nn.functional.embedding(given["i"], given["E"]) + given["P"]) @ given["W"]


def _torch_loss(torch: Any, given: Any) -> Any:
    logits = _torch(torch, given)
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), given["y"].reshape(-1))


def _jax(jax: Any, given: Any) -> Any:
    return (jax.numpy.asarray(given["E"])[given["i"]] + given["P"]) @ given["W"]


def _jax_loss(jax: Any, given: Any) -> Any:
    logs = jax.nn.log_softmax(_jax(jax, given))
    return -jax.numpy.take_along_axis(logs, given["y"][..., None], -1).mean()


@pytest.mark.parametrize("sizes", SIZES)
def test_embeddings_are_those_of_the_peers(sizes: dict[str, int]) -> None:
    check_layer(LOGITS, [E, P, W], arrays(sizes), _torch, _jax)


@pytest.mark.parametrize("sizes", SIZES)
def test_losses_of_labels_are_those_of_the_peers(sizes: dict[str, int]) -> None:
    check_layer(LOSS, [E, P, W], arrays(sizes), _torch_loss, _jax_loss)


def test_the_loss_of_probabilities_takes_labels() -> None:
    values = arrays(SIZES[0])
    direct = bc.compile(layers.softmax_cross_entropy(A, y))(A=values["A"], y=values["y"])
    through = bc.compile(layers.cross_entropy(bc.softmax(A), y))(A=values["A"], y=values["y"])
    np.testing.assert_allclose(through, direct, rtol=1e-13)


@pytest.mark.parametrize("variable", [E, W])
def test_second_derivatives(variable: bc.Tensor) -> None:
    check_second_order(LOSS, variable, arrays(SIZES[0]))


def test_the_equations_name_the_rows_of_the_labels() -> None:
    logits, labels = bc.tensors("A[n,k] y[n]")
    gradient = bc.gradient(layers.softmax_cross_entropy(logits, labels), logits)
    assert str(gradient) == "1/n (softmax^{1}(A) - one_hot^{1}(y 𝟏_{k}ᵀ))"
    assert "one_hot" in str(bc.derive(layers.softmax_cross_entropy(logits, labels), logits))


def test_wrong_labels_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"y with sizes \(n, t\) has no label for each row of Q"):
        layers.softmax_cross_entropy(bc.tensor("Q", ("t", "n", "k")), y)
    values = arrays(SIZES[0])
    values["y"][1, 3] = 4
    f = bc.compile(LOSS)
    with pytest.raises(ShapeError, match=r"the index 4 at \[1, 3\] of y is out of range: the size is 4"):
        f(**{name: values[name] for name in f.arguments})
    with pytest.raises(ShapeError, match="not a table"):
        layers.embedding(bc.scalar("s"), i)
    with pytest.raises(ShapeError, match="fewer axes than its positions"):
        layers.with_positions(bc.tensor("x", "d"), P)


def test_an_empty_batch_has_no_mean() -> None:
    f = bc.compile(layers.softmax_cross_entropy(A, y))
    with pytest.raises(ShapeError, match="the expression divides by n, which is 0"):
        f(A=np.zeros((0, 2, 3)), y=np.zeros((0, 2), dtype=int))
