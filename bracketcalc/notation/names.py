"""The names that a formula may use: given, built in, or the sizes of what was given.

A name is compared in one spelling: ``W_1``, ``W_{1}`` and ``W₁`` are one name, and so are x' and x′. The
longest given name wins; a word that is no name may be several names written together, if there is only
one way to take it apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from bracketcalc.errors import ArgumentError, BracketCalcError, ParseError
from bracketcalc.expr.core import Expr, Size, as_expr
from bracketcalc.expr.records import ElementwiseFunction, LinearOperator, TensorFunction
from bracketcalc.functions.analytic import derivative_form
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.functions.windows import window_form
from bracketcalc.notation.advice import advice, two_subscripts
from bracketcalc.notation.built_in import BUILT_IN, IMAGINARY, IMAGINARY_UNIT, Constant, Meaning
from bracketcalc.notation.commands import LETTERS
from bracketcalc.notation.places import failure
from bracketcalc.notation.scripts import bare_scripts, is_bare
from bracketcalc.notation.spelled import plain_spelling, plain_subscript, spelled
from bracketcalc.notation.tokens import Kind, Token


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

    Attributes:
        given: what the given names mean, by their plain spellings.
        has_subscripts: whether one of them has a subscript.
    """

    __slots__ = ("_names", "_searched", "_sizes", "given", "has_subscripts")

    def __init__(self, names: Mapping[str, object]) -> None:
        meanings: dict[str, Any] = dict(names)
        for name, value in names.items():
            if not isinstance(value, Expr):
                meanings[name] = _meaning(name, value)
        joined = "".join(names)
        self.given: dict[str, Meaning] = meanings
        self._names = names
        self._sizes: dict[str, Size] | None = None
        self._searched = False
        self.has_subscripts = "_" in joined
        # Other characters stand for themselves.
        if not joined.isascii() or "{" in joined or "}" in joined or " " in joined:
            self._read_spellings(meanings)

    def _read_spellings(self, meanings: Mapping[str, Meaning]) -> None:
        """Read names of which some may have several spellings."""
        given: dict[str, Meaning] = {}
        self.given = given
        for name, meaning in meanings.items():
            plain = plain_spelling(name)
            if given.setdefault(plain, meaning) != meaning:
                first = self._spellings()[plain]
                raise ParseError(
                    f"{first!r} and {unicodedata.normalize('NFC', name)!r} are two spellings of one name, "
                    "given with two meanings",
                    hint="give one of them another name",
                )
        self.has_subscripts = "_" in "".join(given)

    def _spellings(self) -> dict[str, str]:
        """Return each name, by its plain spelling, as it was given first."""
        found: dict[str, str] = {}
        for name in self._names:
            found.setdefault(plain_spelling(name), unicodedata.normalize("NFC", name))
        return found

    def find(self, name: str) -> Meaning | None:
        """Return the meaning of a name in its plain spelling, by the first of the tables that has it."""
        meaning = self.given.get(name)
        if meaning is not None:
            return meaning
        if name.endswith("'"):
            return derivative_form(self.find(name.rstrip("'")), name.count("'"))
        meaning = BUILT_IN.get(name)
        if meaning is None:
            meaning = self._size(name)
        if meaning is None and name.startswith("window"):
            meaning = window_form(name)
        return IMAGINARY_UNIT if meaning is None and name in IMAGINARY else meaning

    def _size(self, name: str) -> Size | None:
        """Return a symbolic size by its name."""
        if self._sizes is None and not self._searched:
            # Most formulas name one size, which is found sooner than all are put in a table.
            self._searched = True
            for meaning in self.given.values():
                if isinstance(meaning, Expr):
                    for size in meaning.sizes:
                        if type(size) is Size and size.data[0] == name:
                            return size
        return self.sizes.get(name)

    @property
    def sizes(self) -> Mapping[str, Size]:
        """Return the symbolic sizes of the given expressions by their names."""
        if self._sizes is None:
            self._sizes = {
                size.data[0]: size
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
        if not subscripts or behind.kind is not Kind.WORD or not self.has_subscripts:
            return None
        tail = "".join([plain_subscript(text, token) for token in subscripts])
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
        contents = [plain_subscript(text, token) for token in subscripts]
        # At most one subscript can be a list of positions.
        for count in range(len(contents), max(len(contents) - 2, -1), -1):
            tail = "".join(contents[:count])
            end = subscripts[count - 1].end if count else word.end
            reading = self._whole(word, tail, end)
            if reading is None and not word.whole:
                reading = self._split(text, word, tail, end)
            if reading is None and count and not word.command:
                reading = self._glued(text, word, subscripts[:count], end)
            if reading is not None:
                return Reading(reading, subscripts[count:])
        raise self._unknown(text, word, "".join(contents), subscripts)

    def _glued(
        self, text: str, word: Token, subscripts: tuple[Token, ...], word_end: int
    ) -> tuple[Piece, ...] | None:
        """Return Z_tV_t as Z_t and V_t: a subscript without braces takes the letters behind it."""
        count, end = bare_scripts(text, word.end, subscripts)
        if not any(is_bare(text, script) for script in subscripts[:count]):
            return None
        tail = "".join([plain_subscript(text, script) for script in subscripts[count:]])
        whole = word.replaced(value=spelled(text[word.start : end]), end=end)
        return self._split(text, whole, tail, word_end) if len(whole.value) == end - word.start else None

    def _whole(self, word: Token, tail: str, end: int) -> tuple[Piece, ...] | None:
        """Return the word as one name, which ends at ``end``."""
        for letter in (*LETTERS.get(word.value, ()), word.value) if word.command else (word.value,):
            meaning = self.find(letter + tail)
            if meaning is not None:
                return (Piece(word.start, end, letter + tail, meaning),)
        return None

    def _split(self, text: str, word: Token, tail: str, word_end: int) -> tuple[Piece, ...] | None:
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
            end = word_end if last else word.start + cuts[number]
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
        most = max(map(len, self.given), default=0) + 1
        ways = [0] * length + [1]
        # The ends of the names that begin at each place, from which the rest can be read too.
        ends: dict[int, list[int]] = {}
        for start in range(length - 1, -1, -1):
            for end in range(min(length, start + most), start, -1):
                if (
                    ways[end]
                    and self._factor(word[start:end] + (tail if end == length else "")) is not None
                ):
                    ways[start] = min(2, ways[start] + ways[end])
                    ends.setdefault(start, []).append(end)
        return [_walk(ends, length, rank) for rank in range(ways[0])]

    def _unknown(self, text: str, word: Token, tail: str, subscripts: tuple[Token, ...]) -> ParseError:
        name = word.value + tail
        end = subscripts[-1].end if subscripts else word.end
        place = word.replaced(end=end)
        known = sorted(set(self._spellings().values()))
        listed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "") if known else "none was given"
        shown = _clipped(text[word.start : min(end, word.start + 41)])
        if len(subscripts) > 1 and isinstance(self.find(word.value), Expr):
            return two_subscripts(text, _clipped(word.value), subscripts)
        return failure(
            text,
            f"unknown name '{shown}'; known: {listed}",
            place,
            hint=advice(text, place, name, [*known, *BUILT_IN], word.command),
        )


def _clipped(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _walk(ends: Mapping[int, list[int]], length: int, rank: int) -> tuple[int, ...]:
    """Return the reading number ``rank``: it leaves the first one at the first choice there is."""
    cuts: list[int] = []
    start = 0
    while start < length:
        choice = rank if len(ends[start]) > 1 else 0
        rank = 0 if choice else rank
        start = ends[start][choice]
        cuts.append(start)
    return tuple(cuts)


def _parts(word: str, cuts: tuple[int, ...]) -> list[str]:
    return [word[start:end] for start, end in zip((0, *cuts), cuts, strict=False)]


def _meaning(name: str, value: object) -> Meaning:
    """Return what a given value means: an expression, or a function that can be called."""
    if isinstance(value, ElementwiseForm | SubtensorForm | OperatorForm):
        return value
    if isinstance(value, ElementwiseFunction):
        return ElementwiseForm(value.name, value)
    if isinstance(value, TensorFunction):
        return SubtensorForm(value.name, value)
    if isinstance(value, LinearOperator):
        return OperatorForm(value.name, value)
    try:
        return as_expr(value)
    except BracketCalcError as error:
        raise ArgumentError(f"the name {name!r}: {error.message}", hint=error.hint) from None
