r"""LaTeX around a part of a formula: ``\begin{cases} … \end{cases}``, ``{\rm tr}``, ``\frac12``."""

from __future__ import annotations

import re

from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token

_SYSTEM = r"\s*\{\s*d?cases\s*\}"
_SHORT = r"\s*([0-9A-Za-z])(?:\s*([0-9A-Za-z])|(?=\s*\{))"
_SWITCHED = r"\s*([^\W\d_]\w*|1)\s*\}"


def read_system(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add what opens or closes a system: ``\begin{cases}`` is ⟨, ``\end{cases}`` is ⟩ (paper §2.3)."""
    match = re.compile(_SYSTEM).match(text, end)
    if match is None:
        raise failure(
            text,
            f"{text[at:end]} stands only around a system",
            Token(at, end, Kind.ANGLE),
            hint=r"write \begin{cases} … \\ … \end{cases}",
        )
    tokens.append(Token(at, match.end(), Kind.ANGLE, "⟨" if text[at:end] == r"\begin" else "⟩"))
    return match.end()


def read_switch(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add the name in braces such as ``{\rm tr}``."""
    match = re.compile(_SWITCHED).match(text, end)
    if match is None or not tokens or tokens[-1].kind is not Kind.OPEN_BRACE:
        shown = text[at:end]
        raise failure(
            text,
            f"{shown} stands in braces before one name",
            Token(at, end, Kind.WORD),
            hint=rf"write {{{shown} tr}}, or \mathrm{{tr}}",
        )
    start, word = tokens.pop().start, match.group(1)
    if word == "1":
        tokens.append(Token(start, match.end(), Kind.ONES, "𝟏"))
    else:
        tokens.append(Token(start, match.end(), Kind.WORD, word, whole=True))
    return match.end()


def read_fraction(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add the sign of a fraction, and its parts where they are characters: ``\frac12``, ``\frac1{n}``."""
    tokens.append(Token(at, end, Kind.FRACTION))
    match = None if text.startswith("{", end) else re.compile(_SHORT).match(text, end)
    if match is None:
        return end
    for group in (1, 2):
        start, stop = match.span(group)
        if start < stop:
            kind = Kind.NUMBER if text[start].isdigit() else Kind.WORD
            tokens.append(Token(start, start, Kind.OPEN_BRACE))
            tokens.append(Token(start, stop, kind, text[start:stop]))
            tokens.append(Token(stop, stop, Kind.CLOSE_BRACE))
    return match.end()
