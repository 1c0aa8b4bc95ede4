"""The formulas of the general bracket notation: what is written between ⟨ and ⟩."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.render.layout import Formula


@dataclass(slots=True, eq=False, repr=False)
class Angle(Formula):
    """⟨…⟩: what is inside is general bracket notation."""

    body: Formula

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.body,)


@dataclass(slots=True, eq=False, repr=False)
class Cases(Formula):
    """The rows of a system: a term in the general bracket notation, a part of it in each row."""

    rows: tuple[Formula, ...]

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.rows


@dataclass(slots=True, eq=False, repr=False)
class Row(Formula):
    """Items beside each other; it stands only inside brackets, so it needs no parentheses."""

    items: tuple[Formula, ...]

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.items


@dataclass(slots=True, eq=False, repr=False)
class Enclosed(Formula):
    """Items in square brackets, or in parentheses."""

    items: tuple[Formula, ...]
    square: bool
    barred: bool = False

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.items


@dataclass(slots=True, eq=False, repr=False)
class Part(Formula):
    """A portion of a tensor.

    Attributes:
        base: the tensor.
        positions: counted from 1; none for all.
        copy: the copy of the tensor, counted from 0, where it is marked.
        barred: whether it is summed.
        braced: whether the base stands in braces before positions, also if it is a plain name.
    """

    base: Formula
    positions: tuple[int, ...] = ()
    copy: int | None = None
    barred: bool = False
    braced: bool = False

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.base,)


@dataclass(slots=True, eq=False, repr=False)
class Filler(Formula):
    """1, over some dimensions."""

    count: int = 1
    barred: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Single(Formula):
    """ι, a dimension of size 1."""

    barred: bool = False
