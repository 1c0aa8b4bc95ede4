"""The open brackets of the text inside ⟨ ⟩, and the terms that are read."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from bracketcalc.errors import Span
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.tree import Item
from bracketcalc.notation.tokens import Kind, Token


class Opened(Enum):
    """What opened a frame."""

    TERM = "a term"
    GROUP = "a group"
    SQUARE = "a pair of square brackets"
    BAR = "a bar"


CLOSERS = MappingProxyType({Opened.GROUP: "')'", Opened.SQUARE: "']'", Opened.BAR: "'}'"})
"""What closes each bracket."""


class Frame:
    """One open bracket.

    Attributes:
        opened: what opened it.
        opener: the token that opened it.
        items: the items in it.
        bars: the bars before the next item.
    """

    __slots__ = ("bars", "items", "opened", "opener")

    def __init__(self, opened: Opened, opener: Token) -> None:
        self.opened = opened
        self.opener = opener
        self.items: list[Item] = []
        self.bars: list[Token] = []


class Term(NamedTuple):
    """One term of a sum inside ⟨ ⟩.

    Attributes:
        start: its first character.
        end: the character behind its last.
        coefficient: the number before it, with its sign.
        item: its tree.
        places: where its items are in the text.
        names: the names of the tensors of its portions, as they are written, by the ``id`` of the portion.
    """

    start: int
    end: int
    coefficient: Number
    item: Item
    places: dict[int, Span]
    names: dict[int, str]


CLOSING = MappingProxyType(
    {Kind.CLOSE: Opened.GROUP, Kind.SQUARE: Opened.SQUARE, Kind.CLOSE_BRACE: Opened.BAR}
)
"""What each token closes."""
