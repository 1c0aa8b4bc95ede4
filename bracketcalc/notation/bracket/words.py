"""The names in a word inside ⟨ ⟩: bars that are part of it, ι, and subscripts that may be positions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from bracketcalc.errors import ParseError, Span
from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.marks import plain_digits
from bracketcalc.notation.bracket.placeholders import OPEN
from bracketcalc.notation.built_in import Constant
from bracketcalc.notation.characters import BARS, PRIMES
from bracketcalc.notation.choice import Choice
from bracketcalc.notation.names import Piece, Scope
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.positions import positions
from bracketcalc.notation.scripts import is_bare
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Kind, Token

IOTAS = ("ι", "iota")


class Special(Choice):
    """The items that are no portions."""

    __slots__ = ()

    ONES: ClassVar[Special]
    IOTA: ClassVar[Special]


Special.ONES = Special("1")
Special.IOTA = Special("ι")


@dataclass(slots=True)
class Name:
    """One name of a word, and whether there is a bar over it."""

    start: int
    end: int
    name: str
    meaning: Expr | Special
    barred: bool


Names = tuple[list[Name], tuple[Token, ...]]
"""The names of a word, and the subscript behind the last of them that is a list of positions."""


def read_word(text: str, scope: Scope, word: Token, subscripts: tuple[Token, ...]) -> Names:
    """Return the names in a word inside ⟨ ⟩, with the subscripts behind it.

    Raises:
        ParseError: for an unknown name, a function, or a word that can be read in two ways.
    """
    filler = _filler(scope, word, False)
    if filler is not None:
        return [filler], subscripts
    if word.command or word.whole or word.value.isascii():
        return _names(text, scope, word, subscripts, False)
    found: list[Name] = []
    parts = _parts(text, scope, word, subscripts)
    for number, (part, barred) in enumerate(parts):
        left = subscripts if number == len(parts) - 1 else ()
        filler = _filler(scope, part, barred)
        if filler is not None:
            found.append(filler)
        else:
            names, left = _names(text, scope, part, left, barred)
            found += names
    return found, left


def _filler(scope: Scope, word: Token, barred: bool) -> Name | None:
    """Return the ι or 1 that a word, or a part of it such as ι1, may be."""
    if word.value == "1" or (word.value in IOTAS and word.value not in scope.given):
        special = Special.ONES if word.value == "1" else Special.IOTA
        return Name(word.start, word.end, special.value, special, barred)
    return None


def _names(text: str, scope: Scope, word: Token, subscripts: tuple[Token, ...], barred: bool) -> Names:
    """Return the names in a word without bars; a bar stands over the last of them."""
    meaning = scope.given.get(word.value)
    if isinstance(meaning, Expr) and not word.command and not _extends(text, scope, word, subscripts):
        return [Name(word.start, word.end, word.value, meaning, barred)], subscripts
    reading = scope.read(text, word, subscripts)
    found = [_name(text, piece) for piece in reading.pieces]
    consumed = subscripts[: len(subscripts) - len(reading.subscripts)]
    if consumed and not reading.subscripts:
        _check_clear(text, scope, reading.pieces[-1], consumed)
    if barred:
        found[-1].barred = True
    return found, reading.subscripts


def _extends(text: str, scope: Scope, word: Token, subscripts: tuple[Token, ...]) -> bool:
    """Return whether a given name may go on with the subscripts behind a word."""
    if not subscripts or not scope.has_subscripts:
        return False
    script = subscripts[0]
    if len(subscripts) > 1 or is_bare(text, script):
        return True
    digits = plain_digits(text, script)
    if digits and text[script.end - 1] not in PRIMES:
        return f"{word.value}_{digits}" in scope.given
    return word.value + plain_subscript(text, script) in scope.given


def _name(text: str, piece: Piece) -> Name:
    meaning = piece.meaning
    if isinstance(meaning, Expr):
        return Name(piece.start, piece.end, piece.name, meaning, False)
    if meaning is Constant.ONES:
        return Name(piece.start, piece.end, piece.name, Special.ONES, False)
    shown = quote(text, piece)
    if meaning is Constant.IDENTITY:
        return Name(piece.start, piece.end, piece.name, OPEN, False)
    raise failure(
        text,
        f"{shown} is a function, which stands in braces inside ⟨ ⟩",
        piece,
        hint=f"write {{{shown}(…)}}, with positions behind the braces",
    )


def _check_clear(text: str, scope: Scope, piece: Piece, consumed: tuple[Token, ...]) -> None:
    """Refuse W_1 if that is a name, but W is one too and has a dimension 1."""
    script = consumed[-1]
    shorter = piece.name.removesuffix(plain_subscript(text, script))
    meaning = scope.given.get(shorter)
    if not isinstance(meaning, Expr):
        return
    try:
        numbers = [position.number for position in positions(text, script, scope.given)]
    except ParseError:
        return
    if max(numbers) > meaning.ndim:
        return
    listed = ",".join([str(number) for number in numbers])
    dimensions = f"dimension {listed}" if len(numbers) == 1 else f"the dimensions {listed}"
    place = Span(text, piece.start, consumed[-1].end)
    raise failure(
        text,
        f"'{quote(text, place)}' can be read as the name {piece.name} or as {dimensions} of {shorter}",
        place,
        hint=f"write {{{piece.name}}} for the name, {{{shorter}}}_{{{listed}}} for the portion",
    )


# -- bars and ι in a word -------------------------------------------------------------------------------


def _parts(text: str, scope: Scope, word: Token, subscripts: tuple[Token, ...]) -> list[tuple[Token, bool]]:
    """Return the parts of a word that end in a bar, and the rest; ι is a part too.

    Raises:
        ParseError: if a name with a bar is given, and the name without it as well.
    """
    chunks = _chunks(text, word)
    barred = any(bar for _, bar in chunks)
    if barred:
        plain = Token(word.start, word.end, Kind.WORD, "".join([chunk.value for chunk, _ in chunks]))
        given = is_given(text, scope, word, subscripts)
        if given:
            check_bar(text, scope, word, plain, subscripts)
            return [(word, False)]
        if all(bar for _, bar in chunks) and is_given(text, scope, plain, subscripts):
            return [(plain, True)]
    if "ι" not in word.value or any("ι" in name for name in scope.given):
        return chunks
    return [cut for chunk, bar in chunks for cut in _cut_iotas(chunk, bar)]


def check_bar(text: str, scope: Scope, word: Token, plain: Token, subscripts: tuple[Token, ...]) -> None:
    """Refuse a given name with a bar if the name without it is given as well."""
    if is_given(text, scope, plain, subscripts):
        raise failure(
            text,
            f"'{word.value}' can be read as a name or as {plain.value} with a bar",
            word,
            hint=f"write ~{plain.value} for the bar, {{{word.value}}} for the name",
        )


def is_given(text: str, scope: Scope, word: Token, subscripts: tuple[Token, ...]) -> bool:
    """Return whether a word is a given name, alone or with some of the subscripts behind it."""
    name = word.value
    if name in scope.given or not scope.has_subscripts:
        return name in scope.given
    for token in subscripts:
        name += plain_subscript(text, token)
        if name in scope.given:
            return True
    return False


def _chunks(text: str, word: Token) -> list[tuple[Token, bool]]:
    """Cut a word behind each letter that has a bar."""
    decomposed = unicodedata.normalize("NFD", word.value)
    if not any(bar in decomposed for bar in BARS):
        return [(word, False)]
    found: list[tuple[Token, bool]] = []
    start, value = word.start, ""
    characters = text[word.start : word.end]
    for offset, character in enumerate(characters):
        following = characters[offset + 1 : offset + 2]
        value += character
        if following and unicodedata.combining(following):
            continue
        marks = unicodedata.normalize("NFD", value)
        if any(bar in marks for bar in BARS):
            for bar in BARS:
                marks = marks.replace(bar, "")
            end = word.start + offset + 1
            plain = unicodedata.normalize("NFC", marks).replace("′", "'")
            found.append((Token(start, end, Kind.WORD, plain), True))
            start, value = end, ""
    if value:
        found.append((Token(start, word.end, Kind.WORD, value.replace("′", "'")), False))
    return found


def _cut_iotas(chunk: Token, barred: bool) -> list[tuple[Token, bool]]:
    """Cut a part of a word at each ι; a bar stands over the last piece."""
    found: list[Token] = []
    start, value = chunk.start, ""
    for offset, character in enumerate(chunk.value):
        at = chunk.start + offset
        if character != "ι":
            value += character
            continue
        if value:
            found.append(Token(start, at, Kind.WORD, value))
        found.append(Token(at, at + 1, Kind.WORD, "ι"))
        start, value = at + 1, ""
    if value:
        found.append(Token(start, chunk.end, Kind.WORD, value))
    found[-1] = found[-1].replaced(end=chunk.end)
    return [(token, barred and token is found[-1]) for token in found]
