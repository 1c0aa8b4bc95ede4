"""The names that a formula may use: given, built in, or the sizes of what was given.

A name is compared in one spelling: ``W_1``, ``W_{1}`` and ``W₁`` are one name, and so are x' and x′. The
longest given name wins; a word that is no name may be several names written together, if there is only
one way to take it apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from bracketcalc.errors import ArgumentError, BracketCalcError, ParseError
from bracketcalc.expr.core import Expr, Size, as_expr
from bracketcalc.expr.records import ElementwiseFunction, TensorFunction
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.forms import FORMS
from bracketcalc.notation.characters import PRIMES, SUBSCRIPTS, look_of, name_of
from bracketcalc.notation.commands import LETTERS, SIGNS
from bracketcalc.notation.places import Placed, failure
from bracketcalc.notation.scripts import Script
from bracketcalc.notation.tokens import Kind, Token


class MatrixForm(Enum):
    """The matrix forms that are written like functions (§4.4)."""

    TRACE = "tr"
    DIAGONAL = "diag"
    NORM = "norm"


class Constant(Enum):
    """𝟏 and I, whose sizes follow from their use; the value is the number of axes."""

    ONES = 1
    IDENTITY = 2


Function = ElementwiseForm | SubtensorForm | MatrixForm
Meaning = Expr | Function | Constant

_BUILT_IN: Mapping[str, Meaning] = MappingProxyType(
    {
        **FORMS,
        "tr": MatrixForm.TRACE,
        "trace": MatrixForm.TRACE,
        "diag": MatrixForm.DIAGONAL,
        "norm": MatrixForm.NORM,
        "ones": Constant.ONES,
        "I": Constant.IDENTITY,
    }
)


class Piece(NamedTuple):
    """A part of a word that is one name, and how many of the word's subscripts belong to the name."""

    start: int
    end: int
    name: str
    meaning: Meaning


class Reading(NamedTuple):
    """The names in a word, and the subscript behind the last of them that is a list of positions."""

    pieces: tuple[Piece, ...]
    subscripts: tuple[Token, ...]


