r"""What stands in a superscript or a subscript: positions, an exponent, groups of positions.

``~2``, ``2̄``, ``\bar{2}`` and ``\overline{2}`` are the barred position 2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from bracketcalc.errors import ParseError
from bracketcalc.expr.number import Number
from bracketcalc.notation.characters import BARS, SUBSCRIPTS, SUPERSCRIPTS, name_of
from bracketcalc.notation.numbers import literal, quotient
from bracketcalc.notation.places import Placed, failure
from bracketcalc.notation.ranges import COMMANDS, MARKS, Item, Position


class Script(Placed, Protocol):
    """A superscript or subscript: the characters ``inner:stop`` of the text are its content."""

    @property
    def inner(self) -> int: ...

    @property
    def stop(self) -> int: ...


def is_bare(text: str, script: Script, least: int = 2) -> bool:
    """Return whether a subscript has no braces, and at least so many characters, the last ones letters.

    Example:
        >>> from bracketcalc.notation.lexer import tokenize
        >>> [is_bare(text, tokenize(text)[1]) for text in ("Z_tV", "Z_t", "Z_21")]
        [True, False, False]
    """
    content = text[script.inner : script.stop]
    bare = script.inner == script.start + 1 and text[script.start] == "_" and script.stop == script.end
    return bare and len(content) >= least and (least == 1 or not content.isdecimal())


def bare_scripts(text: str, end: int, scripts: Sequence[Script]) -> tuple[int, int]:
    """Return how many subscripts without braces follow one another from ``end`` on, and where they end."""
    count = 0
    while count < len(scripts) and scripts[count].start == end and is_bare(text, scripts[count], 1):
        end = scripts[count].end
        count += 1
    return count, end


class Exponent(NamedTuple):
    """A power, a transposition, or both: X^p, Xᵀ, X^{-T}. A plain transposition has the number 1.

    The Hermitian transpositions Xᴴ and X^{-H} are transposed and conjugated.
    """

    start: int
    end: int
    number: Number
    transposed: bool
    conjugated: bool = False


Groups = tuple[tuple[Position, ...], ...]
"""The positions of a subscript; those that stand together in square brackets are one group."""

# Compiled when they are first needed: compiling takes longer than reading a formula.
_COMMAND = r"(?s:\\(?:[A-Za-z]+|.))"
_TRANSPOSED = frozenset({"T", "\\top"})
_EXPONENT = r"([+-]?)(?:([0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)(?:/([0-9]+))?|([TH]))"
_PART = r"\s*(?:\{\s*([0-9]+)\s*\}|([0-9]))"
_FRACTION = rf"\s*([-+−]?)\s*\\[dt]?frac{_PART}{_PART}\s*"
_PLAIN = MappingProxyType({"T": "T", "⊤": "T", "†": "H", "\N{MINUS SIGN}": "-", "′": "'", **MARKS})
_COMMANDS = MappingProxyType(
    {"\\top": "T", "\\intercal": "T", "\\dagger": "H", "\\prime": "'", "\\tau": "τ", **COMMANDS}
)
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
                raise unexpected(text, Item(at, end, command, False))
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
            if character == "." and text.startswith("...", at):
                character, end = "…", at + 3
            symbol = _PLAIN.get(character) or SUPERSCRIPTS.get(character) or SUBSCRIPTS.get(character)
            found.append(Item(at, end, symbol or character, bars > 0))
            if pending is not None:
                found[-1] = _under_bar(text, found[-1], pending)
            pending = None
        at = end
    if pending is not None:
        raise failure(
            text, "a bar stands over nothing", place_of(pending, script.stop), hint="write ~2 or 2̄"
        )
    return found


def _under_bar(text: str, item: Item, bar: int) -> Item:
    """Return a symbol with the bar that stands before it: a digit, a letter with a value, or a bracket."""
    barred = item._replace(start=bar, barred=True)
    if not (item.symbol.isalnum() or item.symbol in "[(") or item.symbol == "T":
        raise failure(text, "a bar stands over no position", barred, hint="write ~2 or 2̄")
    return barred


def _bar_last(text: str, found: list[Item], at: int, end: int) -> None:
    if not found or found[-1].end != at:
        raise failure(
            text, "a bar stands over nothing", place_of(at, end), hint="write the bar after its digit"
        )
    found[-1] = found[-1]._replace(end=end, barred=True)


def place_of(start: int, end: int) -> Item:
    """Return a place in a text."""
    return Item(start, end, "", False)


def unexpected(text: str, item: Item) -> ParseError:
    """Return the error that a symbol has no place in a list of positions."""
    shown = item.symbol if item.symbol.startswith("\\") or item.symbol.isascii() else name_of(item.symbol)
    hint = "write digits, commas and bars, as in A^{1,~2}; a subscript may also group them: A_{1[23]}"
    if text.startswith("..", item.start):
        hint = "write three dots for a range, as in A^{1…3} or A^{1...3}"
    elif item.symbol in ";:.|/":
        hint = "separate positions with commas, as in A^{1,~2}"
    return failure(text, f"a list of positions cannot contain {shown}", item, hint=hint)


# -- exponents ------------------------------------------------------------------------------------------


def exponent(text: str, script: Script) -> Exponent | None:
    """Return the power or transposition in a superscript; None if it is neither."""
    content = text[script.inner : script.stop]
    content = SUPERSCRIPTS.get(content, content)
    if content in _TRANSPOSED:
        return Exponent(script.start, script.end, 1, True)
    if content.isascii() and content.isdecimal():
        return Exponent(script.start, script.end, literal(text, content, script), False)
    plain = _without_frac(content)
    if plain is None:
        symbols = items(text, script)
        plain = "" if any(item.barred for item in symbols) else "".join([item.symbol for item in symbols])
    match = re.fullmatch(_EXPONENT, plain)
    if match is None:
        return None
    sign, number, divisor, transposition = match.groups()
    if transposition:
        number = -1 if sign == "-" else 1
        return Exponent(script.start, script.end, number, True, transposition == "H")
    value = literal(text, number, script)
    if divisor:
        value = quotient(text, value, literal(text, divisor, script), script)
    return Exponent(script.start, script.end, -value if sign == "-" else value, False)


def _without_frac(content: str) -> str | None:
    r"""Return 1/2 for ``\frac{1}{2}`` and ``\frac12``, also with a sign; None for anything else."""
    match = re.fullmatch(_FRACTION, content) if "frac" in content else None
    if match is None:
        return None
    sign, *parts = match.groups("")
    above, below = parts[0] + parts[1], parts[2] + parts[3]
    return f"{sign.replace('−', '-')}{above}/{below}"
