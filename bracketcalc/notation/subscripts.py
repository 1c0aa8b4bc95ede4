"""Subscripts that are no positions: the k of ·_k, the size of 𝟏_n and I_n, and the F of a norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.core import Extent, Product, Size
from bracketcalc.notation.ast import Inferred
from bracketcalc.notation.built_in import Constant
from bracketcalc.notation.index.letters import has_dots
from bracketcalc.notation.names import Piece, Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.ranges import integer
from bracketcalc.notation.scripts import Script, items
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Kind, Token


def shared_count(text: str, script: Script, given: Mapping[str, object]) -> int | str:
    """Return the k of ⊙_k and ·_k: a number, a letter that stands for one, ``<`` or ``>``.

    Raises:
        ParseError: for anything else.
    """
    plain = text[script.inner : script.stop]
    if len(plain) == 1 and plain in "0123456789<>":
        return plain if plain in "<>" else int(plain)
    symbols = items(text, script)
    content = "".join([item.symbol for item in symbols])
    if content in ("<", ">"):
        return content
    if content.isdecimal() and len(content) <= 4 and not any(item.barred for item in symbols):
        return int(content)
    count = integer(given.get(content))
    if count is not None and count >= 0:
        return count
    raise failure(
        text,
        "the subscript of an operator says how many positions it takes",
        script,
        hint="write a number, > for all positions of the right operand, or < for all of the left",
    )


def inferred(
    text: str, scope: Scope, piece: Piece, meaning: Constant, after: Token
) -> tuple[Inferred, bool]:
    """Return 𝟏 or I, and whether the token behind it is a subscript with its size."""
    size = None
    if after.kind is Kind.LOWERED and not has_dots(text, after):
        size = named_size(text, after, scope)
    end = piece.end if size is None else after.end
    return Inferred(piece.start, end, meaning.order, size), size is not None


def named_size(text: str, script: Script, scope: Scope) -> Extent | None:
    """Return the size in the subscript of 𝟏_n or I_3, None for a list of positions in brackets or bars.

    Raises:
        ParseError: for a name that stands for no size.
    """
    content = plain_subscript(text, script)[1:]
    if content.isdecimal() and content.isascii() and len(content) <= 18:
        return int(content)
    meaning = scope.given.get(content) or scope.sizes.get(content)
    if isinstance(meaning, Size):
        return meaning
    if isinstance(meaning, Product) and is_number(meaning) and type(meaning.coefficient) is int:
        return meaning.coefficient
    if content[:1].isalpha():
        raise failure(
            text,
            f"{content} is not the name of a size",
            script,
            hint="name a size of the given tensors, or write a number",
        )
    return None


_FROBENIUS = frozenset(["F", r"\mathrm{F}", r"\text{F}", r"\rm F"])


def norm_end(text: str, tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """Return where a norm ends that is closed before ``tokens[at]``, and the index of the token behind it.

    Raises:
        ParseError: for another subscript than the F of the Frobenius norm.
    """
    after = tokens[at]
    if after.kind is not Kind.LOWERED:
        return tokens[at - 1].end, at
    if text[after.inner : after.stop].strip() not in _FROBENIUS:
        raise failure(
            text,
            "the subscript of a norm can only be F",
            after,
            hint="‖x‖ and ‖A‖_F are the root of the sum of the squares; write other norms out",
        )
    return after.end, at + 1
