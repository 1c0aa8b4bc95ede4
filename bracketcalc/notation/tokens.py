"""The tokens of a formula."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from bracketcalc.expr.core import Expr, Extent
from bracketcalc.notation.scripts import Script


class Kind(Enum):
    """What a token is; the values are what messages call it."""

    WORD = "a name"
    NUMBER = "a number"
    ONES = "𝟏"
    OPERATOR = "an operator"
    RAISED = "a superscript"
    LOWERED = "a subscript"
    OPEN = "'('"
    CLOSE = "')'"
    OPEN_BRACE = "'{'"
    CLOSE_BRACE = "'}'"
    BARS = "'‖'"
    FRACTION = "a fraction"
    COMMA = "','"
    SQUARE = "a square bracket"
    ANGLE = "⟨ or ⟩"
    RULE = "'|'"
    BAR = "a bar"
    SEMICOLON = "';'"
    VALUE = "an expression"
    END = "the end"

    # A token is looked up by its kind for each character of a text; the hash of Enum is written in Python.
    __hash__ = object.__hash__


OPERANDS = frozenset(
    {Kind.WORD, Kind.NUMBER, Kind.ONES, Kind.OPEN, Kind.OPEN_BRACE, Kind.FRACTION, Kind.VALUE}
)
"""The tokens with which an operand begins, whatever stands before them."""


class Part(NamedTuple):
    """A part of a text that was read before, in another notation.

    Attributes:
        sizes: the sizes of its axes, None where the formula around it tells the size.
        build: from the sizes, as far as they are known then, to its expression.
    """

    sizes: tuple[Extent | None, ...]
    build: Callable[[tuple[Extent | None, ...]], Expr]


class Token(NamedTuple):
    r"""A token and its place in the text.

    Attributes:
        start: the first character.
        end: the character behind the last.
        kind: what it is.
        value: the word, the digits, or the sign of an operator.
        command: whether a word is the name of a LaTeX command.
        whole: whether a word is one name for certain, as in ``\mathrm{word}``.
        script: where the content of a superscript or subscript is.
        expr: what a part of the text means that was read before.
    """

    start: int
    end: int
    kind: Kind
    value: str = ""
    command: bool = False
    whole: bool = False
    script: Script | None = None
    expr: Expr | Part | None = None
