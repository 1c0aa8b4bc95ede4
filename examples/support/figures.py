"""What the figures share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure


def draw_losses(axes: Any, losses: list[float], *, unit: str = "loss", scale: float = 1) -> None:
    """Draw the loss of every step, and its mean over the last steps."""
    values = np.array(losses) * scale
    steps = np.arange(1, len(values) + 1)
    axes.semilogy(steps, values, color="tab:blue", alpha=0.3, linewidth=0.8)
    width = max(1, len(values) // 30)
    means = np.convolve(values, np.ones(width) / width, "valid")
    axes.semilogy(steps[width - 1 :], means, color="tab:blue", label=f"mean of {width} steps")
    axes.set(xlabel="step", ylabel=unit, title="Training")
    axes.legend()


def save_figure(plot: Figure, path: Path) -> None:
    """Write the figure, making its folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.savefig(path, dpi=120)
