"""The work of products and sums of known sizes, in each call of a program."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from bracketcalc.compiler.paths.cost import MOVED, path_cost
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.steps import count
from bracketcalc.expr.core import (
    Delta,
    Expr,
    Extent,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
)
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.products import operands

STRUCTURE = (Ones, Delta, OneHot, Size)
"""Factors that are no arrays."""


def arrays_of(node: Product) -> list[tuple[int, ...]]:
    """Return the labels of the factors that are arrays, each once."""
    return [labels for _, labels in _arrays(node)]


def _arrays(node: Product) -> list[tuple[Expr, tuple[int, ...]]]:
    return [
        (factor, tuple(dict.fromkeys(labels)))
        for factor, labels in operands(node)
        if labels and not isinstance(factor, STRUCTURE)
    ]


def known_among(order: Sequence[Expr], constants: Collection[str]) -> set[Expr]:
    """Return the nodes that are computed of constants alone."""
    found: set[Expr] = set()
    for node in order:
        if isinstance(node, Tensor):
            if node.name in constants:
                found.add(node)
        elif isinstance(node, (*STRUCTURE, ImaginaryUnit)) or found.issuperset(node.children):
            found.add(node)
    return found


class Work:
    """The work of products and sums of known sizes, in the unit of ``path_cost``."""

    def __init__(self, sizes: Mapping[str, int], paths: PathTable, known: Set[Expr]) -> None:
        self._sizes = sizes
        self._paths = paths
        self._known = known

    def of(self, node: Product) -> int:
        """Return the work of a product whose factors are there, in each call."""
        if all(factor in self._known for factor in node.factors):
            return 0
        arrays = arrays_of(node)
        sizes = {x: self._size(size) for x, size in label_sizes(node.factors, node.labels).items()}
        if len(arrays) < 2:
            return MOVED * sum(count(tuple([sizes[label] for label in labels])) for labels in arrays)
        present = {label for labels in arrays for label in labels}
        output = [label for label in node.output if label in present]
        known = [place for place, (factor, _) in enumerate(_arrays(node)) if factor in self._known]
        path = self._paths.find(arrays, output, sizes, known)
        positive = {x: max(size, 1) for x, size in sizes.items()}
        return path_cost(path, arrays, frozenset(output), positive, known)

    def of_sum(self, node: Sum) -> int:
        """Return the work of a sum and of its products."""
        inside = sum(self.of(term) for term in node.terms if isinstance(term, Product))
        return inside + self.of_adding(node, len(node.terms))

    def of_adding(self, expr: Expr, terms: int) -> int:
        """Return the work of adding terms with the axes of an expression."""
        return MOVED * count(tuple(map(self._size, expr.sizes))) * (terms + 1)

    def _size(self, extent: Extent) -> int:
        return extent if isinstance(extent, int) else self._sizes[extent.name]
