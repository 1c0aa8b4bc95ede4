r"""The number before a term: ``2``, ``1/2``, ``0.5``, ``\frac{1}{2}``."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.expr.core import Product
from bracketcalc.expr.number import Number
from bracketcalc.notation.numbers import literal, quotient
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token


def read_number(text: str, tokens: Sequence[Token], at: int) -> tuple[Number, int]:
    """Return the number that begins with ``tokens[at]``, and the index of the token behind it.

    Raises:
        ParseError: for a slash without a number behind it, or a number that is too long.
    """
    token, slash = tokens[at], tokens[at + 1]
    value = literal(text, token.value, token)
    if slash.value != "/":
        return value, at + 1
    under = tokens[at + 2]
    if under.kind is not Kind.NUMBER:
        raise failure(text, "/ has no number behind it", slash, hint="put other quotients in braces: {1/n}")
    whole = token.replaced(end=under.end)
    return quotient(text, value, literal(text, under.value, under), whole), at + 3


def read_fraction(text: str, tokens: Sequence[Token], at: int) -> tuple[Number, int]:
    r"""Return the number that begins with the ``\frac`` at ``tokens[at]``, and the index behind it.

    Raises:
        ParseError: unless two numbers follow.
    """
    command = tokens[at]
    parts = tokens[at + 1 : at + 3]
    numbers = [
        part.expr.coefficient for part in parts if isinstance(part.expr, Product) and not part.expr.factors
    ]
    if len(numbers) < 2:
        raise failure(
            text,
            "a fraction inside ⟨ ⟩ has two numbers",
            command,
            hint=r"put other quotients in braces: {\frac{a}{b}}",
        )
    whole = command.replaced(end=parts[1].end)
    return quotient(text, numbers[0], numbers[1], whole), at + 3
