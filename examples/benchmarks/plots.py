"""The table as pictures, where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import OURS
from benchmarks.harness import Row
from benchmarks.peers import has


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write the ratios of each section and the growth of each series; return the files.

    Without matplotlib there are none.
    """
    if not has("matplotlib"):
        return []
    from matplotlib.figure import Figure  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for section in dict.fromkeys(row.section for row in rows):
        found = [row for row in rows if row.section == section and row.peers]
        series = [row for row in found if row.case.series]
        for kind, chosen, drawn in (("", found, _ratios), (" series", series, _series)):
            if chosen:
                plot = Figure(figsize=(9, 1.5 + 0.22 * len(found)), layout="constrained")
                drawn(plot, section, chosen)
                written.append(folder / f"{section}{kind}.png".replace(" ", "-"))
                plot.savefig(written[-1], dpi=120)
    return written


def _ratios(plot: Any, section: str, rows: Sequence[Row]) -> None:
    """Draw a bar for each row: our time over that of the best peer."""
    axes = plot.subplots()
    names = [f"{row.case.name}, {row.case.dtype} ({row.best})" for row in rows]
    ratios = [row.ratio for row in rows]
    colors = ["tab:green" if ratio <= 1 else "tab:orange" for ratio in ratios]
    places = np.arange(len(rows))
    axes.barh(places, ratios, color=colors)
    axes.set_yticks(places, names, fontsize=7)
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set(title=section, xlabel=f"time of {OURS} over that of the best peer (in brackets), medians")


def _series(plot: Any, _: str, rows: Sequence[Row]) -> None:
    """Draw the median times of everybody against the work, one picture for each series."""
    names = list(dict.fromkeys(row.case.series for row in rows))
    columns = 2
    grid = plot.subplots(-(-len(names) // columns), columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        own = [row for row in rows if row.case.series == name]
        for candidate in dict.fromkeys(name for row in own for name in row.times):
            points = [(row.case.work, row.times[candidate]) for row in own if candidate in row.times]
            work, times = zip(*points, strict=True)
            middle = [1e6 * found.median for found in times]
            low, high = zip(*[found.quartiles for found in times], strict=True)
            (curve,) = axes.loglog(work, middle, marker="o", markersize=3, label=candidate)
            axes.fill_between(
                work, np.multiply(low, 1e6), np.multiply(high, 1e6), color=curve.get_color(), alpha=0.2
            )
        axes.set_title(name, fontsize=9)
        axes.set(xlabel="times the least work", ylabel="µs")
        axes.legend(fontsize=6)
    for axes in grid[len(names) :]:
        axes.remove()
