"""⟨…⟩ in a formula, formulas {…} inside ⟨ ⟩, and so on: the innermost is read first.

A region that was read is one token, with its expression. So each reader sees a text of one notation.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bracketcalc.errors import ParseError
from bracketcalc.expr.core import Expr, Extent
from bracketcalc.notation.bracket.bars import expand_bar
from bracketcalc.notation.bracket.reader import read_terms
from bracketcalc.notation.bracket.terms import Total, is_open
from bracketcalc.notation.construct import construct
from bracketcalc.notation.depth import DEEPEST, too_deep
from bracketcalc.notation.infer import checked, infer, infer_open
from bracketcalc.notation.names import Scope
from bracketcalc.notation.parser import parse_tokens
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Part, Token


class Notation(Enum):
    """What a region is written in."""

    FORMULA = "the ordinary notation"
    BRACKET = "the general bracket notation"


class _Region:
    """A region that is open.

    Attributes:
        notation: what it is written in.
        opener: the token that opened it; None for the whole text.
        tokens: its tokens so far.
        braces: how many braces are open that are no regions.
    """

    __slots__ = ("braces", "notation", "opener", "tokens")

    def __init__(self, notation: Notation, opener: Token | None) -> None:
        self.notation = notation
        self.opener = opener
        self.tokens: list[Token] = []
        self.braces = 0


_MARKS = frozenset({Kind.ANGLE, Kind.OPEN_BRACE, Kind.CLOSE_BRACE})


def inside_angles(text: str, tokens: list[Token]) -> list[Token]:
    """Return the tokens inside ⟨ ⟩ that stand around all of a text; without them, all of its tokens.

    Raises:
        ParseError: for ⟨ ⟩ around a part of the text, or an empty pair.
    """
    if tokens[0].kind is not Kind.ANGLE or tokens[0].value != "⟨":
        return tokens
    depth = braces = 0
    for at, token in enumerate(tokens):
        braces += (token.kind is Kind.OPEN_BRACE) - (token.kind is Kind.CLOSE_BRACE)
        if token.kind is not Kind.ANGLE or braces > 0:
            continue
        depth += 1 if token.value == "⟨" else -1
        if depth:
            continue
        if at < len(tokens) - 2:
            raise failure(
                text,
                "⟨ ⟩ stand around a part of the text, which is in the bracket notation without them",
                tokens[0],
                token,
                hint="leave them out, or give the whole text to parse",
            )
        if at == 1:
            raise _empty(text, tokens[0], token)
        _check_pair(text, tokens[0], token)
        return [*tokens[1:-2], Token(token.start, token.start, Kind.END)]
    raise _unclosed(text, tokens[0])


def has_regions(text: str) -> bool:
    """Return whether a formula may contain ⟨ or ⟩."""
    return "⟨" in text or "<|" in text or "⟩" in text or "|>" in text or "angle" in text or "cases" in text


def read_regions(text: str, tokens: Sequence[Token], scope: Scope, notation: Notation) -> list[Token]:
    """Return the tokens of a text, in which every region inside it is one token.

    Args:
        text: the whole text.
        tokens: its tokens.
        scope: what the names mean.
        notation: what the text is written in.

    Raises:
        BracketCalcError: for a region that is no formula, or is not closed, with carets.
    """
    if _MARKS.isdisjoint({token.kind for token in tokens}):
        return _with_bars(text, tokens, scope) if notation is Notation.BRACKET else list(tokens)
    region = _Region(notation, None)
    regions = [region]
    append, word = region.tokens.append, Kind.WORD
    for at, token in enumerate(tokens):
        kind = token.kind
        if kind is word:
            if token.whole and text[token.start] == "\\" and region.notation is Notation.BRACKET:
                region.tokens += expand_bar(text, scope, tokens, at)
            else:
                append(token)
            continue
        if kind in _MARKS:
            opened = _opened(text, region, token)
            if opened is not None:
                if len(regions) > DEEPEST:
                    raise too_deep(text, token)
                region = _Region(opened, token)
                regions.append(region)
                append = region.tokens.append
                continue
            if _closes(region, token):
                value = _value(text, region, token, scope)
                regions.pop()
                region = regions[-1]
                append = region.tokens.append
                append(value)
                continue
            region.braces += (kind is Kind.OPEN_BRACE) - (kind is Kind.CLOSE_BRACE)
        elif kind is Kind.END and region.opener is not None:
            raise _unclosed(text, region.opener)
        append(token)
    return region.tokens


def _with_bars(text: str, tokens: Sequence[Token], scope: Scope) -> list[Token]:
    r"""Return the tokens of a text inside ⟨ ⟩ with a bar in the place of each ``\overline``."""
    if "bar" not in text and "overline" not in text:
        return list(tokens)
    found: list[Token] = []
    for at, token in enumerate(tokens):
        if token.whole and text[token.start] == "\\":
            found += expand_bar(text, scope, tokens, at)
        else:
            found.append(token)
    return found


def _opened(text: str, region: _Region, token: Token) -> Notation | None:
    """Return the notation of the region that a token opens, None if it opens none."""
    inside = region.notation is Notation.BRACKET
    if token.kind is Kind.OPEN_BRACE:
        after_bar = not token.value and bool(region.tokens) and region.tokens[-1].value == "\\bar"
        return Notation.FORMULA if inside and not after_bar else None
    if token.kind is Kind.ANGLE and token.value == "⟨":
        if inside:
            raise failure(
                text, "⟨ stands inside ⟨ ⟩", token, hint="leave it out, or put it in braces: {⟨…⟩}"
            )
        return Notation.BRACKET
    return None


def _closes(region: _Region, token: Token) -> bool:
    """Return whether a token closes the innermost region."""
    if region.opener is None:
        return False
    if region.notation is Notation.FORMULA:
        return token.kind is Kind.CLOSE_BRACE and not region.braces
    return token.kind is Kind.ANGLE


def _value(text: str, region: _Region, token: Token, scope: Scope) -> Token:
    """Return the token that stands for a region."""
    opener = region.opener
    assert opener is not None
    _check_pair(text, opener, token)
    tokens = [*region.tokens, Token(token.start, token.start, Kind.END)]
    if not region.tokens:
        raise _empty(text, opener, token)
    if region.notation is Notation.FORMULA:
        value: Expr | Part = _open_formula(text, tokens, scope)
    else:
        found = Total(text, read_terms(text, tokens, scope))
        if is_open(found.sizes):
            value = Part(found.sizes, found.expression, found.ties)
        else:
            value = found.expression(found.sizes)
    return Token(opener.start, token.end, Kind.VALUE, expr=value)


def _unclosed(text: str, opener: Token) -> ParseError:
    shown = text[opener.start : opener.end]
    closer = _closer(text, opener)
    return failure(text, f"'{shown}' is never closed", opener, hint=f"write {closer} behind its content")


def _empty(text: str, opener: Token, closer: Token) -> ParseError:
    shown = text[opener.start : opener.end] + text[closer.start : closer.end]
    whole = opener.replaced(end=closer.end)
    return failure(text, f"{shown} is empty", whole, hint="write a formula in it, or leave it out")


def _check_pair(text: str, opener: Token, closer: Token) -> None:
    r"""Raise a ParseError if ⟨ is closed by \end{cases}, \begin{cases} by ⟩, { by \} or \{ by }."""
    braces = opener.kind is Kind.OPEN_BRACE and opener.value != closer.value
    if braces or (opener.kind is Kind.ANGLE and _is_cases(text, opener) != _is_cases(text, closer)):
        raise failure(
            text,
            f"expected {_closer(text, opener)}, got {text[closer.start : closer.end]}",
            opener,
            closer,
            hint="close brackets in order",
        )


def _is_cases(text: str, token: Token) -> bool:
    return text.startswith(("\\begin", "\\end"), token.start)


def _closer(text: str, opener: Token) -> str:
    """Return what closes a region."""
    if opener.kind is Kind.OPEN_BRACE:
        return r"\}" if opener.value else "}"
    if _is_cases(text, opener):
        return r"\end{cases}"
    return "|>" if text.startswith("<|", opener.start) else "⟩"


def formula(text: str, tokens: list[Token], scope: Scope) -> Expr:
    """Return the expression of the tokens of a formula in the ordinary notation."""
    return construct(infer(text, parse_tokens(text, tokens, scope)))


def _open_formula(text: str, tokens: list[Token], scope: Scope) -> Expr | Part:
    """Return the expression of a formula, or a part if some of its sizes do not follow from it alone."""
    nodes = parse_tokens(text, tokens, scope)
    axes = infer_open(text, nodes)
    sizes = axes.unknowns.resolve(axes.sizes[-1])
    known = tuple([None if axes.unknowns.is_open(size) else size for size in sizes])
    if not is_open(known):
        return construct(checked(axes))

    def build(given: tuple[Extent | None, ...]) -> Expr:
        # The axes are found anew, because two copies of the formula may have two sizes.
        found = infer_open(text, nodes)
        for size, other in zip(found.sizes[-1], given, strict=True):
            if other is not None:
                found.unknowns.same(size, other)
        return construct(checked(found))

    ties = [(one, two) for two, size in enumerate(sizes) for one in range(two) if sizes[one] == size]
    return Part(known, build, tuple(ties))
