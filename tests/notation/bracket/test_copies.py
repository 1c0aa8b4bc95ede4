"""Which copy of its tensor a portion belongs to."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.notation.bracket.copies import Copies

Axes = tuple[int, ...]


def earliest(taken: list[set[int]], axes: Axes) -> int:
    """Return the copy that an obvious search finds, and note it there."""
    for copy in range(len(taken) + 1):
        if copy == len(taken):
            taken.append(set())
        if not taken[copy] & set(axes or (-1,)):
            taken[copy] |= set(axes or (-1,))
            return copy
    raise AssertionError


PORTIONS = st.tuples(
    st.sampled_from(["X", "Y"]),
    st.lists(st.sampled_from(range(3)), unique=True, max_size=3).map(tuple),
    st.none() | st.integers(0, 4),
)


@given(st.lists(PORTIONS, max_size=30))
def test_the_earliest_copy_without_the_axes(portions: list[tuple[str, Axes, int | None]]) -> None:
    copies = Copies()
    taken: dict[str, list[set[int]]] = {"X": [], "Y": []}
    for name, axes, mark in portions:
        if mark is None:
            assert copies.assign(name, axes) == earliest(taken[name], axes)
        else:
            copies.take(name, axes, mark)
            taken[name] += [set() for _ in range(mark + 1 - len(taken[name]))]
            taken[name][mark] |= set(axes or (-1,))


def test_many_copies_take_linear_time() -> None:
    copies = Copies()
    start = time.perf_counter()
    assert [copies.assign("x", (0,)) for _ in range(50_000)] == list(range(50_000))
    assert [copies.assign("x", (1, 0)) for _ in range(10_000)] == list(range(50_000, 60_000))
    assert time.perf_counter() - start < 3
