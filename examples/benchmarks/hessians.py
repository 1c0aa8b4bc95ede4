"""Hessians: programs against NumPy written by hand, ``torch.func.hessian`` and jitted ``jax.hessian``.

Logistic regression, matrix factorization (dense and compressed), and a network of ten layers with respect
to one of its weight matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import bracketcalc as bc
from benchmarks.case import BY_HAND, OURS, Array, Case, Setting, Values, program_run
from benchmarks.peers import Loss, libraries
from bracketcalc.testing.timing import Run

TOLERANCE = 1e-10
LAYERS, MIDDLE = 10, 5


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the Hessians."""
    if setting.quick:
        yield logistic(200, 20).case(setting)
        yield from factorization(20, 3, setting)
        yield network(8, 6, 4).case(setting)
    else:
        yield logistic(5000, 200).case(setting)
        yield from factorization(200, 5, setting)
        yield network(64, 24, 10).case(setting)


@dataclass(frozen=True)
class Hessian:
    """One Hessian and the ways to compute it.

    Attributes:
        name: what it is.
        values: the arrays.
        sizes: the sizes that no array has.
        program: the compiled program.
        by_hand: the closed form in NumPy, which returns what the program does.
        variable: the name of the array with respect to which the Hessian is taken.
        loss: the loss for the peers.
    """

    name: str
    values: Values
    program: Any
    by_hand: Run
    variable: str
    loss: Loss
    sizes: Mapping[str, int] = field(default_factory=dict)

    def case(self, setting: Setting) -> Case:
        """Return the case; the peers may take seconds."""
        placed = setting.arrays(self.values)
        runs = {OURS: program_run(self.program, {**placed, **self.sizes})}
        if setting.device == "cpu":
            runs[BY_HAND] = self.by_hand
        for library in libraries(setting):
            runs[library.name] = library.hessian(self.loss, self.values, self.variable)
        return Case(self.name, "float64", runs, TOLERANCE, rounds=3)


def logistic(n: int, d: int) -> Hessian:
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

    def loss(xp: Any, given: Any) -> Any:
        z = given["X"] @ given["w"]
        return (xp.logaddexp(z, 0 * z) - given["y"] * z).sum()

    program = bc.compile(bc.hessian((bc.softplus(z) - y * z).sum(), w))
    return Hessian(f"logistic regression, {n} by {d}", values, program, by_hand, "w", loss)


def factorization(n: int, k: int, setting: Setting) -> Iterator[Case]:
    """Yield the Hessian 2 (VᵀV) ⊗ I of ‖T - U Vᵀ‖² with respect to U, dense and compressed."""
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

    def loss(_: Any, given: Any) -> Any:
        return ((given["T"] - given["U"] @ given["V"].T) ** 2).sum()

    title = f"matrix factorization, {n} by {k}"
    dense = Hessian(title, values, bc.compile(H), by_hand, "U", loss, {"n": n})
    yield dense.case(setting)
    program = bc.compile(H, compressed=True)
    compressed = replace(dense, name=f"{title}, compressed", program=program, by_hand=small)
    as_dense = {OURS: lambda found: found.dense(), BY_HAND: lambda _: by_hand()}
    yield replace(compressed.case(setting), comparable=as_dense)


def network(n: int, width: int, classes: int) -> Hessian:
    """Return the Hessian of the cross-entropy of a ReLU network with respect to one weight matrix."""
    sizes = [f"W{i}[d{i - 1},d{i}]" for i in range(1, LAYERS + 1)]
    X, *weights, Y = bc.tensors(f"X[n,d0] {' '.join(sizes)} Y[n,d{LAYERS}]")
    Z: bc.Expr = X
    for place, W in enumerate(weights[:-1], start=1):
        Z = bc.define(f"Z{place}", bc.relu(Z @ W))
    P = bc.define("P", bc.softmax(Z @ weights[-1], axis=1))
    J = -bc.dot(bc.log(P), Y) / X.sizes[0]
    program = bc.compile(bc.hessian(J, weights[MIDDLE - 1]))
    values = _network_values(n, width, classes)

    def loss(xp: Any, given: Any) -> Any:
        Z = given["X"]
        for place in range(1, LAYERS):
            A = Z @ given[f"W{place}"]
            Z = A * (A > 0)
        A = Z @ given[f"W{LAYERS}"]
        return (xp.log(xp.exp(A).sum(1)) - (A * given["Y"]).sum(1)).sum() / n

    name = f"ReLU network of {LAYERS} layers, {n} by {width}"
    return Hessian(name, values, program, lambda: network_by_hand(values), f"W{MIDDLE}", loss)


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
