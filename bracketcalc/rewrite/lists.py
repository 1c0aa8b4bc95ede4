r"""Lists of indices and of positions, as in the paper's definitions: L[P], L[P] ← K, Q \ R and -P.

Positions count from 1, and a list has none twice (paper §2.2). A list is any sequence, such as a text of
single letters; the results are tuples. With these, (3) can be followed by hand: the letters of A are
``replaced(I, P, K)``, and those of the result ``replaced(I, P, K) + chosen(J, others(Q, len(J)))``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from bracketcalc.errors import ArgumentError

T = TypeVar("T")


def chosen(items: Sequence[T], positions: Iterable[int]) -> tuple[T, ...]:
    """Return L[P], the elements of a list at some positions, in the order of the positions (paper §2.2).

    Raises:
        ArgumentError: for a position that does not exist, or one that stands twice.

    Example:
        >>> chosen("ijk", (3, 1))
        ('k', 'i')
    """
    return tuple([items[place - 1] for place in _places(positions, len(items))])


def replaced(items: Sequence[T], positions: Iterable[int], new: Sequence[T]) -> tuple[T, ...]:
    """Return L[P] ← K, a list with the elements of K at the positions P (paper §2.2).

    Raises:
        ArgumentError: for a position that does not exist or stands twice, or a K of another length.

    Example:
        >>> replaced("ijlm", (2, 3), "kh")
        ('i', 'k', 'h', 'm')
    """
    places = _places(positions, len(items))
    if len(new) != len(places):
        raise ArgumentError(
            f"{len(new)} elements cannot stand at {len(places)} positions",
            hint="give one new element for each position",
        )
    found = list(items)
    for place, item in zip(places, new, strict=True):
        found[place - 1] = item
    return tuple(found)


def without(items: Iterable[T], left_out: Iterable[T]) -> tuple[T, ...]:
    r"""Return Q \ R, the elements of Q that are not in R, in the order of Q (paper §2.2).

    Example:
        >>> without((4, 1, 3, 2), (1, 2))
        (4, 3)
    """
    out = list(left_out)
    return tuple([item for item in items if item not in out])


def others(positions: Iterable[int], count: int) -> tuple[int, ...]:
    r"""Return -P = (1…S) \ P, the positions from 1 to ``count`` that are not in P (paper §2.2).

    Raises:
        ArgumentError: for a position that does not exist, or one that stands twice.

    Example:
        >>> others((1, 4), 5), chosen("abcde", others((1, 4), 5))
        ((2, 3, 5), ('b', 'c', 'e'))
    """
    return without(range(1, count + 1), _places(positions, count))


def placed(items: Sequence[T], positions: Iterable[int], rest: Sequence[T]) -> tuple[T, ...]:
    """Return I^P J: the elements of I at the positions P, those of J in the other places (paper §4.3.2).

    Raises:
        ArgumentError: for a position that does not exist or stands twice, or an I of another length than P.

    Example:
        >>> placed("ab", (4, 2), "xyz")
        ('x', 'b', 'y', 'a', 'z')
    """
    count = len(items) + len(rest)
    places = _places(positions, count)
    blank: list[Any] = [None] * count
    full = replaced(blank, others(places, count), rest) if len(items) == len(places) else blank
    return replaced(full, places, items)


def _places(positions: Iterable[Any], count: int) -> tuple[int, ...]:
    """Return the positions, after checking that they are different ones from 1 to ``count``."""
    places = tuple(positions)
    for place in places:
        if type(place) is not int or not 1 <= place <= count:
            raise ArgumentError(
                f"there is no position {place!r} in a list of {count}",
                hint=f"positions count from 1 to {count}" if count else "the list is empty",
            )
    if len(set(places)) < len(places):
        raise ArgumentError(f"a position stands twice in {places}", hint="name each position once")
    return places
