"""Learn the documentation of Python character by character with an LSTM, and write some more of it.

The cell is four lines of algebra; its backward pass is derived. The text is what help() knows about the
language and ships with Python, so nothing is downloaded. Every paragraph stands in it once, and the last
tenth is held out.

    python examples/characters.py [--steps 2000] [--seed 0] [--resume] [--device cuda]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

import bracketcalc as bc
from bracketcalc.layers import dense, lstm, one_hot, softmax_cross_entropy
from support.batches import check_gradients, generator, warm_cosine
from support.device import namespace, to_host
from support.figures import draw_losses, save_figure
from support.optimizers import adam
from support.options import arguments, plain_errors
from support.text import Text, consecutive, drawn, text, windows
from support.training import Run, train

Array = npt.NDArray[Any]

HIDDEN, BATCH, LENGTH, RATE = 128, 32, 48, 8e-3
WRITTEN = 600
GATES = "ifog"
REQUIRED_BITS = 3.0


def network() -> tuple[bc.Definition, dict[str, bc.Expr], list[bc.Tensor]]:
    """Return the loss, what continues a text (probabilities, state, cell), and the parameters."""
    x, Z0, C0, V, c, y = bc.tensors("x[t,n] Z0[n,h] C0[n,h] V[h,a] c[a] y[t,n]")
    W = [bc.tensor(f"W_{gate}", ("h", "h")) for gate in GATES]
    U = [bc.tensor(f"U_{gate}", ("a", "h")) for gate in GATES]
    b = [bc.tensor(f"b_{gate}", "h") for gate in GATES]
    states, cells = lstm(
        one_hot(x, "a"),
        (Z0, C0),
        (W[0], W[1], W[2], W[3]),
        (U[0], U[1], U[2], U[3]),
        (b[0], b[1], b[2], b[3]),
    )
    O = dense(states, V, c)  # noqa: E741 - the name in the paper
    J = bc.define("J", softmax_cross_entropy(O, y))
    going_on = {"P": bc.softmax(O, axis=-1), "Z0": bc.final_state(states), "C0": bc.final_state(cells)}
    return J, going_on, [*W, *U, *b, V, c]


def start(characters: int, seed: int) -> dict[str, Array]:
    """Return random first parameters. The gate that keeps the cell starts open."""
    draw = np.random.default_rng(seed)
    shapes = {"W": (HIDDEN, HIDDEN), "U": (characters, HIDDEN)}
    found = {
        f"{name}_{gate}": draw.standard_normal(shape) / np.sqrt(HIDDEN)
        for name, shape in shapes.items()
        for gate in GATES
    }
    found |= {f"b_{gate}": np.full(HIDDEN, 1.0 if gate == "f" else 0.0) for gate in GATES}
    found["V"] = draw.standard_normal((HIDDEN, characters)) / np.sqrt(HIDDEN)
    found["c"] = np.zeros(characters)
    return found


def given(numbers: Array, following: Array) -> dict[str, Array]:
    """Return the arguments of the loss for pieces of text with the axes time, sample."""
    zeros = np.zeros((numbers.shape[1], HIDDEN), np.float32)
    return {"x": numbers, "y": following, "Z0": zeros, "C0": zeros}


def written(program: bc.Compiled, trained: dict[str, Any], source: Text, seed: int, xp: Any) -> str:
    """Return text that the network writes, beginning from an empty line."""
    draw = np.random.default_rng(seed)
    numbers = list(source.alphabet.encode("\n\n"))
    state = {name: xp.zeros((1, HIDDEN), np.float32) for name in ("Z0", "C0")}
    fresh = np.array(numbers)
    for _ in range(WRITTEN):
        probabilities, *after = program(x=xp.asarray(fresh[:, None]), **state, **trained)
        state = dict(zip(state, after, strict=True))
        numbers.append(drawn(to_host(probabilities)[-1, 0], 0.7, draw))
        fresh = np.array(numbers[-1:])
    return source.alphabet.decode(np.array(numbers)).strip()


def main() -> None:
    """Derive, check, train, measure on held-out text, write."""
    chosen = arguments("characters", __doc__, steps=2000, quick_steps=40)
    begun = time.perf_counter()
    xp = namespace(chosen.device)
    source = text()
    characters = len(source.alphabet.characters)
    print(f"{len(source.training):,} characters to learn from, {len(source.test):,} held out, ", end="")
    print(f"{characters} different ones")

    J, going_on, weights = network()
    gradients, names = bc.gradient(J, weights), [weight.name for weight in weights]
    first = start(characters, chosen.seed)
    print("\nGradients against differences of the loss, on a short piece")
    piece = given(*windows(source.training, np.array([0, 5000]), 5))
    check_gradients(bc.compile([J, *gradients]), names, {**piece, **first})

    def batch(step: int) -> dict[str, Any]:
        starts = generator(step, chosen.seed).integers(0, len(source.training) - LENGTH, BATCH)
        return given(*windows(source.training, starts, LENGTH))

    run = Run(
        loss=J,
        update=adam(weights, gradients),
        batch=batch,
        rate=warm_cosine(RATE, chosen.steps, warm=30),
        steps=chosen.steps,
        path=chosen.checkpoint,
        model={"example": "characters", "seed": str(chosen.seed)},
        find_nan=chosen.find_nan,
    )
    single = {name: array.astype(np.float32) for name, array in first.items()}
    state = train(run, single, xp, resume=chosen.resume)
    trained = {name: state.arrays[name] for name in names}

    test = given(*consecutive(source.test, 32))
    held_out = {name: xp.asarray(array) for name, array in test.items()}
    bits = float(bc.evaluate(J, **held_out, **trained)) / np.log(2)
    sample = written(bc.compile(list(going_on.values())), trained, source, chosen.seed, xp)
    plot = Figure(figsize=(8, 4.5), layout="constrained")
    draw_losses(plot.subplots(), state.losses, unit="bits per character", scale=1 / np.log(2))
    save_figure(plot, chosen.output)
    print(f"\n{sample}\n\nheld-out text: {bits:.3f} bits per character; figure: {chosen.output}")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if not chosen.quick and bits > REQUIRED_BITS:
        sys.exit(f"more than {REQUIRED_BITS} bits per character")


if __name__ == "__main__":
    with plain_errors():
        main()
