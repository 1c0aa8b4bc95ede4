"""Sizes that are made equal."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.expr.core import Extent, Size
from bracketcalc.notation.unify import Unknowns


def test_known_sizes() -> None:
    unknowns = Unknowns()
    assert unknowns.same(3, 3)
    assert unknowns.same(Size("n"), Size("n"))
    assert not unknowns.same(3, 4)
    assert not unknowns.same(Size("n"), Size("m"))
    assert not unknowns.same(Size("n"), 3)


def test_a_size_with_the_name_of_a_number_is_no_number() -> None:
    assert not Unknowns().same(Size("3"), 3)


def test_unknown_sizes() -> None:
    unknowns = Unknowns()
    a, b, c = unknowns.new(), unknowns.new(), unknowns.new()
    assert unknowns.is_open(a)
    assert unknowns.same(a, b)
    assert unknowns.same(b, c)
    assert unknowns.is_open(unknowns.find(a))
    assert unknowns.same(c, 5)
    assert unknowns.resolve((a, b, c, Size("n"))) == (5, 5, 5, Size("n"))
    assert not unknowns.is_open(a)
    assert unknowns.same(a, 5)
    assert not unknowns.same(b, 6)


def test_a_long_path_is_followed_without_recursion() -> None:
    unknowns = Unknowns()
    chain = [unknowns.new() for _ in range(20_000)]
    for one, two in pairwise(chain):
        assert unknowns.same(one, two)
    assert unknowns.same(chain[0], 7)
    assert unknowns.find(chain[-1]) == 7


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_against_sets_of_equal_sizes(pairs: list[tuple[int, int]]) -> None:
    """Six unknown sizes and two known ones; classes are merged as sets."""
    unknowns = Unknowns()
    sizes: list[Extent] = [*(unknowns.new() for _ in range(6)), Size("n"), 3]
    classes = [{k} for k in range(8)]
    for one, two in pairs:
        first = next(group for group in classes if one in group)
        second = next(group for group in classes if two in group)
        fits = first is second or not {6, 7} <= first | second
        assert unknowns.same(sizes[one], sizes[two]) == fits
        if fits and first is not second:
            classes = [group for group in classes if group is not first and group is not second]
            classes.append(first | second)
    for group in classes:
        assert len({str(unknowns.find(sizes[k])) for k in group}) == 1
