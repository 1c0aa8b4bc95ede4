"""The letters under a Σ in an index form: read, and checked against the factors and the free letters."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.expr.core import Extent
from bracketcalc.notation.index.ast import Factor, IndexForm, Summed, Term
from bracketcalc.notation.index.letters import Fixed, Letter, read_indices
from bracketcalc.notation.index.sums import ALONE, INNER
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import Placed, failure, quote
from bracketcalc.notation.subscripts import named_size
from bracketcalc.notation.tokens import Token


class Sign(NamedTuple):
    """A Σ of the term that is read.

    Attributes:
        token: the sign.
        letters: its letters.
        size: its upper limit, if it has one.
        place: how many factors stand before it.
    """

    token: Token
    letters: tuple[Letter, ...]
    size: Extent | None
    place: int


def read_sign(text: str, scope: Scope, token: Token, scripts: list[Token], place: int) -> Sign:
    r"""Return a Σ with its letters: ``\sum_{ij}``, ``\sum_{i=1}^n``.

    Raises:
        ParseError: for anything but letters under it, another first value than 1, or no size as limit.
    """
    lower = scripts[0]
    equals = text.find("=", lower.inner, lower.stop)
    stop = lower.stop if equals < 0 else equals
    if equals >= 0 and text[equals + 1 : lower.stop].strip(" {}") != "1":
        raise failure(text, "a sum begins at 1", scripts[0], hint=r"write it as in \sum_{i=1}^n")
    letters = []
    for index in read_indices(text, lower.replaced(stop=stop), scope.given):
        if not isinstance(index, Letter):
            value = f" has the value {index.number}" if isinstance(index, Fixed) else " is no letter"
            raise failure(
                text, f"{quote(text, index)} under Σ{value}", index, hint="write another letter under Σ"
            )
        letters.append(index)
    size: Extent | None = None
    for upper in scripts[1:]:
        size = named_size(text, upper, scope)
        if size is None or len(scripts) > 2:
            raise failure(text, "the limit of a sum is one size", upper, hint="write it as in Σ_{i=1}^n")
    return Sign(token, tuple(letters), size, place)


def summed_letters(text: str, signs: list[Sign], factors: list[Factor]) -> tuple[Summed, ...]:
    """Return the letters under the Σ of a term.

    Raises:
        ParseError: for a letter under two of them, on no factor behind its Σ, or on one before.
    """
    found: dict[str, Letter] = {}
    for sign in signs:
        for letter in sign.letters:
            name = quote(text, letter)
            if letter.name in found:
                places = found[letter.name], letter
                raise failure(
                    text, f"{name} is under two Σ", *places, hint="give one of them another letter"
                )
            found[letter.name] = letter
            before = _with(letter, factors[: sign.place])
            if before:
                raise failure(
                    text,
                    f"{name} is under Σ, but also on a factor that stands before it",
                    letter,
                    before[0],
                    hint="write the Σ before all factors with its letters, or take another letter",
                )
            if not _with(letter, factors[sign.place :]):
                raise failure(
                    text,
                    f"{name} is under Σ, but on no factor behind it",
                    letter,
                    sign.token,
                    hint="leave it out, or write the factors that have it behind the Σ",
                )
    return tuple([Summed(letter, sign.size) for sign in signs for letter in sign.letters])


def _with(letter: Letter, factors: list[Factor]) -> list[Factor]:
    """Return the factors with a letter."""
    return [
        factor
        for factor in factors
        if any(isinstance(index, Letter) and index.name == letter.name for index in factor.indices or ())
    ]


def check_summed(text: str, opener: Token, form: IndexForm, inner: frozenset[Letter]) -> None:
    """Raise a ParseError for a letter under Σ that is free, or one of a Σ alone that is under none.

    Args:
        text: the whole text.
        opener: the token that opens the form.
        form: the form.
        inner: the letters of a Σ in parentheses of its own.
    """
    alone = opener.value == ALONE
    free = {letter.name: letter for letter in form.output}
    for term in form.terms:
        for letter, _ in term.summed:
            if letter.name in free and (not alone or letter in inner):
                raise failure(
                    text,
                    f"{quote(text, letter)} is under Σ, but also among the free letters",
                    letter,
                    free[letter.name],
                    hint="leave it out at one of the two places",
                )
        if alone:
            _check_all(text, opener, term, form.output)


def _check_all(text: str, opener: Token, term: Term, output: tuple[Letter, ...]) -> None:
    """Raise unless all letters of the term of a Σ that stands in no index form are under it."""
    named = {letter.name for letter, _ in term.summed}
    places: list[tuple[Placed, Letter]] = [
        (factor, index)
        for factor in term.factors
        for index in factor.indices or ()
        if isinstance(index, Letter)
    ]
    places += [(letter, letter) for letter in output]
    for _, letter in places:
        if letter.name not in named:
            name = quote(text, letter)
            raise failure(
                text,
                f"{name} is not under Σ",
                letter,
                opener,
                hint=f"write the free letters right of '|': (… | {name}), or give {name} a value",
            )


def inner_letters(signs: list[Sign]) -> frozenset[Letter]:
    """Return the letters of the Σ that stood in parentheses of their own."""
    return frozenset([letter for sign in signs if sign.token.value == INNER for letter in sign.letters])
