"""The numbering of labels: the same for every order of factors and every choice of labels."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.simplify.labelling import MAX_BRANCHES, MAX_ITEMS, Item, canonical_items


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
    assert len(items) <= MAX_ITEMS
    assert canonical_items(items, ()) == canonical_items(items[::-1], ())


def test_a_large_ring_is_numbered_as_it_is_written() -> None:
    ring: list[Item] = [("A", (k, (k + 1) % 5000)) for k in range(5000)]
    assert canonical_items(ring, ()) == canonical_items(list(ring), ())
    assert canonical_items(ring, ()) != canonical_items(ring[:-1], ())


def test_independent_copies_are_numbered_apart() -> None:
    items: list[Item] = [("A", (k, k)) for k in range(300)]
    assert len(canonical_items(items, ())) == 300
