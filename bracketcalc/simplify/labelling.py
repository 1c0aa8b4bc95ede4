"""The canonical numbering of the labels of a product: the same for every way of writing it.

A product is a graph: factors and labels are its vertices. Colours are refined until nothing changes; if
two contracted labels still look alike, one of them is singled out and the search branches. Components
that share no contracted label are numbered one by one, so independent copies cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = tuple[Any, tuple[int, ...]]
"""A comparable colour of a factor, and the labels of its axes."""

MAX_BRANCHES = 500
"""How many numberings are compared at most; beyond, the form may miss an equality, never invent one."""


MAX_ITEMS = 64
"""Larger connected products are numbered as they are written: the search may take n³ steps."""


def canonical_items(items: Sequence[Item], output: Sequence[int]) -> tuple[Any, ...]:
    """Return the product as a sorted tuple of (colour, labels) that does not depend on its writing.

    Output labels are named by their position; contracted labels by negative numbers.

    Example:
        >>> one = canonical_items([("A", (0, 1)), ("B", (1, 2))], (0, 2))
        >>> one == canonical_items([("B", (7, 5)), ("A", (3, 7))], (3, 5))
        True
    """
    fixed = {label: position for position, label in enumerate(output)}
    parts = [_component_form(part, fixed) for part in _components(items, fixed)]
    return tuple(sorted(parts))


def _components(items: Sequence[Item], fixed: Mapping[int, int]) -> list[list[Item]]:
    """Split the items into those connected by contracted labels."""
    parent = list(range(len(items)))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    owner: dict[int, int] = {}
    for number, (_, labels) in enumerate(items):
        for label in labels:
            if label not in fixed:
                parent[find(number)] = find(owner.setdefault(label, number))
    parts: dict[int, list[Item]] = {}
    for number, item in enumerate(items):
        parts.setdefault(find(number), []).append(item)
    return list(parts.values())


@dataclass(slots=True)
class _Search:
    """The best form so far and how many numberings may still be tried."""

    best: tuple[Any, ...] | None = None
    budget: int = MAX_BRANCHES


def _component_form(items: list[Item], fixed: Mapping[int, int]) -> tuple[Any, ...]:
    contracted = list(dict.fromkeys(label for _, labels in items for label in labels if label not in fixed))
    if len(items) > MAX_ITEMS:
        return _written(items, fixed, {label: -1 - place for place, label in enumerate(contracted)})
    colours = dict.fromkeys(contracted, -1)
    search = _Search()
    stack = [colours]
    while stack and search.budget > 0:
        colours = _refine(items, fixed, stack.pop())
        tie = _first_tie(colours)
        if not tie:
            search.budget -= 1
            form = _written(items, fixed, colours)
            if search.best is None or form < search.best:
                search.best = form
            continue
        for label in tie:
            stack.append({other: 2 * c - (other == label) for other, c in colours.items()})
    if search.best is None:
        return _written(items, fixed, colours)
    return search.best


def _refine(items: list[Item], fixed: Mapping[int, int], colours: dict[int, int]) -> dict[int, int]:
    """Return colours -1, -2, … in which labels differ as soon as their surroundings differ."""
    while True:
        seen: dict[int, list[Any]] = {label: [] for label in colours}
        for colour, labels in items:
            around = tuple([fixed.get(label, colours.get(label, 0)) for label in labels])
            for place, label in enumerate(labels):
                if label in seen:
                    same = tuple([other == label for other in labels])
                    seen[label].append((colour, place, around, same))
        signature = {label: (-colours[label], sorted(seen[label])) for label in colours}
        ranks: list[Any] = []
        for value in sorted(signature.values()):
            if not ranks or ranks[-1] != value:
                ranks.append(value)
        place_of = {_key(value): -1 - rank for rank, value in enumerate(ranks)}
        refined = {label: place_of[_key(signature[label])] for label in colours}
        if len(set(refined.values())) == len(set(colours.values())):
            return refined
        colours = refined


def _key(signature: tuple[int, list[Any]]) -> tuple[Any, ...]:
    return (signature[0], tuple(signature[1]))


def _first_tie(colours: Mapping[int, int]) -> list[int]:
    """Return the labels of the smallest colour class with several members, if any."""
    classes: dict[int, list[int]] = {}
    for label, colour in colours.items():
        classes.setdefault(colour, []).append(label)
    ties = [(len(members), -colour, members) for colour, members in classes.items() if len(members) > 1]
    return min(ties)[2] if ties else []


def _written(items: list[Item], fixed: Mapping[int, int], colours: Mapping[int, int]) -> tuple[Any, ...]:
    return tuple(
        sorted(
            (colour, tuple([fixed.get(label, colours.get(label, 0)) for label in labels]))
            for colour, labels in items
        )
    )
