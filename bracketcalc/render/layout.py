"""A small tree of formulas: what is written, before how it is spelled.

A formula says that there is a chain of matrices, a transposition or a sum;
:mod:`bracketcalc.render.writer` sets the parentheses and a spelling gives the characters. Nothing changes
a formula; the classes are not frozen, because that would take a tenth of the time of the import.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import IntEnum

from bracketcalc.expr.core import Extent
from bracketcalc.expr.number import Number


class Level(IntEnum):
    """How tightly a formula holds together, loosest first."""

    SUM = 0
    NEGATIVE = 1
    DOT = 2
    TIMES = 3
    OUTER = 4
    CHAIN = 5
    APPLY = 6
    ATOM = 7


DOT, ODOT, OVER, OUTER = "·", "⊙", "⊘", "⊗"
"""The operators of :class:`Infix` and :class:`Joined`."""

Mark = tuple[int, bool]
"""A position, counted from 1, and whether it is summed."""


@dataclass(slots=True, eq=False, repr=False)
class Formula:
    """The base of all formulas."""

    spans = False

    @property
    def level(self) -> Level:
        """Return how tightly the formula holds together."""
        return Level.ATOM

    @property
    def operands(self) -> tuple[Formula, ...]:
        """Return the formulas inside this one, in the order in which they are written."""
        return ()

    @property
    def signed(self) -> bool:
        """Return whether the formula begins with a minus sign."""
        return False


Piece = str | Formula
"""Characters, or a formula that is still to be written."""


@dataclass(slots=True, eq=False, repr=False)
class Name(Formula):
    """The name of a tensor, a size or a definition."""

    text: str


@dataclass(slots=True, eq=False, repr=False)
class Digits(Formula):
    """A number that is not negative."""

    value: Number


@dataclass(slots=True, eq=False, repr=False)
class Ones(Formula):
    """The vector of ones; its size is written where it does not follow from the formula."""

    size: Extent
    named: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Identity(Formula):
    """The identity matrix; its size is written where it does not follow from the formula."""

    size: Extent
    named: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Unit(Formula):
    """The one-hot vector e with 1 at an index, counted from 1."""

    index: int


@dataclass(slots=True, eq=False, repr=False)
class Column(Formula):
    """A column of a matrix, its index counted from 1: I_{·3} is e_3 where its size must be written."""

    matrix: Formula
    index: int

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.matrix,)


@dataclass(slots=True, eq=False, repr=False)
class LeftOut(Formula):
    """A part that is left out; ``terms`` counts the terms of a sum that are."""

    terms: int = 0


@dataclass(slots=True, eq=False, repr=False)
class Ratio(Formula):
    """A leading fraction: a number over numbers and sizes."""

    numerator: Formula
    denominator: tuple[Formula, ...]

    @property
    def level(self) -> Level:
        return Level.APPLY

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.numerator, *self.denominator)


@dataclass(slots=True, eq=False, repr=False)
class Power(Formula):
    """A superscript: ``"T"``, ``"-1"``, ``"-T"``, ``"H"``, ``"-H"`` or a number."""

    base: Formula
    exponent: str | Number

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.base,)


@dataclass(slots=True, eq=False, repr=False)
class Portions(Formula):
    """A subscript of positions: permuted, multiplied together in groups, summed (paper (6))."""

    base: Formula
    groups: tuple[tuple[Mark, ...], ...]

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.base,)


@dataclass(slots=True, eq=False, repr=False)
class Apply(Formula):
    """A function applied to an argument, with operands, positions, a power and parameters if it has any."""

    name: str
    latex: str
    argument: Formula
    parameters: tuple[Number, ...] = ()
    positions: tuple[int, ...] = ()
    power: int = 1
    behind: tuple[Formula, ...] = ()

    @property
    def level(self) -> Level:
        return Level.APPLY

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.argument, *self.behind)


@dataclass(slots=True, eq=False, repr=False)
class Norm(Formula):
    """The Euclidean norm."""

    argument: Formula

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.argument,)


@dataclass(slots=True, eq=False, repr=False)
class Chain(Formula):
    """A juxtaposition: the matrix product."""

    parts: tuple[Formula, ...]

    @property
    def level(self) -> Level:
        return Level.CHAIN

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.parts


@dataclass(slots=True, eq=False, repr=False)
class Infix(Formula):
    """Operands joined from the left by operators of one level."""

    parts: tuple[Formula, ...]
    operators: tuple[str, ...]
    spans = True

    @property
    def level(self) -> Level:
        return {DOT: Level.DOT, OUTER: Level.OUTER}.get(self.operators[0], Level.TIMES)

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.parts


@dataclass(slots=True, eq=False, repr=False)
class Joined(Formula):
    """A ·^Q or ⊙^Q with position lists, or with the last k and the first k positions."""

    operator: str
    left: Formula
    right: Formula
    left_marks: tuple[Mark, ...] = ()
    right_marks: tuple[Mark, ...] = ()
    count: int = 0

    @property
    def level(self) -> Level:
        return Level.DOT if self.operator == DOT else Level.TIMES

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False, repr=False)
class Scaled(Formula):
    """Scalars in front of a formula."""

    scalars: tuple[Formula, ...]
    body: Formula

    @property
    def level(self) -> Level:
        return self.body.level if self.body.spans else Level.CHAIN

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (*self.scalars, self.body)


@dataclass(slots=True, eq=False, repr=False)
class Divided(Formula):
    """A formula divided by a scalar."""

    numerator: Formula
    denominator: Formula

    @property
    def level(self) -> Level:
        return Level.TIMES

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.numerator, self.denominator)


@dataclass(slots=True, eq=False, repr=False)
class Negative(Formula):
    """A formula with a minus sign in front."""

    body: Formula

    @property
    def level(self) -> Level:
        return Level.NEGATIVE

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.body,)

    @property
    def signed(self) -> bool:
        return True


@dataclass(slots=True, eq=False, repr=False)
class Total(Formula):
    """A sum; a term that is :class:`Negative` is subtracted."""

    terms: tuple[Formula, ...]
    starts_signed: bool = False

    @property
    def level(self) -> Level:
        return Level.SUM

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.terms

    @property
    def signed(self) -> bool:
        return self.starts_signed


@dataclass(slots=True, eq=False, repr=False)
class Indexed(Formula):
    """The index form (A_{ij} B_{j2} | i): factors with their indices, and the free letters (paper (1)).

    An index is a letter, or a number that counts from 1. Names in ``braced`` stand in parentheses,
    because another name begins like them and their indices.
    """

    factors: tuple[Formula, ...]
    indices: tuple[tuple[str | int, ...], ...]
    output: tuple[str, ...]
    braced: Container[str] = ()

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.factors
