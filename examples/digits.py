"""Train a two-layer network on handwritten digits with gradients derived from its formulas.

The network is written in bracket notation, its derivation is printed, and loss, gradients and update run as
one program. The data are the 1,797 digits that scikit-learn ships; nothing is downloaded.

    python examples/digits.py [--steps 2500] [--seed 0] [--resume] [--device cuda]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc.layers import one_hot_rows
from support.batches import check_gradients, cosine, generator, rows_of_step
from support.device import namespace, to_host
from support.digits import digits, draw_digits, moved
from support.optimizers import momentum
from support.options import arguments, plain_errors
from support.training import Run, train

Array = npt.NDArray[Any]

HIDDEN, BATCH, RATE, DECAY = 128, 64, 0.2, 3e-4
REQUIRED_ACCURACY = 0.975


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


def main() -> None:
    """Derive, check, train, test, draw."""
    chosen = arguments("digits", __doc__, steps=2500, quick_steps=300)
    begun = time.perf_counter()
    xp = namespace(chosen.device)

    J, P, weights = network()
    derivation = bc.derive(J, weights)
    print(f"The derivation\n\n{derivation}\n\nThe final equations\n")
    for step in derivation.equations():
        print(f"  {step.left} = {step.right}")

    data = digits(chosen.seed)
    targets = one_hot_rows(data.labels, 10)

    def batch(step: int) -> dict[str, Any]:
        rows = rows_of_step(step, len(targets), BATCH, chosen.seed)
        images = moved(data.images[rows], generator(step, chosen.seed))
        return {"X": images.reshape(len(rows), -1), "Y": targets[rows], "lam": DECAY}

    first = start(64, 10, chosen.seed)
    print("\nGradients against differences of the loss, on the first batch")
    names = [weight.name for weight in weights]
    check_gradients(bc.compile([J, *derivation.gradients]), names, {**batch(0), **first})

    run = Run(
        loss=J,
        update=momentum(weights, derivation.gradients),
        batch=batch,
        rate=cosine(RATE, chosen.steps),
        steps=chosen.steps,
        path=chosen.checkpoint,
        model={"example": "digits", "seed": str(chosen.seed)},
        find_nan=chosen.find_nan,
    )
    state = train(run, first, xp, resume=chosen.resume)

    test = xp.asarray(data.test_images.reshape(len(data.test_labels), -1))
    guess = to_host(bc.evaluate(P, X=test, **{name: state.arrays[name] for name in names})).argmax(axis=1)
    accuracy = float(np.mean(guess == data.test_labels))
    draw_digits(chosen.output, state.losses, data.test_images, data.test_labels, guess)
    print(f"\nheld-out accuracy {accuracy:.2%} on {len(guess)} digits; figure: {chosen.output}")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if not chosen.quick and accuracy < REQUIRED_ACCURACY:
        sys.exit(f"the accuracy is below {REQUIRED_ACCURACY:.1%}")


if __name__ == "__main__":
    with plain_errors():
        main()
