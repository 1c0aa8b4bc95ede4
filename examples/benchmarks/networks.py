"""Loss and gradients of the paper's networks (§6.3, §6.4), and of the network that reads digits.

The NumPy functions are the final equations of the paper; JAX is jitted, with ``scan`` for the recurrent
network; torch runs eagerly.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

import bracketcalc as bc
from benchmarks.by_hand import digits_by_hand, fcnn_by_hand, rnn_by_hand
from benchmarks.case import BY_HAND, OURS, TOLERANCES, Case, Setting, Values, flops_of, program_run
from benchmarks.peers import Loss, libraries
from bracketcalc import layers
from bracketcalc.testing.timing import Run

FCNN = {
    "small": (32, (64, 32, 10)),
    "medium": (128, (64, 256, 256, 10)),
    "large": (512, (784, 1024, 1024, 10)),
}
RNN = {
    "small": (16, 20, (8, 32, 10)),
    "medium": (32, 50, (64, 128, 32)),
    "large": (64, 100, (128, 256, 64)),
}
DIGITS = (64, 64, 64, 10)


@dataclass(frozen=True)
class Network:
    """A network: its loss, its parameters, the arrays, and the loss or the gradients for the peers."""

    name: str
    loss: bc.Expr
    parameters: Sequence[bc.Tensor]
    values: Values
    peer: Loss
    by_hand: Callable[[Values], tuple[Any, ...]] | None = None


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the networks, in each type."""
    for dtype in setting.dtypes:
        yield network_case(digits(dtype, *DIGITS), setting)
        for size in ("small",) if setting.quick else FCNN:
            yield network_case(fcnn(size, dtype, *FCNN[size]), setting)
            yield network_case(rnn(size, dtype, *RNN[size]), setting)


def network_case(network: Network, setting: Setting) -> Case:
    """Return the loss and the gradients of a network as a case."""
    program = bc.compile([network.loss, *bc.gradient(network.loss, list(network.parameters))])
    dtype = str(next(value.dtype for value in network.values.values() if value.dtype.kind == "f"))
    placed = setting.arrays(network.values)
    runs: dict[str, Run] = {OURS: program_run(program, placed)}
    by_hand = network.by_hand
    if by_hand is not None and setting.device == "cpu":
        runs[BY_HAND] = lambda: by_hand(network.values)
    wanted = [parameter.name for parameter in network.parameters]
    for library in libraries(setting):
        runs[library.name] = library.gradients(network.peer, network.values, wanted)
    flops = flops_of(program, placed, dtype)
    note = partial(memory, network.values, runs[OURS]) if by_hand is rnn_by_hand else None
    return Case(network.name, dtype, runs, TOLERANCES[dtype], flops, note=note)


def digits(dtype: str, n: int, pixels: int, hidden: int, classes: int) -> Network:
    """Return the network of two layers that reads digits, with its weights kept small."""
    X, W1, b1, W2, b2, Y, lam = bc.tensors("X[n,d] W1[d,h] b1[h] W2[h,k] b2[k] Y[n,k] lam")
    e = bc.ones("n")
    Z1 = bc.define("Z1", bc.tanh(X @ W1 + bc.outer(e, b1)))
    P = bc.define("P", bc.softmax(Z1 @ W2 + bc.outer(e, b2), axis=1))
    loss = -bc.dot(bc.log(P), Y) / X.sizes[0] + lam / 2 * (bc.dot(W1, W1) + bc.dot(W2, W2))
    draw = np.random.default_rng(0)
    values = {
        "X": draw.random((n, pixels)),
        "W1": draw.standard_normal((pixels, hidden)) / np.sqrt(pixels),
        "b1": draw.standard_normal(hidden),
        "W2": draw.standard_normal((hidden, classes)) / np.sqrt(hidden),
        "b2": draw.standard_normal(classes),
        "Y": np.eye(classes)[draw.integers(0, classes, n)],
        "lam": np.array(1e-4),
    }
    typed = {key: value.astype(dtype) for key, value in values.items()}
    return Network("digits", loss, [W1, b1, W2, b2], typed, digits_peer, digits_by_hand)


