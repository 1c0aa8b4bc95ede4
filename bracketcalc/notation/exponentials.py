r"""e^a and e^{-x}, which are exp(a) and exp(-x), as in s = \frac{e^a}{\mathbf{1}^T e^a} (paper §4.3.5)."""

from __future__ import annotations

from bracketcalc.errors import ParseError
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token

NESTED = 50
"""The most exponents in one another; each is read once for every exponent around it."""


def with_exponentials(text: str, tokens: list[Token], scope: Scope) -> list[Token]:
    """Return the tokens of a formula with a function in the place of each power of e.

    Args:
        text: the whole text.
        tokens: the tokens of the formula.
        scope: what the names mean; a name e that was given is no number.

    Raises:
        ParseError: for too many exponents in one another.
    """
    if "e^" not in text and "e}^" not in text:
        return tokens
    found: list[Token] = []
    waiting = tokens[::-1]
    ends: list[int] = []
    while waiting:
        token = waiting.pop()
        while ends and ends[-1] <= token.start:
            ends.pop()
        raised = _exponent(text, token, waiting[-1], scope) if waiting else None
        if raised is None:
            found.append(token)
            continue
        waiting.pop()
        if len(ends) == NESTED:
            raise _too_deep(text, raised)
        ends.append(raised.end)
        found += _call(text, token, raised, waiting)
    return found


def _exponent(text: str, token: Token, after: Token, scope: Scope) -> Token | None:
    """Return the superscript behind a token if the two are a power of e."""
    if token.value != "e" or token.kind is not Kind.WORD or after.kind is not Kind.RAISED:
        return None
    is_plain = text[after.start] == "^" and after.start == token.end
    return after if is_plain and "e" not in scope.given and "exp" not in scope.given else None


def _call(text: str, base: Token, raised: Token, waiting: list[Token]) -> list[Token]:
    """Return the beginning of the call; its argument and the end are put to the tokens that wait."""
    content = tokenize(text, raised.inner, raised.stop)[:-1]
    _check_brackets(text, content)
    waiting.append(Token(raised.stop, raised.end, Kind.CLOSE))
    waiting += reversed(content)
    name = Token(base.start, base.end, Kind.WORD, "exp", whole=True)
    return [name, Token(raised.start, raised.inner, Kind.OPEN)]


def _check_brackets(text: str, content: list[Token]) -> None:
    """Raise a ParseError for a parenthesis that does not end in the exponent, or does not begin in it."""
    opened: list[Token] = []
    for token in content:
        if token.kind is Kind.OPEN:
            opened.append(token)
        elif token.kind is Kind.CLOSE and opened:
            opened.pop()
        elif token.kind is Kind.CLOSE:
            raise failure(text, "')' closes nothing in the exponent", token, hint="leave it out")
    if opened:
        raise failure(text, "'(' is never closed in the exponent", opened[-1], hint="write )")


def _too_deep(text: str, raised: Token) -> ParseError:
    return failure(
        text,
        f"more than {NESTED} exponents stand in one another here",
        raised,
        hint="name parts of the formula with define",
    )
