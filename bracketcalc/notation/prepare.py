"""The passes over the tokens of a formula before the parser, which then needs to know fewer spellings."""

from __future__ import annotations

from bracketcalc.notation.exponentials import with_exponentials
from bracketcalc.notation.index.forms import Forms, find_forms
from bracketcalc.notation.index.glued import unglued
from bracketcalc.notation.index.sums import read_sums
from bracketcalc.notation.infix import refuse_other_notations
from bracketcalc.notation.names import Scope
from bracketcalc.notation.tokens import Kind, Token


def prepare(text: str, tokens: list[Token], scope: Scope) -> tuple[list[Token], Forms]:
    """Return the tokens with functions for powers of e and index forms for sums, and the index forms.

    Args:
        text: the normalized text.
        tokens: the tokens of the formula.
        scope: what the names mean.

    Raises:
        ParseError: for the marks of other notations, or brackets that do not fit.
    """
    tokens = read_sums(text, with_exponentials(text, tokens, scope), scope)
    kinds = {token.kind for token in tokens}
    refuse_other_notations(text, tokens, kinds)
    if Kind.RULE in kinds:
        tokens = unglued(text, tokens, scope)
    return tokens, find_forms(text, tokens, kinds)
