"""From the terms inside ⟨ ⟩ to one expression.

A filler may get its size from outside: from another term, as in ⟨u - 1⟩, or from the formula around
⟨ ⟩, as in ⟨ι 1⟩ ·_1 A.
"""

from __future__ import annotations

from bracketcalc.errors import ShapeError, Span
from bracketcalc.expr.core import Expr, Extent, Product, Sum
from bracketcalc.expr.shapes import show_size
from bracketcalc.notation.bracket.faults import count_dimensions, size_hint
from bracketcalc.notation.bracket.frames import Term
from bracketcalc.notation.bracket.placeholders import with_sizes
from bracketcalc.notation.bracket.slots import Slots
from bracketcalc.notation.bracket.tree import Item
from bracketcalc.notation.places import quote

OpenSizes = tuple[Extent | None, ...]
"""The sizes of axes, None where a size follows from outside."""


_UNKNOWN = type(None)


def is_open(sizes: OpenSizes) -> bool:
    """Return whether one of the sizes is None; comparing each size with None takes longer."""
    return _UNKNOWN in map(type, sizes)


class Total:
    """The sum of the terms inside ⟨ ⟩.

    Attributes:
        sizes: the sizes of its axes, None where only fillers have an axis.

    Raises:
        BracketCalcError: for a term that means nothing, or terms with unequal axes, with carets.
    """

    __slots__ = ("_terms", "_text", "sizes")

    def __init__(self, text: str, terms: list[Term]) -> None:
        self._text = text
        self._terms = [(term, _slots(text, term)) for term in terms]
        first, slots = self._terms[0]
        sizes = _sizes(slots)
        for term, other in self._terms[1:]:
            sizes = _matched(text, first, sizes, term, _sizes(other))
        self.sizes = tuple(sizes)

    @property
    def ties(self) -> tuple[tuple[int, int], ...]:
        """Return the pairs of axes with one size, which no size tells."""
        return tuple([pair for _, slots in self._terms for pair in slots.ties])

    def items(self) -> list[Item]:
        """Return the tree of each term, with the sizes that :meth:`expression` has found."""
        return [with_sizes(term.item, slots.tensors()) for term, slots in self._terms]

    def expression(self, sizes: OpenSizes) -> Expr:
        """Return the sum, given the sizes of its axes.

        Raises:
            ParseError: if the size of a filler does not follow.
        """
        found = self._terms
        if is_open(self.sizes):
            # What is in {…} may stand for several copies with other sizes, and comes here for each.
            found = [(term, _slots(self._text, term)) for term, _ in found]
        values = [_value(term, slots, sizes) for term, slots in found]
        return values[0] if len(values) == 1 else Sum(values)


def _slots(text: str, term: Term) -> Slots:
    return Slots(term.item, term.text(text), term.portions.parts)


def _sizes(slots: Slots) -> OpenSizes:
    return tuple([slots.sizes[label] for label in slots.output])


def _value(term: Term, slots: Slots, sizes: OpenSizes) -> Expr:
    """Return the value of a term; its only factor, if the product changes nothing."""
    if slots.may_be_open:
        for label, size in zip(slots.output, sizes, strict=True):
            if slots.sizes[label] is None:
                slots.sizes[label] = size
    if term.portions.parts:
        slots.settle()
    value: Product = slots.product(term.coefficient)
    one = value.coefficient == 1 and isinstance(value.coefficient, int)
    return value.factors[0] if one and value.labels == (value.output,) else value


def _matched(text: str, first: Term, sizes: OpenSizes, second: Term, others: OpenSizes) -> OpenSizes:
    """Return the sizes that two terms have together."""
    if sizes == others:
        return sizes
    left, right = quote(text, first), quote(text, second)
    places = [Span(text, first.start, first.end), Span(text, second.start, second.end)]
    if len(sizes) != len(others):
        raise ShapeError(
            f"the term {left} has {count_dimensions(len(sizes))}, "
            f"but the term {right} has {count_dimensions(len(others))}",
            spans=places,
            hint="add terms with equal dimensions",
        )
    for axis, (one, two) in enumerate(zip(sizes, others, strict=True)):
        if one is not None and two is not None and one != two:
            raise ShapeError(
                f"dimension {axis + 1} of the term {left} has size {show_size(one)}, "
                f"but dimension {axis + 1} of the term {right} has size {show_size(two)}",
                spans=places,
                hint=size_hint(one, two, "add terms with equal dimensions"),
            )
    return tuple([two if one is None else one for one, two in zip(sizes, others, strict=True)])


def total(text: str, terms: list[Term]) -> Expr:
    """Return the sum of terms that nothing stands around.

    Raises:
        BracketCalcError: for a term that means nothing, or terms with unequal axes, with carets.
    """
    found = Total(text, terms)
    return found.expression(found.sizes)
