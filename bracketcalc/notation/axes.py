"""What is known about the axes of a formula while its sizes are inferred, and the errors about them.

Messages count positions from 1, as the text of a formula does.
"""

from __future__ import annotations

from collections.abc import Callable

from bracketcalc.errors import ParseError, ShapeError
from bracketcalc.expr.core import Expr, Extent, Size
from bracketcalc.expr.shapes import show_size
from bracketcalc.notation.ast import Syntax
from bracketcalc.notation.index.ast import TermAxes
from bracketcalc.notation.places import failure, quote, spans
from bracketcalc.notation.ranges import Position
from bracketcalc.notation.unify import Sizes, Unknowns

Pairs = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Axes of the left operand, their partners in the right operand, and the axes that are summed."""

Step = Callable[[Expr, Expr], Expr]
"""How one factor of a chain is multiplied with the product of those before it."""


class Axes:
    """What is known about the axes of each record of a syntax tree.

    Attributes:
        text: the formula.
        nodes: its syntax tree.
        sizes: the sizes of each record's axes, as far as the records were visited.
        rows: the indices of the records that are rows.
        constants: the size of each 𝟏 and I, by the index of its record.
        inferred: the sizes in each index form and one-hot, by the index of its record.
        forms: the axes of the terms of each index form, by the index of its record.
        unknowns: the sizes that follow from their use.
        pairs: the axes that an operator with positions pairs, by the index of its record.
        steps: how each factor of a chain is multiplied, by the index of the chain's record.
    """

    __slots__ = (
        *("constants", "forms", "inferred", "nodes", "pairs", "rows", "sizes", "steps", "text", "unknowns"),
    )

    def __init__(self, text: str, nodes: list[Syntax]) -> None:
        self.text = text
        self.nodes = nodes
        self.sizes: list[Sizes] = []
        self.rows: set[int] = set()
        self.constants: dict[int, Extent] = {}
        self.inferred: dict[int, tuple[Extent, ...]] = {}
        self.forms: dict[int, tuple[TermAxes, ...]] = {}
        self.unknowns = Unknowns()
        self.pairs: dict[int, Pairs] = {}
        self.steps: dict[int, list[tuple[Step, int]]] = {}

    def match(self, one: int, axis: int, other: int, other_axis: int) -> None:
        """Make the sizes of two axes one.

        Raises:
            ShapeError: if they are known and differ.
        """
        left, right = self.sizes[one][axis], self.sizes[other][other_axis]
        if self.unknowns.same(left, right):
            return
        left, right = self.unknowns.find(left), self.unknowns.find(right)
        symbolic = isinstance(left, Size) or isinstance(right, Size)
        raise self.shape_error(
            f"{self._axis(one, axis)} has size {show_size(left)}, "
            f"but {self._axis(other, other_axis)} has size {show_size(right)}",
            one,
            other,
            hint=(
                "give both axes one name if their sizes are always equal"
                if symbolic
                else "axes that are multiplied or added together must have one size"
            ),
        )

    def _axis(self, index: int, axis: int) -> str:
        return f"position {axis + 1} of {self.quote(index)}"

    def quote(self, index: int) -> str:
        """Return the characters of a record, clipped to a length that fits a message."""
        return quote(self.text, self.nodes[index])

    def count(self, index: int) -> str:
        """Return how many axes a record has, for a message."""
        count = len(self.sizes[index])
        return f"has {count_axes(count)}" if count else "is a scalar"

    def shape_error(self, message: str, *indices: int, hint: str = "") -> ShapeError:
        """Return the error that something is wrong with the axes of the records."""
        places = [self.nodes[index] for index in indices]
        return ShapeError(message, spans=spans(self.text, *places), hint=hint)

    def orientation_error(self, message: str, *indices: int, hint: str = "") -> ParseError:
        """Return the error that rows and columns do not fit together."""
        return failure(self.text, message, *[self.nodes[index] for index in indices], hint=hint)

    def check_plain(self, index: int, sign: str) -> None:
        """Raise a ParseError if the record is a row: operations by positions know none."""
        if index in self.rows:
            raise self.orientation_error(
                f"{self.quote(index)} is a row, but {sign} knows no rows and columns",
                index,
                hint="leave out the transposition",
            )

    def axes_of(self, index: int, positions: tuple[Position, ...]) -> tuple[int, ...]:
        """Return the axes, counted from 0, of a list of positions of a record.

        Raises:
            ShapeError: for a position that the record does not have.
        """
        ndim = len(self.sizes[index])
        for position in positions:
            if position.number > ndim:
                raise ShapeError(
                    f"{self.quote(index)} {self.count(index)}: there is no position {position.number}",
                    spans=spans(self.text, position, self.nodes[index]),
                    hint=f"positions count from 1 to {ndim}" if ndim else "leave out the positions",
                )
        return tuple([position.number - 1 for position in positions])


def count_axes(count: int) -> str:
    """Return a number of axes in words.

    Example:
        >>> count_axes(1), count_axes(3)
        ('1 axis', '3 axes')
    """
    return "1 axis" if count == 1 else f"{count} axes"
