"""One training step of a two-layer network: the compiled program against NumPy written by hand.

Both compute the loss and its four gradients for a batch of 64 digits (64 pixels, 64 hidden units, 10
classes). The two are run in turns, so that both see the same load of the machine.

    python examples/benchmarks/digits_step.py [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

Array = npt.NDArray[Any]
Step = Callable[..., tuple[Any, ...]]

BATCH, PIXELS, HIDDEN, CLASSES = 64, 64, 64, 10
NAMES = ("J", "∇W1", "∇b1", "∇W2", "∇b2")
TOLERANCE = 1e-12


def network() -> tuple[bc.Expr, list[bc.Tensor]]:
    """Return the loss and the parameters."""
    X, W1, b1, W2, b2, Y, lam = bc.tensors("X[n,d] W1[d,h] b1[h] W2[h,k] b2[k] Y[n,k] lam")
    n = X.sizes[0]
    e = bc.ones("n")
    Z1 = bc.define("Z1", bc.tanh(X @ W1 + bc.outer(e, b1)))
    P = bc.define("P", bc.softmax(Z1 @ W2 + bc.outer(e, b2), axis=1))
    loss = -bc.dot(bc.log(P), Y) / n + lam / 2 * (bc.dot(W1, W1) + bc.dot(W2, W2))
    return loss, [W1, b1, W2, b2]


def by_hand(
    *, X: Array, W1: Array, b1: Array, W2: Array, b2: Array, Y: Array, lam: float
) -> tuple[Any, ...]:
    """Return the loss and its gradients, from the formulas of the derivation."""
    n = len(X)
    Z1 = np.tanh(X @ W1 + b1)
    A2 = Z1 @ W2 + b2
    A2 -= A2.max(axis=1, keepdims=True)
    E = np.exp(A2)
    S = E.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * (A2 - np.log(S))) / n + lam / 2 * (np.sum(W1 * W1) + np.sum(W2 * W2))
    D2 = (E / S - Y) / n
    D1 = (D2 @ W2.T) * (1 - Z1 * Z1)
    return loss, X.T @ D1 + lam * W1, D1.sum(axis=0), Z1.T @ D2 + lam * W2, D2.sum(axis=0)


def values() -> dict[str, Any]:
    """Return random data of the sizes of the digits."""
    draw = np.random.default_rng(0)
    return {
        "X": draw.random((BATCH, PIXELS)),
        "W1": draw.standard_normal((PIXELS, HIDDEN)) / np.sqrt(PIXELS),
        "b1": draw.standard_normal(HIDDEN),
        "W2": draw.standard_normal((HIDDEN, CLASSES)) / np.sqrt(HIDDEN),
        "b2": draw.standard_normal(CLASSES),
        "Y": np.eye(CLASSES)[draw.integers(0, CLASSES, BATCH)],
        "lam": 1e-4,
    }


def differences(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> list[str]:
    """Return a line for each result that differs by more than the tolerance."""
    errors = [float(np.max(np.abs(a - b))) for a, b in zip(ours, theirs, strict=True)]
    return [
        f"{name} differs by {error:.1e}"
        for name, error in zip(NAMES, errors, strict=True)
        if not error < TOLERANCE
    ]


def microseconds(steps: list[Step], data: dict[str, Any], rounds: int, calls: int) -> list[float]:
    """Return the median time of a call of each step, over rounds that take turns."""
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(rounds):
        for step, mine in zip(steps, times, strict=True):
            begun = time.perf_counter()
            for _ in range(calls):
                step(**data)
            mine.append((time.perf_counter() - begun) / calls * 1e6)
    return [median(mine) for mine in times]


def main() -> None:
    """Compare the values, then the times."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="a tenth of the calls")
    quick = options.parse_args().quick

    begun = time.perf_counter()
    loss, parameters = network()
    gradients = bc.gradient(loss, parameters)
    derived = time.perf_counter()
    program = bc.compile([loss, *gradients])
    compiled = time.perf_counter()
    data = values()
    results = program(**data)
    called = time.perf_counter()

    wrong = differences(results, by_hand(**data))
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"derive {1e3 * (derived - begun):.1f} ms, compile {1e3 * (compiled - derived):.1f} ms, ", end="")
    print(f"first call {1e3 * (called - compiled):.1f} ms")

    rounds, calls = (10, 50) if quick else (50, 100)
    ours, theirs = microseconds([program, by_hand], data, rounds, calls)
    print(f"compiled program {ours:8.1f} µs")
    print(f"NumPy by hand    {theirs:8.1f} µs")
    print(f"ratio            {ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
