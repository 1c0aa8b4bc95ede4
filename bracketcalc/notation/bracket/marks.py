r"""What stands behind a name inside ⟨ ⟩: positions, the number of a copy, a bar."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bracketcalc.notation.characters import SUBSCRIPTS
from bracketcalc.notation.places import failure
from bracketcalc.notation.positions import positions
from bracketcalc.notation.scripts import Script
from bracketcalc.notation.tokens import Kind, Token

AFTER = "\N{COMBINING MACRON}"
"""The value of a bar that stands behind what it is over."""

_MARKS = frozenset({Kind.LOWERED, Kind.RAISED, Kind.BAR})
_SINGLE = MappingProxyType({str(number): (number - 1,) for number in range(1, 10)})
"""The axes in the subscripts that nearly all portions have."""

_COPY = r"\s*\(\s*([0-9]{1,4})\s*\)\s*"


@dataclass(slots=True)
class Marks:
    """What stands behind a name.

    Attributes:
        subscripts: its subscripts.
        copy: the superscript that names a copy.
        barred: whether there is a bar.
        end: the character behind all of it.
    """

    subscripts: tuple[Token, ...]
    copy: Token | None
    barred: bool
    end: int


def read_marks(text: str, tokens: Sequence[Token], at: int) -> tuple[Marks, int]:
    """Return what stands behind the name ``tokens[at - 1]``, and the index of the token behind that.

    Raises:
        ParseError: for two superscripts.
    """
    token, end = tokens[at], tokens[at - 1].end
    if token.kind not in _MARKS:
        return Marks((), None, False, end), at
    if token.kind is Kind.LOWERED and tokens[at + 1].kind not in _MARKS:
        return Marks((token,), None, False, token.end), at + 1
    subscripts: tuple[Token, ...] = ()
    copy: Token | None = None
    barred = False
    while True:
        token = tokens[at]
        kind = token.kind
        if kind is Kind.LOWERED:
            subscripts = (*subscripts, token)
        elif kind is Kind.RAISED:
            if copy is not None:
                raise failure(
                    text, "two superscripts stand on one name", copy, token, hint="leave out one of them"
                )
            copy = token
        elif kind is Kind.BAR and token.start == end and token.value == AFTER:
            barred = True
        else:
            return Marks(subscripts, copy, barred, end), at
        end = token.end
        at += 1


def read_plain(
    text: str, tokens: Sequence[Token], at: int, ndim: int
) -> tuple[tuple[int, ...], int, int] | None:
    """Return what stands behind a name if that is nothing, or a list of different digits.

    Args:
        text: the whole text.
        tokens: the tokens of the text.
        at: the index behind the name.
        ndim: how many axes the name stands for.

    Returns:
        The axes, the character behind the list, and the index behind it; None for other marks.
    """
    behind = tokens[at]
    if behind.kind not in _MARKS:
        return tuple(range(ndim)), tokens[at - 1].end, at
    if behind.kind is not Kind.LOWERED or tokens[at + 1].kind in _MARKS:
        return None
    axes = _plain_axes(text, behind)
    return (axes, behind.end, at + 1) if axes else None


def copy_number(text: str, mark: Token) -> int:
    """Return the copy that a superscript names, counted from 0.

    Raises:
        ParseError: for another superscript.
    """
    match = re.fullmatch(_COPY, text[mark.inner : mark.stop])
    if match is None or int(match.group(1)) == 0:
        raise failure(
            text,
            "a superscript inside ⟨ ⟩ names a copy of a tensor, counted from 1",
            mark,
            hint="write X^{(2)}_1 for the second copy, or put a power in braces: {X^2}",
        )
    return int(match.group(1)) - 1


def plain_digits(text: str, script: Script) -> str:
    """Return the content of a subscript, if it is nothing but digits; else an empty text."""
    content = text[script.inner : script.stop]
    if not content.isascii():
        content = "".join([SUBSCRIPTS.get(character, " ") for character in content])
    return content if content.isdecimal() else ""


def listed_axes(
    text: str, subscript: Token, given: Mapping[str, object], name: str
) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Return the axes, counted from 0, in a subscript, and which of them have a bar, if any has one.

    Raises:
        ParseError: for a subscript that is no list of different positions.
    """
    axes = _plain_axes(text, subscript)
    if axes:
        return axes, ()
    if "[" in text[subscript.inner : subscript.stop]:
        raise failure(
            text,
            "a portion does not group its positions",
            subscript,
            hint=f"write […] around portions: [{name}_2 {name}_3]",
        )
    found = positions(text, subscript, given)
    barred = tuple([position.barred for position in found])
    return tuple([position.number - 1 for position in found]), barred if True in barred else ()


def _plain_axes(text: str, script: Script) -> tuple[int, ...]:
    """Return the axes, counted from 0, in a subscript of nothing but different digits; else none."""
    single = _SINGLE.get(text[script.inner : script.stop])
    if single is not None:
        return single
    digits = plain_digits(text, script)
    if "0" in digits or (len(digits) > 1 and len(set(digits)) < len(digits)):
        return ()
    return tuple([int(digit) - 1 for digit in digits])
