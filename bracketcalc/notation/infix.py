"""Operators with their scripts, and the marks that begin the notations that are not read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from bracketcalc.notation.frames import LEVELS, SIGN_LEVEL, Bracket, Frame, Pending
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.positions import positions
from bracketcalc.notation.ranges import Position
from bracketcalc.notation.subscripts import shared_count
from bracketcalc.notation.tokens import OPERANDS, Kind, Token
from bracketcalc.notation.unread import needs_name, unexpected

Positions = tuple[Position, ...]

WITH_POSITIONS = ("⊙", "·")
"""The operators that may have lists of positions or a count."""


_FOREIGN = frozenset({Kind.ANGLE, Kind.BAR, Kind.SEMICOLON, Kind.SQUARE})


def refuse_other_notations(text: str, tokens: Sequence[Token], kinds: Set[Kind]) -> None:
    """Raise a ParseError at the first mark of the general bracket notation.

    Args:
        text: the whole text.
        tokens: the tokens of the text.
        kinds: the kinds of the tokens.
    """
    if _FOREIGN.isdisjoint(kinds):
        return
    for at, token in enumerate(tokens):
        if token.kind is Kind.ANGLE:
            shown = text[token.start : token.end]
            raise failure(text, f"'{shown}' closes nothing", token, hint="leave it out, or write ⟨ before")
        if token.kind is Kind.BAR or token.kind is Kind.SEMICOLON:
            if text[token.start] == "\\" and token.kind is Kind.SEMICOLON:
                hint = r"leave it out; the rows of a system stand in \begin{cases} … \end{cases}"
                raise failure(text, "a formula has no line breaks", token, hint=hint)
            command = token.value == "\\bar"
            raise needs_name(text, token) if command else unexpected(text, token.start)
        if token.kind is Kind.SQUARE:
            if at and tokens[at - 1].kind is Kind.WORD and tokens[at - 1].end == token.start:
                raise failure(
                    text,
                    "square brackets behind a name are no indices",
                    tokens[at - 1],
                    token,
                    hint="write a subscript: X_{2·} is row 2, (A_{ij} | ji) the index form",
                )
            raise failure(
                text,
                "square brackets group portions in the general bracket notation",
                token,
                hint="write parentheses",
            )


class Parser(Protocol):
    """What has the text."""

    text: str


def refuse_sign(parser: Parser, token: Token) -> None:
    """Raise the ParseError that … stands between operands, or Σ in brackets that do not match."""
    if token.kind is Kind.SUM:
        message, hint = "Σ stands in brackets that do not match", "close the brackets around it in order"
    else:
        message, hint = "… stands only in lists of positions and indices", "write all operands"
    raise failure(parser.text, message, token, hint=hint)


def read_operator(
    text: str, tokens: Sequence[Token], at: int, token: Token, frame: Frame, *, given: Mapping[str, object]
) -> tuple[Pending, int]:
    """Return the operator with its positions, and the index of the token behind them.

    Args:
        text: the whole text.
        tokens: the tokens of the text.
        at: the index behind the operator's token.
        token: the operator.
        frame: the innermost open bracket.
        given: what the names of the formula stand for.
    """
    if not frame.chain:
        return _sign(text, token, frame), at
    sign, after = token.value, tokens[at]
    if after.kind is not Kind.LOWERED and after.kind is not Kind.RAISED:
        return Pending(LEVELS[sign], token), at
    if sign not in WITH_POSITIONS:
        raise failure(text, f"{sign} takes no positions", after, hint="only ⊙ and · do")
    if after.kind is Kind.LOWERED:
        return Pending(LEVELS[sign], token, shared=shared_count(text, after, given)), at + 1
    before = tokens[at - 2]
    if before.kind is not Kind.RAISED:
        raise failure(
            text,
            f"{sign} has positions of its right operand, but none of its left operand",
            after,
            hint="write both lists, as in A^{2} ·^{1} B",
        )
    lists = positions(text, before, given), positions(text, after, given)
    _check_lists(text, sign, lists, (before, after))
    return Pending(LEVELS[sign], token, False, *lists), at + 1


def _sign(text: str, token: Token, frame: Frame) -> Pending:
    """Return the sign before a term; a term begins in a bracket, or after another sign."""
    if token.value not in "+-":
        raise failure(
            text,
            f"{token.value} has no left operand",
            token,
            hint="leave out one of the operators" if frame.operators else "write a formula before it",
        )
    if frame.operators and frame.operators[-1].level > SIGN_LEVEL:
        raise failure(
            text,
            f"a sign stands between {frame.operators[-1].token.value} and its right operand",
            token,
            hint="put the operand with its sign in parentheses",
        )
    return Pending(SIGN_LEVEL, token, prefix=True)


def _check_lists(
    text: str, sign: str, lists: tuple[Positions, Positions], places: tuple[Token, Token]
) -> None:
    """Raise a ParseError unless the lists have equal lengths, and bars only stand in the left one of ⊙."""
    left, right = lists
    if len(left) != len(right):
        raise failure(
            text,
            f"the left list has {len(left)} positions, the right list has {len(right)}",
            *places,
            hint="pair each position of the left operand with one of the right",
        )
    for position in right:
        if position.barred:
            raise failure(
                text,
                "a bar stands in the list of the right operand",
                position,
                hint="put the bar on its partner in the left list",
            )
    for position in left:
        if position.barred and sign == "·":
            raise failure(
                text, "· sums all of its positions", position, hint="leave out the bar, or write ⊙"
            )


def is_outer(text: str, tokens: Sequence[Token], at: int, frame: Frame, scope: Scope) -> bool:
    """Return whether the parenthesis before ``tokens[at]`` begins ``(x)``, which is ⊗ in ASCII.

    It does where an operand stands on either side; with spaces around it also if x is a name.

    Raises:
        ParseError: if it could be the name x in parentheses as well.
    """
    start = tokens[at - 1].start
    if not frame.chain or text[start : start + 3] != "(x)":
        return False
    if frame.over is not None and frame.over[1] == len(frame.chain):
        return False
    after = tokens[at + 2]
    opens_norm = after.kind is Kind.BARS and frame.bracket is not Bracket.NORM
    if not opens_norm and after.kind not in OPERANDS:
        return False
    if "x" in scope.given and not (text[start - 1].isspace() and text[start + 3].isspace()):
        raise failure(
            text,
            "'(x)' can be read as ⊗ or as the name x in parentheses",
            tokens[at - 1].replaced(end=start + 3),
            hint="put spaces around it for ⊗, or leave out the parentheses",
        )
    return True
