r"""Σ in a formula: sums over letters, which index forms sum anyway (paper §2.1, §4.3.3).

``(\sum_j A_{ij} B_{jk} | ik)`` and ``\sum_j (A_{ij} B_{jk} | ik)`` say which letters are summed, and are
checked. A Σ elsewhere sums the rest of its term: ``\sum_{ij} A_{ij} B_{ij}`` is ``(A_{ij} B_{ij} |)``, and
``\sum_{ij} A_{ij} e_{ij}``, whose one-hot says where the elements are, ``(A_{ij} | ij)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Union

from bracketcalc.notation.built_in import Function
from bracketcalc.notation.index.forms import find_forms
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.scripts import is_bare
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Kind, Token

ALONE = "Σ"
"""The value of the token that opens the index form of a Σ which stands in none."""

INNER = "Σ in parentheses"
"""The value of a Σ that stood in parentheses of its own, with the factors behind it."""

_OPENERS = (Kind.OPEN, Kind.OPEN_BRACE)
_CLOSERS = (Kind.CLOSE, Kind.CLOSE_BRACE)
_ENDS = (*_CLOSERS, Kind.COMMA, Kind.RULE, Kind.END, Kind.BARS, Kind.SEMICOLON, Kind.ANGLE)
_SCRIPTS = (Kind.LOWERED, Kind.RAISED)
_WORDS = ("Σ", "sum")


Parts = list[Union[Token, "Parts"]]
"""Tokens, some of them in lists; copying those for each pair of brackets would take quadratic time."""


class _Level:
    """The tokens in one pair of brackets.

    Attributes:
        form: whether the brackets hold an index form, and its ``|`` was not read.
        out: the tokens so far.
        begun: where in ``out`` the Σ that is read begins.
        unit: the subscript of the one-hot of that Σ.
        groups: the products with a Σ in parentheses, which stand at the end of their term.
        around: the Σ that stand before the index form, for each of its terms.
        several: whether there are several terms.
    """

    __slots__ = ("around", "begun", "form", "groups", "out", "several", "unit")

    def __init__(self, form: bool, around: list[Token]) -> None:
        self.form = form
        self.around = around
        self.out: Parts = []
        self.begun: int | None = None
        self.unit: Token | None = None
        self.groups: Parts = []
        self.several = False


def read_sums(text: str, tokens: list[Token], scope: Scope) -> list[Token]:
    """Return the tokens of a formula with each Σ in an index form.

    Args:
        text: the whole text.
        tokens: the tokens of the formula.
        scope: what the names mean.

    Raises:
        ParseError: for a Σ without letters.
    """
    if "sum" not in text and "∑" not in text and "Σ" not in text:
        return tokens
    found: list[Token] = []
    for at, token in enumerate(tokens):
        if found and found[-1].kind is Kind.SUM and token.kind is Kind.LOWERED:
            found += _with_one_letter(text, token)
        else:
            found.append(_as_sum(text, scope, tokens, at))
    if all(token.kind is not Kind.SUM for token in found):
        return tokens
    return _Reader(text, found, scope).run()


def _with_one_letter(text: str, lowered: Token) -> list[Token]:
    r"""Return a subscript of Σ, which without braces has one letter: the A of \sum_jA is a name."""
    if not is_bare(text, lowered):
        return [lowered]
    end = lowered.inner + 1
    return [lowered.replaced(end=end, stop=end), *tokenize(text, end, lowered.end)[:-1]]


def _as_sum(text: str, scope: Scope, tokens: Sequence[Token], at: int) -> Token:
    """Return Σ_{i} and sum_{i} as a sign, unless they are given names."""
    token = tokens[at]
    if token.kind is not Kind.WORD or token.value not in _WORDS or token.value in scope.given:
        return token
    after = tokens[at + 1]
    if after.kind is not Kind.LOWERED:
        return token
    if token.value + plain_subscript(text, after) in scope.given:
        return token
    return token.replaced(kind=Kind.SUM)


class _Reader:
    """The state of the loop: the innermost brackets are ``level``."""

    __slots__ = ("level", "levels", "rules", "scope", "text", "tokens")

    def __init__(self, text: str, tokens: list[Token], scope: Scope) -> None:
        self.text = text
        self.tokens = tokens
        self.scope = scope
        self.rules = find_forms(text, tokens, {token.kind for token in tokens}).rules
        self.level = _Level(False, [])
        self.levels = [self.level]

    def run(self) -> list[Token]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is Kind.SUM:
                at = self._sum(at)
                continue
            at += 1
            if token.kind in _OPENERS:
                self._open(at - 1, [])
            elif token.kind in _ENDS or token.value in ("+", "-", "⊖"):
                self._end(at - 1)
            elif self._is_unit(at - 1):
                self.level.unit = self.tokens[at]
                at += 1
            else:
                self.level.out.append(token)
        return _flat(self.level.out)

    def _open(self, at: int, around: list[Token]) -> None:
        token = self.tokens[at]
        self.level = _Level(at in self.rules, around)
        self.levels.append(self.level)
        self.level.out += [token, *around]

    def _is_unit(self, at: int) -> bool:
        """Return whether e_{ij} stands here, as a factor behind a Σ, with letters."""
        token, after, level = self.tokens[at], self.tokens[at + 1], self.level
        if level.begun is None or level.unit is not None or token.value != "e" or "e" in self.scope.given:
            return False
        if token.kind is not Kind.WORD or after.kind is not Kind.LOWERED:
            return False
        name = plain_subscript(self.text, after)
        return "e" + name not in self.scope.given and any(character.isalpha() for character in name)

    def _is_called(self, before: Parts) -> bool:
        """Return whether brackets behind these tokens hold the argument of a function."""
        words = [part for part in before[-2:] if isinstance(part, Token) and part.kind is not Kind.RAISED]
        word = words[-1] if words else self.tokens[-1]
        return word.kind is Kind.WORD and isinstance(self.scope.find(word.value), Function)

    # -- Σ ----------------------------------------------------------------------------------------------

    def _sum(self, at: int) -> int:
        """Read a Σ with its letters; return the index of the token behind."""
        signs, behind = self._signs(at)
        if behind in self.rules:
            self._open(behind, signs)
            return behind + 1
        level = self.level
        if not level.form and level.begun is None:
            level.begun = len(level.out)
            level.out.append(Token(signs[0].start, signs[0].end, Kind.OPEN, ALONE))
        level.out += signs
        return behind

    def _signs(self, at: int) -> tuple[list[Token], int]:
        """Return the Σ that stand beside each other, with their letters, and the index behind them."""
        first = at
        while self.tokens[at].kind is Kind.SUM:
            sign = self.tokens[at]
            at += 1
            if self.tokens[at].kind is Kind.RAISED and self.tokens[at + 1].kind is Kind.LOWERED:
                self.tokens[at], self.tokens[at + 1] = self.tokens[at + 1], self.tokens[at]
            if self.tokens[at].kind is not Kind.LOWERED:
                raise failure(
                    self.text,
                    "Σ has no letters",
                    sign,
                    hint=r"write the letters that are summed: \sum_{ij}",
                )
            while self.tokens[at].kind in _SCRIPTS:
                at += 1
        return self.tokens[first:at], at

    def _end(self, at: int) -> None:
        """End the term that is read, and with it its Σ."""
        token, level = self.tokens[at], self.level
        level.out += level.groups
        level.groups = []
        alone = level.begun
        self._finish_sum(at)
        if token.kind in _CLOSERS and len(self.levels) > 1:
            self.levels.pop()
            self.level = self.levels[-1]
            self._put(level, alone, at)
            return
        level.out.append(token)
        if token.kind is Kind.RULE:
            level.form = False
        elif token.kind is Kind.OPERATOR:
            level.several = True
            level.out += level.around if level.form else []

    def _finish_sum(self, at: int) -> None:
        """Put ``|``, the letters of the one-hot, and a parenthesis behind the factors of a Σ."""
        level = self.level
        if level.begun is None:
            return
        last = self.tokens[at - 1]
        place = last.end if level.unit is None else level.unit.inner
        level.out.append(Token(place, place, Kind.RULE))
        if level.unit is not None:
            level.out.append(level.unit.replaced(end=level.unit.stop))
        level.out.append(Token(last.end, last.end, Kind.CLOSE))
        level.begun = level.unit = None

    def _put(self, inner: _Level, alone: int | None, at: int) -> None:
        """Put brackets that are closed into those around them, where one product with Σ needs none."""
        outer, closer = self.level, self.tokens[at]
        rule = inner.out[-2] if alone is not None else closer
        single = isinstance(rule, Token) and rule.kind is Kind.RULE and not inner.several
        within = (outer.form or outer.begun is not None) and not self._is_called(outer.out)
        if alone is None or not single or not within or self.tokens[at + 1].kind in _SCRIPTS:
            outer.out += [inner.out, closer]
            return
        outer.groups.append(inner.out[1:alone])
        outer.groups.append(
            [
                part.replaced(value=INNER) if isinstance(part, Token) and part.kind is Kind.SUM else part
                for part in inner.out[alone + 1 : -2]
            ]
        )


def _flat(parts: Parts) -> list[Token]:
    """Return the tokens in lists of lists."""
    found: list[Token] = []
    stack: list[Iterator[Token | Parts]] = [iter(parts)]
    while stack:
        for part in stack[-1]:
            if not isinstance(part, Token):
                stack.append(iter(part))
                break
            found.append(part)
        else:
            stack.pop()
    return found
