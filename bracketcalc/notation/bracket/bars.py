r"""``\bar{…}`` and ``\overline{…}`` inside ⟨ ⟩, which the lexer takes for names where it can."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import islice, takewhile

from bracketcalc.notation.bracket.words import check_bar, is_given
from bracketcalc.notation.characters import BARS
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.tokens import Kind, Token

_COMMAND = re.compile(r"\\(?:bar|overline)(?![A-Za-z])\s*")


def expand_bar(text: str, scope: Scope, tokens: Sequence[Token], at: int) -> list[Token]:
    r"""Return the tokens of a word that may be ``\bar{…}``: a bar, and those of its argument.

    It stays a word where that is a given name.

    Raises:
        ParseError: if the name with the bar and the name without it are given.
    """
    word = tokens[at]
    match = _COMMAND.match(text, word.start)
    if match is None:
        return [word]
    behind: tuple[Token, ...] = ()
    if scope.has_subscripts:
        behind = tuple(takewhile(lambda after: after.kind is Kind.LOWERED, islice(tokens, at + 1, None)))
    if is_given(text, scope, word, behind):
        check_bar(text, scope, word, _without_bar(word), behind)
        return [word]
    bar = Token(word.start, match.end(), Kind.BAR, "\\bar")
    start = match.end()
    if text[start].isalnum():
        return [bar, Token(start, word.end, Kind.WORD, text[start])]
    inner = tokenize(text, start, word.end)[:-1]
    one_name = len(inner) == 3 and inner[1].kind is Kind.WORD
    if one_name and tokens[at + 1].kind in (Kind.LOWERED, Kind.RAISED):
        return [bar, inner[1].replaced(end=word.end)]
    return [bar, *inner]


def _without_bar(word: Token) -> Token:
    marks = unicodedata.normalize("NFD", word.value)
    plain = "".join([character for character in marks if character not in BARS])
    return word.replaced(value=unicodedata.normalize("NFC", plain))
