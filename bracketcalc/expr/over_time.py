"""The sum over the times of what stands at one time, in the lines of a derivation (paper §6.4).

Inside of Σ_t a sequence X stands as X_t: as a tensor of one time. So Σ_t has no value of its own; it is
written in equations that hold for every t, beside the equations of X_t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Extent, Size


@dataclass(frozen=True, slots=True)
class TimeIndex:
    """A letter for the times of sequences, and how many times there are.

    Attributes:
        letter: what stands for a time.
        length: the number of steps; times count from 1.
    """

    letter: str
    length: Extent

    @property
    def last(self) -> str:
        """Return the last time as it is written."""
        return self.length.name if isinstance(self.length, Size) else str(self.length)


@final
class OverTime(Expr):
    """The sum of an expression over all times."""

    __slots__ = ()

    def __init__(self, index: TimeIndex, body: Expr) -> None:
        super().__init__((index,), (body,), body.sizes)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> OverTime:
        return cls(data[0], children[0])

    @property
    def index(self) -> TimeIndex:
        """Return the letter and the number of times."""
        index: TimeIndex = self.data[0]
        return index

    @property
    def body(self) -> Expr:
        """Return what is summed."""
        return self.children[0]


def at_time(name: str, time: str) -> str:
    """Return the name of a sequence with a time as its subscript.

    Example:
        >>> at_time("X", "t"), at_time("Z", "t-1"), at_time("W_1", "t")
        ('X_t', 'Z_{t-1}', 'W_{1,t}')
    """
    stem, line, subscript = name.partition("_")
    if not stem or not line:
        return f"{name}_{time}" if len(time) == 1 else f"{name}_{{{time}}}"
    return f"{stem}_{{{subscript.removeprefix('{').removesuffix('}')},{time}}}"


def moved(time: str, steps: int) -> str:
    """Return a time some steps later.

    Example:
        >>> moved("t", -1), moved("t", 0), moved("5", 1)
        ('t-1', 't', '6')
    """
    if steps == 0:
        return time
    if time.lstrip("-").isdigit():
        return str(int(time) + steps)
    if not time.isidentifier():
        raise ArgumentError(f"{time!r} is no single time")
    return f"{time}{steps:+d}"
