"""Learn the documentation of Python with a small causal transformer, and write some more of it.

Two blocks of masked attention with four heads, layer norms and feed-forward networks, on the same text as
characters.py. Everything is made of the public algebra; the backward pass is derived.

    python examples/transformer.py [--steps 1500] [--seed 0] [--resume] [--device cuda]
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

import bracketcalc as bc
from bracketcalc.layers import (
    Widths,
    causal_mask,
    dense,
    embedding,
    layer_norm,
    softmax_cross_entropy,
    transformer_block,
    with_positions,
)
from bracketcalc.traverse import definitions_in
from support.batches import check_gradients, generator, warm_cosine
from support.device import namespace, to_host
from support.figures import draw_losses, save_figure
from support.optimizers import adam
from support.options import arguments, plain_errors
from support.text import Text, consecutive, drawn, text, windows
from support.training import Run, train

Array = npt.NDArray[Any]

WIDTH, HEADS, BLOCKS = 64, 4, 2
BATCH, LENGTH, RATE, CLIP = 16, 48, 4e-3, 1.0
WRITTEN = 500
REQUIRED_BITS = 3.0


def network() -> tuple[bc.Definition, bc.Expr, bc.Expr, list[bc.Tensor]]:
    """Return the loss, the probabilities of what follows, the attention of the first block, parameters."""
    x, y = bc.tensors("x[n,t] y[n,t]")
    E, R = bc.tensor("E", ("a", WIDTH)), bc.tensor("R", ("t", WIDTH))
    g, h = bc.tensor("γ", WIDTH), bc.tensor("β", WIDTH)
    V, c = bc.tensor("V", (WIDTH, "a")), bc.tensor("c", "a")
    value: bc.Expr = bc.define("Z_0", with_positions(embedding(E, x), R))
    blocks = []
    for number in range(1, BLOCKS + 1):
        block = transformer_block(value, Widths(HEADS, 4 * WIDTH), causal_mask("t"), name=str(number))
        blocks.append(block)
        value = block.output
    O = bc.define("O", dense(layer_norm(value, g, h), V, c))  # noqa: E741 - the name in the paper
    J = bc.define("J", softmax_cross_entropy(O, y))
    inner = [parameter for block in blocks for parameter in block.parameters]
    return J, bc.softmax(O, axis=-1), attention_of(blocks[0].output), [E, R, *inner, g, h, V, c]


def attention_of(block: bc.Expr) -> bc.Expr:
    """Return the attention weights P_1 inside the first block."""
    return next(stage for stage in definitions_in([block]) if stage.name == "P_1")


def start(parameters: list[bc.Tensor], characters: int, seed: int) -> dict[str, Array]:
    """Return random first parameters; scales of norms are one, biases and shifts are zero."""
    draw = np.random.default_rng(seed)
    sizes = {"a": characters, "t": LENGTH}
    found: dict[str, Array] = {}
    for parameter in parameters:
        shape = tuple(size if isinstance(size, int) else sizes[size.name] for size in parameter.sizes)
        if parameter.name.startswith("γ"):
            found[parameter.name] = np.ones(shape)
        elif len(shape) == 1:
            found[parameter.name] = np.zeros(shape)
        else:
            found[parameter.name] = draw.standard_normal(shape) * (0.3 / np.sqrt(WIDTH))
    return found


def written(program: bc.Compiled, trained: dict[str, Any], source: Text, seed: int, xp: Any) -> str:
    """Return text that the network writes, beginning from the last lines it has learned from."""
    draw, begun = np.random.default_rng(seed), LENGTH
    numbers = list(source.training[-begun:])
    for _ in range(WRITTEN):
        # The network has positions for a fixed length, so it sees that many characters.
        given = {"x": xp.asarray(np.array(numbers[-LENGTH:])[None])}
        probabilities = to_host(program(**given, **trained))[0, -1]
        numbers.append(drawn(probabilities, 0.7, draw))
    return source.alphabet.decode(np.array(numbers[begun:]))


def draw_training(path: Any, losses: list[float], weights: Array, passage: str) -> None:
    """Save the losses, and where each character of a passage looks, in each head."""
    plot = Figure(figsize=(11, 7), layout="constrained")
    figures: Any = plot.subfigures(2, 1)
    upper, lower = figures
    draw_losses(upper.subplots(), losses, unit="bits per character", scale=1 / np.log(2))
    letters = [{"\n": "¶", " ": "·"}.get(character, character) for character in passage]
    lower.suptitle("where a character (row) looks, in the heads of the first block")
    for axes, head in zip(lower.subplots(1, HEADS), weights, strict=True):
        axes.imshow(head, cmap="Blues", vmin=0)
        axes.set_xticks(range(len(letters)), letters, fontsize=6)
        axes.set_yticks(range(len(letters)), letters, fontsize=6)
    save_figure(plot, path)


def main() -> None:
    """Derive, check, train, measure on held-out text, write."""
    chosen = arguments("transformer", __doc__, steps=1500, quick_steps=40)
    begun = time.perf_counter()
    xp = namespace(chosen.device)
    source = text()
    characters = len(source.alphabet.characters)
    print(f"{len(source.training):,} characters to learn from, {len(source.test):,} held out, ", end="")
    print(f"{characters} different ones")

    J, probabilities, looks, parameters = network()
    gradients, names = bc.gradient(J, parameters), [parameter.name for parameter in parameters]
    first = start(parameters, characters, chosen.seed)
    print(f"{sum(array.size for array in first.values()):,} parameters in {len(first)} tensors")

    def pieces(starts: Array) -> dict[str, Array]:
        seen, following = windows(source.training, starts, LENGTH)
        return {"x": seen.T, "y": following.T}

    print("\nGradients against differences of the loss, on two pieces")
    check_gradients(bc.compile([J, *gradients]), names, {**pieces(np.array([0, 5000])), **first})

    def batch(step: int) -> dict[str, Any]:
        return pieces(generator(step, chosen.seed).integers(0, len(source.training) - LENGTH, BATCH))

    run = Run(
        loss=J,
        update=adam(parameters, gradients, limit=CLIP),
        batch=batch,
        rate=warm_cosine(RATE, chosen.steps, warm=100),
        steps=chosen.steps,
        path=chosen.checkpoint,
        model={"example": "transformer", "seed": str(chosen.seed)},
        find_nan=chosen.find_nan,
    )
    single = {name: array.astype(np.float32) for name, array in first.items()}
    state = train(run, single, xp, resume=chosen.resume)
    trained = {name: state.arrays[name] for name in names}

    seen, following = consecutive(source.test, (len(source.test) - 1) // LENGTH)
    held_out = {"x": xp.asarray(seen.T), "y": xp.asarray(following.T)}
    bits = float(bc.evaluate(J, **held_out, **trained)) / np.log(2)
    usable = {name: trained[name] for name in bc.compile(probabilities).arguments if name in trained}
    sample = written(bc.compile(probabilities), usable, source, chosen.seed, xp)
    passage = xp.asarray(seen.T[3:4])
    program = bc.compile(looks)
    weights = program(x=passage, **{name: trained[name] for name in program.arguments if name in trained})
    shown = slice(0, 24)
    draw_training(
        chosen.output,
        state.losses,
        to_host(weights)[0, :, shown, shown],
        source.alphabet.decode(seen.T[3])[shown],
    )
    print(f"\n{sample}\n\nheld-out text: {bits:.3f} bits per character; figure: {chosen.output}")
    print(f"{time.perf_counter() - begun:.1f} s in all")
    if not chosen.quick and bits > REQUIRED_BITS:
        sys.exit(f"more than {REQUIRED_BITS} bits per character")


if __name__ == "__main__":
    with plain_errors():
        main()