class Scope:
    """The names of one formula.

    Args:
        names: expressions, numbers, or functions by name.
    """

    __slots__ = ("_longest", "_shown", "_sizes", "given")

    def __init__(self, names: Mapping[str, object]) -> None:
        self.given: dict[str, Meaning] = {}
        self._shown: dict[str, list[str]] = {}
        for name, value in names.items():
            self._add(unicodedata.normalize("NFC", name), _meaning(name, value))
        self._longest = max([len(name) for name in self.given], default=0)
        self._sizes: dict[str, Size] | None = None

    def _add(self, name: str, meaning: Meaning) -> None:
        plain = "ones" if name in ("𝟏", "𝟙") else spelled(name)
        spellings = self._shown.setdefault(plain, [])
        spellings.append(name)
        if len(spellings) > 1 and self.given[plain] != meaning:
            raise ParseError(
                f"{spellings[0]!r} and {name!r} are two spellings of one name, given with two meanings",
                hint="give one of them another name",
            )
        self.given[plain] = meaning

    def find(self, name: str) -> Meaning | None:
        """Return the meaning of a name in its plain spelling: given, built in, or a size; else None."""
        meaning = self.given.get(name)
        if meaning is None:
            meaning = _BUILT_IN.get(name)
        return self.sizes.get(name) if meaning is None else meaning

    @property
    def sizes(self) -> Mapping[str, Size]:
        """Return the symbolic sizes of the given expressions by their names."""
        if self._sizes is None:
            self._sizes = {
                size.name: size
                for meaning in self.given.values()
                if isinstance(meaning, Expr)
                for size in meaning.sizes
                if isinstance(size, Size)
            }
        return self._sizes

    def continued(
        self, text: str, word: Token, subscripts: tuple[Token, ...], behind: Token
    ) -> Expr | None:
        """Return the expression of a name that goes on behind its subscript, such as ∇_{Z}J."""
        if not subscripts or behind.kind is not Kind.WORD:
            return None
        tail = "".join([plain_subscript(text, token.script) for token in subscripts if token.script])
        for letter in (*LETTERS.get(word.value, ()), word.value) if word.command else (word.value,):
            meaning = self.given.get(letter + tail + behind.value)
            if isinstance(meaning, Expr):
                return meaning
        return None

    def read(self, text: str, word: Token, subscripts: tuple[Token, ...]) -> Reading:
        """Return the names in a word, with the subscripts behind it.

        Raises:
            ParseError: for an unknown name, or a word that can be read in two ways.
        """
        contents = [plain_subscript(text, token.script) for token in subscripts if token.script]
        # At most one subscript can be a list of positions.
        for count in range(len(contents), max(len(contents) - 2, -1), -1):
            tail = "".join(contents[:count])
            place = Piece(word.start, subscripts[count - 1].end if count else word.end, "", Constant.ONES)
            reading = self._whole(word, tail, place)
            if reading is None and not word.whole:
                reading = self._split(text, word, tail, place)
            if reading is not None:
                return Reading(reading, subscripts[count:])
        raise self._unknown(text, word, "".join(contents), subscripts)

    def _whole(self, word: Token, tail: str, place: Piece) -> tuple[Piece, ...] | None:
        """Return the word as one name."""
        if not word.command:
            meaning = self.find(word.value + tail)
            return None if meaning is None else (place._replace(name=word.value + tail, meaning=meaning),)
        for letter in (*LETTERS.get(word.value, ()), word.value):
            meaning = self.find(letter + tail)
            if meaning is not None:
                return (place._replace(name=letter + tail, meaning=meaning),)
        return None

    def _split(self, text: str, word: Token, tail: str, place: Piece) -> tuple[Piece, ...] | None:
        """Return the word as several names written together, if there is one way to read it so."""
        readings = self._cuts(word.value, tail)
        if not readings:
            return None
        if len(readings) > 1:
            one, two = [_clipped(" ".join(_parts(word.value, cuts))) for cuts in readings]
            raise failure(
                text,
                f"{_clipped(word.value)!r} can be read as {one!r} or as {two!r}",
                word,
                hint="put spaces between the names",
            )
        pieces = []
        cuts = readings[0]
        for number, part in enumerate(_parts(word.value, cuts)):
            last = number == len(cuts) - 1
            name = part + tail if last else part
            start = word.start + (cuts[number - 1] if number else 0)
            end = place.end if last else word.start + cuts[number]
            pieces.append(Piece(start, end, name, self._known(name)))
        return tuple(pieces)

    def _known(self, name: str) -> Meaning:
        meaning = self._factor(name)
        assert meaning is not None
        return meaning

    def _factor(self, name: str) -> Meaning | None:
        """Return the meaning of a name that may be written together with others: no function."""
        meaning = self.given.get(name)
        if meaning is None and name == "I":
            return Constant.IDENTITY
        return meaning if isinstance(meaning, Expr) else None

    def _cuts(self, word: str, tail: str) -> list[tuple[int, ...]]:
        """Return up to two ways to cut a word into names, as the ends of the names; longest names first."""
        length = len(word)
        ways = [0] * length + [1]
        for start in range(length - 1, -1, -1):
            for end in range(min(length, start + self._longest + 1), start, -1):
                if (
                    ways[end]
                    and self._factor(word[start:end] + (tail if end == length else "")) is not None
                ):
                    ways[start] = min(2, ways[start] + ways[end])
        found: list[tuple[int, ...]] = []
        for rank in range(ways[0]):
            found.append(self._walk(word, tail, ways, rank))
        return found

    def _walk(self, word: str, tail: str, ways: list[int], rank: int) -> tuple[int, ...]:
        """Return the reading number ``rank``: it leaves the first one at the first choice there is."""
        cuts: list[int] = []
        start, length = 0, len(word)
        while start < length:
            ends = [
                end
                for end in range(min(length, start + self._longest + 1), start, -1)
                if ways[end] and self._factor(word[start:end] + (tail if end == length else "")) is not None
            ]
            choice = rank if len(ends) > 1 else 0
            rank = 0 if choice else rank
            start = ends[choice]
            cuts.append(start)
        return tuple(cuts)

    def _unknown(self, text: str, word: Token, tail: str, subscripts: tuple[Token, ...]) -> ParseError:
        name = word.value + tail
        end = subscripts[-1].end if subscripts else word.end
        place = word._replace(end=end)
        known = sorted({shown[0] for shown in self._shown.values()})
        listed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "") if known else "none was given"
        shown = _clipped(text[word.start : min(end, word.start + 41)])
        return failure(
            text,
            f"unknown name '{shown}'; known: {listed}",
            place,
            hint=_advice(text, place, name, [*known, *_BUILT_IN], word.command),
        )


