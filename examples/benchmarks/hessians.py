"""Hessians: compiled programs against NumPy written by hand, torch.func.hessian and jitted jax.hessian.

Logistic regression, matrix factorization (dense and compressed), and a network of ten layers with respect
to one of its weight matrices. All of them get the same arrays and must agree before they are timed; they
run in turns, so that all see the same load of the machine. Peers that are not installed are left out.

    python examples/benchmarks/hessians.py [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

Array = npt.NDArray[Any]
Values = dict[str, Array]
Loss = Callable[[Any, Values, Any], Any]
"""``(xp, arrays, variable) -> loss`` in torch or jax.numpy."""

TOLERANCE = 1e-10
LAYERS, MIDDLE = 10, 5


@dataclass
class Case:
    """One Hessian and the ways to compute it.

    Attributes:
        name: what it is.
        values: the arrays.
        variable: the name of the array with respect to which the Hessian is taken.
        ours: the compiled program.
        by_hand: the closed form in NumPy, which returns what ``ours`` does.
        dense: from the result of ``ours`` to the whole Hessian.
        loss: the loss in torch or jax.numpy.
        peers: filled with the peers that are installed.
    """

    name: str
    values: Values
    variable: str
    ours: Callable[[], Any]
    by_hand: Callable[[], Any]
    loss: Loss
    dense: Callable[[Any], Array] = np.asarray
    peers: dict[str, Callable[[], Any]] = field(default_factory=dict)


def called(program: Any, values: Values, **sizes: int) -> Callable[[], Any]:
    """Return a call of a program with those of the values that it takes."""
    given = {name: {**values, **sizes}[name] for name in program.arguments}
    return lambda: program(**given)


# -- logistic regression --------------------------------------------------------------------------------


def logistic(n: int, d: int) -> Case:
    """Return the Hessian Xᵀ diag(p ⊙ (1 - p)) X."""
    X, w, y = bc.tensors("X[n,d] w[d] y[n]")
    z = bc.define("z", X @ w)
    draw = np.random.default_rng(0)
    values = {
        "X": draw.standard_normal((n, d)),
        "w": draw.standard_normal(d) / np.sqrt(d),
        "y": draw.integers(0, 2, n).astype(float),
    }

    def by_hand() -> Array:
        p = 1 / (1 + np.exp(-(values["X"] @ values["w"])))
        result: Array = values["X"].T @ ((p * (1 - p))[:, None] * values["X"])
        return result

    def loss(xp: Any, given: Any, w: Any) -> Any:
        z = given["X"] @ w
        return (xp.logaddexp(z, 0 * z) - given["y"] * z).sum()

    program = bc.compile(bc.hessian((bc.softplus(z) - y * z).sum(), w))
    return Case(f"logistic regression, n={n}, d={d}", values, "w", called(program, values), by_hand, loss)


# -- matrix factorization -------------------------------------------------------------------------------


def factorization(n: int, k: int) -> list[Case]:
    """Return the Hessian 2 (VᵀV) ⊗ I of ‖T - U Vᵀ‖² with respect to U, dense and compressed."""
    T, U, V = bc.tensors("T[n,m] U[n,k] V[m,k]")
    R = bc.define("R", T - U @ V.T)
    H = bc.hessian(bc.dot(R, R), U)
    draw = np.random.default_rng(0)
    values = {
        "T": draw.standard_normal((n, n)),
        "U": draw.standard_normal((n, k)),
        "V": draw.standard_normal((n, k)),
    }

    def small() -> Array:
        return np.multiply(2, values["V"].T @ values["V"])

    def by_hand() -> Array:
        result = np.zeros((n, k, n, k))
        rows = np.arange(n)
        result[rows, :, rows, :] = small()
        return result

    def loss(_xp: Any, given: Any, U: Any) -> Any:
        return ((given["T"] - U @ given["V"].T) ** 2).sum()

    title = f"matrix factorization, n={n}, k={k}"
    dense = called(bc.compile(H), values, n=n)
    compressed = called(bc.compile(H, compressed=True), values, n=n)
    return [
        Case(f"{title}, dense", values, "U", dense, by_hand, loss),
        Case(
            f"{title}, compressed",
            values,
            "U",
            compressed,
            small,
            loss,
            lambda found: found.dense() if isinstance(found, bc.Compressed) else by_hand(),
        ),
    ]


# -- a network of ten layers ----------------------------------------------------------------------------


def network(n: int, width: int, classes: int) -> Case:
    """Return the Hessian of the cross-entropy of a ReLU network with respect to one weight matrix."""
    sizes = [f"W{i}[d{i - 1},d{i}]" for i in range(1, LAYERS + 1)]
    X, *weights, Y = bc.tensors(f"X[n,d0] {' '.join(sizes)} Y[n,d{LAYERS}]")
    Z: bc.Expr = X
    for place, W in enumerate(weights[:-1], start=1):
        Z = bc.define(f"Z{place}", bc.relu(Z @ W))
    P = bc.define("P", bc.softmax(Z @ weights[-1], axis=1))
    J = -bc.dot(bc.log(P), Y) / X.sizes[0]
    begun = time.perf_counter()
    program = bc.compile(bc.hessian(J, weights[MIDDLE - 1]))
    print(f"network of {LAYERS} layers: derived and compiled in {time.perf_counter() - begun:.3f} s")
    values = _network_values(n, width, classes)

    def loss(xp: Any, given: Any, W: Any) -> Any:
        Z = given["X"]
        for place in range(1, LAYERS):
            A = Z @ (W if place == MIDDLE else given[f"W{place}"])
            Z = A * (A > 0)
        A = Z @ given[f"W{LAYERS}"]
        return (xp.log(xp.exp(A).sum(1)) - (A * given["Y"]).sum(1)).sum() / n

    return Case(
        f"ReLU network of {LAYERS} layers, n={n}, width={width}, {classes} classes",
        values,
        f"W{MIDDLE}",
        called(program, values),
        lambda: network_by_hand(values),
        loss,
    )


def _network_values(n: int, width: int, classes: int) -> Values:
    draw = np.random.default_rng(0)
    values = {"X": draw.standard_normal((n, width)), "Y": np.eye(classes)[draw.integers(0, classes, n)]}
    for place in range(1, LAYERS + 1):
        columns = classes if place == LAYERS else width
        values[f"W{place}"] = draw.standard_normal((width, columns)) * np.sqrt(2 / width)
    return values


def network_by_hand(values: Values) -> Array:
    """Return 1/n Σ z zᵀ ⊗ B (diag(p) - p pᵀ) Bᵀ over the samples, B the Jacobian of the logits."""
    weights = [values[f"W{place}"] for place in range(1, LAYERS + 1)]
    Z, steps = [values["X"]], []
    for W in weights[:-1]:
        A = Z[-1] @ W
        steps.append((A > 0).astype(float))
        Z.append(np.maximum(A, 0))
    A = Z[-1] @ weights[-1]
    P = np.exp(A - A.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    n, classes = P.shape
    B = steps[-1][:, None, :] * weights[-1].T
    for place in range(LAYERS - 2, MIDDLE - 1, -1):
        B = (B.reshape(n * classes, -1) @ weights[place].T).reshape(n, classes, -1) * steps[place - 1][
            :, None
        ]
    BP = B * P[:, :, None]
    b = BP.sum(axis=1)
    S = B.transpose(0, 2, 1) @ BP - b[:, :, None] * b[:, None, :]
    z = Z[MIDDLE - 1] * values["Y"].sum(axis=1)[:, None]
    ZZ = z[:, :, None] * Z[MIDDLE - 1][:, None, :]
    rows, columns = z.shape[1], b.shape[1]
    H: Array = ZZ.reshape(n, -1).T @ S.reshape(n, -1) / n
    return H.reshape(rows, rows, columns, columns).transpose(0, 2, 1, 3)


# -- the peers ------------------------------------------------------------------------------------------


def add_peers(case: Case) -> None:
    """Add torch.func.hessian and jitted jax.hessian where they are installed."""
    if find_spec("torch"):
        import torch  # noqa: PLC0415

        given = {name: torch.from_numpy(array) for name, array in case.values.items()}
        twice = torch.func.hessian(lambda x: case.loss(_Torch, given, x))
        case.peers["torch.func.hessian"] = lambda: twice(given[case.variable]).numpy()
    if find_spec("jax"):
        import jax  # noqa: PLC0415

        jax.config.update("jax_enable_x64", True)
        held = {name: jax.numpy.asarray(array) for name, array in case.values.items()}
        jitted = jax.jit(jax.hessian(lambda x: case.loss(jax.numpy, held, x)))
        case.peers["jitted jax.hessian"] = lambda: jitted(held[case.variable]).block_until_ready()


class _Torch:
    """The few functions that the losses use, by NumPy's names."""

    @staticmethod
    def log(x: Any) -> Any:
        return x.log()

    @staticmethod
    def exp(x: Any) -> Any:
        return x.exp()

    @staticmethod
    def logaddexp(x: Any, y: Any) -> Any:
        return x.logaddexp(y)


