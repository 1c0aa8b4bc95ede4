"""Read handwritten digits row by row with a recurrent network (8 steps of 8 pixels).

The step of the network is written once; its backward pass is derived and is another recurrence, which runs
against the time. The state after the last row tells the digit. Nothing is downloaded.

    python examples/digits_rows.py [--steps 2500] [--seed 0] [--resume] [--device cuda]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc.layers import dense, one_hot_rows, rnn, softmax_cross_entropy
from support.batches import check_gradients, generator, rows_of_step, warm_cosine
from support.device import namespace, to_host
from support.digits import digits, draw_digits, moved
from support.optimizers import adam
from support.options import arguments, plain_errors
from support.training import Run, train

Array = npt.NDArray[Any]

HIDDEN, BATCH, RATE = 64, 64, 5e-3
REQUIRED_ACCURACY = 0.95


def network() -> tuple[bc.Definition, bc.Definition, list[bc.Tensor]]:
    """Return the loss, the scores of the classes and the parameters."""
    X, Z0, W, U, b, V, c, Y = bc.tensors("X[t,n,d] Z0[n,h] W[h,h] U[d,h] b[h] V[h,k] c[k] Y[n,k]")
    Z = bc.define("Z", rnn(X, Z0, W, U, b))
    O = bc.define("O", dense(bc.final_state(Z), V, c))  # noqa: E741 - the name in the paper
    J = bc.define("J", softmax_cross_entropy(O, Y))
    return J, O, [W, U, b, V, c]


def start(features: int, classes: int, seed: int) -> dict[str, Array]:
    """Return random first parameters; the recurrent matrix is orthogonal, which keeps gradients alive."""
    draw = np.random.default_rng(seed)
    return {
        "W": np.linalg.qr(draw.standard_normal((HIDDEN, HIDDEN)))[0],
        "U": draw.standard_normal((features, HIDDEN)) / np.sqrt(features),
        "b": np.zeros(HIDDEN),
        "V": draw.standard_normal((HIDDEN, classes)) / np.sqrt(HIDDEN),
        "c": np.zeros(classes),
    }


def rows_first(images: Array) -> Array:
    """Return the images as sequences of rows, with the axes row, sample, pixel."""
    return np.ascontiguousarray(images.transpose(1, 0, 2))


def main() -> None:
    """Derive, check, train, test, draw."""
    chosen = arguments("digits_rows", __doc__, steps=2500, quick_steps=200)
    begun = time.perf_counter()
    xp = namespace(chosen.device)

    J, O, weights = network()  # noqa: E741
    derivation = bc.derive(J, weights)
    print("The equations; those with t hold for every row\n")
    for step in derivation.equations():
        print(f"  {step.left} = {step.right}")

    data = digits(chosen.seed)
    targets = one_hot_rows(data.labels, 10)

    def batch(step: int) -> dict[str, Any]:
        rows = rows_of_step(step, len(targets), BATCH, chosen.seed)
        images = moved(data.images[rows], generator(step, chosen.seed))
        return {"X": rows_first(images), "Y": targets[rows], "Z0": np.zeros((len(rows), HIDDEN))}

    first = start(8, 10, chosen.seed)
    names = [weight.name for weight in weights]
    print("\nGradients against differences of the loss, on the first batch")
    check_gradients(bc.compile([J, *derivation.gradients]), names, {**batch(0), **first})

    run = Run(
        loss=J,
        update=adam(weights, derivation.gradients),
        batch=batch,
        rate=warm_cosine(RATE, chosen.steps, warm=50),
        steps=chosen.steps,
        path=chosen.checkpoint,
        model={"example": "digits_rows", "seed": str(chosen.seed)},
        find_nan=chosen.find_nan,
    )
    state = train(run, first, xp, resume=chosen.resume)

    trained = {name: state.arrays[name] for name in names}
    test = {"X": rows_first(data.test_images), "Z0": np.zeros((len(data.test_labels), HIDDEN))}
    given = {name: xp.asarray(array) for name, array in test.items()}
    guess = to_host(bc.evaluate(O, **given, **trained)).argmax(axis=1)
    accuracy = float(np.mean(guess == data.test_labels))
    draw_digits(chosen.output, state.losses, data.test_images, data.test_labels, guess)
    print(f"\nheld-out accuracy {accuracy:.2%} on {len(guess)} digits; figure: {chosen.output}")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if not chosen.quick and accuracy < REQUIRED_ACCURACY:
        sys.exit(f"the accuracy is below {REQUIRED_ACCURACY:.0%}")


if __name__ == "__main__":
    with plain_errors():
        main()
