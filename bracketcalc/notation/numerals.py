"""A number of a formula; directly before a slash, it is the numerator of a fraction: 1/2 x, 1/n x."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bracketcalc.expr.number import Number
from bracketcalc.notation.frames import Bracket, Frame
from bracketcalc.notation.numbers import literal, quotient
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token

_UNDER = (Kind.NUMBER, Kind.WORD, Kind.OPEN, Kind.BARS, Kind.VALUE)
"""What may stand under a number in a fraction without spaces."""


class Numeral(NamedTuple):
    """A number of a text.

    Attributes:
        value: the number.
        end: the character behind it.
        at: the index of the token behind it.
        is_over: whether what follows stands under it.
    """

    value: Number
    end: int
    at: int
    is_over: bool = False


def read_number(text: str, tokens: Sequence[Token], at: int, frame: Frame) -> Numeral:
    """Return the number whose first token stands before ``tokens[at]``.

    Args:
        text: the whole text.
        tokens: the tokens of the text.
        at: the index behind the number's first token.
        frame: the innermost open bracket.

    Raises:
        ParseError: for a number behind a number, one that is too long, or a division by 0.
    """
    before, token, slash = tokens[at - 2], tokens[at - 1], tokens[at]
    if before.kind is Kind.NUMBER and frame.chain:
        raise failure(
            text, "two numbers stand beside each other", before, token, hint="write · between them"
        )
    value = literal(text, token.value, token)
    if slash.value != "/" or slash.start != token.end:
        return Numeral(value, token.end, at)
    under = tokens[at + 1]
    norm_ends = under.kind is Kind.BARS and frame.bracket is Bracket.NORM
    if under.start != slash.end or under.kind not in _UNDER or norm_ends:
        return Numeral(value, token.end, at)
    if under.kind is not Kind.NUMBER or tokens[at + 2].kind is Kind.RAISED:
        return Numeral(value, token.end, at + 1, is_over=True)
    whole = Token(token.start, under.end, Kind.NUMBER)
    return Numeral(quotient(text, value, literal(text, under.value, under), whole), under.end, at + 2)
