"""The open brackets of the text inside ⟨ ⟩, and the terms that are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from bracketcalc.errors import ParseError, Span
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.faults import Text
from bracketcalc.notation.bracket.portions import Portions
from bracketcalc.notation.bracket.tree import Item
from bracketcalc.notation.choice import Choice
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.tokens import Kind, Token


class Opened(Choice):
    """What opened a frame."""

    __slots__ = ()

    TERM: ClassVar[Opened]
    GROUP: ClassVar[Opened]
    SQUARE: ClassVar[Opened]
    BAR: ClassVar[Opened]


Opened.TERM = Opened("a term")
Opened.GROUP = Opened("a group")
Opened.SQUARE = Opened("a pair of square brackets")
Opened.BAR = Opened("a bar")

CLOSERS = MappingProxyType({Opened.GROUP: "')'", Opened.SQUARE: "']'", Opened.BAR: "'}'"})
"""What closes each bracket."""

_CLOSING = MappingProxyType(
    {Kind.CLOSE: Opened.GROUP, Kind.SQUARE: Opened.SQUARE, Kind.CLOSE_BRACE: Opened.BAR}
)


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
        portions: where its items are in the text, and what its tensors are called.
    """

    start: int
    end: int
    coefficient: Number
    item: Item
    portions: Portions

    def text(self, source: str) -> Text:
        """Return where its items are in the text."""
        return Text(_Spans(source, self.portions.places), self.portions.names)


class _Spans(Mapping[int, Span]):
    """Places as spans, which are made when an error needs them."""

    __slots__ = ("_places", "_source")

    def __init__(self, source: str, places: Mapping[int, tuple[int, int]]) -> None:
        self._source = source
        self._places = places

    def __getitem__(self, key: int) -> Span:
        start, end = self._places[key]
        return Span(self._source, start, end)

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def check_closes(text: str, frame: Frame, token: Token) -> None:
    """Raise a ParseError unless a token closes the innermost bracket, which must not be empty."""
    if frame.opened is not _CLOSING.get(token.kind):
        shown = quote(text, token)
        if frame.opened is Opened.TERM:
            raise failure(
                text, f"'{shown}' closes nothing", token, hint="leave it out, or open a bracket before"
            )
        raise failure(
            text,
            f"expected {CLOSERS[frame.opened]}, got '{shown}'",
            frame.opener,
            token,
            hint="close brackets in order",
        )
    if frame.bars:
        check_bars(text, frame)
    if not frame.items:
        whole = frame.opener.replaced(end=token.end)
        if frame.opened is Opened.BAR:
            raise failure(text, "a bar stands over nothing", whole, hint="write a portion under it")
        raise failure(
            text, f"{frame.opened.value} is empty", whole, hint="write portions in it, or leave it out"
        )


def check_reading(text: str, frame: Frame, around: Frame, token: Token) -> None:
    r"""Raise a ParseError for a bar over several items in square brackets: each of them, or all as a group.

    The paper writes a group under a bar in parentheses: [A_P \overline{(C_S C_T)}] (paper §2.3).
    """
    if around.opened is not Opened.SQUARE or len(frame.items) < 2:
        return
    inside = text[frame.opener.end : token.start].strip().removeprefix("{").strip()
    whole = frame.opener.replaced(end=token.end)
    raise failure(
        text,
        "the bar can be read as one over each item, or as one over all of them as a group",
        whole,
        hint=f"put a bar over one item for the first, \\overline{{({inside})}} for the group",
    )


def check_bars(text: str, frame: Frame) -> None:
    """Raise a ParseError for a bar with no item behind it."""
    if frame.bars:
        raise failure(text, "a bar stands over nothing", frame.bars[-1], hint="write an item behind it")


def unclosed(text: str, frame: Frame) -> ParseError:
    """Return the error that a term ends in an open bracket."""
    opener = frame.opener
    return failure(
        text,
        f"'{quote(text, opener)}' is never closed",
        opener,
        hint=f"write {CLOSERS[frame.opened]} behind its content",
    )


def foreign(text: str, token: Token) -> ParseError:
    """Return the error that a token belongs to the ordinary notation."""
    shown = quote(text, token)
    if token.kind is Kind.ANGLE:
        return failure(text, f"'{shown}' closes nothing", token, hint="leave it out, or write ⟨ before")
    if token.kind is Kind.LOWERED or token.kind is Kind.RAISED:
        return failure(
            text,
            f"'{shown}' stands on no name",
            token,
            hint="put it on portions, or on a formula in braces: {…}_1",
        )
    hint = "put the formula in braces: {…}"
    if token.value in ("⊙", "·"):
        hint = "write […] to multiply and ~ to sum, or put the formula in braces: {…}"
    elif token.kind is Kind.COMMA:
        hint = "leave it out: items stand beside each other, and several positions in braces, as in A_{12}"
    elif token.value == "⊗":
        hint = "write the items beside each other"
    return failure(text, f"'{shown}' has no meaning inside ⟨ ⟩", token, hint=hint)
