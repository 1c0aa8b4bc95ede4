r"""The indices in a subscript: letters, numbers that count from 1, and dots for whole axes.

``i``, ``α``, ``i_1`` and ``i'`` are letters for one axis; a capital stands for any number of axes. Digits
are single numbers; with a comma, the commas separate numbers: ``{12}`` is 1 and 2, ``{10,}`` is 10. A dot
is ``·``, ``.`` or ``\cdot``, and ``·_2`` is two of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Union

from bracketcalc.errors import ParseError
from bracketcalc.notation.built_in import Meaning
from bracketcalc.notation.characters import BARS, OPERATORS, PRIMES, SUBSCRIPTS, name_of
from bracketcalc.notation.commands import LETTERS, SIGNS
from bracketcalc.notation.places import failure
from bracketcalc.notation.ranges import RANGE, integer, is_range
from bracketcalc.notation.scripts import Script


class Letter(NamedTuple):
    """An index letter, in one spelling.

    Attributes:
        start: its first character.
        end: the character behind its last.
        name: the letter with its subscript.
        length: how many axes the subscript of a capital says that it stands for: 2 for I_2.
        dimension: the subscript of a capital, if it is a letter without a value: I_k is as long as J_k.
    """

    start: int
    end: int
    name: str
    length: int | None = None
    dimension: str = ""

    @property
    def is_multiple(self) -> bool:
        """Return whether the letter stands for any number of axes."""
        return self.name[0].isupper()


class Fixed(NamedTuple):
    """An index with a value, counted from 1, and the letter that has the value."""

    start: int
    end: int
    number: int
    name: str = ""


class Dots(NamedTuple):
    """Whole axes: ``many`` of them, or as many as are missing; a letter without a value may count them."""

    start: int
    end: int
    many: int | None
    dimension: str = ""


Index = Union[Letter, Fixed, Dots]
"""One index of a subscript."""

_DOTS = frozenset(
    [sign for sign, operator in OPERATORS.items() if operator == "·" and sign.isascii() is False]
)
_DOT = "." + "".join(sorted(_DOTS))
_COMMAND = r"\\(?:[A-Za-z]+|.)"
_ATTACHED = rf"_(?:\{{([^{{}}]*)\}}|([^\W_]))|([{''.join(SUBSCRIPTS)}]+)"
_SILENT = frozenset((r"\,", r"\;", r"\:", r"\!", r"\ ", r"\mathrm", r"\mathit", r"\text"))
_NAMES = MappingProxyType({f"\\{name}": letters[0] for name, letters in LETTERS.items()})
_POSITIONS = re.compile(r"\\(?:bar|overline)\b|[~\[(]")


def selects(text: str, script: Script) -> bool:
    """Return whether a subscript holds letters or dots, and is no list of positions."""
    content = text[script.inner : script.stop]
    if content.isdecimal() or _POSITIONS.search(content) or is_range(content):
        return False
    return any(character.isalpha() or character in _DOT for character in content)


def has_dots(text: str, script: Script) -> bool:
    """Return whether a subscript holds a dot."""
    content = text[script.inner : script.stop]
    if "..." in content or r"\cdots" in content:
        content = re.sub(RANGE, "", content)
    return r"\cdot" in content or any(character in _DOT for character in content)


def read_indices(text: str, script: Script, given: Mapping[str, Meaning]) -> list[Index]:
    """Return the indices in a subscript; a letter that stands for an integer has its value.

    Raises:
        ParseError: for another symbol, or a number that is no index.
    """
    content = text[script.inner : script.stop]
    if content.isascii() and content.isalpha() and given.keys().isdisjoint(content):
        return [Letter(at, at + 1, name) for at, name in enumerate(content, script.inner)]
    return _Reader(text, script, given).run()


def _numbered(index: Index) -> tuple[str, int] | None:
    """Return the letter and the number of an index such as i_2."""
    if not isinstance(index, Letter) or index.is_multiple:
        return None
    base, _, number = index.name.rpartition("_")
    return (base, int(number)) if number.isdecimal() and len(number) < 5 and base else None


class _Reader:
    """The state of reading one subscript."""

    __slots__ = (
        "at",
        "dots",
        "found",
        "given",
        "lowered",
        "range",
        "run_of_digits",
        "stop",
        "text",
        "whole",
    )

    def __init__(self, text: str, script: Script, given: Mapping[str, Meaning]) -> None:
        self.text = text
        self.at = script.inner
        self.stop = script.stop
        self.given = given
        self.found: list[Index] = []
        self.dots: Dots | None = None
        self.range = re.compile(RANGE)
        content = text[script.inner : script.stop]
        self.lowered = content[:1] in SUBSCRIPTS
        self.run_of_digits = "," in content
        self.whole = script

    def run(self) -> list[Index]:
        while self.at < self.stop:
            character = self.text[self.at]
            if character in "…⋯.\\" and (match := self.range.match(self.text, self.at, self.stop)):
                self._range(match.end())
                continue
            plain = SUBSCRIPTS.get(character, character) if self.lowered else character
            if character == "\\":
                self._command()
            elif character.isspace() or character in ",{}":
                self.at += 1
            elif plain in "0123456789":
                self._number()
            elif character in _DOT:
                self._dots(self.at + 1)
            elif plain.isalpha():
                self._letter(self.at + 1, plain)
            else:
                raise self._unexpected(self.at, self.at + 1)
        if self.dots is not None:
            raise self._no_range(self.dots)
        if not self.found:
            raise failure(self.text, "a list of indices is empty", self.whole, hint="write indices: A_{ij}")
        return self.found

    def _unexpected(self, start: int, end: int) -> ParseError:
        shown = self.text[start:end]
        shown = name_of(shown) if len(shown) == 1 and not shown.isascii() else shown
        hint = "write letters, numbers and dots, as in A_{ij} or X_{2·}"
        if shown in "[]~" or self.text[start] in BARS:
            hint = "put a diagonal or a sum in parentheses: (A_{1[23]})_{ij}"
        return failure(
            self.text, f"a list of indices cannot contain {shown}", Fixed(start, end, 0), hint=hint
        )

    def _range(self, end: int) -> None:
        """The dots of i_1…i_4."""
        dots = Dots(self.at, end, None)
        if self.dots is not None or not self.found or not _numbered(self.found[-1]):
            raise self._no_range(dots)
        self.dots, self.at = dots, end

    def _spread(self) -> None:
        """Put the letters between the ends of a range."""
        dots, last = self.dots, self.found.pop()
        first = self.found[-1]
        self.dots = None
        assert dots is not None
        one, two = _numbered(first), _numbered(last)
        if one is None or two is None or one[0] != two[0] or one[1] > two[1]:
            raise self._no_range(dots)
        if two[1] - one[1] > 9999:
            raise failure(self.text, "a range has too many letters", last)
        for number in range(one[1] + 1, two[1]):
            self.found.append(Letter(dots.start, dots.end, f"{one[0]}_{number}"))
        if two[1] > one[1]:
            self.found.append(last)

    def _no_range(self, dots: Dots) -> ParseError:
        return failure(
            self.text, "a range of indices has no ends that are numbered", dots, hint="write i_1…i_4"
        )

    def _command(self) -> None:
        match = re.compile(_COMMAND, re.DOTALL).match(self.text, self.at, self.stop)
        end = match.end() if match else self.at + 1
        command = self.text[self.at : end]
        if SIGNS.get(command[1:]) == "·":
            self._dots(end)
        elif command in _NAMES:
            self._letter(end, _NAMES[command])
        elif command in _SILENT:
            self.at = end
        else:
            raise self._unexpected(self.at, end)

    def _number(self) -> None:
        start = self.at
        self.at += 1
        while self.run_of_digits and self.at < self.stop and self.text[self.at].isdecimal():
            self.at += 1
        digits = "".join([SUBSCRIPTS.get(digit, digit) for digit in self.text[start : self.at]])
        if len(digits) > 18:
            raise failure(self.text, "an index has too many digits", Fixed(start, self.at, 0))
        self._fixed(start, self.at, int(digits))

    def _fixed(self, start: int, end: int, number: int, name: str = "") -> None:
        place = Fixed(start, end, number, name)
        if number < 1:
            hint = "write a comma behind a number of several digits, as in e_{10,}"
            raise failure(self.text, f"there is no index {number}: indices count from 1", place, hint=hint)
        self.found.append(place)

    def _dots(self, end: int) -> None:
        start, self.at = self.at, end
        digits = self._attached()
        many = self._count(digits)
        if digits and many is None and not digits.isalpha():
            raise failure(
                self.text,
                "the subscript of a dot says how many there are",
                Fixed(start, self.at, 0),
                hint="write a number, as in ·_2, or write the dots one by one",
            )
        self.found.append(Dots(start, self.at, many, digits if many is None else ""))

    def _count(self, content: str) -> int | None:
        """Return the number that a subscript is, or stands for."""
        if content.isdecimal() and len(content) < 5:
            return int(content)
        return integer(self.given.get(content))

    def _letter(self, end: int, name: str) -> None:
        start, self.at = self.at, end
        while self.at < self.stop and self.text[self.at] in PRIMES:
            name += "'"
            self.at += 1
        base, attached = name, self._attached()
        name += f"_{attached}" if attached else ""
        value = integer(self.given.get(name))
        count = self._count(attached)
        if value is not None:
            self._fixed(start, self.at, value, name)
        elif base[0].isupper() and attached:
            self.found.append(Letter(start, self.at, name, count, "" if count is not None else attached))
        else:
            number = attached if count is None else str(count)
            self.found.append(Letter(start, self.at, f"{base}_{number}" if attached else base))
        if self.dots is not None:
            self._spread()

    def _attached(self) -> str:
        """Return the subscript of the symbol before, without braces."""
        if self.lowered:
            return ""
        match = re.compile(_ATTACHED).match(self.text, self.at, self.stop)
        if match is None:
            return ""
        self.at = match.end()
        content = "".join([part for part in match.groups() if part])
        return "".join([SUBSCRIPTS.get(letter, letter) for letter in content]).replace(" ", "")
