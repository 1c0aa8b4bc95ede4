"""The canonical numbering of the labels of a product: the same for every way of writing it.

A product is a graph: factors and labels are its vertices. Colours are refined until nothing changes.
Labels that are alone with their colour get a name; what they leave unconnected is numbered part by part,
so independent copies cost nothing, and a tree is numbered without a search. Where no label is alone, one
of a class is singled out and the search branches, once for each class of members that a symmetry found so
far does not map onto each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bracketcalc.simplify.colours import Colours, Item, TooMuchWorkError, Work, classes_of, settled

MAX_BRANCHES = 500
"""How many branches are taken at most; beyond, the form may miss an equality, never invent one."""

MAX_NESTED = 200
"""How many times a part of the search may have parts of its own."""


def canonical_items(items: Sequence[Item], output: Sequence[int]) -> tuple[Any, ...]:
    """Return the product as a sorted tuple of parts that does not depend on its writing.

    The parts share no contracted label. Each is a tuple of (colour, labels). Output labels are named by
    their position; the contracted labels of each part by negative numbers.

    Example:
        >>> one = canonical_items([("A", (0, 1)), ("B", (1, 2))], (0, 2))
        >>> one == canonical_items([("B", (7, 5)), ("A", (3, 7))], (3, 5))
        True
    """
    return numbered_items(items, output)[0]


def numbered_items(items: Sequence[Item], output: Sequence[int]) -> tuple[tuple[Any, ...], bool]:
    """Return the parts of :func:`canonical_items`, and whether they are the same for every writing.

    They are not where the search would take too long: then other forms may be of equal products. Products
    with one form are equal in any case, as a form has all factors and tells which labels coincide.
    """
    named = {label: position for position, label in enumerate(output)}
    parts = _connected(items, named)
    search = _Search()
    try:
        forms = [search.part(part, named) for part in parts]
    except TooMuchWorkError:
        return tuple(sorted(_as_written(part, named) for part in parts)), False
    return tuple(sorted(forms)), not search.cut


def _as_written(items: list[Item], named: Mapping[int, int]) -> tuple[Item, ...]:
    names = {label: -1 - place for place, label in enumerate(_unnamed(items, named))}
    return _written(items, {**named, **names})


def _connected(items: Sequence[Item], named: Mapping[int, int]) -> list[list[Item]]:
    """Split the items into those connected by labels without a name."""
    parent = list(range(len(items)))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    owner: dict[int, int] = {}
    for number, (_, labels) in enumerate(items):
        for label in labels:
            if label not in named:
                parent[find(number)] = find(owner.setdefault(label, number))
    parts: dict[int, list[Item]] = {}
    for number, item in enumerate(items):
        parts.setdefault(find(number), []).append(item)
    return list(parts.values())


def _unnamed(items: Sequence[Item], named: Mapping[int, int]) -> list[int]:
    return list(dict.fromkeys(label for _, labels in items for label in labels if label not in named))


def _written(items: Sequence[Item], names: Mapping[int, int]) -> tuple[Item, ...]:
    return tuple(sorted((colour, tuple([names[label] for label in labels])) for colour, labels in items))


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A part with names for its labels.

    Attributes:
        items: the items, with the names of their labels.
        order: the labels that were named, in the order of their names.
        symmetries: some maps of labels to labels that leave the part as it is.
    """

    items: tuple[Item, ...]
    order: tuple[int, ...] = ()
    symmetries: list[dict[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Search:
    """How much may still be done, and whether branches were left out for that."""

    budget: int = MAX_BRANCHES
    work: Work = field(default_factory=Work)
    cut: bool = False
    nested: int = 0

    def part(self, items: list[Item], named: Mapping[int, int]) -> tuple[Item, ...]:
        """Return connected items with a name for each label."""
        colours = settled(items, named, dict.fromkeys(_unnamed(items, named), 0), self.work)
        return self.numbered(items, named, colours, 0).items

    def numbered(
        self, items: list[Item], named: Mapping[int, int], colours: Colours, depth: int
    ) -> _Numbered:
        """Return connected items with a name for each label; ``depth`` labels have one so far.

        The colours are settled.
        """
        alone = [group[0] for group in classes_of(colours) if len(group) == 1]
        if colours and not alone:
            return self._branched(items, named, colours, depth)
        self.work.spend(len(items))
        self.nested += 1
        if self.nested > MAX_NESTED:
            raise TooMuchWorkError
        named = {**named, **{label: -1 - depth - place for place, label in enumerate(alone)}}
        depth += len(alone)
        parts = []
        for part in _connected(items, named):
            left = _unnamed(part, named)
            if left:
                parts.append(self.numbered(part, named, {label: colours[label] for label in left}, depth))
            else:
                parts.append(_Numbered(_written(part, named)))
        parts.sort(key=lambda part: part.items)
        self.nested -= 1
        return _joined(parts, tuple(alone), depth)

    def _branched(
        self, items: list[Item], named: Mapping[int, int], colours: Colours, depth: int
    ) -> _Numbered:
        """Return the least of the numberings that begin with one label of the smallest class."""
        group = min(classes_of(colours), key=len)
        orbits = {label: label for label in group}
        best: _Numbered | None = None
        symmetries: list[dict[int, int]] = []
        for label in group:
            # A symmetry maps the label to one that was tried: its numberings are the same.
            if orbits[label] != label:
                continue
            if best is not None and self.budget <= 0:
                self.cut = True
                break
            self.budget -= 1
            rest = {other: colour for other, colour in colours.items() if other != label}
            chosen = {**named, label: -1 - depth}
            found = self.numbered(items, chosen, settled(items, chosen, rest, self.work), depth + 1)
            found = _Numbered(found.items, (label, *found.order), found.symmetries)
            symmetries += found.symmetries
            if best is None or found.items < best.items:
                best = found
            elif found.items == best.items:
                symmetries.append(dict(zip(best.order, found.order, strict=True)))
            orbits = _orbits(group, symmetries)
        assert best is not None
        return _Numbered(best.items, best.order, symmetries)


def _joined(parts: list[_Numbered], order: tuple[int, ...], depth: int) -> _Numbered:
    """Return the parts as one, their labels named one part after the other behind the first ``depth``."""
    found: list[Item] = []
    symmetries = [symmetry for part in parts for symmetry in part.symmetries]
    shift = 0
    for place, part in enumerate(parts):
        for colour, names in part.items:
            found.append((colour, tuple([name - shift if name < -depth else name for name in names])))
        if part.order and place and part.items == parts[place - 1].items:
            there = dict(zip(part.order, parts[place - 1].order, strict=True))
            symmetries.append({**there, **{new: old for old, new in there.items()}})
        order += part.order
        shift += len(part.order)
    return _Numbered(tuple(found), order, symmetries)


def _orbits(group: list[int], symmetries: list[dict[int, int]]) -> dict[int, int]:
    """Return the first member of the group that symmetries map each of its members to."""
    leader = {label: label for label in group}

    def find(label: int) -> int:
        while leader[label] != label:
            label = leader[label]
        return label

    place = {label: k for k, label in enumerate(group)}
    for symmetry in symmetries:
        for old, new in symmetry.items():
            if old in leader and new in leader:
                one, two = sorted((find(old), find(new)), key=place.__getitem__)
                leader[two] = one
    return {label: find(label) for label in group}
