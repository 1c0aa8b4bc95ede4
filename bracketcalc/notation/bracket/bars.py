r"""``\bar{…}`` and ``\overline{…}`` inside ⟨ ⟩, which the lexer takes for names where it can."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.tokens import Kind, Token

_COMMAND = r"\\(bar|overline)(?![A-Za-z])"


def expand_bar(text: str, scope: Scope, tokens: Sequence[Token], at: int) -> list[Token]:
    r"""Return the tokens of a word that may be ``\bar{…}``: a bar, and those of its argument.

    It stays a word where that is a given name.
    """
    token = tokens[at]
    match = re.compile(_COMMAND).match(text, token.start)
    if match is None or token.value in scope.given:
        return [token]
    bar = Token(token.start, match.end(), Kind.BAR, "\\bar")
    inner = [part for part in tokenize(text, match.end(), token.end) if part.kind is not Kind.END]
    if inner[0].kind is Kind.OPEN_BRACE and len(inner) == 3 and tokens[at + 1].kind in (Kind.LOWERED, Kind.RAISED):
        return [bar, inner[1]._replace(end=token.end)]
    return [bar, *inner]
