"""Recurrent layers against torch's cells, in float64 at 1e-10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.reference import evaluate
from tests.layers.peer import check_against_torch, check_second_order, random_arrays

X, Z0, C0, T = bc.tensors("X[t,n,d] Z0[n,h] C0[n,h] T[t,n,h]")
SIZES = [
    {"t": 4, "n": 3, "d": 2, "h": 5},
    {"t": 1, "n": 1, "d": 3, "h": 2},
    {"t": 0, "n": 2, "d": 1, "h": 3},
]


def weights(letters: str) -> tuple[list[bc.Tensor], list[bc.Tensor], list[bc.Tensor]]:
    """Return recurrent weights, input weights and biases, one of each for every letter."""
    return (
        [bc.tensor(f"W{letter}", ("h", "h")) for letter in letters],
        [bc.tensor(f"U{letter}", ("d", "h")) for letter in letters],
        [bc.tensor(f"b{letter}", "h") for letter in letters],
    )


def _gate(given: Mapping[str, Any], letter: str, z: Any, x: Any) -> Any:
    return z @ given[f"W{letter}"] + x @ given[f"U{letter}"] + given[f"b{letter}"]


def _total(states: Sequence[Any], given: Mapping[str, Any]) -> Any:
    total = (given["Z0"] * 0).sum()
    for state, target in zip(states, given["T"], strict=True):
        total = total + ((state - target) ** 2).sum() / 2
    return total


def _rnn(given: Mapping[str, Any]) -> Any:
    z, states = given["Z0"], []
    for x in given["X"]:
        z = _gate(given, "", z, x).tanh()
        states.append(z)
    return _total(states, given)


def _gru(given: Mapping[str, Any]) -> Any:
    z, states = given["Z0"], []
    for x in given["X"]:
        reset, keep = _gate(given, "r", z, x).sigmoid(), _gate(given, "f", z, x).sigmoid()
        new = _gate(given, "n", reset * z, x).tanh()
        z = keep * z + (1 - keep) * new
        states.append(z)
    return _total(states, given)


def _lstm(given: Mapping[str, Any]) -> Any:
    z, c, states = given["Z0"], given["C0"], []
    for x in given["X"]:
        enter, keep, leave = (_gate(given, letter, z, x).sigmoid() for letter in "ifo")
        c = keep * c + enter * _gate(given, "g", z, x).tanh()
        z = leave * c.tanh()
        states.append(z)
    return _total(states, given)


def rnn() -> tuple[bc.Expr, list[bc.Tensor]]:
    W, U, b = bc.tensors("W[h,h] U[d,h] b[h]")
    return layers.squared_error(layers.rnn(X, Z0, W, U, b), T), [W, U, b]


def gru() -> tuple[bc.Expr, list[bc.Tensor]]:
    W, U, b = weights("rfn")
    states = layers.gru(X, Z0, (W[0], W[1], W[2]), (U[0], U[1], U[2]), (b[0], b[1], b[2]))
    return layers.squared_error(states, T), [*W, *U, *b]


def lstm() -> tuple[bc.Expr, list[bc.Tensor]]:
    W, U, b = weights("ifog")
    states, _ = layers.lstm(
        X, (Z0, C0), (W[0], W[1], W[2], W[3]), (U[0], U[1], U[2], U[3]), (b[0], b[1], b[2], b[3])
    )
    return layers.squared_error(states, T), [*W, *U, *b]


CASES = {"rnn": (rnn, _rnn), "gru": (gru, _gru), "lstm": (lstm, _lstm)}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_torch(name: str, sizes: dict[str, int]) -> None:
    make, peer = CASES[name]
    loss, parameters = make()
    values = random_arrays([X, Z0, C0, T, *parameters], sizes)
    wrt = [*parameters, Z0] if sizes["t"] else [Z0]
    check_against_torch(loss, peer, wrt, values)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives(name: str) -> None:
    loss, parameters = CASES[name][0]()
    check_second_order(loss, parameters[0], random_arrays([X, Z0, C0, T, *parameters], SIZES[0]))


def test_a_masked_state_stays_at_the_end_of_its_sample() -> None:
    W, U, b, M = bc.tensors("W[h,h] U[d,h] b[h] M[t,n]")

    def step(z: bc.Expr, x: bc.Expr, m: bc.Expr) -> bc.Expr:
        return layers.keep_where(m, bc.tanh(z @ W + layers.dense(x, U, b)), z)

    states = bc.recurrence(step, Z0, (X, M))
    values = random_arrays([X, Z0, W, U, b], SIZES[0])
    lengths = np.array([4, 2, 0])
    values["M"] = (np.arange(4)[:, None] < lengths).astype(float)
    final = evaluate(bc.final_state(states), values)
    for sample, length in enumerate(lengths):
        z = values["Z0"][sample]
        for x in values["X"][:length, sample]:
            z = np.tanh(z @ values["W"] + x @ values["U"] + values["b"])
        np.testing.assert_allclose(final[sample], z, rtol=1e-13)
    for check in bc.check_gradient((bc.final_state(states) ** 2).sum(), [W, U, b, X], values):
        assert check.relative < 1e-8


def test_a_truncated_gradient_goes_back_over_a_part_of_the_sequence() -> None:
    W, P = bc.tensors("W[h,h] P[t]")
    inputs = bc.tensor("X", ("t", "n", "h"))

    def step(z: bc.Expr, x: bc.Expr, p: bc.Expr) -> bc.Expr:
        return bc.tanh(layers.truncated(p, z) @ W + x)

    states = bc.recurrence(step, Z0, (inputs, P))
    loss = (bc.final_state(states) ** 2).sum()
    values = random_arrays([inputs, Z0, W], {"t": 5, "n": 2, "h": 3})
    values["P"] = np.array([1.0, 1.0, 0.0, 1.0, 1.0])
    gradient = bc.gradient(loss, [Z0, inputs])
    to_start, to_inputs = (evaluate(expr, values) for expr in gradient)
    assert not to_start.any()
    assert not to_inputs[:2].any()
    assert to_inputs[2:].all()
    full = dict(values, P=np.ones(5))
    np.testing.assert_allclose(evaluate(loss, values), evaluate(loss, full), rtol=1e-14)
    np.testing.assert_allclose(evaluate(gradient[1], full)[2:], to_inputs[2:], rtol=1e-12)
