"""From a product to a tree of the bracket notation, arranged as the paper does (§2.3, §4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bracketcalc.expr.core import Delta, Expr, Ones, Product, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.notation.bracket.tree import Beside, Item, Portion
from bracketcalc.render.bracket.cells import Cell, Operand, Weight, items, length
from bracketcalc.render.bracket.copies import marked_copies, portions, with_copies
from bracketcalc.render.bracket.nesting import nested
from bracketcalc.render.bracket.order import label_order


def plain_weight(tensor: Expr) -> int:
    """Return 1 for what is written as a name, more for a formula."""
    return 1 if isinstance(tensor, Tensor | Definition | Size | Ones | Delta) else 4


def arrangement(product: Product, weight: Weight = plain_weight) -> Beside:
    """Return a tree whose meaning, times the coefficient, is the product.

    The slots of the left factor come first, in order, the free slots of the right factor last. Axes of one
    factor that are beside each other make one portion; so do the axes of several factors that are
    multiplied pair by pair. A summed slot has one bar, on the first portion in it. Scalars come first.

    Args:
        product: any product. Its factors, also those that are products, are written as tensors. A delta
            with more than two axes is written with identity matrices.
        weight: how long each factor is when it is written. A long one is written once, if it can be.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> [type(item).__name__ for item in arrangement(A @ B).items]
        ['Portion', 'Bracketed', 'Portion']
    """
    operands = list(_without_idle_ones(_simple(product)))
    labels = [names for _, names in operands]
    order, other = (label_order(labels, product.output, last) for last in (False, True))
    tree = _arranged(operands, product.output, order, weight)
    if other == order:
        return tree
    return min(
        tree,
        _arranged(operands, product.output, other, weight),
        key=lambda one: (_marks(one), length([one], weight)),
    )


def _marks(tree: Item) -> int:
    """Return how many portions must say which copy of their tensor they are of."""
    return sum(mark is not None for mark in marked_copies(portions(tree)))


def _arranged(
    operands: Sequence[Operand], output: Sequence[int], order: Sequence[int], weight: Weight
) -> Beside:
    """Return the tree in which the labels stand in an order."""
    operands = _by_appearance(operands, order)
    free = set(output)
    places: dict[int, list[tuple[int, int]]] = {}
    for number, (_, labels) in enumerate(operands):
        for axis, label in enumerate(labels):
            places.setdefault(label, []).append((number, axis))
    cells = [Cell(label, tuple(places[label]), label not in free) for label in order]
    scalars = [Portion(factor, n, ()) for n, (factor, labels) in enumerate(operands) if not labels]
    return with_copies(Beside((*scalars, *items(nested(cells, operands, weight), operands))))


def _by_appearance(operands: Iterable[Operand], order: Sequence[int]) -> list[Operand]:
    """Return the operands in the order in which their first labels are written."""
    rank = {label: place for place, label in enumerate(order)}
    return sorted(operands, key=lambda operand: min([rank[label] for label in operand[1]], default=-1))


def _simple(product: Product) -> Iterator[Operand]:
    """Yield the operands; ones as vectors, deltas as identity matrices."""
    for factor, labels in zip(product.factors, product.labels, strict=True):
        if isinstance(factor, Ones):
            for size, label in zip(factor.sizes, labels, strict=True):
                yield Ones((size,)), (label,)
        elif isinstance(factor, Delta) and factor.ndim > 2:
            for pair in pairwise(labels):
                yield Delta(factor.sizes[0], 2), pair
        else:
            yield factor, labels


def _without_idle_ones(operands: Iterable[Operand]) -> Iterator[Operand]:
    """Leave out the ones on axes that another factor has."""
    found = list(operands)
    carried = {label for factor, labels in found if not isinstance(factor, Ones) for label in labels}
    for factor, labels in found:
        if isinstance(factor, Ones):
            if not carried.issuperset(labels):
                carried.update(labels)
                yield factor, labels
        else:
            yield factor, labels
