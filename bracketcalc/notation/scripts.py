r"""What stands in a superscript or a subscript: positions, an exponent, groups of positions.

``~2``, ``2̄``, ``\bar{2}`` and ``\overline{2}`` are the barred position 2. Digits are single positions;
with a comma, the commas separate positions: ``{12}`` is 1 and 2, ``{10,3}`` and ``{10,}`` hold a 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from bracketcalc.errors import ParseError
from bracketcalc.expr.number import Number
from bracketcalc.notation.characters import BARS, SUBSCRIPTS, SUPERSCRIPTS, name_of
from bracketcalc.notation.numbers import literal, quotient
from bracketcalc.notation.places import Placed, failure


@dataclass(slots=True)
class Script:
    """A superscript or subscript: the characters ``inner:stop`` of the text are its content."""

    start: int
    end: int
    inner: int
    stop: int


class Item(NamedTuple):
    """One symbol of a script, in plain characters, with or without a bar."""

    start: int
    end: int
    symbol: str
    barred: bool


class Position(NamedTuple):
    """A position, counted from 1, with or without a bar."""

    start: int
    end: int
    number: int
    barred: bool


class Exponent(NamedTuple):
    """A power, a transposition, or both: X^p, Xᵀ, X^{-T}. A plain transposition has the number 1."""

    start: int
    end: int
    number: Number
    transposed: bool


Groups = tuple[tuple[Position, ...], ...]
"""The positions of a subscript; those that stand together in square brackets are one group."""

# Compiled when they are first needed: compiling takes longer than reading a formula.
_COMMAND = r"(?s:\\(?:[A-Za-z]+|.))"
_EXPONENT = r"([+-]?)(?:([0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)(?:/([0-9]+))?|(T))"
_PLAIN = MappingProxyType({"T": "T", "⊤": "T", "\N{MINUS SIGN}": "-", "′": "'"})
_COMMANDS = MappingProxyType({"\\top": "T", "\\intercal": "T", "\\prime": "'", "\\tau": "τ"})
_SILENT = frozenset(
    {"\\mathsf", "\\mathrm", "\\mathit", "\\mathbf", "\\text", "\\,", "\\;", "\\:", "\\!", "\\ "}
)


def items(text: str, script: Script) -> list[Item]:
    """Return the symbols of a script, each with its bar.

    Raises:
        ParseError: for a bar over nothing, or a command that has no place in a script.
    """
    found: list[Item] = []
    depth: list[bool] = []
    bars = 0
    pending: int | None = None
    at = script.inner
    while at < script.stop:
        character = text[at]
        end = at + 1
        if character == "\\":
            match = re.compile(_COMMAND).match(text, at, script.stop)
            command = match.group() if match else character
            end = match.end() if match else end
            if command in ("\\bar", "\\overline"):
                pending, at = at, end
                continue
            if command in _SILENT:
                at = end
                continue
            if command not in _COMMANDS:
                raise _unexpected(text, Item(at, end, command, False))
            character = _COMMANDS[command]
        if character.isspace():
            pass
        elif character == "~":
            pending = at
        elif character == "{":
            depth.append(pending is not None)
            bars += depth[-1]
            pending = None
        elif character == "}":
            bars -= depth.pop()
        elif character in BARS:
            _bar_last(text, found, at, end)
        else:
            symbol = _PLAIN.get(character) or SUPERSCRIPTS.get(character) or SUBSCRIPTS.get(character)
            start = at if pending is None else pending
            if pending is not None and not (symbol or character).isdecimal() and character != "[":
                raise failure(
                    text, "a bar stands over no position", _place(start, end), hint="write ~2 or 2̄"
                )
            found.append(Item(start, end, symbol or character, pending is not None or bars > 0))
            pending = None
        at = end
    if pending is not None:
        raise failure(text, "a bar stands over nothing", _place(pending, script.stop), hint="write ~2 or 2̄")
    return found


def _bar_last(text: str, found: list[Item], at: int, end: int) -> None:
    if not found or found[-1].end != at:
        raise failure(
            text, "a bar stands over nothing", _place(at, end), hint="write the bar after its digit"
        )
    found[-1] = found[-1]._replace(end=end, barred=True)


def _place(start: int, end: int) -> Item:
    return Item(start, end, "", False)


def _unexpected(text: str, item: Item) -> ParseError:
    shown = item.symbol if item.symbol.startswith("\\") or item.symbol.isascii() else name_of(item.symbol)
    return failure(
        text,
        f"a list of positions cannot contain {shown}",
        item,
        hint="write digits, commas and bars, as in A^{1,~2}; a subscript may also group them: A_{1[23]}",
    )


# -- positions ------------------------------------------------------------------------------------------


def positions(text: str, script: Script) -> tuple[Position, ...]:
    """Return the list of positions of a superscript.

    Raises:
        ParseError: for another symbol than digits, commas and bars, an empty list, or a position twice.
    """
    found = tuple(_numbers(text, items(text, script), script))
    _check_distinct(text, found)
    return found


def groups(text: str, script: Script) -> Groups:
    """Return the groups of positions of a subscript such as ``{1[23]}``, where one digit is a group.

    Raises:
        ParseError: for a position twice, two bars in one group, or brackets that do not match.
    """
    symbols = items(text, script)
    commas = any(item.symbol == "," for item in symbols)
    found: list[tuple[Position, ...]] = []
    single: list[Item] = []
    opened: Item | None = None
    for item in symbols:
        if item.symbol not in "[]" or (item.symbol == "]" and opened is None):
            single.append(item)
            continue
        if item.symbol == "[" and opened is not None:
            raise failure(
                text,
                "square brackets stand in square brackets",
                opened,
                item,
                hint="close the first before",
            )
        if item.barred:
            raise failure(
                text, "a bar stands over a square bracket", item, hint="put the bar on one member: [2~3]"
            )
        between = _trimmed(single)
        inner = list(_numbers(text, between, script, commas)) if between else []
        if item.symbol == "]" and opened is not None:
            found.append(_group(text, inner, opened, item))
        else:
            found += [(position,) for position in inner]
        opened, single = (item if item.symbol == "[" else None), []
    if opened is not None:
        raise failure(text, "'[' is never closed", opened, hint="write ]")
    if single and (not found or _trimmed(single)):
        found += [(position,) for position in _numbers(text, _trimmed(single), script, commas)]
    if not found:
        raise failure(text, "a list of positions is empty", script)
    _check_distinct(text, [position for group in found for position in group])
    return tuple(found)


def _trimmed(symbols: list[Item]) -> list[Item]:
    """Return the symbols without the comma on either side that separates them from a group."""
    first = 1 if symbols and symbols[0].symbol == "," else 0
    last = len(symbols) - 1 if len(symbols) > first and symbols[-1].symbol == "," else len(symbols)
    return symbols[first:last]


def _group(text: str, members: list[Position], opened: Item, closed: Item) -> tuple[Position, ...]:
    whole = _place(opened.start, closed.end)
    if not members:
        raise failure(text, "a group of positions is empty", whole, hint="leave out the brackets")
    barred = [member for member in members if member.barred]
    if len(barred) > 1:
        raise failure(
            text,
            "two bars in one group of positions",
            *barred,
            hint="put the bar on one member of the group",
        )
    return tuple(members)


def _numbers(text: str, symbols: list[Item], script: Placed, commas: bool | None = None) -> list[Position]:
    separated = any(item.symbol == "," for item in symbols) if commas is None else commas
    found: list[Position] = []
    run: list[Item] = []
    for item in symbols:
        if item.symbol == ",":
            found.append(_position(text, run, item))
            run = []
        elif item.symbol not in "0123456789":
            raise _unexpected(text, item)
        elif separated:
            run.append(item)
        else:
            found.append(_position(text, [item], item))
    if run:
        found.append(_position(text, run, run[0]))
    if not found:
        raise failure(text, "a list of positions is empty", script, hint="write positions, as in A^{1,2}")
    return found


def _position(text: str, digits: list[Item], near: Item) -> Position:
    if not digits:
        raise failure(
            text, "a position is missing beside the comma", near, hint="write a position before it"
        )
    place = _place(digits[0].start, digits[-1].end)
    if len(digits) > 4:
        raise failure(text, "a position has too many digits", place, hint="separate positions with commas")
    number = int("".join([item.symbol for item in digits]))
    if number == 0:
        raise failure(text, "there is no position 0", place, hint="positions count from 1")
    return Position(place.start, place.end, number, any(item.barred for item in digits))


def _check_distinct(text: str, found: list[Position] | tuple[Position, ...]) -> None:
    seen: dict[int, Position] = {}
    for position in found:
        other = seen.setdefault(position.number, position)
        if other is not position:
            raise failure(
                text,
                f"position {position.number} occurs twice in one list",
                other,
                position,
                hint="name each position once",
            )


# -- exponents ------------------------------------------------------------------------------------------


def exponent(text: str, script: Script) -> Exponent | None:
    """Return the power or transposition in a superscript; None if it is neither."""
    symbols = items(text, script)
    if any(item.barred for item in symbols):
        return None
    match = re.fullmatch(_EXPONENT, "".join([item.symbol for item in symbols]))
    if match is None:
        return None
    sign, number, divisor, transposition = match.groups()
    if transposition:
        return Exponent(script.start, script.end, -1 if sign == "-" else 1, True)
    value = literal(text, number, script)
    if divisor:
        value = quotient(text, value, literal(text, divisor, script), script)
    return Exponent(script.start, script.end, -value if sign == "-" else value, False)
