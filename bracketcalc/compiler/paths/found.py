"""The paths of the products of one program, each found once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bracketcalc.compiler.paths.constants import Finder, path_with_constants
from bracketcalc.compiler.paths.cost import Path
from bracketcalc.compiler.paths.search import automatic_path


class PathTable:
    """The paths found so far: products that differ only in the names of their labels share one.

    One program owns the table, so the repeated steps of a long recurrence are searched once.

    Args:
        finder: what finds a path.
        regroups: whether a product may be contracted in parts that are chosen before its path.
    """

    def __init__(self, finder: Finder = automatic_path, regroups: bool = True) -> None:
        self.regroups = regroups
        self._finder = finder
        self._known: dict[Any, Path] = {}

    def find(
        self,
        factors: Sequence[Sequence[int]],
        output: Sequence[int],
        sizes: Mapping[int, int],
        constants: Collection[int] = (),
    ) -> Path:
        """Return a path of a product.

        Args:
            factors: the labels of each factor, in the order in which its axes lie in memory.
            output: the labels that are kept.
            sizes: the size of each label.
            constants: the positions of the factors that are known before any call.

        Example:
            >>> PathTable().find([(0, 1), (1, 2), (2,)], (0,), {0: 9, 1: 9, 2: 9})
            ((1, 2), (0, 1))
        """
        if len(factors) < 2:
            return ()
        if len(factors) == 2:
            return ((0, 1),)
        numbers: dict[int, int] = {}
        for labels in factors:
            for label in labels:
                numbers.setdefault(label, len(numbers))
        inputs = tuple([tuple([numbers[label] for label in labels]) for labels in factors])
        kept = frozenset([numbers[label] for label in output if label in numbers])
        # The cost models take logarithms and quotients of sizes, so an empty axis counts as one element.
        found = {number: max(sizes[label], 1) for label, number in numbers.items()}
        free = frozenset(constants if self.regroups else ())
        key = inputs, kept, tuple(found.values()), free
        path = self._known.get(key)
        if path is None:
            path = self._known[key] = path_with_constants(self._finder, inputs, kept, found, free)
        return path
