"""The numbering of labels: the same for every order of factors and every choice of labels."""

from __future__ import annotations

from itertools import permutations
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.simplify.colours import Item
from bracketcalc.simplify.labelling import MAX_BRANCHES, canonical_items, numbered_items
from tests.simplify.symmetric import SYMMETRIC, Pairs, both_ways, graph


@st.composite
def renamed(draw: st.DrawFn) -> tuple[list[Item], list[int], list[Item], list[int]]:
    """Return a product and the same product in another order with other labels."""
    names = range(draw(st.integers(1, 6)))
    row = st.lists(st.sampled_from(names), max_size=3).map(tuple)
    items = draw(st.lists(st.tuples(st.sampled_from(["A", "B"]), row), min_size=1, max_size=6))
    used = sorted({label for _, labels in items for label in labels})
    output = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
    other = dict(zip(names, draw(st.permutations(range(10, 10 + len(names)))), strict=True))
    again = [(colour, tuple([other[label] for label in labels])) for colour, labels in items]
    return items, output, draw(st.permutations(again)), [other[label] for label in output]


@given(renamed())
@settings(max_examples=150)
def test_renaming_and_order_do_not_matter(
    case: tuple[list[Item], list[int], list[Item], list[int]],
) -> None:
    items, output, again, moved = case
    assert canonical_items(items, output) == canonical_items(again, moved)


@given(renamed())
@settings(max_examples=100)
def test_the_form_is_the_product_itself(
    case: tuple[list[Item], list[int], list[Item], list[int]],
) -> None:
    """The form has the same factors, and its labels coincide where the labels of the product do."""
    items, output, _, _ = case
    form = [item for part in canonical_items(items, output) for item in part]
    assert sorted((colour, len(labels)) for colour, labels in form) == sorted(
        (colour, len(labels)) for colour, labels in items
    )
    contracted = {label for _, labels in items for label in labels} - set(output)
    free = [label for _, labels in form for label in labels if label >= 0]
    assert sorted(free) == sorted(output.index(x) for _, row in items for x in row if x in output)
    components = [
        {label for _, labels in part for label in labels if label < 0}
        for part in canonical_items(items, output)
    ]
    assert sum(map(len, components)) == len(contracted)


def test_the_output_order_matters() -> None:
    items: list[Item] = [("A", (0, 1))]
    assert canonical_items(items, (0, 1)) != canonical_items(items, (1, 0))


def test_a_symmetric_product_ends_within_the_budget() -> None:
    """All pairs of 8 labels: 8! numberings are equal, only some are tried."""
    items: list[Item] = [("A", (i, j)) for i in range(8) for j in range(8) if i != j]
    assert MAX_BRANCHES < 1000
    assert canonical_items(items, ()) == canonical_items(items[::-1], ())


def test_a_large_ring_is_numbered_as_it_is_written() -> None:
    ring: list[Item] = [("A", (k, (k + 1) % 2000)) for k in range(2000)]
    assert not numbered_items(ring, ())[1]
    assert numbered_items(ring[:40], ())[1]
    assert canonical_items(ring, ()) == canonical_items(list(ring), ())
    assert canonical_items(ring, ()) != canonical_items(ring[:-1], ())


def test_independent_copies_are_numbered_apart() -> None:
    items: list[Item] = [("A", (k, k)) for k in range(300)]
    assert len(canonical_items(items, ())) == 300


# -- symmetric products -----------------------------------------------------------------------------------

PETERSEN = [pair for k in range(5) for pair in ((k, (k + 1) % 5), (k, k + 5), (5 + k, 5 + (k + 2) % 5))]
PRISM = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
BIPARTITE = [(i, 3 + j) for i in range(3) for j in range(3)]


def incidences(pairs: Pairs) -> list[Item]:
    """Return two vectors for each pair: a label of its own, and each label of the pair."""
    return [("B", (100 + place, label)) for place, pair in enumerate(pairs) for label in pair]


def shuffled(items: list[Item], seed: int) -> list[Item]:
    """Return the items in a random order with other labels."""
    draw = Random(seed)
    labels = sorted({label for _, names in items for label in names})
    other = dict(zip(labels, draw.sample(range(1000), len(labels)), strict=True))
    again = [(colour, tuple([other[label] for label in names])) for colour, names in items]
    draw.shuffle(again)
    return again


