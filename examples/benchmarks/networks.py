"""Loss and gradients of the paper's networks (§6.3, §6.4): compiled, against NumPy, JAX and torch.

The NumPy functions are the final equations of the paper, written by hand and with care for time: no array
is made that is not needed. JAX is jitted, with ``scan`` for the recurrent network; torch runs eagerly. All
get the same arrays and must agree before they are timed; they run in turns, so that all see the same load
of the machine. Peers that are not installed are left out.

    python examples/benchmarks/networks.py [--quick] [--only fcnn|rnn]
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.traverse import tensors_in

Array = npt.NDArray[Any]
Values = dict[str, Array]
Run = Callable[[], Any]

TOLERANCE = {"float64": 1e-9, "float32": 2e-3}
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


@dataclass(frozen=True)
class Case:
    """A network: its loss, its parameters, the arrays, and the loss or the gradients for the peers."""

    name: str
    loss: bc.Expr
    parameters: Sequence[bc.Tensor]
    values: Values
    by_hand: Callable[[Values], tuple[Any, ...]]
    peer: Callable[[Any, Mapping[str, Any]], Any]

    @property
    def wanted(self) -> list[str]:
        return [parameter.name for parameter in self.parameters]


# -- the networks ---------------------------------------------------------------------------------------


def fcnn(name: str, dtype: str, batch: int, widths: Sequence[int]) -> Case:
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
    return Case(
        f"fcnn {name} {dtype}",
        layers.softmax_cross_entropy(net.output, labels),
        net.parameters,
        {key: np.ascontiguousarray(value.astype(dtype)) for key, value in values.items()},
        partial(fcnn_by_hand, depth),
        partial(fcnn_peer, depth),
    )


def rnn(name: str, dtype: str, batch: int, length: int, widths: Sequence[int]) -> Case:
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
    return Case(
        f"rnn {name} {dtype}",
        loss,
        [W, U, b, V, c],
        {key: np.ascontiguousarray(value.astype(dtype)) for key, value in values.items()},
        rnn_by_hand,
        rnn_peer,
    )


# -- NumPy by hand: the final equations of the paper ----------------------------------------------------


def cross_entropy(logits: Array, labels: Array, count: int) -> tuple[Any, Array]:
    """Return the loss and 1/N (s¹(O) - Y), in the place of the logits."""
    logits -= logits.max(axis=-1, keepdims=True)
    picked = np.vdot(logits, labels)
    np.exp(logits, out=logits)
    total = logits.sum(axis=-1, keepdims=True)
    loss = (np.log(total).sum() - picked) / count
    logits /= total
    logits -= labels
    logits /= count
    return loss, logits


def fcnn_by_hand(depth: int, v: Values) -> tuple[Any, ...]:
    """Return the loss and ∇_{W_j}J = Z_{j-1}ᵀ S_j, ∇_{b_j}J = S_jᵀ 𝟏 (§6.3)."""
    Z = [v["X"]]
    for j in range(1, depth + 1):
        A = Z[-1] @ v[f"W_{j}"]
        A += v[f"b_{j}"]
        Z.append(np.tanh(A, out=A) if j < depth else A)
    loss, S = cross_entropy(Z.pop(), v["Y"], len(v["X"]))
    found: list[Any] = []
    for j in range(depth, 0, -1):
        found = [Z[j - 1].T @ S, S.sum(axis=0), *found]
        if j > 1:
            S = S @ v[f"W_{j}"].T
            slope = Z[j - 1] * Z[j - 1]
            np.subtract(1, slope, out=slope)
            S *= slope
    return (loss, *found)


def rnn_by_hand(v: Values) -> tuple[Any, ...]:
    """Return the loss and the gradients of W, U, b, V, c: the final equations of §6.4."""
    X, W, U, b, V, c, Y = (v[name] for name in "XWUbVcY")
    steps, count = len(X), X.shape[1]
    Z = np.empty((steps + 1, *v["Z0"].shape), X.dtype)
    Z[0] = v["Z0"]
    E = np.empty((steps, count, len(c)), X.dtype)
    loss = 0.0
    for t in range(steps):
        A = Z[t] @ W
        A += X[t] @ U
        A += b
        np.tanh(A, out=Z[t + 1])
        part, E[t] = cross_entropy(Z[t + 1] @ V + c, Y[t], count)
        loss += part
    dW, dU, dV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)
    db, dc, later = np.zeros_like(b), np.zeros_like(c), np.zeros_like(Z[0])
    for t in range(steps, 0, -1):
        G = later + E[t - 1] @ V.T
        G *= 1 - Z[t] * Z[t]
        dW += Z[t - 1].T @ G
        dU += X[t - 1].T @ G
        db += G.sum(axis=0)
        dV += Z[t].T @ E[t - 1]
        dc += E[t - 1].sum(axis=0)
        later = G @ W.T
    return loss, dW, dU, db, dV, dc


# -- the peers ------------------------------------------------------------------------------------------


class Torch:
    """What the losses use of torch."""

    def __init__(self, torch: Any) -> None:
        self.tanh, self.log_softmax = torch.tanh, lambda x: torch.log_softmax(x, -1)
        self.stack = torch.stack

    def states(self, step: Callable[[Any, Any], Any], first: Any, over: Any) -> Any:
        found = []
        for x in over:
            first = step(first, x)
            found.append(first)
        return self.stack(found)


class Jax:
    """What the losses use of JAX."""

    def __init__(self, jax: Any) -> None:
        self.tanh, self.log_softmax, self.scan = jax.numpy.tanh, jax.nn.log_softmax, jax.lax.scan

    def states(self, step: Callable[[Any, Any], Any], first: Any, over: Any) -> Any:
        def both(z: Any, x: Any) -> tuple[Any, Any]:
            after = step(z, x)
            return after, after

        return self.scan(both, first, over)[1]


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


def runners(case: Case) -> dict[str, Run]:
    """Return what computes the loss and the gradients, by name; the compiled program first."""
    program = bc.compile([case.loss, *bc.gradient(case.loss, list(case.parameters))])
    names = {tensor.name for tensor in tensors_in([case.loss])}
    given = {name: value for name, value in case.values.items() if name in names}
    found: dict[str, Run] = {
        "bracketcalc": lambda: program(**given),
        "NumPy by hand": lambda: case.by_hand(case.values),
    }
    if find_spec("torch"):
        found["torch"] = torch_runner(case)
    if find_spec("jax"):
        found["JAX jit"] = jax_runner(case)
    return found


def torch_runner(case: Case) -> Run:
    torch = import_module("torch")
    xp = Torch(torch)
    v = {key: torch.tensor(value, requires_grad=key in case.wanted) for key, value in case.values.items()}
    leaves = [v[name] for name in case.wanted]

    def run() -> tuple[Any, ...]:
        loss = case.peer(xp, v)
        return (loss.detach().numpy(), *(g.numpy() for g in torch.autograd.grad(loss, leaves)))

    return run


def jax_runner(case: Case) -> Run:
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    xp = Jax(jax)
    fixed = {key: jax.numpy.asarray(v) for key, v in case.values.items() if key not in case.wanted}
    leaves = [jax.numpy.asarray(case.values[name]) for name in case.wanted]

    def loss(parameters: Sequence[Any], data: Mapping[str, Any]) -> Any:
        return case.peer(xp, {**data, **dict(zip(case.wanted, parameters, strict=True))})

    both = jax.jit(jax.value_and_grad(loss))

    def run() -> tuple[Any, ...]:
        value, gradients = jax.block_until_ready(both(leaves, fixed))
        return value, *gradients

    return run


# -- comparing ------------------------------------------------------------------------------------------


def differences(case: Case, found: Mapping[str, Run]) -> list[str]:
    """Return a line for each result that differs from that of the compiled program."""
    ours, *theirs = [run() for run in found.values()]
    tolerance = TOLERANCE[str(case.values["X"].dtype)]
    wrong = []
    for name, results in zip(list(found)[1:], theirs, strict=True):
        for what, one, two in zip(["J", *case.wanted], ours, results, strict=True):
            scale = max(float(np.max(np.abs(one), initial=0)), 1.0)
            error = float(np.max(np.abs(np.asarray(one) - np.asarray(two)), initial=0)) / scale
            if not error < tolerance:
                wrong.append(f"{case.name}: {what} of {name} differs by {error:.1e}")
    return wrong


def microseconds(runs: Mapping[str, Run], seconds: float) -> dict[str, tuple[float, float]]:
    """Return the median and the least time of a call of each, over rounds that take turns.

    Every round begins with another one: threads of the one before may still be busy.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    calls = {}
    for name, run in runs.items():
        begun = time.perf_counter()
        run()
        calls[name] = max(1, int(2e-3 / (time.perf_counter() - begun)))
    until = time.perf_counter() + seconds
    order = list(runs.items())
    while time.perf_counter() < until or len(times[order[0][0]]) < 5:
        order = [*order[1:], order[0]]
        for name, run in order:
            begun = time.perf_counter()
            for _ in range(calls[name]):
                run()
            times[name].append((time.perf_counter() - begun) / calls[name] * 1e6)
    return {name: (median(found), min(found)) for name, found in times.items()}


