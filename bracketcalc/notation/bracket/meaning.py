"""From a tree to the product that it means (paper §2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.errors import Span
from bracketcalc.expr.core import Product
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.faults import Text
from bracketcalc.notation.bracket.slots import Slots
from bracketcalc.notation.bracket.tree import Item

_NOWHERE: Mapping[int, Span] = MappingProxyType({})
_UNNAMED: Mapping[int, str] = MappingProxyType({})


def meaning(
    item: Item,
    coefficient: Number = 1,
    places: Mapping[int, Span] = _NOWHERE,
    names: Mapping[int, str] = _UNNAMED,
) -> Product:
    """Return the product that a tree means.

    Each copy of a tensor is one factor, in the order of the first portions. The filler 1 gives no factor:
    its sizes are those of what it is multiplied with.

    Args:
        item: the tree of one term.
        coefficient: a number before it.
        places: where its items are in a text, by their ``id``; errors then show these places.
        names: what the tensors of its portions are called there, by the ``id`` of the portion.

    Returns:
        The product, whose axes are the slots without a bar, in order.

    Raises:
        ShapeError: for sizes or numbers of slots that do not fit.
        ParseError: if a dimension of a tensor is missing or used twice, or the size of a 1 does not follow.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Portion
        >>> A, B = tensors("A[2,3] B[3,4]")
        >>> row, column = Portion(A, 0, (0,)), Portion(B, 0, (1,))
        >>> middle = Bracketed((Barred(Portion(A, 0, (1,))), Portion(B, 0, (0,))))
        >>> meaning(Beside((row, middle, column))) == A @ B
        True
    """
    return Slots(item, Text(places, names)).product(coefficient)