@pytest.mark.parametrize(
    "items",
    [
        *SYMMETRIC.values(),
        both_ways(PETERSEN),
        incidences(PETERSEN),
        both_ways([(i, i ^ 1 << bit) for i in range(16) for bit in range(4) if not i >> bit & 1]),
        [("T", (i, 4 + j, 8 + (i ^ j))) for i in range(4) for j in range(4)],
        [("T", (i, 5 + j, 10 + (i + j) % 5)) for i in range(5) for j in range(5)],
    ],
)
def test_symmetric_products_have_one_form(items: list[Item]) -> None:
    forms = {canonical_items(shuffled(items, seed), ()) for seed in range(4)}
    assert forms == {canonical_items(items, ())}


@pytest.mark.parametrize("items", SYMMETRIC.values(), ids=SYMMETRIC)
def test_symmetric_products_take_milliseconds(items: list[Item]) -> None:
    """Less than 3 ms each where nothing else runs; before symmetries were used, up to 50 ms."""

    def seconds() -> float:
        start = perf_counter()
        canonical_items(items, ())
        return perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.015


def paley(order: int) -> list[Item]:
    """Return a factor for both directions of each pair whose difference is a square modulo a prime."""
    squares = {k * k % order for k in range(1, order)}
    return [("A", (i, j)) for i in range(order) for j in range(order) if (i - j) % order in squares]


ROOKS: list[Item] = [
    ("A", (i, j)) for i in range(16) for j in range(16) if i != j and (i // 4 == j // 4 or i % 4 == j % 4)
]


@pytest.mark.parametrize("items", [paley(17), paley(29), ROOKS], ids=["Paley 17", "Paley 29", "rooks"])
def test_strongly_regular_products_have_one_form(items: list[Item]) -> None:
    """96 to 406 factors of which any two labels look alike."""
    form = numbered_items(items, ())
    assert form[1]
    assert form == numbered_items(shuffled(items, 1), ())


def test_the_search_ends_where_it_would_take_long() -> None:
    """What is given up is decided by a count, so it is the same each time."""
    many: list[Item] = [("A", (k, (k + 1) % 600)) for k in range(600)]
    start = perf_counter()
    form, certain = numbered_items(many, ())
    assert perf_counter() - start < 5
    assert not certain
    assert form == canonical_items(many, ())
    assert form != canonical_items(
        [("B", row) if k == 7 else (c, row) for k, (c, row) in enumerate(many)], ()
    )


def test_products_with_equal_surroundings_everywhere_are_told_apart() -> None:
    """Two graphs with 6 labels and 3 neighbours each, and rings behind a hub: only the search sees it."""
    assert canonical_items(both_ways(PRISM), ()) != canonical_items(both_ways(BIPARTITE), ())
    assert canonical_items(incidences(PRISM), ()) != canonical_items(incidences(BIPARTITE), ())
    six, threes = [(k, (k + 1) % 6) for k in range(6)], [(k, k // 3 * 3 + (k + 1) % 3) for k in range(6)]
    hub = [(6, k) for k in range(6)]
    assert canonical_items(graph([*six, *hub]), ()) != canonical_items(graph([*threes, *hub]), ())


@given(st.data())
@settings(max_examples=60)
def test_one_form_means_one_product_up_to_renaming(data: st.DataObject) -> None:
    """Near misses: one axis gets another label. All renamings are tried against the forms."""
    labels = range(5)
    pair = st.tuples(st.sampled_from(labels), st.sampled_from(labels))
    items = graph(data.draw(st.lists(pair, min_size=3, max_size=7)))
    place = data.draw(st.integers(0, len(items) - 1))
    items_too = list(items)
    items_too[place] = ("A", data.draw(pair))
    renamed = any(
        sorted((colour, tuple([names[label] for label in row])) for colour, row in items)
        == sorted(items_too)
        for names in permutations(labels)
    )
    assert (canonical_items(items, ()) == canonical_items(items_too, ())) is renamed
