"""The syntax tree of a formula, as flat records: a list in which children stand before their parents.

Children are indices into that list, so no pass over a tree ever recurses. Every record knows its
characters ``start:end`` in the text, which the parser widens to the parentheses around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.expr.core import Expr, Extent
from bracketcalc.expr.number import Number
from bracketcalc.notation.built_in import Function
from bracketcalc.notation.index.ast import IndexForm, Slice, Unit
from bracketcalc.notation.ranges import Position
from bracketcalc.notation.scripts import Exponent, Groups
from bracketcalc.notation.tokens import Part


@dataclass(slots=True)
class Given:
    """An expression that the text names, or a number."""

    start: int
    end: int
    expr: Expr


@dataclass(slots=True)
class Embedded:
    """A part in another notation, some of whose sizes follow from its use."""

    start: int
    end: int
    part: Part


@dataclass(slots=True)
class Inferred:
    """𝟏 (order 1) or I (order 2): a constant whose size follows from its use, or is its subscript."""

    start: int
    end: int
    order: int
    size: Extent | None


@dataclass(slots=True)
class Chain:
    """Two or more factors beside each other: the matrix product of §2.3.1."""

    start: int
    end: int
    factors: tuple[int, ...]


@dataclass(slots=True)
class Operation:
    """Two operands with one of the signs + - / ⊗ ⊙ ⊘ ·.

    ``left_positions`` and ``right_positions`` are the lists of §2.2, both present or both absent;
    ``shared`` is the k of ⊙_k and ·_k, or one of ``<`` and ``>``.
    """

    start: int
    end: int
    sign: str
    left: int
    right: int
    left_positions: tuple[Position, ...] = ()
    right_positions: tuple[Position, ...] = ()
    shared: int | str | None = None


@dataclass(slots=True)
class Negation:
    """-x"""

    start: int
    end: int
    operand: int


@dataclass(slots=True)
class Power:
    """x with a superscript that is no position list: x^p, Xᵀ, X^{-T}."""

    start: int
    end: int
    operand: int
    exponent: Exponent


@dataclass(slots=True)
class Selection:
    """x with a subscript: permuted, diagonal and summed positions (6)."""

    start: int
    end: int
    operand: int
    groups: Groups


@dataclass(slots=True)
class Application:
    """f(x, parameters), with a superscript on f: a power, or the positions of f^P (27)."""

    start: int
    end: int
    function: Function
    name: str
    arguments: tuple[int, ...]
    power: Number
    positions: tuple[Position, ...]


Syntax = (
    Given
    | Embedded
    | Inferred
    | Chain
    | Operation
    | Negation
    | Power
    | Selection
    | Application
    | IndexForm
    | Slice
    | Unit
)
"""One record of a syntax tree."""
