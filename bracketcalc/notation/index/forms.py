"""Which parentheses of a formula are index forms; this needs the tokens only."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from bracketcalc.notation.index.letters import has_dots
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token


class Forms(NamedTuple):
    """The parentheses of a formula with an index form.

    Attributes:
        rules: for the token that opens an index form, the token ``|``; both by their numbers.
        closers: for each token that opens a parenthesis, the token that closes it.
    """

    rules: dict[int, int]
    closers: dict[int, int]


NO_FORMS = Forms({}, {})


def find_forms(text: str, tokens: Sequence[Token], kinds: Set[Kind]) -> Forms:
    """Return the index forms of a formula.

    Args:
        text: the whole text.
        tokens: the tokens of the text.
        kinds: the kinds of the tokens.

    Raises:
        ParseError: for a ``|`` that is in no parentheses, or a second one.
    """
    if Kind.RULE not in kinds:
        return NO_FORMS
    rules: dict[int, int] = {}
    closers: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            opened.append(at)
        elif token.kind is Kind.CLOSE and opened:
            closers[opened.pop()] = at
        elif token.kind is Kind.RULE:
            if not opened:
                raise failure(
                    text,
                    "'|' stands in no parentheses",
                    token,
                    hint="write (A_{ij} | ji) for an index form, ‖…‖ for a norm, det(X), or abs(x)",
                )
            other = rules.setdefault(opened[-1], at)
            if other != at:
                raise failure(
                    text, "an index form has one '|'", tokens[other], token, hint="leave out one of them"
                )
    return Forms(rules, closers)


def is_partial(text: str, tokens: Sequence[Token], opener: int, closers: dict[int, int]) -> bool:
    """Return whether parentheses hold one factor with dots, which the subscript behind them fills."""
    closer = closers.get(opener)
    if closer is None or tokens[closer + 1].kind is not Kind.LOWERED:
        return False
    at = opener + 1
    if tokens[at].kind is Kind.OPEN:
        at = closers.get(at, at)
    elif tokens[at].kind not in (Kind.WORD, Kind.VALUE):
        return False
    last = tokens[closer - 1]
    inside = tokens[at + 1 : closer]
    lowered = bool(inside) and all(token.kind is Kind.LOWERED for token in inside)
    return lowered and has_dots(text, last)
