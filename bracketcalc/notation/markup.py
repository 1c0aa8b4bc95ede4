r"""LaTeX in a formula: ``\begin{cases} … \end{cases}``, ``{\rm tr}``, ``\frac12``, ``\sqrt[3]{x}``."""

from __future__ import annotations

import re

from bracketcalc.notation.built_in import ROOT, ROOT_OF_DEGREE
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token

_SYSTEM = r"\s*\{\s*d?cases\s*\}"
_SHORT = r"\s*([0-9A-Za-z])(?:\s*([0-9A-Za-z])|(?=\s*[{\\]))"
_NOT_BRACED = re.compile(r"frac\s*+(?!\{[^{}]*\}\s*\{)")
"""A fraction whose parts are not for certain two pairs of braces."""

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


# -- fractions ------------------------------------------------------------------------------------------


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
            tokens += _in_braces(Token(start, stop, kind, text[start:stop]))
    return match.end()


def with_denominators(text: str, tokens: list[Token]) -> list[Token]:
    r"""Return the tokens with braces around each denominator that is one character: ``\frac{1}2``."""
    if _NOT_BRACED.search(text) is None:
        return tokens
    found: list[Token] = []
    opened: list[bool] = []
    is_next = False
    for token in tokens:
        if is_next and token.kind in (Kind.NUMBER, Kind.WORD):
            found += _first_in_braces(token)
            is_next = False
            continue
        is_next = False
        if token.kind is Kind.OPEN_BRACE:
            opened.append(bool(found) and found[-1].kind is Kind.FRACTION)
        elif token.kind is Kind.CLOSE_BRACE and opened:
            is_next = opened.pop()
        found.append(token)
    return found


def _first_in_braces(token: Token) -> list[Token]:
    """Return the first character of a token in braces, and the rest; the token where that is not clear."""
    word = token.kind is Kind.WORD
    if len(token.value) == 1 or token.command or token.whole:
        return [*_in_braces(token)]
    rest = token.value[1:]
    if not (rest.isdecimal() if not word else rest[0].isalpha()):
        return [token]
    middle = token.start + 1
    first = Token(token.start, middle, token.kind, token.value[0])
    return [*_in_braces(first), Token(middle, token.end, token.kind, rest)]


def _in_braces(token: Token) -> tuple[Token, Token, Token]:
    start, end = token.start, token.end
    return Token(start, start, Kind.OPEN_BRACE), token, Token(end, end, Kind.CLOSE_BRACE)


# -- roots ----------------------------------------------------------------------------------------------


def read_root(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add the name of the function that ``\sqrt`` is; no given name is spelled like it."""
    tokens.append(Token(at, end, Kind.WORD, ROOT, whole=True))
    return end


def with_roots(text: str, tokens: list[Token]) -> list[Token]:
    r"""Return the tokens with calls of functions for roots: ``\sqrt{x}``, ``\sqrt2``, ``\sqrt[3]{x}``.

    Raises:
        ParseError: for a root whose argument is not in braces and no single character.
    """
    found: list[Token] = []
    opened: list[list[Token] | None] = []
    waiting = tokens[::-1]
    while waiting:
        token = waiting.pop()
        if token.kind is Kind.OPEN_BRACE:
            opened.append(None)
        elif token.kind is Kind.CLOSE_BRACE and opened:
            closing = opened.pop()
            if closing is not None:
                found += [*closing, token.replaced(kind=Kind.CLOSE, value="{")]
                continue
        if token.value != ROOT or token.kind is not Kind.WORD or waiting[-1].kind is Kind.OPEN:
            found.append(token)
            continue
        degree = _degree(token, waiting)
        argument = _first_in_braces(waiting[-1]) if waiting[-1].value != ROOT else []
        if waiting[-1].kind in (Kind.NUMBER, Kind.WORD) and len(argument) > 1:
            waiting.pop()
            waiting += reversed(argument)
        brace = waiting.pop()
        if brace.kind is not Kind.OPEN_BRACE or brace.value:
            raise failure(
                text, "a root has no argument in braces", token, hint=r"write \sqrt{x}, or \sqrt[3]{x}"
            )
        opened.append(degree)
        found.append(token.replaced(value=ROOT_OF_DEGREE) if degree else token)
        found.append(brace.replaced(kind=Kind.OPEN, value="{"))
    return found


def _degree(root: Token, waiting: list[Token]) -> list[Token]:
    r"""Take the degree, as in ``\sqrt[3]``, from the tokens that wait.

    Returns:
        The tokens of the power behind the argument: ``, 1/3``; none for a square root.
    """
    last = waiting[-3:]
    is_degree = [token.kind for token in last] == [Kind.SQUARE, Kind.NUMBER, Kind.SQUARE]
    if not is_degree or (last[2].value, last[0].value) != ("[", "]"):
        return []
    del waiting[-3:]
    number, at = last[1], last[1].start
    comma, one = Token(root.start, root.end, Kind.COMMA), Token(at, at, Kind.NUMBER, "1")
    return [comma, one, Token(at, at, Kind.OPERATOR, "/"), number]
