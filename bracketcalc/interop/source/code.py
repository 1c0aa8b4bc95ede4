"""Pieces of Python, with how strongly they hold together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from bracketcalc.expr.number import Number


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


def call(function: str, *arguments: str) -> str:
    """Return a call of a function."""
    return f"{function}({', '.join(arguments)})"


def mentions(text: str, name: str) -> bool:
    """Return whether a line of code contains a name.

    Example:
        >>> mentions("n1 + x.n", "n"), mentions("2 * n", "n")
        (False, True)
    """
    place = text.find(name)
    while place >= 0:
        around = text[max(place - 1, 0) : place] + text[place + len(name) : place + len(name) + 1]
        if not any(letter.isalnum() or letter in "_." for letter in around):
            return True
        place = text.find(name, place + 1)
    return False


def times(left: Code, right: Code, ndim: int, sign: str = "*") -> Code:
    """Return the product of two expressions."""
    text = f"{left.at_least(Level.PRODUCT)} {sign} {right.at_least(Level.SIGN)}"
    return Code(text, Level.PRODUCT, ndim)


def plus(left: Code, right: Code, ndim: int) -> Code:
    """Return the sum of two expressions; a leading minus of the second becomes the sign."""
    if right.text.startswith("-") and right.level >= Level.PRODUCT:
        return Code(f"{left.text} - {right.text[1:].lstrip()}", Level.SUM, ndim)
    return Code(f"{left.text} + {right.at_least(Level.PRODUCT)}", Level.SUM, ndim)


def statement(head: str, code: str, width: int) -> list[str]:
    """Return the lines ``head code``; a sum that is wider has each of its terms on a line of its own.

    Example:
        >>> statement("    a =", "x + y - f(z + 1)", 16)
        ['    a = (', '        x', '        + y', '        - f(z + 1)', '    )']
    """
    terms = _terms(code)
    if len(head) + 1 + len(code) <= width or len(terms) == 1:
        return [f"{head} {code}"]
    indent = " " * (len(head) - len(head.lstrip()))
    return [f"{head} (", *(f"{indent}    {term}" for term in terms), f"{indent})"]


def _terms(code: str) -> list[str]:
    """Return the terms of a sum, each with its sign in front."""
    depth, cuts = 0, [0]
    for place, letter in enumerate(code):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter in "+-" and code[place - 1 : place + 2] in (" + ", " - "):
            cuts.append(place)
    return [code[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(code)], strict=True)]


def scaled(number: Number, body: Code) -> Code:
    """Return a number times an expression; a fraction that a float cannot hold is a quotient.

    Example:
        >>> [scaled(x, atom("x", 1)).text for x in (-1, 0.5, Fraction(1, 3), Fraction(-2, 3))]
        ['-x', '0.5 * x', 'x / 3', '-2 / 3 * x']
    """
    if number == 1:
        return body
    if number == -1:
        return Code(f"-{body.at_least(Level.SIGN)}", Level.SIGN, body.ndim)
    if isinstance(number, Fraction) and number != Fraction(float(number)):
        return _quotient(number, body)
    value = float(number)
    whole = int(value) if value.is_integer() and abs(value) < 2**53 else value
    return Code(f"{whole!r} * {body.at_least(Level.SIGN)}", Level.PRODUCT, body.ndim)


def _quotient(number: Fraction, body: Code) -> Code:
    if abs(number.numerator) == 1:
        return times(scaled(number.numerator, body), atom(str(number.denominator), 0), body.ndim, "/")
    ratio = Code(f"{number.numerator} / {number.denominator}", Level.PRODUCT, 0)
    return times(ratio, body, body.ndim)
