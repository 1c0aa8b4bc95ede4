"""The pieces of the general bracket notation in a spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bracketcalc.notation.characters import BARS
from bracketcalc.render.bracket import layout
from bracketcalc.render.layout import Formula, Name, Piece
from bracketcalc.render.spelling import Spelling


def _angle(formula: layout.Angle, spelling: Spelling) -> list[Piece]:
    return [spelling.angles[0], formula.body, spelling.angles[1]]


def _cases(formula: layout.Cases, spelling: Spelling) -> list[Piece]:
    before, between, after = spelling.rows
    found: list[Piece] = [before]
    for number, row in enumerate(formula.rows):
        if number:
            found.append(between)
        found.append(row)
    return [*found, after]


def _spaced(items: Sequence[Formula]) -> list[Piece]:
    found: list[Piece] = []
    for number, item in enumerate(items):
        if number:
            found.append(" ")
        found.append(item)
    return found


def _row(formula: layout.Row, _spelling: Spelling) -> list[Piece]:
    return _spaced(formula.items)


def _enclosed(formula: layout.Enclosed, spelling: Spelling) -> list[Piece]:
    before, after = ("[", "]") if formula.square else spelling.fence
    return _over([before, *_spaced(formula.items), after], "", formula.barred, spelling)


def _part(formula: layout.Part, spelling: Spelling) -> list[Piece]:
    base: list[Piece] = [formula.base]
    if (formula.braced and formula.positions) or not _is_word(formula.base):
        base = [spelling.braces[0], formula.base, spelling.braces[1]]
    scripts = "" if formula.copy is None else f"^{{({formula.copy + 1})}}"
    if formula.positions:
        scripts += spelling.digits(formula.positions)
    return _over(base, scripts, formula.barred, spelling)


def _is_word(base: Formula) -> bool:
    """Return whether a base is a plain name, which has no bar and is no other part of the notation."""
    if not isinstance(base, Name) or not base.text.isalnum() or base.text in _OTHER_WORDS:
        return False
    if base.text.isascii():
        return base.text[0].isalpha()
    marks = unicodedata.normalize("NFD", base.text)
    return base.text[0].isalpha() and not any(bar in marks for bar in BARS)


_OTHER_WORDS = ("ι", "iota", "ones")
"""Names that may mean something else inside ⟨ ⟩."""


def _filler(formula: layout.Filler, spelling: Spelling) -> list[Piece]:
    scripts = "" if formula.count == 1 else spelling.digits(range(1, formula.count + 1))
    return _over(["1"], scripts, formula.barred, spelling)


def _single(formula: layout.Single, spelling: Spelling) -> list[Piece]:
    return _over([spelling.iota], "", formula.barred, spelling)


def _over(base: list[Piece], scripts: str, barred: bool, spelling: Spelling) -> list[Piece]:
    """Return a base with its scripts, and the bar where the spelling has it."""
    before, after_base, after = spelling.overline if barred else ("", "", "")
    return [before, *base, after_base + scripts + after]


PIECES: Mapping[type[Formula], Callable[[Any, Spelling], list[Piece]]] = MappingProxyType(
    {
        layout.Angle: _angle,
        layout.Cases: _cases,
        layout.Row: _row,
        layout.Enclosed: _enclosed,
        layout.Part: _part,
        layout.Filler: _filler,
        layout.Single: _single,
    }
)
"""How each formula is written."""
