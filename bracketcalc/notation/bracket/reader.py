"""From the tokens inside ⟨ ⟩ to trees: one loop, with a stack of open brackets instead of recursion.

What stands in {…} was read before, and is one token here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bracketcalc.errors import ParseError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.coefficients import read_fraction, read_number
from bracketcalc.notation.bracket.frames import (
    Frame,
    Opened,
    Term,
    check_bars,
    check_closes,
    check_reading,
    foreign,
    unclosed,
)
from bracketcalc.notation.bracket.marks import AFTER, Marks, read_marks, read_plain
from bracketcalc.notation.bracket.portions import Portions, Spellings
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item
from bracketcalc.notation.bracket.words import Name, Special, read_word
from bracketcalc.notation.characters import BARS
from bracketcalc.notation.depth import DEEPEST, too_deep
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.tokens import Kind, Part, Token


def read_terms(text: str, tokens: Sequence[Token], scope: Scope) -> list[Term]:
    """Return the terms of the text inside ⟨ ⟩.

    Args:
        text: the whole text.
        tokens: the tokens inside ⟨ ⟩, then an end.
        scope: what the names mean.

    Raises:
        ParseError: for a text that is no sum of terms, with carets.
    """
    return _Reader(text, tokens, scope).run()


class _Reader:
    """The state of the loop: the next token is ``tokens[at]``, the innermost open bracket ``frame``."""

    __slots__ = (
        *("at", "begin", "coefficient", "frame", "frames", "portions"),
        *("scope", "sign", "spellings", "terms", "text", "tokens"),
    )

    def __init__(self, text: str, tokens: Sequence[Token], scope: Scope) -> None:
        self.text = text
        self.tokens = tokens
        self.scope = scope
        self.spellings = Spellings(scope)
        self.terms: list[Term] = []
        self.at = 0
        self._begin()

    def _begin(self) -> None:
        """Begin a term."""
        self.begin = self.tokens[self.at]
        self.sign = 1
        self.coefficient: Number | None = None
        self.portions = Portions(self.text, self.spellings, self.scope)
        self.frame = Frame(Opened.TERM, self.begin)
        self.frames = [self.frame]

    def run(self) -> list[Term]:
        tokens, end, handlers = self.tokens, Kind.END, _HANDLERS
        token = tokens[0]
        while token.kind is not end:
            self.at += 1
            handlers.get(token.kind, _Reader._foreign)(self, token)
            token = tokens[self.at]
        self._finish(token)
        return self.terms

    def _foreign(self, token: Token) -> None:
        raise foreign(self.text, token)

    def _fail(self, message: str, *tokens: Token, hint: str = "") -> ParseError:
        return failure(self.text, message, *tokens, hint=hint)

    # -- items ------------------------------------------------------------------------------------------

    def _add(self, item: Item, end: int) -> None:
        """Put an item beside those before it, under the bars before it."""
        frame = self.frame
        if frame.bars:
            for bar in reversed(frame.bars):
                item = self.portions.note(Barred(item), bar.start, end)
            frame.bars = []
        frame.items.append(item)

    def _word(self, token: Token) -> None:
        given, word, portions = self.scope.given, token.value, self.portions
        if not (word.isascii() or word in given) and word[-1] in BARS:
            word = word[:-1]
        tensor = given.get(word)
        plain = word.isascii() and not token.command and not self.scope.has_subscripts
        if plain and isinstance(tensor, Expr):
            alone = read_plain(self.text, self.tokens, self.at, len(tensor.sizes))
            if alone is not None:
                axes, end, self.at = alone
                item, barred = portions.plain(token.start, end, word, tensor, axes), word is not token.value
                self._add(portions.note(Barred(item), token.start, end) if barred else item, end)
                return
        marks, self.at = read_marks(self.text, self.tokens, self.at)
        before = marks.subscripts
        if marks.copy is not None:
            before = tuple([script for script in before if script.start < marks.copy.start])
        names, left = read_word(self.text, self.scope, token, before)
        if left is not marks.subscripts:
            marks.subscripts = left + marks.subscripts[len(before) :]
        if len(names) > 1:
            self._check_reach(token)
            for name in names[:-1]:
                self._add(portions.item(name, Marks((), None, False, name.end)), name.end)
        self._add(portions.item(names[-1], marks), marks.end)

    def _value(self, token: Token) -> None:
        value = token.expr
        assert value is not None
        if isinstance(value, Part):
            value = self.portions.placeholder("".join(self.text[token.start : token.end].split()), value)
        self._named(token, value, quote(self.text, token))

    def _ones(self, token: Token) -> None:
        meaning = self.scope.given.get("ones", Special.ONES)
        if not isinstance(meaning, Expr | Special):
            raise foreign(self.text, token)
        self._named(token, meaning, "1")

    def _named(self, token: Token, meaning: Expr | Special, shown: str) -> None:
        marks, self.at = read_marks(self.text, self.tokens, self.at)
        name = Name(token.start, token.end, shown, meaning, False)
        self._add(self.portions.item(name, marks), marks.end)

    # -- numbers ----------------------------------------------------------------------------------------

    def _number(self, token: Token) -> None:
        """The filler 1, or the number before a term."""
        if token.value == "1" and self.tokens[self.at].value != "/":
            self._named(token, Special.ONES, "1")
            return
        if self._is_inside() and not token.value.strip("1") and self.tokens[self.at].value != "/":
            self._fillers(token)
            return
        self._check_coefficient(token)
        self.coefficient, self.at = read_number(self.text, self.tokens, self.at - 1)

    def _fraction(self, token: Token) -> None:
        self._check_coefficient(token)
        self.coefficient, self.at = read_fraction(self.text, self.tokens, self.at - 1)

    def _is_inside(self) -> bool:
        """Return whether something stands before in the term, so that a number is no coefficient."""
        return len(self.frames) > 1 or bool(self.frame.items or self.frame.bars)

    def _fillers(self, token: Token) -> None:
        """Several fillers without spaces between them: the 11 in [A (11)]."""
        self._check_reach(token)
        for at in range(token.start, token.end - 1):
            name = Name(at, at + 1, "1", Special.ONES, False)
            self._add(self.portions.item(name, Marks((), None, False, at + 1)), at + 1)
        self._named(token.replaced(start=token.end - 1), Special.ONES, "1")

    def _check_reach(self, token: Token) -> None:
        """Raise a ParseError for a bar before several names without spaces between them."""
        if self.frame.bars:
            raise self._fail(
                "it is not clear how far the bar reaches",
                self.frame.bars[-1],
                token,
                hint="put spaces between the names, or parentheses around them",
            )

    def _check_coefficient(self, token: Token) -> None:
        if self.frame.bars:
            raise self._fail(
                "a bar stands over a number", self.frame.bars[-1], token, hint="put the bar over a portion"
            )
        if self._is_inside() or self.coefficient is not None:
            raise self._fail(
                f"the number {quote(self.text, token)} does not stand before a term",
                token,
                hint="write one number before the whole term",
            )

    # -- bars and brackets ------------------------------------------------------------------------------

    def _bar(self, token: Token) -> None:
        """A bar before an item, or behind a bracket."""
        frame = self.frame
        if token.value == AFTER:
            self._bar_behind(token)
        elif token.value != "~" and self.tokens[self.at].kind is Kind.OPEN_BRACE:
            self._open(Frame(Opened.BAR, token))
            self.at += 1
        else:
            frame.bars.append(token)

    def _bar_behind(self, token: Token) -> None:
        """A bar behind the bracket that it is over."""
        items = self.frame.items
        before = self.tokens[self.at - 2] if self.at > 1 else token
        if not items or before.end != token.start or before.kind not in _ENDS:
            raise self._fail(
                "a bar stands over nothing", token, hint="write it directly behind its item, or ~ before"
            )
        start, _ = self.portions.places[id(items[-1])]
        items[-1] = self.portions.note(Barred(items[-1]), start, token.end)

    def _open(self, frame: Frame) -> None:
        if len(self.frames) > DEEPEST:
            raise too_deep(self.text, frame.opener)
        self.frames.append(frame)
        self.frame = frame

    def _parenthesis(self, token: Token) -> None:
        self._open(Frame(Opened.GROUP, token))

    def _square(self, token: Token) -> None:
        if token.value == "[":
            self._open(Frame(Opened.SQUARE, token))
        else:
            self._close(token)

    def _close(self, token: Token) -> None:
        """Close the innermost bracket; a group of one item is that item."""
        frame, start, end = self.frame, self.frame.opener.start, token.end
        check_closes(self.text, frame, token)
        self.frames.pop()
        self.frame = self.frames[-1]
        item = frame.items[0]
        if frame.opened is Opened.SQUARE:
            item = Bracketed(tuple(frame.items))
        elif len(frame.items) > 1:
            item = Beside(tuple(frame.items))
        self.portions.note(item, start, end)
        if frame.opened is Opened.BAR:
            check_reading(self.text, frame, self.frame, token)
            item = self.portions.note(Barred(item), start, end)
        self._add(item, end)

    # -- terms ------------------------------------------------------------------------------------------

    def _operator(self, token: Token) -> None:
        """A sign between terms, or before one."""
        if token.value not in ("+", "-"):
            raise foreign(self.text, token)
        if len(self.frames) > 1:
            raise self._fail(
                f"{token.value} stands only between whole terms",
                token,
                self.frame.opener,
                hint="put a sum in braces: {A + B}_1",
            )
        check_bars(self.text, self.frame)
        if self.frame.items or self.coefficient is not None:
            self._finish(token)
        if token.value == "-":
            self.sign = -self.sign

    def _row(self, token: Token) -> None:
        """A semicolon between the rows of a system: the items of all rows stand beside each other."""
        check_bars(self.text, self.frame)
        if len(self.frames) > 1:
            raise self._fail(
                "a semicolon stands only between the rows of a term",
                token,
                self.frame.opener,
                hint="close the bracket before it",
            )
        before, after = self.tokens[self.at - 2] if self.at > 1 else token, self.tokens[self.at]
        if not self.frame.items or before.kind is Kind.SEMICOLON or after.kind is Kind.END:
            raise self._fail("a row is empty", token, hint="leave out the semicolon")

    def _finish(self, token: Token) -> None:
        """Put the term that ends before a token to the others, and begin the next."""
        frame, text, ended = self.frame, self.text, token.kind is Kind.END
        if len(self.frames) > 1:
            raise unclosed(text, frame)
        check_bars(text, frame)
        last = self.tokens[self.at - (1 if ended else 2)] if self.at else token
        if not frame.items and self.coefficient is None:
            if last.kind is Kind.OPERATOR:
                raise self._fail(
                    f"{last.value} has no term behind it",
                    last,
                    hint="write a term behind it, or leave it out",
                )
            raise self._fail("there is no term", token, hint="write portions inside ⟨ ⟩")
        if last.kind is Kind.SEMICOLON:
            raise self._fail("a row is empty", last, hint="leave out the semicolon")
        item = self.portions.note(Beside(tuple(frame.items)), self.begin.start, last.end)
        number = self.sign * (1 if self.coefficient is None else self.coefficient)
        self.terms.append(Term(self.begin.start, last.end, number, item, self.portions))
        if not ended:
            self._begin()


_ENDS = (Kind.CLOSE, Kind.CLOSE_BRACE, Kind.SQUARE)
"""The tokens behind which a bar stands over a bracket."""

_HANDLERS: Mapping[Kind, Callable[[_Reader, Token], None]] = MappingProxyType(
    {
        Kind.WORD: _Reader._word,
        Kind.VALUE: _Reader._value,
        Kind.NUMBER: _Reader._number,
        Kind.ONES: _Reader._ones,
        Kind.FRACTION: _Reader._fraction,
        Kind.BAR: _Reader._bar,
        Kind.OPEN: _Reader._parenthesis,
        Kind.CLOSE: _Reader._close,
        Kind.CLOSE_BRACE: _Reader._close,
        Kind.SQUARE: _Reader._square,
        Kind.OPERATOR: _Reader._operator,
        Kind.SEMICOLON: _Reader._row,
    }
)
