"""Lists of indices and positions: the definitions of §2.2, and (19) to (21) of §4.3.2."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError
from bracketcalc.rewrite import chosen, others, placed, replaced, without

LETTERS = "abcdefghi"


@st.composite
def positions(draw: st.DrawFn) -> tuple[int, list[int]]:
    """Return a length, and different positions in a list of this length."""
    count = draw(st.integers(0, 6))
    order = draw(st.permutations(range(1, count + 1)))
    return count, order[: draw(st.integers(0, count))]


@given(positions())
def test_chosen_and_replaced_by_their_elements(case: tuple[int, list[int]]) -> None:
    """L[P] = l_{p_1} … l_{p_K}, and L[P] ← K has the elements of K at P and those of L elsewhere."""
    count, P = case
    items, new = LETTERS[:count], LETTERS[::-1][: len(P)].upper()
    assert list(chosen(items, P)) == [items[p - 1] for p in P]
    found = replaced(items, P, new)
    assert chosen(found, P) == tuple(new)
    assert chosen(found, others(P, count)) == chosen(items, others(P, count))
    assert len(found) == count


@given(positions())
def test_the_other_positions(case: tuple[int, list[int]]) -> None:
    r"""-P = (1…S) \ P"""
    count, P = case
    assert others(P, count) == tuple(p for p in range(1, count + 1) if p not in P)
    assert others(P, count) == without(range(1, count + 1), P)
    assert others(others(P, count), count) == tuple(sorted(P))


def test_without_keeps_the_order() -> None:
    assert without("hidden", "dh") == ("i", "e", "n")
    assert without((3, 1, 2), ()) == (3, 1, 2)


@given(positions(), st.integers(0, 3))
def test_filled_places_19_to_21(case: tuple[int, list[int]], more: int) -> None:
    """(I_k^P J)[P] = I_k, (I_k^P J)[-P] = J_{n-k}, (I_k^P J)[(n+1)…(n+m)] = J_m"""
    n, P = case
    k = len(P)
    I, J = LETTERS[:k], LETTERS[::-1][: n - k + more].upper()  # noqa: E741
    found = placed(I, P, J)
    assert len(found) == n + more
    assert chosen(found, P) == tuple(I)
    assert chosen(found, others(P, n)) == tuple(J[: n - k])
    assert chosen(found, range(n + 1, n + more + 1)) == tuple(J[n - k :])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chosen("ab", (3,)), "there is no position 3 in a list of 2"),
        (lambda: chosen("", (1,)), "there is no position 1 in a list of 0"),
        (lambda: chosen("ab", (0,)), "there is no position 0 in a list of 2"),
        (lambda: chosen("ab", (1.0,)), "there is no position 1.0 in a list of 2"),  # type: ignore[arg-type]
        (lambda: chosen("ab", (True,)), "there is no position True in a list of 2"),
        (lambda: others((2, 2), 3), "a position stands twice in (2, 2)"),
        (lambda: replaced("ab", (1,), "xy"), "2 elements cannot stand at 1 positions"),
        (lambda: placed("ab", (1,), "xy"), "2 elements cannot stand at 1 positions"),
        (lambda: placed("a", (4,), "xy"), "there is no position 4 in a list of 3"),
    ],
)
def test_errors(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert caught.value.message == message
    assert caught.value.hint
