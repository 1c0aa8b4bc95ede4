"""Pieces of Python, with how strongly they hold together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How strongly an expression holds together."""

    SUM = 0
    PRODUCT = 1
    SIGN = 2
    POWER = 3
    ATOM = 4


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of Python.

    Attributes:
        text: the expression.
        level: how strongly it holds together.
        ndim: how many axes its value has.
    """

    text: str
    level: Level
    ndim: int

    def at_least(self, level: Level) -> str:
        """Return the text, in parentheses if it holds together less."""
        return self.text if self.level >= level else f"({self.text})"


def atom(text: str, ndim: int) -> Code:
    """Return a name, a call or an index."""
    return Code(text, Level.ATOM, ndim)


def times(left: Code, right: Code, ndim: int, sign: str = "*") -> Code:
    """Return the product of two expressions."""
    text = f"{left.at_least(Level.PRODUCT)} {sign} {right.at_least(Level.SIGN)}"
    return Code(text, Level.PRODUCT, ndim)


def plus(left: Code, right: Code, ndim: int) -> Code:
    """Return the sum of two expressions; a leading minus of the second becomes the sign."""
    if right.text.startswith("-") and right.level >= Level.PRODUCT:
        return Code(f"{left.text} - {right.text[1:].lstrip()}", Level.SUM, ndim)
    return Code(f"{left.text} + {right.at_least(Level.PRODUCT)}", Level.SUM, ndim)


def scaled(number: float, body: Code) -> Code:
    """Return a number times an expression."""
    if number == 1:
        return body
    if number == -1:
        return Code(f"-{body.at_least(Level.SIGN)}", Level.SIGN, body.ndim)
    whole = int(number) if float(number).is_integer() and abs(number) < 2**53 else number
    return Code(f"{whole!r} * {body.at_least(Level.SIGN)}", Level.PRODUCT, body.ndim)
