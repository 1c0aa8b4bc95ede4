"""What is known of a tensor beside its sizes: its number field, and equations that its values satisfy.

A fact is part of the tensor, so whatever meets the tensor may use it; nothing is passed along with
expressions. A fact speaks of the value only: a derivative is still taken in every direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.shapes import show_sizes


class Fact(Enum):
    """A fact about a tensor; those about matrices speak of the last two axes."""

    COMPLEX = "complex"
    SYMMETRIC = "symmetric"
    DIAGONAL = "diagonal"
    ORTHOGONAL = "orthogonal"
    POSITIVE_DEFINITE = "positive definite"


@dataclass(frozen=True, slots=True)
class SumsToOne:
    """The fact that the sum over one axis is 1, as for the rows of labels.

    Attributes:
        axis: the summed axis, counted from 0.
    """

    axis: int


AnyFact = Union[Fact, SumsToOne]

_SQUARE = frozenset({Fact.SYMMETRIC, Fact.DIAGONAL, Fact.ORTHOGONAL, Fact.POSITIVE_DEFINITE})


_OF_REAL_MATRICES = (Fact.ORTHOGONAL, Fact.POSITIVE_DEFINITE)


def sums_to_one(axis: int) -> SumsToOne:
    """Return the fact that the sum over an axis, counted from 0, is 1.

    Example:
        >>> sums_to_one(axis=1)
        SumsToOne(axis=1)
    """
    return SumsToOne(axis)


def facts_of(assumed: object) -> frozenset[AnyFact]:
    """Return facts given as one or several of them, by name where they have one.

    Raises:
        ArgumentError: for anything that is not a fact.

    Example:
        >>> facts_of("symmetric") == {Fact.SYMMETRIC}
        True
    """
    given = assumed if isinstance(assumed, Iterable) and not isinstance(assumed, str) else (assumed,)
    return frozenset(_fact(item) for item in given)


def _fact(item: object) -> AnyFact:
    if isinstance(item, Fact | SumsToOne):
        return item
    try:
        return Fact(item)
    except ValueError:
        known = ", ".join(repr(fact.value) for fact in Fact)
        raise ArgumentError(
            f"{item!r} is not a fact about a tensor", hint=f"use {known} or sums_to_one(axis)"
        ) from None


def check_facts(name: str, facts: Iterable[AnyFact], sizes: Sequence[Any]) -> None:
    """Raise a ShapeError for a fact that a tensor with the given sizes cannot have.

    Raises:
        ArgumentError: for a fact about real matrices where the tensor is complex.
    """
    facts = frozenset(facts)
    for refused in _OF_REAL_MATRICES:
        if refused in facts and Fact.COMPLEX in facts:
            raise ArgumentError(
                f"{name} cannot be complex and {refused.value}: that is a fact about real matrices",
                hint="declare one of the two",
            )
    for fact in facts:
        if isinstance(fact, SumsToOne):
            if not 0 <= fact.axis < len(sizes):
                raise ShapeError(
                    f"{name} with sizes {show_sizes(sizes)} has no axis {fact.axis} that could sum to one"
                )
        elif fact in _SQUARE and (len(sizes) < 2 or sizes[-1] != sizes[-2]):
            raise ShapeError(
                f"{name} with sizes {show_sizes(sizes)} cannot be {fact.value}: "
                "its last two axes are not those of a square matrix"
            )
