"""The graph of a product while its matrix form is put together: items, and the labels between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bracketcalc.expr.core import Extent
from bracketcalc.render.items import Item, Label, Path


class Network:
    """The items of a product, the order of its result's axes, and the scalars split off so far."""

    def __init__(
        self, items: Iterable[Item], output: Sequence[Label], sizes: Mapping[Label, Extent]
    ) -> None:
        self._items = tuple(items)
        self.output = tuple(output)
        self.sizes = sizes
        self.scalars: list[Path] = []
        self.lists = 0
        self._counts: Counter[Label] | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the items, in the order in which their factors stand in the product."""
        return self._items

    def replace(self, old: Sequence[Item], *new: Item) -> None:
        """Put new items where the first of the old ones stands."""
        self.replace_groups([(old, new)])

    def replace_groups(self, groups: Iterable[tuple[Sequence[Item], Sequence[Item]]]) -> None:
        """Put new items where the first of the old ones stands, for several groups without common items."""
        removed: set[int] = set()
        put: dict[int, Sequence[Item]] = {}
        counts = self.counts()
        for old, new in groups:
            removed.update(map(id, old))
            put[id(old[0])] = new
            counts.subtract([label for one in old for label in set(one.labels)])
            counts.update([label for one in new for label in set(one.labels)])
        found: list[Item] = []
        for one, number in zip(self._items, map(id, self._items), strict=True):
            if number not in removed:
                found.append(one)
            elif number in put:
                found += put[number]
        self._items = tuple(found)

    def counts(self) -> Counter[Label]:
        """Return how many items have each label."""
        if self._counts is None:
            self._counts = Counter([label for one in self._items for label in set(one.labels)])
        return self._counts

    def outside(self, group: Sequence[Item]) -> set[Label]:
        """Return the labels that the output or the items outside the group have."""
        inside = {id(one) for one in group}
        found = set(self.output)
        for one in self._items:
            if id(one) not in inside:
                found.update(one.labels)
        return found
