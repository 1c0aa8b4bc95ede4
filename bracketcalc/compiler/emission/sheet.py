"""The sheet on which a program is written: lines of source, and invented names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from bracketcalc.compiler.memory.fusing import Fused
from bracketcalc.compiler.memory.sums import LONGEST_KEPT
from bracketcalc.compiler.program.steps import Step

TAB = 4
"""The spaces by which a function or a loop is indented."""


class Line(NamedTuple):
    """One statement of the source, and the slot whose value it makes, if it makes one."""

    text: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a program.

    Attributes:
        lines: the statements, the ``def`` line first.
        calls: the steps that call a function record, by the name they have in the source.
        ufuncs: the ufuncs that are called.
        numbers: the numbers that are operands, by the name they have in the source.
        kernels: the fused kernels, by the name they have in the source.
        ones: the lengths of the vectors of ones that it uses, by the name they have in the source.
    """

    lines: tuple[Line, ...]
    calls: Mapping[str, Step]
    ufuncs: frozenset[str]
    numbers: Mapping[str, float]
    kernels: Mapping[str, Fused]
    ones: Mapping[str, int]

    @property
    def text(self) -> str:
        """Return the source as it is executed."""
        return "\n".join(line.text for line in self.lines) + "\n"


class Sheet:
    """What the writers of a program and of the loops inside it share: the lines, and invented names.

    Args:
        writes: whether the program may write to arrays that it made.
    """

    def __init__(self, writes: bool) -> None:
        self.writes = writes
        self.lines: list[Line] = []
        self.calls: dict[str, Step] = {}
        self.known_calls: dict[tuple[Any, ...], str] = {}
        self.ufuncs: set[str] = set()
        self.numbers: dict[str, float] = {}
        self.known_numbers: dict[str, str] = {}
        self.kernels: dict[str, Fused] = {}
        self.kept_ones: dict[str, int] = {}
        self.made: Counter[str] = Counter()

    def name(self, letter: str) -> str:
        """Return a new name."""
        self.made[letter] += 1
        return f"{letter}{self.made[letter] - 1}"

    def mark(self, start: int, slot: int, indent: str) -> None:
        """Say that the lines from ``start`` on make a slot of the whole program, if no line does."""
        added = self.lines[start:]
        if len(indent) == TAB and added and all(line.slot is None for line in added):
            self.lines[-1] = Line(added[-1].text, slot)

    def call(self, step: Step) -> str:
        """Return the name under which the source calls a function record."""
        key = (step.kind, step.parameters, step.shape)
        name = self.known_calls.get(key)
        if name is None:
            name = self.known_calls[key] = f"f{len(self.calls)}"
            self.calls[name] = step
        return name

    def kernel(self, fused: Fused) -> str:
        """Return the name of a fused kernel."""
        name = self.name("kernel")
        self.kernels[name] = fused
        return name

    def ones(self, length: int) -> str:
        """Return the text of a vector of ones; one that is not long is made once for all calls."""
        if length > LONGEST_KEPT:
            return f"full(({length},), 1.0)"
        name = f"ones{length}"
        self.kept_ones[name] = length
        return name

    def source(self) -> Source:
        """Return what was written."""
        return Source(
            lines=tuple(self.lines),
            calls=self.calls,
            ufuncs=frozenset(self.ufuncs),
            numbers=self.numbers,
            kernels=self.kernels,
            ones=self.kept_ones,
        )

    def number(self, value: float) -> str:
        """Return the name of a number; the number itself where it is not finite."""
        # As texts, 0.0 and -0.0 differ.
        text = repr(value)
        if not isfinite(value):
            return text
        name = self.known_numbers.get(text)
        if name is None:
            name = self.known_numbers[text] = self.name("c")
            self.numbers[name] = value
        return name
