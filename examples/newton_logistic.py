"""Newton's method on logistic regression, and the gradient of a validation loss through a ridge regression.

The Newton step, the Hessian in it and the implicit gradient are derived from the formulas. The data are
random, drawn from a seed.

    python examples/newton_logistic.py [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

Array = npt.NDArray[Any]

SAMPLES, FEATURES, STEPS = 400, 6, 8


def logistic() -> tuple[bc.Expr, bc.Tensor]:
    """Return the loss of logistic regression with labels 0 and 1, and its weights."""
    X, y, w, lam = bc.tensors("X[m,n] y[m] w[n] lam")
    z = bc.parse("X w", X=X, w=w)
    loss = bc.softplus(z).sum() - y @ z
    return loss / X.sizes[0] + lam * (w @ w) / 2, w


def fit(seed: int) -> list[tuple[float, float]]:
    """Run Newton's method from 0; return the loss and the largest element of the gradient at each step."""
    J, w = logistic()
    print("step   Δw =", bc.newton_step(J, w))
    draw = np.random.default_rng(seed)
    inputs = draw.standard_normal((SAMPLES, FEATURES))
    chance = 1 / (1 + np.exp(-inputs @ draw.standard_normal(FEATURES)))
    arrays = {"X": inputs, "y": (draw.random(SAMPLES) < chance).astype(float), "lam": 1e-3}
    run = bc.compile([J, bc.gradient(J, w), bc.newton_step(J, w)])
    weights = np.zeros(FEATURES)
    history = []
    for _ in range(STEPS):
        loss, slope, change = run(w=weights, **arrays)
        history.append((float(loss), float(np.abs(slope).max())))
        weights = weights + change
    return history


def show(history: list[tuple[float, float]]) -> None:
    """Print a table; near the solution the number of right digits doubles with every step."""
    print(f"{'step':>4} {'loss':>20} {'largest slope':>15} {'digits':>7}")
    for step, (loss, slope) in enumerate(history):
        print(f"{step:>4} {loss:>20.15f} {slope:>15.3e} {-np.log10(max(slope, 1e-17)):>7.1f}")


def ridge_slopes(seed: int, lam: float) -> tuple[float, float]:
    """Return d/dλ of a loss through the weights of a ridge regression: implicit, and by differences."""
    X, y, V, u, w, penalty = bc.tensors("X[m,n] y[m] V[k,n] u[k] w[n] lam")
    training = ((X @ w - y) ** 2).sum() / 2 + penalty * (w @ w) / 2
    validation = ((V @ w - u) ** 2).sum() / 2
    slope = bc.implicit_gradient(validation, bc.gradient(training, w), w, penalty)
    print("ridge  dL/dλ =", slope)
    draw = np.random.default_rng(seed)
    truth = draw.standard_normal(FEATURES)
    inputs, held = draw.standard_normal((40, FEATURES)), draw.standard_normal((30, FEATURES))
    arrays = {"X": inputs, "V": held, "y": inputs @ truth + draw.standard_normal(40), "u": held @ truth}

    def weights(lam: float) -> Array:
        gram = inputs.T @ inputs + lam * np.eye(FEATURES)
        return np.linalg.solve(gram, inputs.T @ arrays["y"])

    def loss(lam: float) -> float:
        return float(np.sum((held @ weights(lam) - arrays["u"]) ** 2) / 2)

    names = bc.compile(slope).arguments
    values = {**arrays, "w": weights(lam), "lam": lam}
    implicit = float(bc.evaluate(slope, **{name: values[name] for name in names}))
    return implicit, (loss(lam + 1e-4) - loss(lam - 1e-4)) / 2e-4


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seed", type=int, default=0)
    seed = options.parse_args().seed
    history = fit(seed)
    show(history)
    slopes = [slope for _, slope in history]
    near = next(step for step, slope in enumerate(slopes) if slope < 1e-2)
    if slopes[-1] > 1e-12 or slopes[near + 1] > 100 * slopes[near] ** 2:
        sys.exit("Newton's method did not converge quadratically")
    implicit, rough = ridge_slopes(seed, lam=2.0)
    print(f"ridge  dL/dλ at λ = 2: {implicit:.10f} implicit, {rough:.10f} by differences")
    if abs(implicit - rough) > 1e-6 * abs(rough):
        sys.exit("the implicit gradient is wrong")


if __name__ == "__main__":
    main()
