"""The records of index forms, of slices and of one-hots in a syntax tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bracketcalc.expr.core import Extent
from bracketcalc.notation.index.letters import Fixed, Index, Letter


class Constant(Enum):
    """The factors that have no operand."""

    DELTA = "δ"
    ONES = "𝟏"


class Factor(NamedTuple):
    """A factor of an index form: an operand of the tree or a constant, with its indices.

    A factor without indices is a scalar.
    """

    start: int
    end: int
    operand: int | Constant
    indices: tuple[Index, ...] | None


class Summed(NamedTuple):
    """A letter under a Σ, and the size that its upper limit tells."""

    letter: Letter
    size: Extent | None


class Term(NamedTuple):
    """A product of factors, with the sign before it, and the letters under its Σ."""

    start: int
    end: int
    sign: int
    factors: tuple[Factor, ...]
    summed: tuple[Summed, ...] = ()


@dataclass(slots=True)
class IndexForm:
    """(A_{ij} B_{jk} | ik): letters that are not in ``output`` are summed, in each term (1)."""

    start: int
    end: int
    terms: tuple[Term, ...]
    output: tuple[Letter, ...]


Label = tuple[str, int]
"""One axis: a letter, and which of its axes it is; for an index with a value, ``#`` and a count."""


class TermAxes(NamedTuple):
    """The axes of one term.

    Attributes:
        labels: the label of each axis of each factor.
        sizes: the size of each label, as far as it is known.
        fixed: the labels of indices with values, and those.
    """

    labels: tuple[tuple[Label, ...], ...]
    sizes: dict[Label, Extent]
    fixed: dict[Label, Fixed]


@dataclass(slots=True)
class Slice:
    """X_{2·}: some axes at fixed indices, the others whole (paper §4.3.2)."""

    start: int
    end: int
    operand: int
    indices: tuple[Index, ...]


@dataclass(slots=True)
class Unit:
    """e_{3} or e_{12}: 1 at the indices, 0 elsewhere; its sizes follow from its use."""

    start: int
    end: int
    indices: tuple[Fixed, ...]
