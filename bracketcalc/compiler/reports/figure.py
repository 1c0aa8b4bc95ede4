"""The picture of a report: the time and the memory of each step."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any

from bracketcalc.compiler.reports.report import Report

MOST_LABELS = 40
"""How many steps are written out on the axis, at most."""


def draw(report: Report) -> Any:
    """Return a figure of matplotlib with the time and the memory of each step.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    try:
        figure_type = import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise ImportError("plot needs matplotlib: install it with pip install matplotlib") from error
    steps = report.path
    places = list(range(1, len(steps) + 1))
    # A figure of its own belongs to no window, so it is drawn without a display.
    figure = figure_type(figsize=(max(6.0, min(16.0, 1.5 + 0.35 * len(steps))), 6.0), layout="constrained")
    # Notebooks know how to show figures only where pyplot was imported.
    figure._repr_png_ = partial(_png, figure)
    work, memory = figure.subplots(2, 1, sharex=True)
    if report.seconds is None:
        work.bar(places, [step.flops for step in steps], color="tab:blue")
        work.set_ylabel("operations")
    else:
        work.bar(places, [1e6 * (step.seconds or 0.0) for step in steps], color="tab:blue")
        work.set_ylabel("time in µs")
    memory.bar(places, [step.held_bytes / 1e6 for step in steps], color="tab:orange")
    memory.axhline(report.peak_bytes / 1e6, color="black", linewidth=0.8, linestyle="--")
    memory.annotate("peak", (1, report.peak_bytes / 1e6), (0, 2), textcoords="offset points")
    memory.margins(y=0.15)
    memory.set_ylabel("MB held beside the arguments")
    labels = [f"{step.kernel} {step.equation}".strip() for step in steps]
    if len(steps) <= MOST_LABELS:
        memory.set_xticks(places, [f"{k} {label}" for k, label in zip(places, labels, strict=True)])
        memory.tick_params(axis="x", labelrotation=90, labelsize=8)
    else:
        memory.set_xlabel("step")
    return figure


def _png(figure: Any) -> bytes:
    picture = BytesIO()
    figure.savefig(picture, format="png", bbox_inches="tight")
    return picture.getvalue()