def fcnn(name: str, dtype: str, batch: int, widths: Sequence[int]) -> Network:
    """Return a network with tanh layers and softmax cross-entropy."""
    draw = np.random.default_rng(0)
    inputs = bc.tensor("X", ("n", "d"))
    depth = len(widths) - 1
    labels = bc.tensor("Y", ("n", f"m{depth}"), assume=bc.sums_to_one(axis=1))
    sizes = [f"m{j}" for j in range(1, depth + 1)]
    net = layers.fully_connected(inputs, sizes, [*[bc.tanh] * (depth - 1), None])
    values = {"X": draw.standard_normal((batch, widths[0]))}
    values["Y"] = np.eye(widths[-1])[draw.integers(0, widths[-1], batch)]
    for j, (before, after) in enumerate(pairwise(widths), 1):
        values[f"W_{j}"] = draw.standard_normal((before, after)) / np.sqrt(before)
        values[f"b_{j}"] = draw.standard_normal(after) / 10
    return Network(
        f"fcnn {name}",
        layers.softmax_cross_entropy(net.output, labels),
        net.parameters,
        {key: np.ascontiguousarray(value.astype(dtype)) for key, value in values.items()},
        partial(fcnn_peer, depth),
        partial(fcnn_by_hand, depth),
    )


def rnn(name: str, dtype: str, batch: int, length: int, widths: Sequence[int]) -> Network:
    """Return the network (45) of §6.4."""
    draw = np.random.default_rng(0)
    d, h, k = widths
    X, Z0, W, U, b, V, c = bc.tensors("X[t,n,d] Z0[n,h] W[h,h] U[d,h] b[h] V[h,k] c[k]")
    Y = bc.tensor("Y", ("t", "n", "k"), assume=bc.sums_to_one(axis=2))
    Z = bc.define("Z", layers.rnn(X, Z0, W, U, b))
    loss = -bc.dot(bc.log_softmax(layers.dense(Z, V, c), axis=2), Y) / Z0.sizes[0]
    values = {
        "X": draw.standard_normal((length, batch, d)),
        "Z0": np.zeros((batch, h)),
        "W": draw.standard_normal((h, h)) / np.sqrt(h),
        "U": draw.standard_normal((d, h)) / np.sqrt(d),
        "b": draw.standard_normal(h) / 10,
        "V": draw.standard_normal((h, k)) / np.sqrt(h),
        "c": draw.standard_normal(k) / 10,
        "Y": np.eye(k)[draw.integers(0, k, (length, batch))],
    }
    return Network(
        f"rnn {name}",
        loss,
        [W, U, b, V, c],
        {key: np.ascontiguousarray(value.astype(dtype)) for key, value in values.items()},
        rnn_peer,
        rnn_by_hand,
    )


def fcnn_peer(depth: int, xp: Any, v: Mapping[str, Any]) -> Any:
    z = v["X"]
    for j in range(1, depth + 1):
        z = z @ v[f"W_{j}"] + v[f"b_{j}"]
        z = xp.tanh(z) if j < depth else z
    return -(xp.log_softmax(z) * v["Y"]).sum() / len(v["X"])


def rnn_peer(xp: Any, v: Mapping[str, Any]) -> Any:
    inputs = v["X"] @ v["U"] + v["b"]
    states = xp.states(lambda z, x: xp.tanh(z @ v["W"] + x), v["Z0"], inputs)
    return -(xp.log_softmax(states @ v["V"] + v["c"]) * v["Y"]).sum() / v["X"].shape[1]


def digits_peer(xp: Any, v: Mapping[str, Any]) -> Any:
    logits = xp.tanh(v["X"] @ v["W1"] + v["b1"]) @ v["W2"] + v["b2"]
    kept_small = (v["W1"] ** 2).sum() + (v["W2"] ** 2).sum()
    return -(xp.log_softmax(logits) * v["Y"]).sum() / len(v["X"]) + v["lam"] / 2 * kept_small


def memory(values: Values, run: Run) -> str:
    """Return the peak memory of a run of an RNN, beside that of the states and the pre-activations."""
    run()
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    length, batch, _ = values["X"].shape
    hidden, classes = values["V"].shape
    states = (length + 1) * batch * hidden
    # Backward there are ∇_{A_t}J and ∇_{O_t}J beside the states Z_t; forward A_t and O_t.
    needed = states + length * batch * (hidden + classes)
    needed *= values["X"].itemsize
    return f"peak {peak / 1e6:.3f} MB, {peak / needed:.2f} of states and pre-activations"
