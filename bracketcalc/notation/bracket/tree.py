"""The tree of a bracket term (paper §2.3): how portions of tensors are arranged.

A :class:`~bracketcalc.expr.core.Product` says which axes are multiplied and summed; a tree also says how
that is written. Every item has slots, one for each of its dimensions. Many trees have one meaning.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from bracketcalc.expr.core import Expr


class Portion(NamedTuple):
    """Some axes of one occurrence of a tensor: ``A_{23}`` has the axes ``(1, 2)``, ``A`` has all.

    Attributes:
        tensor: any expression.
        copy: which occurrence of the tensor in its term, counted from 0.
        axes: axes of the tensor, counted from 0, in the order of the slots.
    """

    tensor: Expr
    copy: int
    axes: tuple[int, ...]


class Fill(NamedTuple):
    """The filler ``1``: ones over ``count`` slots; what they are multiplied with gives their sizes."""

    count: int  # type: ignore[assignment]  # the method of tuples is not needed


class Iota(NamedTuple):
    """ι: one slot of size 1."""


class Beside(NamedTuple):
    """Items beside each other: the slots of all items, one after another (the formal ⊗)."""

    items: tuple[Item, ...]


class Bracketed(NamedTuple):
    """``[…]``: items with equal numbers of slots, multiplied slot by slot.

    A slot that is barred in some item is summed, and the bracket does not have it.
    """

    items: tuple[Item, ...]


class Barred(NamedTuple):
    """An item with a bar over it: all of its slots are summed."""

    item: Item


Item = Union[Portion, Fill, Iota, Beside, Bracketed, Barred]
"""A node of a tree; a whole term is a :class:`Beside`."""
