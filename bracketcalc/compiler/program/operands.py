"""What steps are told beside their operands: where a value stands, a range of indices, windows."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.functions.windows import Windows

Place = tuple[tuple[tuple[int, ...], ...], tuple[int | None, ...]]
"""Where a value stands in a larger array: groups of axes whose indices are equal, one group for each axis
of the value, and for each axis of the array the only index at which it stands, or None."""


@dataclass(frozen=True, slots=True)
class IndexRange:
    """The range from 0 in which indices must lie, and what the indices are called in a message."""

    of: str
    size: int

    @property
    def name(self) -> str:
        """Return what a program calls the step that checks the indices."""
        return "indices"


@dataclass(frozen=True, slots=True)
class View:
    """Windows on one axis of an array: how many there are, with how many taps, and where they lie."""

    axis: int
    outputs: int
    taps: int
    windows: Windows
