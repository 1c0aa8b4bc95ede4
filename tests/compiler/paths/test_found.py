"""The table of the paths of one program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bracketcalc.compiler.paths.cost import Factor, Labels, Path
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.paths.search import automatic_path

Factors = list[tuple[int, ...]]


def test_few_factors_need_no_search() -> None:
    table = PathTable()
    assert table.find([(0, 1)], (0,), {0: 2, 1: 3}) == ()
    assert table.find([(0, 1), (1,)], (0,), {0: 2, 1: 3}) == ((0, 1),)


def test_the_cheap_end_of_a_chain_comes_first() -> None:
    table = PathTable()
    chain: Factors = [(0, 1), (1, 2), (2,)]
    assert table.find(chain, (0,), {0: 9, 1: 9, 2: 9}) == ((1, 2), (0, 1))
    chain = [(0,), (0, 1), (1, 2)]
    assert table.find(chain, (2,), {0: 9, 1: 9, 2: 9})[0] == (0, 1)


@pytest.mark.parametrize("size", [0, 1])
def test_sizes_0_and_1(size: int) -> None:
    path = PathTable().find([(0, 1), (1, 2), (2, 3), (3, 0)], (), dict.fromkeys(range(4), size))
    assert len(path) == 3


def test_equal_products_are_searched_once() -> None:
    searched: list[Sequence[Factor]] = []

    def counting(inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
        searched.append(inputs)
        return automatic_path(inputs, kept, sizes)

    table = PathTable(counting)
    first = table.find([(0, 1), (1, 2), (2,)], (0,), {0: 9, 1: 8, 2: 7})
    again = table.find([(5, 3), (3, 4), (4,)], (5,), {5: 9, 3: 8, 4: 7})
    assert first == again
    assert len(searched) == 1
    table.find([(5, 3), (3, 4), (4,)], (5,), {5: 9, 3: 8, 4: 6})
    table.find([(5, 3), (3, 4), (4,)], (), {5: 9, 3: 8, 4: 7})
    assert len(searched) == 3
