"""The tokens of a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from bracketcalc.expr.core import Expr, Extent
from bracketcalc.notation.choice import Choice


class Kind(Choice):
    """What a token is."""

    __slots__ = ()

    WORD: ClassVar[Kind]
    NUMBER: ClassVar[Kind]
    ONES: ClassVar[Kind]
    OPERATOR: ClassVar[Kind]
    RAISED: ClassVar[Kind]
    LOWERED: ClassVar[Kind]
    OPEN: ClassVar[Kind]
    CLOSE: ClassVar[Kind]
    OPEN_BRACE: ClassVar[Kind]
    CLOSE_BRACE: ClassVar[Kind]
    BARS: ClassVar[Kind]
    FRACTION: ClassVar[Kind]
    COMMA: ClassVar[Kind]
    SQUARE: ClassVar[Kind]
    ANGLE: ClassVar[Kind]
    RULE: ClassVar[Kind]
    SUM: ClassVar[Kind]
    RANGE: ClassVar[Kind]
    BAR: ClassVar[Kind]
    SEMICOLON: ClassVar[Kind]
    VALUE: ClassVar[Kind]
    END: ClassVar[Kind]


Kind.WORD = Kind("a name")
Kind.NUMBER = Kind("a number")
Kind.ONES = Kind("𝟏")
Kind.OPERATOR = Kind("an operator")
Kind.RAISED = Kind("a superscript")
Kind.LOWERED = Kind("a subscript")
Kind.OPEN = Kind("'('")
Kind.CLOSE = Kind("')'")
Kind.OPEN_BRACE = Kind("'{'")
Kind.CLOSE_BRACE = Kind("'}'")
Kind.BARS = Kind("'‖'")
Kind.FRACTION = Kind("a fraction")
Kind.COMMA = Kind("','")
Kind.SQUARE = Kind("a square bracket")
Kind.ANGLE = Kind("⟨ or ⟩")
Kind.RULE = Kind("'|'")
Kind.SUM = Kind("Σ")
Kind.RANGE = Kind("…")
Kind.BAR = Kind("a bar")
Kind.SEMICOLON = Kind("';'")
Kind.VALUE = Kind("an expression")
Kind.END = Kind("the end")

OPERANDS = frozenset(
    {Kind.WORD, Kind.NUMBER, Kind.ONES, Kind.OPEN, Kind.OPEN_BRACE, Kind.FRACTION, Kind.VALUE}
)
"""The tokens with which an operand begins, whatever stands before them."""


class Part(NamedTuple):
    """A part of a text that was read before, in another notation.

    Attributes:
        sizes: the sizes of its axes, None where the formula around it tells the size.
        build: from the sizes, as far as they are known then, to its expression.
        ties: pairs of axes that have one size.
    """

    sizes: tuple[Extent | None, ...]
    build: Callable[[tuple[Extent | None, ...]], Expr]
    ties: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Token:
    r"""A token and its place in the text.

    Attributes:
        start: the first character.
        end: the character behind the last.
        kind: what it is.
        value: the word, the digits, or the sign of an operator.
        inner: the first character of the content of a superscript or subscript.
        stop: the character behind that content.
        command: whether a word is the name of a LaTeX command.
        whole: whether a word is one name for certain, as in ``\mathrm{word}``.
        expr: what a part of the text means that was read before.
    """

    start: int
    end: int
    kind: Kind
    value: str = ""
    inner: int = 0
    stop: int = 0
    command: bool = False
    whole: bool = False
    expr: Expr | Part | None = None

    def replaced(self, **changes: Any) -> Token:
        """Return the token with other values of some attributes."""
        return replace(self, **changes)
