"""The factors of a product while its matrix form is put together: paths of matrices, and larger blocks.

A path is a chain of factors, each as it is or transposed, with up to two open ends; a column vector has
its open end on the left, a row on the right. Joining paths at a label is the matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.render.forms import chain, over_one, transposed
from bracketcalc.render.layout import Formula, Identity, Ones, Portions

Label = int


class Part(NamedTuple):
    """One factor of a path.

    Attributes:
        formula: how it is written.
        place: where the factor stands in the product, for an order that does not depend on the search.
        turned: whether it is transposed (a row, for a vector).
        symmetric: whether its transposition is itself.
        under: whether its value is 1 ⊘ formula.
    """

    formula: Formula
    place: int
    turned: bool = False
    symmetric: bool = False
    under: bool = False

    @property
    def shown(self) -> Formula:
        """Return the formula of the value."""
        formula = over_one(self.formula) if self.under else self.formula
        return transposed(formula) if self.is_transposed else formula

    @property
    def is_transposed(self) -> bool:
        """Return whether a transposition is written."""
        return self.turned and not self.symmetric


class Path(NamedTuple):
    """A chain of factors with the labels of its open ends."""

    parts: tuple[Part, ...]
    left: Label | None
    right: Label | None

    @property
    def labels(self) -> tuple[Label, ...]:
        """Return the labels of the open ends."""
        if self.left is None:
            return () if self.right is None else (self.right,)
        return (self.left,) if self.right is None else (self.left, self.right)

    @property
    def place(self) -> int:
        """Return where the first factor stands in the product."""
        return min(part.place for part in self.parts)

    @property
    def under(self) -> bool:
        """Return whether the path is one factor that is divided by."""
        return len(self.parts) == 1 and self.parts[0].under

    @property
    def ends_in_ones(self) -> bool:
        """Return whether a vector is a sum over rows or columns, as in Y 𝟏."""
        column = self.flipped() if self.left is None else self
        return len(self.parts) > 1 and isinstance(column.parts[-1].formula, Ones)

    def flipped(self) -> Path:
        """Return the transposed path."""
        turned = tuple([part._replace(turned=not part.turned) for part in reversed(self.parts)])
        return Path(turned, self.right, self.left)

    def starting_at(self, label: Label) -> Path:
        """Return the path or its transposition, such that its left end is the label."""
        return self if self.left == label else self.flipped()

    def ending_at(self, label: Label) -> Path:
        """Return the path or its transposition, such that its right end is the label."""
        return self if self.right == label else self.flipped()

    @property
    def cost(self) -> tuple[int, tuple[int, ...]]:
        """Return how many transpositions are written, then the order of the factors."""
        return sum(part.is_transposed for part in self.parts), tuple([part.place for part in self.parts])

    @property
    def formula(self) -> Formula:
        """Return the formula of the path as it stands."""
        return chain(tuple([part.shown for part in self.parts]))


class Block(NamedTuple):
    """A tensor with more than two axes, or one with a label twice."""

    formula: Formula
    labels: tuple[Label, ...]
    place: int
    under: bool = False

    @property
    def shown(self) -> Formula:
        """Return the formula of the value."""
        return over_one(self.formula) if self.under else self.formula


Item = Path | Block


def item(formula: Formula, labels: Sequence[Label], place: int, *, under: bool = False) -> Item:
    """Return a path for up to two axes, a block for more."""
    if len(labels) > 2:
        return Block(formula, tuple(labels), place, under)
    symmetric = isinstance(formula, Identity)
    left, right = (*labels, None, None)[:2]
    return Path((Part(formula, place, symmetric=symmetric, under=under),), left, right)


def ones_at(label: Label, formula: Ones) -> Path:
    """Return a vector of ones, which is written before other vectors."""
    return Path((Part(formula, -1),), label, None)


def joined(first: Path, second: Path, label: Label) -> Path:
    """Return the matrix product of two paths over a label that both have at one end."""
    one, two = first.ending_at(label), second.starting_at(label)
    return Path((*one.parts, *two.parts), one.left, two.right)


def aligned(one: Item, labels: Sequence[Label]) -> Formula:
    """Return the formula of an item with its axes in the given order."""
    if isinstance(one, Block):
        return permuted(one.shown, one.labels, labels)
    if not labels:
        return one.formula
    return one.starting_at(labels[0]).formula


def base_aligned(one: Item, labels: Sequence[Label]) -> Formula:
    """Return the same for what stands below 1 ⊘ in an item that is divided by."""
    if isinstance(one, Block):
        return permuted(one.formula, one.labels, labels)
    return aligned(Path((one.parts[0]._replace(under=False),), one.left, one.right), labels)


def permuted(formula: Formula, labels: Sequence[Label], wanted: Sequence[Label]) -> Formula:
    """Return the formula with its axes in another order, A_{312}, or as it is."""
    if tuple(labels) == tuple(wanted):
        return formula
    if len(labels) != len(wanted):
        raise ArgumentError(f"axes {tuple(labels)} cannot be put in the order {tuple(wanted)}")
    if len(labels) == 2:
        return transposed(formula)
    where = {label: place for place, label in enumerate(labels, start=1)}
    return Portions(formula, tuple([((where[label], False),) for label in wanted]))
