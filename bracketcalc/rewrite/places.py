"""Finding the tensors that an operation names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.shapes import describe
from bracketcalc.notation.bracket.tree import Item, Portion
from bracketcalc.notation.spelled import spelled
from bracketcalc.render.bracket.copies import portions
from bracketcalc.rewrite.term import BracketTerm
from bracketcalc.rewrite.trees import folded

Named = str | Expr
"""A tensor, or its name."""


class Occurrence(NamedTuple):
    """One occurrence of a tensor in a term, or all of them.

    Attributes:
        tensor: the tensor.
        copy: which occurrence, counted from 0; None for all.
    """

    tensor: Expr
    copy: int | None

    def has(self, item: Item) -> bool:
        """Return whether an item is a portion of the occurrence."""
        return (
            isinstance(item, Portion)
            and (self.copy is None or item.copy == self.copy)
            and item.tensor == self.tensor
        )

    def inside(self, root: Item) -> bool:
        """Return whether an item holds a portion of the occurrence."""
        found: bool = folded(root, lambda item, parts: any(parts) or self.has(item))
        return found


def occurrence(term: BracketTerm, tensor: Named, copy: int | None) -> Occurrence:
    """Return the occurrence of a tensor that an operation names.

    Args:
        term: the term.
        tensor: the tensor or its name.
        copy: which of its copies, counted from 1; None for all.

    Raises:
        ArgumentError: if there is none, if several tensors have the name, or for anything else.
    """
    if not isinstance(tensor, str | Expr):
        raise ArgumentError(
            f"expected a tensor or its name, got {type(tensor).__name__}",
            hint=f"name one of {_listed(dict.fromkeys([each.tensor for each in portions(term.tree)]))}",
        )
    found = portions(term.tree)
    tensors = list(dict.fromkeys([portion.tensor for portion in found]))
    if isinstance(tensor, str):
        wanted = spelled(tensor)
        fitting = [one for one in tensors if spelled(str(getattr(one, "name", ""))) == wanted]
    else:
        fitting = [one for one in tensors if one == tensor]
    shown = tensor if isinstance(tensor, str) else describe(tensor)
    if not fitting:
        raise ArgumentError(f"{shown} is not in {term}", hint=f"name one of {_listed(tensors)}")
    if len(fitting) > 1:
        raise ArgumentError(f"{term} has several tensors named {shown}", hint="pass the tensor itself")
    copies = len({portion.copy for portion in found if portion.tensor == fitting[0]})
    if copy is None:
        return Occurrence(fitting[0], None)
    if type(copy) is not int or not 1 <= copy <= copies:
        raise ArgumentError(
            f"there is no copy {copy!r} of {shown} in {term}: it has {copies}",
            hint="count the copies from 1, as they appear",
        )
    return Occurrence(fitting[0], copy - 1)


def _listed(tensors: Iterable[Expr]) -> str:
    return ", ".join([describe(tensor) for tensor in tensors][:8]) or "the tensors in it"
