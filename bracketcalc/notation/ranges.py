r"""Ranges in a list of positions, ``1\cdots 4`` or ``1…4``, and positions that are letters with values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from bracketcalc.errors import ParseError
from bracketcalc.expr.core import Expr, Product
from bracketcalc.notation.places import Placed, failure

MARKS = MappingProxyType({"…": "…", "⋯": "…", "...": "…"})
"""The spellings of the dots of a range by characters."""

COMMANDS = MappingProxyType(
    {rf"\{name}": "…" for name in ("cdots", "ldots", "dots", "dotsc", "dotsb", "hdots")}
)
"""The LaTeX commands for the dots of a range."""

RANGE = r"…|⋯|\.\.\.|\\(?:cdots|ldots|dots|dotsc|dotsb|hdots)(?![A-Za-z])"
"""A pattern for the dots of a range."""

NO_VALUES: Mapping[str, object] = MappingProxyType({})


class Item(NamedTuple):
    """One symbol of a script, in plain characters, with or without a bar; a value is a whole number."""

    start: int
    end: int
    symbol: str
    barred: bool
    whole: bool = False


class Position(NamedTuple):
    """A position, counted from 1, with or without a bar."""

    start: int
    end: int
    number: int
    barred: bool


def is_range(content: str) -> bool:
    r"""Return whether a subscript is a list of positions because it has a range that begins with a number.

    Example:
        >>> is_range(r"1\cdots n"), is_range("(k+1)…n"), is_range("i_1…i_3")
        (True, True, False)
    """
    return re.search(rf"(?:(?<![_0-9])[0-9]+|\))\s*,?\s*(?:{RANGE})", content) is not None


def with_values(text: str, symbols: list[Item], given: Mapping[str, object]) -> list[Item]:
    """Return the symbols with numbers in place of letters and of sums in parentheses, such as (n-k+1).

    Args:
        text: the whole text.
        symbols: the symbols of a list of positions.
        given: what the names of the formula stand for.

    Raises:
        ParseError: for a letter that stands for no integer, or a sum that is none.
    """
    if all(not (item.symbol.isalpha() or item.symbol == "(") for item in symbols):
        return symbols
    found: list[Item] = []
    at = 0
    while at < len(symbols):
        item = symbols[at]
        end = at + 1
        if item.symbol == "(":
            while end < len(symbols) and symbols[end - 1].symbol != ")":
                end += 1
        elif not item.symbol.isalpha():
            found.append(item)
            at = end
            continue
        inside = symbols[at:end]
        number = _sum(text, inside, given)
        found.append(Item(item.start, inside[-1].end, str(number), item.barred, whole=True))
        at = end
    return found


def _sum(text: str, symbols: list[Item], given: Mapping[str, object]) -> int:
    """Return the value of a letter, or of a sum of letters and numbers in parentheses."""
    whole = symbols[0]._replace(end=symbols[-1].end)
    terms = [symbols] if len(symbols) == 1 else [[]]
    total = 0
    if len(symbols) > 1:
        if symbols[-1].symbol != ")":
            raise failure(text, "'(' is never closed", symbols[0], hint="write )")
        for item in symbols[1:-1]:
            if item.symbol in "+-" or item.symbol == "\N{MINUS SIGN}":
                terms.append([item])
            else:
                terms[-1].append(item)
    if len(symbols) > 1 and len(terms) == 1:
        raise _no_sum(text, whole)
    for number, term in enumerate(terms):
        if number:
            total += (1 if term[0].symbol == "+" else -1) * _value(text, term[1:], whole, given)
        elif term or len(terms) == 1:
            total += _value(text, term, whole, given)
    if total < 1:
        raise failure(text, f"there is no position {total}", whole, hint="positions count from 1")
    return total


def _value(text: str, term: list[Item], whole: Placed, given: Mapping[str, object]) -> int:
    """Return the value of a number, or of a letter that stands for an integer."""
    digits = "".join([item.symbol for item in term])
    if digits.isdecimal() and len(digits) < 10:
        return int(digits)
    if len(term) != 1 or not term[0].symbol.isalpha():
        raise _no_sum(text, whole)
    value = integer(given.get(digits))
    if value is None:
        raise failure(
            text,
            f"{digits} in a list of positions has no value",
            term[0],
            hint=f"give it one, as in {digits}=2, or write positions, as in A^{{1,~2}}",
        )
    return value


def _no_sum(text: str, whole: Placed) -> ParseError:
    return failure(
        text,
        "a position in parentheses is a sum of letters and numbers",
        whole,
        hint="write it as in (k+1), or write positions, as in A^{1,~2}",
    )


def integer(meaning: object) -> int | None:
    """Return the integer that a given name stands for, None for anything else."""
    if isinstance(meaning, Expr) and isinstance(meaning, Product) and not meaning.factors:
        number = meaning.coefficient
        return number if type(number) is int else None
    return None


def spread(text: str, parts: list[Position | Item]) -> list[Position]:
    """Return positions with those between the ends of each range, whose dots are the items.

    Raises:
        ParseError: for a range without one of its ends, or one that counts down.
    """
    found: list[Position] = []
    dots: Item | None = None
    for part in parts:
        if isinstance(part, Item):
            if not found or dots is not None:
                raise failure(text, "a range has no first position", part, hint="write it as in 1…4")
            dots = part
            continue
        if dots is not None:
            first = found[-1]
            if part.number < first.number:
                raise failure(
                    text,
                    f"the range from {first.number} to {part.number} counts down",
                    first,
                    part,
                    hint="write the positions one by one",
                )
            between = range(first.number + 1, part.number)
            found += [Position(dots.start, dots.end, number, dots.barred) for number in between]
            if part.number == first.number:
                found.pop()
            dots = None
        found.append(part)
    if dots is not None:
        raise failure(text, "a range has no last position", dots, hint="write it as in 1…4")
    return found
