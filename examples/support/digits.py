"""The 1,797 handwritten digits that scikit-learn ships, and a figure of what a network makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from support.figures import draw_losses, save_figure

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Digits:
    """Images of 8 rows of 8 pixels between 0 and 2, and labels; a third of them is held out."""

    images: Array
    labels: Array
    test_images: Array
    test_labels: Array


def digits(seed: int) -> Digits:
    """Return the digits, split in a way that depends on the seed."""
    found = load_digits()
    images, test_images, labels, test_labels = train_test_split(
        found.images / 8.0, found.target, test_size=1 / 3, random_state=seed, stratify=found.target
    )
    return Digits(images, labels, test_images, test_labels)


def moved(images: Array, draw: np.random.Generator) -> Array:
    """Return the images; some stay, others move by one pixel along an axis, and what comes in is empty."""
    samples, height, width = images.shape
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    ways = np.array([[1, 1], [0, 1], [2, 1], [1, 0], [1, 2]])
    down, right = ways[draw.integers(0, len(ways), samples)].T[:, :, None, None]
    rows = np.arange(height)[:, None] + down
    result: Array = wide[np.arange(samples)[:, None, None], rows, np.arange(width) + right]
    return result


def draw_digits(path: Path, losses: list[float], images: Array, truth: Array, guess: Array) -> None:
    """Save the losses, the confusion matrix and a few digits, first four mistakes."""
    plot = Figure(figsize=(11, 6.5), layout="constrained")
    grid = plot.add_gridspec(3, 8)
    draw_losses(plot.add_subplot(grid[:2, :4]), losses)
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
    save_figure(plot, path)
