"""From the tokens inside ⟨ ⟩ to trees: one loop, with a stack of open brackets instead of recursion.

What stands in {…} was read before, and is one token here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bracketcalc.errors import ParseError, Span
from bracketcalc.expr.build import is_number
from bracketcalc.expr.core import Expr
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.copies import Copies
from bracketcalc.notation.bracket.frames import CLOSERS, CLOSING, Frame, Opened, Term
from bracketcalc.notation.bracket.words import Special, read_word
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.depth import DEEPEST, too_deep
from bracketcalc.notation.names import Scope
from bracketcalc.notation.numbers import literal, quotient
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.scripts import Position, positions
from bracketcalc.notation.tokens import Kind, Token

AFTER = "\N{COMBINING MACRON}"
"""The value of a bar that stands behind what it is over."""

_COPY = r"\s*\(\s*([0-9]{1,4})\s*\)\s*"


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
        "at",
        "begin",
        "coefficient",
        "copies",
        "frame",
        "frames",
        "names",
        "places",
        "scope",
        "sign",
        "spellings",
        "terms",
        "text",
        "tokens",
    )

    def __init__(self, text: str, tokens: Sequence[Token], scope: Scope) -> None:
        self.text = text
        self.tokens = tokens
        self.scope = scope
        self.terms: list[Term] = []
        self.spellings = _spellings(scope)
        self.at = 0
        self._begin()

    def _begin(self) -> None:
        """Begin a term."""
        token = self.tokens[self.at]
        self.begin = token
        self.sign = 1
        self.coefficient: Number | None = None
        self.copies = Copies()
        self.places: dict[int, Span] = {}
        self.names: dict[int, str] = {}
        self.frame = Frame(Opened.TERM, token)
        self.frames = [self.frame]

    def run(self) -> list[Term]:
        tokens = self.tokens
        token = tokens[0]
        while token.kind is not Kind.END:
            self.at += 1
            handler = _HANDLERS.get(token.kind)
            if handler is None:
                raise self._foreign(token)
            handler(self, token)
            token = tokens[self.at]
        self._finish(token)
        return self.terms

    def _fail(self, message: str, *tokens: Token, hint: str = "") -> ParseError:
        return failure(self.text, message, *tokens, hint=hint)

    def _foreign(self, token: Token) -> ParseError:
        """Return the error that a token belongs to the ordinary notation."""
        shown = quote(self.text, token)
        hint = "put the formula in braces: {…}"
        if token.value in ("⊙", "·"):
            hint = "write […] to multiply and ~ to sum, or put the formula in braces: {…}"
        elif token.value == "⊗":
            hint = "write the items beside each other"
        return self._fail(f"{shown!r} has no meaning inside ⟨ ⟩", token, hint=hint)

    # -- items ------------------------------------------------------------------------------------------

    def _add(self, item: Item, start: int, end: int) -> None:
        """Put an item beside those before it, under the bars before it."""
        frame, places = self.frame, self.places
        places[id(item)] = Span(self.text, start, end)
        if frame.bars:
            for bar in reversed(frame.bars):
                item = Barred(item)
                places[id(item)] = Span(self.text, bar.start, end)
            frame.bars = []
        frame.items.append(item)

    def _word(self, token: Token) -> None:
        subscripts, mark, barred, end = self._scripts(token)
        before = tuple([script for script in subscripts if mark is None or script.start < mark.start])
        names, left = read_word(self.text, self.scope, token, before)
        left += tuple(subscripts[len(before) :])
        if len(names) > 1 and self.frame.bars:
            raise self._fail(
                "it is not clear how far the bar reaches",
                self.frame.bars[-1],
                token,
                hint="put spaces between the names, or parentheses around them",
            )
        for name in names[:-1]:
            self._item(name.meaning, name.name, name.start, name.end, (), None, name.barred)
        last = names[-1]
        self._item(last.meaning, last.name, last.start, end, left, mark, last.barred or barred)

    def _value(self, token: Token) -> None:
        assert token.expr is not None
        subscripts, mark, barred, end = self._scripts(token)
        name = quote(self.text, token)
        self._item(token.expr, name, token.start, end, tuple(subscripts), mark, barred)

    def _ones(self, token: Token) -> None:
        subscripts, mark, barred, end = self._scripts(token)
        meaning = self.scope.given.get("ones", Special.ONES)
        assert isinstance(meaning, Expr | Special)
        self._item(meaning, "1", token.start, end, tuple(subscripts), mark, barred)

    def _scripts(self, base: Token) -> tuple[list[Token], Token | None, bool, int]:
        """Return the subscripts, the copy mark, whether there is a bar, and the end of what follows a base."""
        tokens = self.tokens
        subscripts: list[Token] = []
        mark: Token | None = None
        barred, end = False, base.end
        while True:
            token = tokens[self.at]
            if token.kind is Kind.LOWERED:
                subscripts.append(token)
            elif token.kind is Kind.RAISED:
                if mark is not None:
                    raise self._fail("two superscripts stand on one name", mark, token, hint="leave out one")
                mark = token
            elif token.kind is Kind.BAR and token.start == end and token.value == AFTER:
                barred = True
            else:
                return subscripts, mark, barred, end
            end = token.end
            self.at += 1

    def _item(
        self,
        meaning: Expr | Special,
        name: str,
        start: int,
        end: int,
        subscripts: tuple[Token, ...],
        mark: Token | None,
        barred: bool,
    ) -> None:
        """Add a portion, a filler or ι with its scripts."""
        if len(subscripts) > 1:
            raise self._fail(
                f"two lists of positions stand on {name}", *subscripts, hint="write one list: A_{12}"
            )
        chosen: tuple[Position, ...] | None = None
        if subscripts:
            chosen = self._positions(subscripts[0])
        if isinstance(meaning, Special):
            if mark is not None:
                raise self._fail(f"{name} has no copies", mark, hint="leave out the superscript")
            if meaning is Special.IOTA and subscripts:
                raise self._fail("ι is one dimension", subscripts[0], hint="leave out the subscript")
            item: Item = Iota() if meaning is Special.IOTA else Fill(1 if chosen is None else len(chosen))
        else:
            axes = (
                tuple(range(meaning.ndim))
                if chosen is None
                else tuple([position.number - 1 for position in chosen])
            )
            copy = self._copy(meaning, name, axes, mark)
            item = Portion(meaning, copy, axes)
            self.names[id(item)] = name
        places = self.places
        if chosen is not None and any([position.barred for position in chosen]):
            item = self._barred_positions(item, chosen, start, end)
        if barred:
            places[id(item)] = Span(self.text, start, end)
            item = Barred(item)
        self._add(item, start, end)

    def _positions(self, token: Token) -> tuple[Position, ...]:
        script = token.script
        assert script is not None
        if "[" in self.text[script.inner : script.stop]:
            raise self._fail(
                "a portion does not group its positions", token, hint="write […] around portions: [A_2 A_3]"
            )
        return positions(self.text, script)

    def _copy(self, tensor: Expr, name: str, axes: tuple[int, ...], mark: Token | None) -> int:
        """Return the copy that a portion belongs to; names of one tensor have copies of their own."""
        spellings = self.spellings.get(tensor, ())
        name = name if name in spellings else spellings[0] if spellings else ""
        key = name or tensor
        if mark is None:
            copy = self.copies.assign(key, axes)
        else:
            copy = self._marked(mark)
            self.copies.take(key, axes, copy)
        return copy * len(spellings) + spellings.index(name) if len(spellings) > 1 else copy

    def _marked(self, mark: Token) -> int:
        """Return the copy that a superscript names, counted from 0."""
        script = mark.script
        assert script is not None
        match = re.fullmatch(_COPY, self.text[script.inner : script.stop])
        if match is None or int(match.group(1)) == 0:
            raise self._fail(
                "a superscript inside ⟨ ⟩ names a copy of a tensor",
                mark,
                hint="write X^{(2)}_1 for the second copy, or put a power in braces: {X^2}",
            )
        return int(match.group(1)) - 1

    def _barred_positions(
        self, item: Item, chosen: tuple[Position, ...], start: int, end: int
    ) -> Item:
        """Return A_{12̄} as A_1 beside A_2 with a bar."""
        parts: list[Item] = []
        for number, position in enumerate(chosen):
            part: Item = Fill(1)
            if isinstance(item, Portion):
                part = item._replace(axes=item.axes[number : number + 1])
                self.names[id(part)] = self.names[id(item)]
            self.places[id(part)] = Span(self.text, start, end)
            if position.barred:
                part = Barred(part)
                self.places[id(part)] = Span(self.text, start, end)
            parts.append(part)
        return Beside(tuple(parts))

    # -- numbers ----------------------------------------------------------------------------------------

    def _number(self, token: Token) -> None:
        """The filler 1, or the coefficient of a term."""
        tokens = self.tokens
        slash = tokens[self.at]
        if token.value == "1" and slash.value != "/":
            subscripts, mark, barred, end = self._scripts(token)
            self._item(Special.ONES, "1", token.start, end, tuple(subscripts), mark, barred)
            return
        if self.frame.bars:
            raise self._fail(
                "a bar stands over a number", self.frame.bars[-1], token, hint="put the bar over a portion"
            )
        if len(self.frames) > 1 or self.frame.items or self.coefficient is not None:
            raise self._fail(
                f"the number {quote(self.text, token)} does not stand before a term",
                token,
                hint="write one number before the whole term",
            )
        value = literal(self.text, token.value, token)
        if slash.value == "/":
            under = tokens[self.at + 1] if slash.kind is Kind.OPERATOR else slash
            if under.kind is not Kind.NUMBER:
                raise self._fail(
                    "/ has no number behind it", slash, hint="put other quotients in braces: {1/n}"
                )
            whole = token._replace(end=under.end)
            value = quotient(self.text, value, literal(self.text, under.value, under), whole)
            self.at += 2
        self.coefficient = value

    def _fraction(self, token: Token) -> None:
        r"""\\frac{1}{2} before a term."""
        upper, lower = self.tokens[self.at], self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        numbers = [part.expr.data[0] for part in (upper, lower) if part.expr is not None and is_number(part.expr)]
        if len(numbers) < 2 or len(self.frames) > 1 or self.frame.items or self.coefficient is not None:
            raise self._fail(
                "a fraction inside ⟨ ⟩ is a number before a term",
                token,
                hint=r"put other quotients in braces: {\\frac{a}{b}}",
            )
        self.coefficient = quotient(self.text, numbers[0], numbers[1], token._replace(end=lower.end))
        self.at += 2

    # -- bars and brackets ------------------------------------------------------------------------------

    def _bar(self, token: Token) -> None:
        """A bar before an item, or behind a bracket."""
        frame = self.frame
        if token.value != AFTER:
            if token.value != "~" and self.tokens[self.at].kind is Kind.OPEN_BRACE:
                self._open(Frame(Opened.BAR, token))
                self.at += 1
            else:
                frame.bars.append(token)
            return
        before = self.tokens[self.at - 2] if self.at > 1 else token
        if not frame.items or before.end != token.start or before.kind not in _ENDS:
            raise self._fail("a bar stands over nothing", token, hint="write it directly behind its item, or ~ before")
        item = frame.items[-1]
        frame.items[-1] = Barred(item)
        place = self.places[id(item)]
        self.places[id(frame.items[-1])] = Span(self.text, place.start, token.end)

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
        """Close the innermost bracket."""
        frame = self.frame
        if frame.opened is not CLOSING.get(token.kind):
            raise self._unmatched(token)
        self._check_bars()
        items = frame.items
        if not items:
            whole = frame.opener._replace(end=token.end)
            if frame.opened is Opened.BAR:
                raise self._fail("a bar stands over nothing", whole, hint="write a portion under it")
            raise self._fail(f"{frame.opened.value} is empty", whole, hint="write portions in it, or leave it out")
        self.frames.pop()
        self.frame = self.frames[-1]
        item: Item = Bracketed(tuple(items)) if frame.opened is Opened.SQUARE else items[0]
        if frame.opened is not Opened.SQUARE and len(items) > 1:
            item = Beside(tuple(items))
        if frame.opened is Opened.BAR:
            self.places[id(item)] = Span(self.text, frame.opener.start, token.end)
            item = Barred(item)
        self._add(item, frame.opener.start, token.end)

    def _unmatched(self, token: Token) -> ParseError:
        frame = self.frame
        shown = quote(self.text, token)
        if frame.opened is Opened.TERM:
            return self._fail(f"{shown!r} closes nothing", token, hint="leave it out, or open a bracket before")
        return self._fail(
            f"expected {CLOSERS[frame.opened]}, got {shown!r}", frame.opener, token, hint="close brackets in order"
        )

    def _check_bars(self) -> None:
        """Refuse a bar with no item behind it."""
        if self.frame.bars:
            raise self._fail("a bar stands over nothing", self.frame.bars[-1], hint="write an item behind it")

    # -- terms ------------------------------------------------------------------------------------------

    def _operator(self, token: Token) -> None:
        if token.value not in ("+", "-"):
            raise self._foreign(token)
        if len(self.frames) > 1:
            raise self._fail(
                f"{token.value} stands only between whole terms",
                token,
                self.frame.opener,
                hint="put a sum in braces: {A + B}_1",
            )
        self._check_bars()
        if self.frame.items or self.coefficient is not None:
            self._finish(token)
        if token.value == "-":
            self.sign = -self.sign

    def _row(self, token: Token) -> None:
        """A semicolon between the rows of a system: the items of all rows stand beside each other."""
        self._check_bars()
        after = self.tokens[self.at]
        if len(self.frames) > 1:
            raise self._fail(
                "a semicolon stands only between the rows of a term",
                token,
                self.frame.opener,
                hint="close the bracket before it",
            )
        before = self.tokens[self.at - 2] if self.at > 1 else token
        if not self.frame.items or before is token or before.kind in _NO_ROW or after.kind in _NO_ROW:
            raise self._fail("a row is empty", token, hint="leave out the semicolon")

    def _finish(self, token: Token) -> None:
        """Put the term before a token to the others, and begin the next."""
        frame, text = self.frame, self.text
        if len(self.frames) > 1:
            opener = frame.opener
            raise self._fail(
                f"{quote(text, opener)!r} is never closed",
                opener,
                hint=f"write {CLOSERS[frame.opened]} behind its content",
            )
        self._check_bars()
        if not frame.items and self.coefficient is None:
            before = self.tokens[self.at - 1] if self.at > 0 else token
            if before.kind is Kind.OPERATOR:
                raise self._fail(
                    f"{before.value} has no term behind it", before, hint="write a term behind it, or leave it out"
                )
            raise self._fail("there is no term", token, hint="write portions inside ⟨ ⟩")
        item = Beside(tuple(frame.items))
        begin, end = self.begin.start, self.tokens[self.at - 1 - (token.kind is not Kind.END)].end
        self.places[id(item)] = Span(text, begin, end)
        coefficient = self.sign * (1 if self.coefficient is None else self.coefficient)
        self.terms.append(Term(begin, end, coefficient, item, self.places, self.names))
        if token.kind is not Kind.END:
            self._begin()


def _spellings(scope: Scope) -> dict[Expr, list[str]]:
    """Return the names of each given expression."""
    found: dict[Expr, list[str]] = {}
    for name, meaning in scope.given.items():
        if isinstance(meaning, Expr):
            found.setdefault(meaning, []).append(name)
    return found


_ENDS = (Kind.CLOSE, Kind.CLOSE_BRACE, Kind.SQUARE)
"""The tokens behind which a bar stands over a bracket."""

_NO_ROW = (Kind.SEMICOLON, Kind.END)
"""The tokens between which there is no row."""

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
