"""How long the gradients of a fully connected network take to derive: 2, 20 and 200 layers.

The network is that of the paper's §6.2: tanh layers, a squared loss, weights that are kept small. For each
depth, four things are timed in turns, so that all of them see the same load of the machine:

- ``gradient``: the gradients as expressions,
- ``derive``: the same as a system of named equations, with the differentials that lead there,
- ``jax``: tracing and compiling ``jit(grad(loss))``,
- ``torch``: the first forward and backward pass.

Only the first two give a formula. The others give a program, and they are here as the time that people
are used to wait before the first gradient; they are left out where they are not installed.

    python examples/benchmarks/derive.py [--quick]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import bracketcalc as bc

SAMPLES, UNITS = 16, 8
LAMBDA = 0.1
LIMITS = {("gradient", 2): 10, ("derive", 2): 10, ("gradient", 200): 1000, ("derive", 200): 1000}
"""Milliseconds that deriving should stay under on an idle machine."""

Problem = tuple[bc.Expr, list[bc.Tensor]]


def network(layers: int) -> Problem:
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


def arrays(layers: int) -> tuple[Any, Any, list[Any]]:
    """Return random X, Y and parameters."""
    draw = np.random.default_rng(0)
    X, Y = draw.standard_normal((2, SAMPLES, UNITS))
    shapes = [(UNITS, UNITS), (UNITS,)] * layers
    return X, Y, [draw.standard_normal(shape) / UNITS for shape in shapes]


def jax_way(layers: int) -> Callable[[], object]:
    """Return a function that traces and compiles the gradients."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    X, Y, weights = arrays(layers)

    def compiled() -> object:
        def loss(parameters: list[Any]) -> Any:
            last = X
            for W, b in zip(parameters[::2], parameters[1::2], strict=True):
                last = jnp.tanh(last @ W + b)
            kept_small = sum(jnp.sum(W * W) for W in parameters[::2])
            return jnp.sum((last - Y) ** 2) / (2 * SAMPLES) + LAMBDA / 2 * kept_small

        return jax.jit(jax.grad(loss)).lower(weights).compile()

    return compiled


def torch_way(layers: int) -> Callable[[], object]:
    """Return a function that takes the gradients once, with parameters that are new each time."""
    import torch  # noqa: PLC0415

    X, Y, weights = arrays(layers)
    inputs, labels = torch.tensor(X), torch.tensor(Y)

    def backward() -> object:
        parameters = [torch.tensor(one, requires_grad=True) for one in weights]
        last = inputs
        for W, b in zip(parameters[::2], parameters[1::2], strict=True):
            last = torch.tanh(last @ W + b)
        kept_small = sum((W * W).sum() for W in parameters[::2])
        loss = ((last - labels) ** 2).sum() / (2 * SAMPLES) + LAMBDA / 2 * kept_small
        loss.backward()
        return parameters

    return backward


def ways(layers: int, peers: bool) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name."""
    loss, weights = network(layers)
    found: dict[str, Callable[[], object]] = {
        "gradient": lambda: bc.gradient(loss, weights),
        "derive": lambda: bc.derive(loss, weights),
    }
    for name, way in (("jax", jax_way), ("torch", torch_way)):
        if peers and importlib.util.find_spec(name) is not None:
            found[name] = way(layers)
    return found


def milliseconds(timed: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the shortest time of each, over rounds that take turns."""
    best = dict.fromkeys(timed, float("inf"))
    for _ in range(rounds):
        for name, way in timed.items():
            begun = time.perf_counter()
            way()
            best[name] = min(best[name], 1e3 * (time.perf_counter() - begun))
    return best


def check(layers: int) -> None:
    """Compare the gradients of both ways with differences along a random direction."""
    loss, weights = network(layers)
    X, Y, values = arrays(layers)
    names = [weight.name for weight in weights]
    fixed = {"X": X, "Y": Y, "lam": LAMBDA}
    direction = [np.random.default_rng(1).standard_normal(value.shape) for value in values]

    def at(t: float) -> Any:
        moved = [value + t * step for value, step in zip(values, direction, strict=True)]
        return bc.evaluate(loss, **fixed, **dict(zip(names, moved, strict=True)))

    expected = (at(1e-5) - at(-1e-5)) / 2e-5
    for gradients in (bc.gradient(loss, weights), bc.derive(loss, weights).gradients):
        program = bc.compile(list(gradients))
        needed = {**fixed, **dict(zip(names, values, strict=True))}
        results = program(**needed)
        found = sum(np.vdot(one, step) for one, step in zip(results, direction, strict=True))
        if not abs(found - expected) < 1e-6 * max(1.0, abs(expected)):
            sys.exit(f"the gradients of {layers} layers are wrong: {found}, not {expected}")


def main() -> None:
    """Check the gradients, then print the times."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="2 and 20 layers, one round, no peers")
    quick = options.parse_args().quick

    check(2)
    print("layers      way          ms   ratio to derive")
    for layers in (2, 20) if quick else (2, 20, 200):
        times = milliseconds(ways(layers, peers=not quick), 1 if quick else max(3, 60 // layers))
        for name, best in times.items():
            limit = LIMITS.get((name, layers))
            note = "" if limit is None else f"   (goal: under {limit} ms)"
            print(f"{layers:6d}   {name:>8}  {best:8.1f}   {best / times['derive']:8.2f}{note}")


if __name__ == "__main__":
    main()
