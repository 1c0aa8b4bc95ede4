"""Train a two-layer network on handwritten digits with gradients derived from its formulas.

The network is written in bracket notation, its derivation is printed, loss and gradients run as one
program. The data are the 1,797 digits that scikit-learn ships; nothing is downloaded.

    python examples/digits.py [--epochs 40] [--seed 0] [--output examples/output/digits.png]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import bracketcalc as bc

Array = npt.NDArray[Any]

HIDDEN, BATCH, RATE, MOMENTUM, DECAY = 64, 64, 0.2, 0.9, 1e-4
REQUIRED_ACCURACY = 0.96
PARAMETERS = ("W1", "b1", "W2", "b2")


def network() -> tuple[bc.Definition, bc.Definition, list[bc.Tensor]]:
    """Return the loss, the class probabilities and the parameters, written as on paper."""
    X, W1, b1, W2, b2, Y = bc.tensors("X[n,d] W1[d,h] b1[h] W2[h,k] b2[k] Y[n,k]")
    n = X.sizes[0]
    A1 = bc.define("A1", bc.parse("X W1 + 𝟏 b1ᵀ", X=X, W1=W1, b1=b1))
    Z1 = bc.define("Z1", bc.parse("tanh(A1)", A1=A1))
    A2 = bc.define("A2", bc.parse("Z1 W2 + 𝟏 b2ᵀ", Z1=Z1, W2=W2, b2=b2))
    P = bc.define("P", bc.parse("softmax^{1}(A2)", A2=A2))
    lam = bc.scalar("lam")
    J = bc.define(
        "J",
        bc.parse(
            "-(ln(P) · Y) / n + 1/2 lam (W1 · W1 + W2 · W2)",
            **{"P": P, "Y": Y, "n": n, "lam": lam, "W1": W1, "W2": W2},
        ),
    )
    return J, P, [W1, b1, W2, b2]


def start(features: int, classes: int, seed: int) -> dict[str, Array]:
    """Return random first parameters, scaled to the number of inputs of each layer."""
    draw = np.random.default_rng(seed)
    return {
        "W1": draw.standard_normal((features, HIDDEN)) / np.sqrt(features),
        "b1": np.zeros(HIDDEN),
        "W2": draw.standard_normal((HIDDEN, classes)) / np.sqrt(HIDDEN),
        "b2": np.zeros(classes),
    }


def check(program: bc.Compiled, parameters: dict[str, Array], X: Array, Y: Array) -> None:
    """Stop if a gradient of the program differs from differences of its loss along a random direction."""
    _, *gradients = program(X=X, Y=Y, lam=DECAY, **parameters)
    draw, step = np.random.default_rng(0), 1e-5
    for name, gradient in zip(PARAMETERS, gradients, strict=True):
        direction = draw.standard_normal(gradient.shape)
        losses = []
        for shift in (step, -step):
            moved = {**parameters, name: parameters[name] + shift * direction}
            losses.append(program(X=X, Y=Y, lam=DECAY, **moved)[0])
        slope, claimed = (losses[0] - losses[1]) / (2 * step), np.sum(gradient * direction)
        error = abs(slope - claimed) / max(abs(slope), 1e-3)
        print(f"  {name}: slope {slope:+.8f}, by the gradient {claimed:+.8f}, relative error {error:.1e}")
        if not error < 1e-6:
            sys.exit(f"the gradient with respect to {name} is wrong")


def train(
    program: bc.Compiled, parameters: dict[str, Array], data: tuple[Array, Array], epochs: int, seed: int
) -> list[float]:
    """Update the parameters in place by mini-batch descent with momentum; return the mean losses."""
    X, Y = data
    draw = np.random.default_rng(seed)
    velocity = {name: np.zeros_like(value) for name, value in parameters.items()}
    losses = []
    progress = tqdm(range(epochs), desc="training", unit="epoch")
    for epoch in progress:
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        order = draw.permutation(len(X))
        batches = []
        for first in range(0, len(X) - BATCH + 1, BATCH):
            rows = order[first : first + BATCH]
            loss, *gradients = program(X=X[rows], Y=Y[rows], lam=DECAY, **parameters)
            for name, gradient in zip(PARAMETERS, gradients, strict=True):
                velocity[name] = MOMENTUM * velocity[name] - rate * gradient
                parameters[name] += velocity[name]
            batches.append(float(loss))
        losses.append(float(np.mean(batches)))
        progress.set_postfix(loss=f"{losses[-1]:.4f}")
    return losses


def figure(path: Path, losses: list[float], images: Array, truth: Array, guess: Array) -> None:
    """Save the loss curve, the confusion matrix and a few digits, first four mistakes."""
    plot = Figure(figsize=(11, 6.5), layout="constrained")
    grid = plot.add_gridspec(3, 8)
    curve = plot.add_subplot(grid[:2, :4])
    curve.semilogy(losses)
    curve.set(xlabel="epoch", ylabel="mean training loss", title="Loss")
    table = np.zeros((10, 10), dtype=int)
    np.add.at(table, (truth, guess), 1)
    matrix = plot.add_subplot(grid[:2, 4:])
    matrix.imshow(table, cmap="Blues", vmax=table.max())
    matrix.set(
        xlabel="predicted",
        ylabel="digit",
        xticks=range(10),
        yticks=range(10),
        title=f"Held-out digits: {np.mean(truth == guess):.1%} right",
    )
    for row, column in np.argwhere(table):
        dark = table[row, column] > table.max() / 2
        matrix.text(column, row, table[row, column], ha="center", va="center", color="w" if dark else "k")
    order = np.argsort(truth == guess, kind="stable")
    for place, index in enumerate([*order[:4], *order[-4:]]):
        picture = plot.add_subplot(grid[2, place])
        picture.imshow(images[index], cmap="gray_r")
        right = truth[index] == guess[index]
        picture.set_title(f"{truth[index]} → {guess[index]}", color="k" if right else "crimson")
        picture.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.savefig(path, dpi=120)


def main() -> None:
    """Derive, check, train, test, draw."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--epochs", type=int, default=40)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--output", type=Path, default=Path(__file__).parent / "output" / "digits.png")
    chosen = options.parse_args()
    begun = time.perf_counter()

    J, P, weights = network()
    derivation = bc.derive(J, weights)
    print(f"The derivation\n\n{derivation}\n\nThe final equations\n")
    for step in derivation.equations():
        print(f"  {step.left} = {step.right}")

    digits = load_digits()
    X, labels, images = digits.data / 16.0, digits.target, digits.images
    split = train_test_split(X, labels, images, test_size=1 / 3, random_state=chosen.seed, stratify=labels)
    X_train, X_test, train_labels, test_labels, _, test_images = split
    Y_train = np.eye(10)[train_labels]
    parameters = start(X.shape[1], 10, chosen.seed)

    program = bc.compile([J, *derivation.gradients])
    print("\nGradients against differences of the loss, on the first batch")
    check(program, parameters, X_train[:BATCH], Y_train[:BATCH])

    losses = train(program, parameters, (X_train, Y_train), chosen.epochs, chosen.seed)
    guess = bc.evaluate(P, X=X_test, **parameters).argmax(axis=1)
    accuracy = float(np.mean(guess == test_labels))
    figure(chosen.output, losses, test_images, test_labels, guess)
    print(f"\nheld-out accuracy {accuracy:.2%} on {len(X_test)} digits; figure: {chosen.output}")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if accuracy < REQUIRED_ACCURACY:
        sys.exit(f"the accuracy is below {REQUIRED_ACCURACY:.0%}")


if __name__ == "__main__":
    main()
