"""How long it takes until the first gradients of a network are there: 2, 20 and 200 layers.

The network is that of the paper's §6.2: tanh layers, a squared loss, weights that are kept small. We derive
the gradients, compile them, and call the program once; JAX traces and compiles ``jit(grad(loss))`` and
calls it once. Beside them torch, which compiles nothing, runs forward and backward once. Nothing is
remembered between two times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

import bracketcalc as bc
from benchmarks.case import OURS, Case, Setting, Values
from benchmarks.peers import Loss, Torch, libraries
from bracketcalc.testing.timing import Run, take_turns

SAMPLES, UNITS = 16, 8
LAMBDA = 0.1
TOLERANCE = 1e-9


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the depths."""
    for layers in (2, 5) if setting.quick else (2, 20, 200):
        yield first_gradients(layers, setting)


def first_gradients(layers: int, setting: Setting) -> Case:
    """Return the time until the first loss and gradients of a network as a case."""
    values = arrays(layers)
    wanted = [name for name in values if name not in "XY"]
    placed = setting.arrays(values)
    loss = partial(written, layers)

    def ours() -> tuple[Any, ...]:
        formula, weights = network(layers)
        program = bc.compile([formula, *bc.gradient(formula, weights)])
        found: tuple[Any, ...] = program(**placed, lam=LAMBDA)
        return found

    runs: dict[str, Run] = {OURS: ours}
    for library in libraries(setting):
        runs[library.name] = partial(_first_call, library, loss, values, wanted)
    note = partial(_parts, layers)
    return Case(
        f"{layers} layers", "float64", runs, TOLERANCE, note=note, rounds=3, beside=frozenset([Torch.name])
    )


def _first_call(library: Any, loss: Loss, values: Values, wanted: list[str]) -> Any:
    """Return the first result of a function that the library has not seen before."""
    return library.gradients(partial(loss), values, wanted)()


def network(layers: int) -> tuple[bc.Expr, list[bc.Tensor]]:
    """Return the loss and the parameters W_1, b_1, W_2, …"""
    parameters = [f"W_{j}[h{j - 1},h{j}] b_{j}[h{j}]" for j in range(1, layers + 1)]
    X, Y, lam, *weights = bc.tensors(f"X[n,h0] Y[n,h{layers}] lam " + " ".join(parameters))
    last: bc.Expr = X
    for j, (W, b) in enumerate(zip(weights[::2], weights[1::2], strict=True), start=1):
        A = bc.define(f"A_{j}", last @ W + bc.outer(bc.ones("n"), b))
        last = bc.define(f"Z_{j}", bc.tanh(A))
    loss = bc.dot(last - Y, last - Y) / (2 * X.sizes[0])
    for W in weights[::2]:
        loss += lam / 2 * bc.dot(W, W)
    return loss, weights


def written(layers: int, xp: Any, v: Mapping[str, Any]) -> Any:
    """Return the loss of the network for a peer."""
    last = v["X"]
    for j in range(1, layers + 1):
        last = xp.tanh(last @ v[f"W_{j}"] + v[f"b_{j}"])
    kept_small = sum((v[f"W_{j}"] ** 2).sum() for j in range(1, layers + 1))
    return ((last - v["Y"]) ** 2).sum() / (2 * SAMPLES) + LAMBDA / 2 * kept_small


def arrays(layers: int) -> Values:
    """Return random X, Y and parameters."""
    draw = np.random.default_rng(0)
    values = dict(zip("XY", draw.standard_normal((2, SAMPLES, UNITS)), strict=True))
    for j in range(1, layers + 1):
        values[f"W_{j}"] = draw.standard_normal((UNITS, UNITS)) / UNITS
        values[f"b_{j}"] = draw.standard_normal(UNITS) / UNITS
    return values


def _parts(layers: int) -> str:
    """Return how long the parts of our way take."""
    formula, weights = network(layers)
    seconds = take_turns(
        {"gradient": lambda: bc.gradient(formula, weights), "derive": lambda: bc.derive(formula, weights)},
        0,
    )
    gradient, derive = (f"{1e3 * times.least:.1f} ms" for times in seconds.values())
    return f"of this gradient {gradient}; derive, with its steps, takes {derive}"
