"""Colours of the labels of a product: labels get different colours as soon as their surroundings differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = tuple[Any, tuple[int, ...]]
"""A comparable colour of a factor, and the labels of its axes."""

Colours = dict[int, int]
"""A number for each label without a name."""

_UNNAMED = 1 << 32
"""Colours are told apart from names, which are smaller, by this."""

MAX_WORK = 100_000
"""How many times the items of one product are looked at: some tenths of a second."""


class TooMuchWorkError(Exception):
    """The items of a product were looked at too often."""


@dataclass(slots=True)
class Work:
    """How many times items may still be looked at: a count, not a time, so that results are repeatable."""

    left: int = MAX_WORK

    def spend(self, looks: int) -> None:
        """Count items that are looked at, and raise a TooMuchWorkError where none is left."""
        self.left -= looks
        if self.left < 0:
            raise TooMuchWorkError


def classes_of(colours: Colours) -> list[list[int]]:
    """Return the labels of each colour, in the order of the colours.

    Example:
        >>> classes_of({7: 1, 8: 0, 9: 1})
        [[8], [7, 9]]
    """
    classes: dict[int, list[int]] = {}
    for label, colour in colours.items():
        classes.setdefault(colour, []).append(label)
    return [classes[colour] for colour in sorted(classes)]


def refine(items: Sequence[Item], named: Mapping[int, int], colours: Colours, work: Work) -> Colours:
    """Return colours 0, 1, … in which labels differ as soon as their surroundings differ.

    The result is the same for all ways to write the items, up to the choice of the labels.

    Raises:
        TooMuchWorkError: if the work is used up.

    Example:
        >>> refine([("A", (5, 6)), ("A", (6, 7))], {}, {5: 0, 6: 0, 7: 0}, Work())
        {5: 0, 6: 1, 7: 2}
    """
    places = _places(items, colours)
    classes = classes_of(colours)
    while len(classes) < len(colours):
        work.spend(len(items))
        codes = {**named, **{label: _UNNAMED + k for k, group in enumerate(classes) for label in group}}
        around = [tuple([codes[label] for label in labels]) for _, labels in items]
        finer: list[list[int]] = []
        for group in classes:
            if len(group) == 1:
                finer.append(group)
                continue
            seen: dict[Any, list[int]] = {}
            for label in group:
                signature = tuple(sorted([(kind, around[k]) for kind, k in places[label]]))
                seen.setdefault(signature, []).append(label)
            finer += [seen[signature] for signature in sorted(seen)]
        if len(finer) == len(classes):
            break
        classes = finer
    return {label: colour for colour, group in enumerate(classes) for label in group}


def _places(items: Sequence[Item], colours: Colours) -> dict[int, list[tuple[int, int]]]:
    """Return for each label where it stands: the rank of (factor, axis, axes with the label), the item."""
    found = []
    for k, (colour, labels) in enumerate(items):
        for axis, label in enumerate(labels):
            if label in colours:
                same = tuple([other == label for other in labels])
                found.append(((colour, axis, same), label, k))
    rank = {kind: place for place, kind in enumerate(sorted({kind for kind, _, _ in found}))}
    places: dict[int, list[tuple[int, int]]] = {label: [] for label in colours}
    for kind, label, k in found:
        places[label].append((rank[kind], k))
    return places


def settled(items: Sequence[Item], named: Mapping[int, int], colours: Colours, work: Work) -> Colours:
    """Return refined colours, different for twins: labels whose exchange changes nothing.

    Twins are ranked in any order, as all orders give the same items.

    Raises:
        TooMuchWorkError: if the work is used up.

    Example:
        >>> settled([("A", (0, 1)), ("A", (0, 2))], {}, {0: 0, 1: 0, 2: 0}, Work())
        {0: 0, 1: 1, 2: 2}
    """
    while True:
        colours = refine(items, named, colours, work)
        ranks = _twin_ranks(items, colours, work)
        if not ranks:
            return colours
        pairs = {label: (colour, ranks.get(label, 0)) for label, colour in colours.items()}
        order = {pair: place for place, pair in enumerate(sorted(set(pairs.values())))}
        colours = {label: order[pair] for label, pair in pairs.items()}


def _twin_ranks(items: Sequence[Item], colours: Colours, work: Work) -> dict[int, int]:
    """Return for each label how many twins of its class come before it."""
    ranks: dict[int, int] = {}
    groups = [group for group in classes_of(colours) if len(group) > 1]
    if not groups:
        return ranks
    work.spend(len(items))
    around: dict[int, Counter[Item]] = {label: Counter() for group in groups for label in group}
    for item in items:
        for label in set(item[1]):
            if label in around:
                around[label][item] += 1
    for group in groups:
        leaders: dict[int, int] = {}
        for label in group:
            work.spend(len(leaders))
            twin = next((other for other in leaders if _are_twins(other, label, around)), None)
            if twin is None:
                leaders[label] = 0
            else:
                leaders[twin] += 1
                ranks[label] = leaders[twin]
    return ranks


def _are_twins(one: int, two: int, around: Mapping[int, Counter[Item]]) -> bool:
    """Return whether exchanging two labels maps the items around them onto themselves."""
    swap = {one: two, two: one}
    for mine, theirs in ((around[one], around[two]), (around[two], around[one])):
        for (colour, labels), count in mine.items():
            exchanged = (colour, tuple([swap.get(label, label) for label in labels]))
            if theirs.get(exchanged) != count:
                return False
    return True