# -- comparing ------------------------------------------------------------------------------------------


def check(case: Case) -> None:
    """Stop where a peer or the closed form has another value."""
    ours = case.dense(case.ours())
    scale = float(np.max(np.abs(ours)))
    for name, run in {"NumPy by hand": case.by_hand, **case.peers}.items():
        found = run()
        theirs = np.asarray(found) if name in case.peers else case.dense(found)
        error = float(np.max(np.abs(ours - theirs))) / scale
        if not error < TOLERANCE:
            sys.exit(f"{case.name}: {name} differs by {error:.1e}")


def medians(runs: list[Callable[[], Any]], rounds: int) -> list[float]:
    """Return the median time of a call of each, in milliseconds, over rounds that take turns.

    What takes less than 100 ms is called several times in each round, what takes seconds in three rounds.
    """
    calls = []
    for run in runs:
        begun = time.perf_counter()
        run()
        spent = time.perf_counter() - begun
        calls.append((max(1, min(20, int(0.1 / spent))), rounds if spent < 1 else min(rounds, 3)))
    times: list[list[float]] = [[] for _ in runs]
    for place in range(rounds):
        for run, (number, last), mine in zip(runs, calls, times, strict=True):
            for _ in range(number if place < last else 0):
                begun = time.perf_counter()
                run()
                mine.append(1e3 * (time.perf_counter() - begun))
    return [median(mine) for mine in times]


def main() -> None:
    """Compare the values, then the times, and print a line for each."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    quick = options.parse_args().quick

    if quick:
        cases = [logistic(200, 20), *factorization(20, 3), network(8, 6, 4)]
    else:
        cases = [logistic(5000, 200), *factorization(200, 5), network(64, 24, 10)]
    for case in cases:
        add_peers(case)
        check(case)
        runs = {"bracketcalc": case.ours, "NumPy by hand": case.by_hand, **case.peers}
        times = medians(list(runs.values()), 2 if quick else 7)
        print(f"\n{case.name}")
        for name, spent in zip(runs, times, strict=True):
            print(f"  {name:<20} {spent:12.4f} ms   {spent / times[0]:12.2f} times ours")


if __name__ == "__main__":
    main()
