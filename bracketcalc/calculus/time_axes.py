"""Which axes of the expressions below a root are times: those of the sequences of its recurrences.

Axes that are multiplied, added or mapped together are one. The class of such axes that holds the first axis
of a recurrence or of what it runs over is a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Delta, Elementwise, Expr, OneHot, Ones, Product, Size, Sum
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.expr.recurrence import Recurrence, Repeated

Axis = tuple[Expr, int]


class NotSlicedError(DerivativeError):
    """What runs over a time cannot be written for one time."""


class TimeAxes:
    """The time axes of expressions.

    Args:
        order: the nodes, children first.

    Raises:
        NotSlicedError: for an expression with two axes that are times.
    """

    def __init__(self, order: Sequence[Expr]) -> None:
        self._above: dict[Axis, Axis] = {}
        self._known: dict[Axis, int] = {}
        self.plain = _without_variables(order)
        first: dict[object, Axis] = {}
        times: list[Axis] = []
        for node in order:
            if node in self.plain:
                continue
            for one, other in _tied(node):
                if one[0] not in self.plain and other[0] not in self.plain:
                    self._above[self._root(one)] = self._root(other)
            if isinstance(node, Repeated):
                for axis in _clock(node):
                    family = first.setdefault((node.loop, node.children), axis)
                    self._above[self._root(axis)] = self._root(family)
                    times.append(axis)
        numbers: dict[Axis, int] = {}
        for axis in times:
            numbers.setdefault(self._root(axis), len(numbers))
        self.classes = len(numbers)
        self.of: dict[Expr, tuple[int, int]] = {}
        for node in order:
            found = [
                (axis, numbers[root])
                for axis in range(node.ndim)
                if (root := self._root((node, axis))) in numbers
            ]
            if len(found) > 1:
                raise NotSlicedError("an expression has two axes that are times")
            if found:
                self.of[node] = found[0]

    def _root(self, axis: Axis) -> Axis:
        path = []
        while axis in self._above and self._above[axis] != axis:
            path.append(axis)
            axis = self._above[axis]
        for passed in path:
            self._above[passed] = axis
        return axis


def _without_variables(order: Sequence[Expr]) -> set[Expr]:
    """Return the nodes made of numbers, ones and identities: their axes belong to where they are used."""
    found: set[Expr] = set()
    for node in order:
        if isinstance(node, Ones | Delta | OneHot | Size) or (
            isinstance(node, Product | Sum | Elementwise) and found.issuperset(node.children)
        ):
            found.add(node)
    return found


def _tied(node: Expr) -> Iterator[tuple[Axis, Axis]]:
    """Yield pairs of axes that are one because of what a node does."""
    if isinstance(node, Product):
        seen: dict[int, Axis] = {label: (node, axis) for axis, label in enumerate(node.output)}
        for factor, labels in zip(node.factors, node.labels, strict=True):
            for axis, label in enumerate(labels):
                if isinstance(factor, Ones | Delta | OneHot):
                    continue
                yield (factor, axis), seen.setdefault(label, (factor, axis))
    elif isinstance(node, Sum | Elementwise | Definition):
        for child in node.children:
            for axis in range(node.ndim):
                yield (child, axis), (node, axis)
    elif isinstance(node, Map):
        for axis in range(node.batch):
            yield (node.argument, axis), (node, axis)


def _clock(node: Repeated) -> Iterator[Axis]:
    if isinstance(node, Recurrence):
        yield node, 0
    for sequence in node.sequences:
        yield sequence, 0
