"""Random arrays that have the declared facts, exact where they are made of fractions."""

from __future__ import annotations

import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne

Values = npt.NDArray[Any]

_ENTRY = 50
"""Random orthogonal matrices are made of vectors of integers up to this."""

_MATRIX_FACTS = frozenset({Fact.SYMMETRIC, Fact.DIAGONAL, Fact.ORTHOGONAL, Fact.POSITIVE_DEFINITE})


def with_facts(name: str, facts: Iterable[AnyFact], array: Values, draw: random.Random) -> Values:
    """Return an array that has the facts and is otherwise as random as the given one.

    Args:
        name: the tensor, for the message.
        facts: what the array must satisfy; facts that no equation states are ignored.
        array: random numbers that are not 0, fractions or floats.
        draw: decides what the given numbers do not.

    Raises:
        BracketCalcError: if no array with all of the facts is found.

    Example:
        >>> found = with_facts("Y", [SumsToOne(0)], np.array([2.0, 6.0]), random.Random(0))
        >>> found.tolist()
        [0.25, 0.75]
    """
    facts = frozenset(facts)
    result = _matrices(facts & _MATRIX_FACTS, array, draw)
    sums = sorted(fact.axis for fact in facts if isinstance(fact, SumsToOne))
    scalable = len(sums) == 1 and array.dtype != object and bool(np.all(array > 0))
    for axis in sums:
        if facts & _MATRIX_FACTS and axis >= array.ndim - 2:
            result = result + _eye(array) * (1 - result.sum(axis=axis, keepdims=True))
        elif scalable and not facts & _MATRIX_FACTS:
            result = result / result.sum(axis=axis, keepdims=True)
        else:
            result = _completed(result, axis)
    if sums and not _has(facts, result, sums):
        raise BracketCalcError(
            f"no values of {name} with shape {result.shape} are known that have all of its facts",
            hint="declare fewer facts of one tensor",
        )
    return result


def _matrices(facts: frozenset[AnyFact], array: Values, draw: random.Random) -> Values:
    """Return stacks of matrices with the facts about matrices."""
    if not facts:
        return array
    eye = _eye(array)
    if Fact.ORTHOGONAL in facts:
        if Fact.POSITIVE_DEFINITE in facts:
            return np.asarray(eye + 0 * array)
        signs = eye * _signs(array, draw)
        if Fact.DIAGONAL in facts:
            return signs
        rotation = _orthogonal(array, draw)
        if Fact.SYMMETRIC in facts:
            return np.asarray(rotation @ signs @ np.swapaxes(rotation, -1, -2))
        return rotation
    if Fact.DIAGONAL in facts:
        return eye * (abs(array) if Fact.POSITIVE_DEFINITE in facts else array)
    result = array + np.swapaxes(array, -1, -2)
    if Fact.POSITIVE_DEFINITE in facts:
        # Each diagonal element is larger than the sum of the others in its row.
        rows = abs(result).sum(axis=-1, keepdims=True) + 1
        result = result + eye * rows
    return result


def _eye(array: Values) -> Values:
    return np.eye(array.shape[-1], dtype=np.int64).astype(array.dtype)


def _signs(array: Values, draw: random.Random) -> Values:
    signs = np.array([draw.choice((-1, 1)) for _ in range(array.size)], dtype=array.dtype)
    return signs.reshape(array.shape)


def _orthogonal(array: Values, draw: random.Random) -> Values:
    """Return products of as many reflections as there are rows, or one less: any orthogonal matrices."""
    size, lead = array.shape[-1], array.shape[:-2]
    eye = np.eye(size, dtype=np.int64).astype(object)
    result = eye + np.zeros(array.shape, dtype=np.int64).astype(object)
    for _ in range(size - draw.randint(0, 1)):
        entries = [Fraction(draw.randint(1, _ENTRY)) for _ in range(int(np.prod(lead, dtype=int)) * size)]
        vector = np.array(entries, dtype=object).reshape((*lead, size, 1))
        turned = np.swapaxes(vector, -1, -2)
        result = result @ (eye - 2 * vector * turned / (turned @ vector))
    return np.asarray(result.astype(array.dtype))


def _completed(array: Values, axis: int) -> Values:
    """Return the array with its last slice along an axis changed so that the sums over the axis are 1."""
    last = np.arange(array.shape[axis]) == array.shape[axis] - 1
    place = last.reshape([-1 if k == axis else 1 for k in range(array.ndim)])
    return np.where(place, array + 1 - array.sum(axis=axis, keepdims=True), array)


def _has(facts: frozenset[AnyFact], array: Values, sums: list[int]) -> bool:
    """Return whether an array, changed to have its sums, has all facts."""
    wanted: list[tuple[Any, Any]] = [(array.sum(axis=axis), 1) for axis in sums]
    if not facts & _MATRIX_FACTS:
        return _near(wanted)
    turned, eye = np.swapaxes(array, -1, -2), _eye(array)
    if facts & _MATRIX_FACTS.difference((Fact.ORTHOGONAL,)):
        wanted.append((array, turned))
    if Fact.ORTHOGONAL in facts:
        wanted.append((array @ turned, eye))
    if Fact.DIAGONAL in facts:
        wanted.append((array * (1 - eye), 0))
    if Fact.POSITIVE_DEFINITE in facts:
        wanted.append(((np.linalg.eigvalsh(array.astype(float)) > 0).astype(float), 1))
    return _near(wanted)


def _near(pairs: Iterable[tuple[Any, Any]]) -> bool:
    return all(bool(np.all(abs(one - two) <= 1e-9 * (1 + abs(one)))) for one, two in pairs)
