"""The texts of indices and places in the source of a program."""

from __future__ import annotations

from bracketcalc.compiler.program.steps import Step


def index_text(present: tuple[bool, ...]) -> str:
    """Return the index that adds axes of size 1, like ``:, None``."""
    last = max(k for k, here in enumerate(present) if not here)
    return ", ".join(":" if here else "None" for here in present[: last + 1])


def picked_text(picks: tuple[int | None, ...]) -> str:
    """Return the index that takes one index of some axes, like ``:, 2``; the result is an array always."""
    shown = ", ".join(":" if index is None else str(index) for index in picks)
    return shown if None in picks else f"{shown}, ..."


def place_text(step: Step) -> str:
    """Return the groups of axes, and the picked indices where there are any."""
    groups, picks = step.parameters
    return str(groups) if all(index is None for index in picks) else f"{groups}, {picks}"
