"""From tokens to a flat syntax tree: one loop, with a stack of open brackets instead of recursion.

The parser knows names, but no sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bracketcalc.errors import ParseError
from bracketcalc.expr.core import Expr, constant
from bracketcalc.notation.ast import Embedded, Given, Operation, Power, Selection, Syntax
from bracketcalc.notation.built_in import Constant, MatrixForm
from bracketcalc.notation.calls import application, read_call
from bracketcalc.notation.commands import LETTERS
from bracketcalc.notation.depth import DEEPEST, too_deep
from bracketcalc.notation.frames import (
    CLOSERS,
    Bracket,
    Call,
    Frame,
    add,
    close_operand,
    missing,
    settle,
    unclosed,
    unmatched,
)
from bracketcalc.notation.index.elements import carry_indices
from bracketcalc.notation.index.forms import Forms
from bracketcalc.notation.index.frames import IndexFrame
from bracketcalc.notation.index.reader import call_frame, read_form, read_in_form
from bracketcalc.notation.index.slices import read_slice, read_unit
from bracketcalc.notation.infix import is_outer, read_operator, refuse_sign
from bracketcalc.notation.names import Piece, Scope
from bracketcalc.notation.numerals import read_number
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.positions import groups
from bracketcalc.notation.prepare import prepare
from bracketcalc.notation.scripts import exponent
from bracketcalc.notation.subscripts import inferred, norm_end
from bracketcalc.notation.tokens import Kind, Part, Token


def parse_tokens(text: str, tokens: list[Token], scope: Scope) -> list[Syntax]:
    """Return the syntax tree of a formula; the last record is the root.

    Args:
        text: the normalized text.
        tokens: the tokens of the text.
        scope: what the names mean.

    Raises:
        ParseError: for a text that is no formula, with carets.
    """
    tokens, forms = prepare(text, tokens, scope)
    return _Parser(text, tokens, scope, forms).run()


class _Parser:
    """The state of the loop: the next token is ``tokens[at]``, the innermost open bracket ``frame``."""

    __slots__ = ("at", "forms", "frame", "frames", "nodes", "scope", "text", "tokens")

    def __init__(self, text: str, tokens: list[Token], scope: Scope, forms: Forms) -> None:
        self.text = text
        self.tokens = tokens
        self.scope = scope
        self.nodes: list[Syntax] = []
        self.forms = forms
        self.at = 0
        self.frame = Frame(Bracket.TEXT, tokens[0])
        self.frames = [self.frame]

    def run(self) -> list[Syntax]:
        tokens, end, handlers, has_forms = self.tokens, Kind.END, _HANDLERS, bool(self.forms.rules)
        token = tokens[0]
        while token.kind is not end:
            self.at += 1
            if not (has_forms and type(self.frame) is IndexFrame and read_in_form(self, self.frame, token)):
                handlers[token.kind](self, token)
            token = tokens[self.at]
        if len(self.frames) > 1:
            raise unclosed(self.text, self.frame)
        self._content(token)
        return self.nodes

    def _fail(self, message: str, *tokens: Token, hint: str = "") -> ParseError:
        return failure(self.text, message, *tokens, hint=hint)

    # -- operands ---------------------------------------------------------------------------------------

    def _factor(self, node: Syntax) -> None:
        """Put a complete operand beside the factors before it."""
        nodes, frame = self.nodes, self.frame
        nodes.append(node)
        if frame.over is None:
            frame.chain.append(len(nodes) - 1)
        else:
            self._join(len(nodes) - 1)

    def _join(self, index: int) -> None:
        frame = self.frame
        if frame.over is not None and len(frame.chain) > frame.over[1]:
            settle(self.nodes, frame)
        frame.chain.append(index)

    def _number(self, token: Token) -> None:
        numeral = read_number(self.text, self.tokens, self.at, self.frame)
        node, frame = Given(token.start, numeral.end, constant(numeral.value)), self.frame
        self.at = numeral.at
        if numeral.is_over:
            settle(self.nodes, frame)
            frame.over = (add(self.nodes, node), len(frame.chain))
        else:
            self._factor(node)

    def _value(self, token: Token) -> None:
        """A part of the text that was read before, in another notation."""
        assert token.expr is not None
        if isinstance(token.expr, Part):
            self._factor(Embedded(token.start, token.end, token.expr))
        else:
            self._factor(Given(token.start, token.end, token.expr))

    def _ones(self, token: Token) -> None:
        self._piece(Piece(token.start, token.end, "ones", self.scope.given.get("ones", Constant.ONES)))

    def _word(self, token: Token) -> None:
        tokens, first = self.tokens, self.at
        subscripts: tuple[Token, ...] = ()
        if tokens[first].kind is Kind.LOWERED:
            unit = read_unit(self.text, self.scope, token, tokens[first])
            if unit is not None:
                self.at += 1
                self._factor(unit)
                return
            while tokens[self.at].kind is Kind.LOWERED:
                self.at += 1
            subscripts, behind = tuple(tokens[first : self.at]), tokens[self.at]
            named = self.scope.continued(self.text, token, subscripts, behind)
            if named is not None:
                self.at += 1
                self._factor(Given(token.start, behind.end, named))
                return
        elif not token.command or token.value not in LETTERS:
            meaning = self.scope.given.get(token.value) or self.scope.find(token.value)
            if isinstance(meaning, Expr):
                self._factor(Given(token.start, token.end, meaning))
                return
            if meaning is not None:
                self._piece(Piece(token.start, token.end, token.value, meaning))
                return
        frame, reading = self.frame, self.scope.read(self.text, token, subscripts)
        self.at -= len(reading.subscripts)
        if len(reading.pieces) > 1 and frame.over is not None and len(frame.chain) == frame.over[1]:
            raise self._fail(
                "it is not clear how much stands under the number",
                token,
                hint="put the fraction in parentheses",
            )
        for piece in reading.pieces:
            self._piece(piece)

    def _piece(self, piece: Piece) -> None:
        """Put what a name stands for beside the factors before it, or begin the call of a function."""
        meaning = piece.meaning
        if isinstance(meaning, Expr):
            self._factor(Given(piece.start, piece.end, meaning))
        elif isinstance(meaning, Constant):
            node, taken = inferred(self.text, self.scope, piece, meaning, self.tokens[self.at])
            self.at += taken
            self._factor(node)
        else:
            call, self.at = read_call(
                self.text, self.tokens, self.at, piece, meaning, given=self.scope.given
            )
            self._open(call_frame(self, self.tokens[self.at - 1], call))

    # -- scripts ----------------------------------------------------------------------------------------

    def _raised(self, token: Token) -> None:
        """A power or transposition; a list of positions where an operator with a list comes next."""
        tokens, chain = self.tokens, self.frame.chain
        if not chain:
            raise self._fail("a superscript stands on nothing", token, hint="write its base before it")
        if tokens[self.at].kind is Kind.OPERATOR and tokens[self.at + 1].kind is Kind.RAISED:
            return  # read_operator takes both lists
        power = exponent(self.text, token)
        operand = self.nodes[chain[-1]]
        if power is None:
            raise self._fail(
                f"the superscript of {quote(self.text, operand)} is neither a power nor a transposition",
                token,
                hint="write a number, T, or lists of positions before and after ⊙ or ·",
            )
        chain[-1] = add(self.nodes, Power(operand.start, token.end, chain[-1], power))

    def _lowered(self, token: Token) -> None:
        chain = self.frame.chain
        if not chain:
            raise self._fail("a subscript stands on nothing", token, hint="write a name before it")
        operand = self.nodes[chain[-1]]
        selected: Syntax | None = read_slice(self.text, self.scope, operand, chain[-1], token)
        if selected is None:
            positions = groups(self.text, token, self.scope.given)
            selected = Selection(operand.start, token.end, chain[-1], positions)
        chain[-1] = add(self.nodes, selected)

    # -- operators and brackets -------------------------------------------------------------------------

    def _operator(self, token: Token) -> None:
        pending, self.at = read_operator(
            self.text, self.tokens, self.at, token, self.frame, given=self.scope.given
        )
        if not pending.prefix:
            close_operand(self.text, self.nodes, self.frame, pending.level)
        self.frame.operators.append(pending)

    def _open(self, frame: Frame) -> Frame:
        if len(self.frames) > DEEPEST:
            raise too_deep(self.text, frame.opener)
        self.frames.append(frame)
        self.frame = frame
        return frame

    def _parenthesis(self, token: Token) -> None:
        tokens, at = self.tokens, self.at
        if at - 1 in self.forms.rules:
            self._open(IndexFrame(Bracket.INDEX, token, at - 1))
        elif tokens[at].value == "x" and is_outer(self.text, tokens, at, self.frame, self.scope):
            self.at += 2
            self._operator(Token(token.start, token.start + 3, Kind.OPERATOR, "⊗"))
        else:
            self._open(Frame(Bracket.GROUP, token))

    def _brace(self, token: Token) -> None:
        self._open(Frame(Bracket.BRACE, token))

    def _bars(self, token: Token) -> None:
        if self.frame.bracket is Bracket.NORM and self.frame.chain:
            self._close(token)
        else:
            self._open(Frame(Bracket.NORM, token))

    def _fraction(self, token: Token) -> None:
        self._part(Bracket.NUMERATOR, token)

    def _part(self, bracket: Bracket, token: Token) -> Frame:
        r"""Open one of the two parts of \frac, whose token stands before it."""
        brace = self.tokens[self.at]
        if brace.kind is not Kind.OPEN_BRACE or brace.value:
            raise self._fail("a fraction needs two parts in braces", token, hint=r"write \frac{a}{b}")
        self.at += 1
        return self._open(Frame(bracket, token))

    def _content(self, token: Token) -> int:
        """Return the content of the innermost bracket, which ends before the token."""
        if not self.frame.chain:
            raise missing(self.text, self.frame, token)
        return close_operand(self.text, self.nodes, self.frame)

    def _close(self, token: Token) -> None:
        """Close the innermost bracket."""
        frame = self.frame
        if CLOSERS.get(frame.bracket) is not token.kind or token.value != frame.opener.value:
            raise unmatched(self.text, frame, token)
        content, nodes, opener = self._content(token), self.nodes, frame.opener
        self.frames.pop()
        self.frame = self.frames[-1]
        if frame.bracket is Bracket.GROUP or frame.bracket is Bracket.BRACE:
            nodes[content].start, nodes[content].end = opener.start, token.end
            self._join(content)
        elif frame.bracket is Bracket.NUMERATOR:
            self._part(Bracket.DENOMINATOR, opener).parts.append(content)
        elif frame.bracket is Bracket.DENOMINATOR:
            self._factor(Operation(opener.start, token.end, "/", frame.parts[0], content))
        else:
            call, end = frame.call or Call(opener.start, MatrixForm.NORM, "‖", 1, ()), token.end
            if call.function is MatrixForm.NORM:
                end, self.at = norm_end(self.text, self.tokens, self.at)
            self._factor(application(call, end, (*frame.parts, content)))
            if type(frame) is IndexFrame:
                carry_indices(self.text, nodes, frame, self.frame)

    def _rule(self, token: Token) -> None:
        """The factors of an index form end; its letters and its parenthesis follow."""
        frame = self.frame
        if type(frame) is not IndexFrame or frame.bracket is not Bracket.INDEX:
            raise unmatched(self.text, frame, token)
        form = read_form(self, frame, token)
        self.frames.pop()
        self.frame = self.frames[-1]
        self._factor(form)

    def _comma(self, token: Token) -> None:
        frame = self.frame
        if frame.bracket is not Bracket.CALL:
            raise self._fail(
                "a comma separates the arguments of a function",
                token,
                hint="write one formula, without a comma",
            )
        frame.parts.append(self._content(token))
        frame.operands.clear()


_HANDLERS: Mapping[Kind, Callable[[_Parser, Token], None]] = MappingProxyType(
    {
        Kind.WORD: _Parser._word,
        Kind.NUMBER: _Parser._number,
        Kind.ONES: _Parser._ones,
        Kind.VALUE: _Parser._value,
        Kind.OPERATOR: _Parser._operator,
        Kind.RAISED: _Parser._raised,
        Kind.LOWERED: _Parser._lowered,
        Kind.OPEN: _Parser._parenthesis,
        Kind.CLOSE: _Parser._close,
        Kind.OPEN_BRACE: _Parser._brace,
        Kind.CLOSE_BRACE: _Parser._close,
        Kind.BARS: _Parser._bars,
        Kind.FRACTION: _Parser._fraction,
        Kind.COMMA: _Parser._comma,
        Kind.RULE: _Parser._rule,
        **dict.fromkeys((Kind.RANGE, Kind.SUM), refuse_sign),
    }
)
