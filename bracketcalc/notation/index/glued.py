"""Factors of an index form without spaces between them: v_iw_j is v_i w_j (paper §2.1)."""

from __future__ import annotations

import re

from bracketcalc.expr.core import Expr
from bracketcalc.notation.index.forms import find_forms
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.scripts import is_bare
from bracketcalc.notation.tokens import Kind, Token

_CONSTANTS = ("δ", "I")
_GLUED = r"_[^\W\d_]\w+?_|_[^\W\d_]\w+[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ]"


def unglued(text: str, tokens: list[Token], scope: Scope) -> list[Token]:
    """Return the tokens of a formula, with subscripts such as the ``iw`` of ``v_iw_j`` taken apart.

    A subscript without braces takes all letters behind it. Where another subscript follows, in an index
    form, the last of those letters are the name that it stands on.

    Args:
        text: the whole text.
        tokens: the tokens of the formula.
        scope: what the names mean.

    Raises:
        ParseError: if there are two ways to take letters apart.
    """
    if re.search(_GLUED, text) is None:
        return tokens
    rules = find_forms(text, tokens, {Kind.RULE}).rules
    found: list[Token] = []
    ends: list[int] = []
    for at, token in enumerate(tokens):
        found.append(token)
        if at in rules:
            ends.append(rules[at])
        elif ends and at >= ends[-1]:
            ends.pop()
        elif ends and token.kind is Kind.LOWERED and tokens[at + 1].kind is Kind.LOWERED:
            found[-1:] = _parts(text, scope, found[-2], token)
    return found


def _parts(text: str, scope: Scope, word: Token, lowered: Token) -> list[Token]:
    """Return a subscript as indices and the name behind them; as it is, where there is no name."""
    if not is_bare(text, lowered) or word.kind is not Kind.WORD:
        return [lowered]
    content = text[lowered.inner : lowered.stop]
    if f"{word.value}_{content}" in scope.given:
        return [lowered]
    cuts = [
        cut
        for cut in range(1, len(content))
        if isinstance(scope.given.get(content[cut:]), Expr) or content[cut:] in _CONSTANTS
    ]
    if len(cuts) > 1:
        one, two = [f"{word.value}_{{{content[:cut]}}} {content[cut:]}" for cut in cuts[:2]]
        whole = word.replaced(end=lowered.end)
        raise failure(
            text,
            f"'{text[whole.start : whole.end]}' can be read as '{one}' or as '{two}'",
            whole,
            hint="put a space before the name, or braces around the indices",
        )
    if not cuts:
        return [lowered]
    end = lowered.inner + cuts[0]
    first = lowered.replaced(end=end, stop=end)
    return [first, Token(end, lowered.end, Kind.WORD, content[cuts[0] :])]