def memory(case: Case, run: Run) -> tuple[int, int]:
    """Return the peak memory of a run of an RNN, and that of the states and the pre-activations."""
    run()
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    length, batch, _ = case.values["X"].shape
    hidden, classes = case.values["V"].shape
    states = (length + 1) * batch * hidden
    # Backward there are ∇_{A_t}J and ∇_{O_t}J beside the states Z_t; forward A_t and O_t.
    needed = states + length * batch * (hidden + classes)
    return peak, needed * case.values["X"].itemsize


def cases(quick: bool, only: str | None) -> list[Case]:
    """Return the networks to compare."""
    found: list[Case] = []
    for dtype in ("float64", "float32"):
        for name in ("small",) if quick else FCNN:
            if only != "rnn":
                found.append(fcnn(name, dtype, *FCNN[name]))
            if only != "fcnn":
                found.append(rnn(name, dtype, *RNN[name]))
    return found


def main() -> None:
    """Compare the values, then the times, then the memory."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="the small sizes, for a short time")
    options.add_argument("--only", choices=("fcnn", "rnn"), help="one kind of network")
    chosen = options.parse_args()
    for case in cases(chosen.quick, chosen.only):
        found = runners(case)
        wrong = differences(case, found)
        if wrong:
            sys.exit("\n".join(wrong))
        times = microseconds(found, 0.05 if chosen.quick else 3)
        ours = times["bracketcalc"]
        for place, kind in enumerate(("median", "least")):
            line = "  ".join(
                f"{name} {value[place]:9.1f} µs ({value[place] / ours[place]:5.2f})"
                for name, value in times.items()
            )
            print(f"{case.name if place == 0 else '':21s} {kind:6s}  {line}")
        if case.name.startswith("rnn"):
            peak, needed = memory(case, found["bracketcalc"])
            print(f"{'':21s}  peak {peak / 1e6:.3f} MB, {peak / needed:.2f} of states and pre-activations")


if __name__ == "__main__":
    main()
