"""Losses against torch's, in float64 at 1e-10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError, ShapeError
from tests.layers.peer import check_against_torch, check_second_order, random_arrays

A, Y = bc.tensors("A[n,k] Y[n,k]")
SIZES = [{"n": 3, "k": 5}, {"n": 1, "k": 1}, {"n": 7, "k": 2}]


def _functional(name: str, **options: Any) -> Callable[[Mapping[str, Any]], Any]:
    def peer(given: Mapping[str, Any]) -> Any:
        functional = pytest.importorskip("torch").nn.functional
        return getattr(functional, name)(given["A"], given["Y"], **options)

    return peer


def _hinge(given: Mapping[str, Any]) -> Any:
    return (1 - given["A"] * given["Y"]).clamp(min=0).mean()


def _divergence(given: Mapping[str, Any]) -> Any:
    functional = pytest.importorskip("torch").nn.functional
    return functional.kl_div(functional.log_softmax(given["A"], 1), given["Y"], reduction="batchmean")


def _rows(array: np.ndarray) -> np.ndarray:
    weights = np.exp(array)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


CASES: dict[str, tuple[bc.Expr, Callable[..., Any], Callable[[np.ndarray], np.ndarray]]] = {
    "mean_squared_error": (layers.mean_squared_error(A, Y), _functional("mse_loss"), lambda y: y),
    "softmax_cross_entropy": (layers.softmax_cross_entropy(A, Y), _functional("cross_entropy"), _rows),
    "cross_entropy": (
        layers.cross_entropy(bc.softmax(A, axis=1), Y),
        _functional("cross_entropy"),
        _rows,
    ),
    "binary_cross_entropy": (
        layers.binary_cross_entropy(A, Y),
        _functional("binary_cross_entropy_with_logits"),
        lambda y: 1 / (1 + np.exp(-y)),
    ),
    "hinge": (layers.hinge(A, Y), _hinge, np.sign),
    "huber": (layers.huber(A, Y, 0.75), _functional("huber_loss", delta=0.75), lambda y: y),
    "kl_divergence": (layers.kl_divergence(A, Y), _divergence, _rows),
}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_torch(name: str, sizes: dict[str, int]) -> None:
    loss, peer, labels = CASES[name]
    values = random_arrays([A, Y], sizes)
    values["Y"] = labels(values["Y"])
    check_against_torch(loss, peer, [A], values)


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "binary_cross_entropy", "kl_divergence"])
def test_second_derivatives(name: str) -> None:
    loss, _, labels = CASES[name]
    values = random_arrays([A, Y], SIZES[0])
    values["Y"] = labels(values["Y"])
    check_second_order(loss, A, values)


@pytest.mark.parametrize("size", [1e3, 1e300])
@pytest.mark.parametrize("name", ["softmax_cross_entropy", "cross_entropy", "binary_cross_entropy"])
def test_extreme_logits_give_finite_losses_and_gradients(name: str, size: float) -> None:
    loss = CASES[name][0]
    logits = np.array([[size, -size, 0.0], [-size, size, size]])
    labels = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    value, gradient = bc.compile([loss, bc.gradient(loss, A)])(A=logits, Y=labels)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_both_routes_to_the_gradient_of_the_cross_entropy_are_one() -> None:
    known = bc.tensor("Y", ("n", "k"), assume=bc.sums_to_one(axis=1))
    for target in (Y, known):
        general = bc.gradient(layers.cross_entropy(bc.softmax(A, axis=1), target), A)
        direct = bc.gradient(layers.softmax_cross_entropy(A, target), A)
        assert bc.equal(general, direct)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ShapeError, match="compared with"):
        layers.mean_squared_error(A, bc.tensor("y", "n"))
    with pytest.raises(ArgumentError, match="width of a Huber loss is 0"):
        layers.huber(A, Y, 0)
    with pytest.raises(ArgumentError, match="penalty of no parameters"):
        layers.l2_penalty([])