def _advice(text: str, place: Placed, name: str, known: list[str], command: bool) -> str:
    if name == "e" and text[place.end :].lstrip().startswith("^"):
        return "write exp(…) for a power of e"
    if name in ("iota", "ι"):
        return "a row is written bᵀ; ι stands only inside ⟨ ⟩"
    twins = [other for other in known if other != name and look_of(other) == look_of(name[:60])]
    if twins:
        signs = [(one, two) for one, two in zip(name, twins[0], strict=False) if one != two]
        ours, theirs = signs[0] if signs else (name[0], twins[0][0])
        return f"{twins[0]} only looks alike: you wrote {name_of(ours)}, the name has {name_of(theirs)}"
    close = get_close_matches(name[:60], known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    if command and name not in LETTERS:
        close = get_close_matches(name[:60], [*LETTERS, *SIGNS], n=1)
        if close:
            return f"did you mean \\{close[0]}?"
    short = name.isidentifier() and len(name) <= 40
    return f"give its meaning: parse(text, {name}=…)" if short else "give its meaning"


def _clipped(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _parts(word: str, cuts: tuple[int, ...]) -> list[str]:
    return [word[start:end] for start, end in zip((0, *cuts), cuts, strict=False)]


def _meaning(name: str, value: object) -> Meaning:
    """Return what a given value means: an expression, or a function that can be called."""
    if isinstance(value, ElementwiseForm | SubtensorForm):
        return value
    if isinstance(value, ElementwiseFunction):
        return ElementwiseForm(value.name, value)
    if isinstance(value, TensorFunction):
        return SubtensorForm(value.name, value)
    try:
        return as_expr(value)
    except BracketCalcError as error:
        raise ArgumentError(f"the name {name!r}: {error.message}", hint=error.hint) from None


# -- one spelling for each name -------------------------------------------------------------------------


def spelled(name: str) -> str:
    """Return the plain spelling of a given name.

    Example:
        >>> spelled("W_{12}"), spelled("W₁₂"), spelled("x′")
        ('W_12', 'W_12', "x'")
    """
    plain: list[str] = []
    lowered = False
    for character in name:
        if character in SUBSCRIPTS:
            plain += [SUBSCRIPTS[character]] if lowered else ["_", SUBSCRIPTS[character]]
            lowered = True
            continue
        lowered = False
        if character in PRIMES:
            plain.append("'")
        elif character not in "{} ":
            plain.append(character)
    return "".join(plain)


def plain_subscript(text: str, script: Script) -> str:
    """Return the plain spelling of a subscript of a name, with the underscore and any primes behind it."""
    content = text[script.inner : script.stop]
    for command, letters in LETTERS.items():
        if "\\" not in content:
            break
        content = content.replace("\\" + command, letters[0])
    primes = text[script.stop : script.end].lstrip("} ")
    return "_" + spelled(content).removeprefix("_") + spelled(primes)
