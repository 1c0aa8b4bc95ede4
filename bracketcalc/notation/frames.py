"""The open brackets of a formula, and the operands and operators that wait inside each of them.

Operators are reduced by their levels, all of them from the left. Factors beside each other are collected
in a chain, which is one operand.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from bracketcalc.errors import ParseError
from bracketcalc.expr.number import Number
from bracketcalc.notation.ast import Chain, Negation, Operation, Syntax
from bracketcalc.notation.built_in import Function
from bracketcalc.notation.choice import Choice
from bracketcalc.notation.places import failure
from bracketcalc.notation.ranges import Position
from bracketcalc.notation.tokens import Kind, Token

LEVELS = MappingProxyType({"+": 1, "-": 1, "⊖": 1, "·": 3, "⊙": 4, "⊘": 4, "/": 4, "⊗": 5})
"""How tightly an operator binds; juxtaposition binds tighter than all of them."""

SIGN_LEVEL = 2
"""The level of a minus sign before a term."""


class Bracket(Choice):
    """What opened a frame."""

    __slots__ = ()

    TEXT: ClassVar[Bracket]
    GROUP: ClassVar[Bracket]
    CALL: ClassVar[Bracket]
    NORM: ClassVar[Bracket]
    BRACE: ClassVar[Bracket]
    NUMERATOR: ClassVar[Bracket]
    DENOMINATOR: ClassVar[Bracket]
    INDEX: ClassVar[Bracket]


Bracket.TEXT = Bracket("the text")
Bracket.GROUP = Bracket("a group")
Bracket.CALL = Bracket("the argument of a function")
Bracket.NORM = Bracket("a norm")
Bracket.BRACE = Bracket("a group in braces")
Bracket.NUMERATOR = Bracket("a numerator")
Bracket.DENOMINATOR = Bracket("a denominator")
Bracket.INDEX = Bracket("an index form")

CLOSERS = MappingProxyType(
    {
        Bracket.GROUP: Kind.CLOSE,
        Bracket.CALL: Kind.CLOSE,
        Bracket.NORM: Kind.BARS,
        Bracket.BRACE: Kind.CLOSE_BRACE,
        Bracket.NUMERATOR: Kind.CLOSE_BRACE,
        Bracket.DENOMINATOR: Kind.CLOSE_BRACE,
        Bracket.INDEX: Kind.CLOSE,
    }
)
"""The token that closes each bracket."""


@dataclass(slots=True)
class Pending:
    """An operator whose right operand is not complete; a sign before a term has ``prefix``."""

    level: int
    token: Token
    prefix: bool = False
    left_positions: tuple[Position, ...] = ()
    right_positions: tuple[Position, ...] = ()
    shared: int | str | None = None


class Call(NamedTuple):
    """A function before its argument."""

    start: int
    function: Function
    name: str
    power: Number
    positions: tuple[Position, ...]


class Frame:
    """One open bracket.

    Attributes:
        bracket: what opened it.
        opener: the token that opened it.
        chain: the factors beside each other since the last operator.
        over: a number before a slash, as in 1/n, and where in the chain its denominator stands or will.
        operands: complete operands.
        operators: operators that wait for their right operands.
        call: the function before it.
        parts: the arguments before the last comma, or the numerator.
    """

    __slots__ = ("bracket", "call", "chain", "opener", "operands", "operators", "over", "parts")

    def __init__(self, bracket: Bracket, opener: Token, call: Call | None = None) -> None:
        self.bracket = bracket
        self.opener = opener
        self.call = call
        self.chain: list[int] = []
        self.over: tuple[int, int] | None = None
        self.operands: list[int] = []
        self.operators: list[Pending] = []
        self.parts: list[int] = []


def add(nodes: list[Syntax], node: Syntax) -> int:
    """Append a record to the tree and return its index."""
    nodes.append(node)
    return len(nodes) - 1


def settle(nodes: list[Syntax], frame: Frame) -> None:
    """Divide the number of ``over`` by its denominator, which is complete."""
    if frame.over is not None:
        numerator, place = frame.over
        over, under = nodes[numerator], nodes[frame.chain[place]]
        frame.chain[place] = add(
            nodes, Operation(over.start, under.end, "/", numerator, frame.chain[place])
        )
        frame.over = None


def close_chain(text: str, nodes: list[Syntax], frame: Frame) -> None:
    """Make the factors beside each other one operand."""
    if frame.over is not None:
        settle(nodes, frame)
    chain = frame.chain
    if len(chain) > 1:
        first, last = nodes[chain[0]], nodes[chain[-1]]
        if frame.operators and frame.operators[-1].token.value == "/":
            _refuse_unclear_fraction(text, nodes, frame)
        nodes.append(Chain(first.start, last.end, tuple(chain)))
        frame.operands.append(len(nodes) - 1)
    else:
        frame.operands.append(chain[0])
    frame.chain = []


def _refuse_unclear_fraction(text: str, nodes: list[Syntax], frame: Frame) -> None:
    """Refuse x/y z, which looks like a fraction times z but is x divided by y z."""
    slash = frame.operators[-1].token
    first, second = nodes[frame.chain[0]], nodes[frame.chain[1]]
    spaced = text[slash.start - 1].isspace() or text[slash.end].isspace()
    if spaced or first.end == second.start:
        return
    raise failure(
        text,
        "this can be read as a fraction times a factor, or as a division by a product",
        slash,
        second,
        hint="put parentheses around the fraction, or around the product",
    )


def reduce(nodes: list[Syntax], operands: list[int], pending: Pending) -> None:
    """Put an operator and its operands, the last ones, in the place of these."""
    token = pending.token
    right = operands.pop()
    end = nodes[right].end
    if pending.prefix:
        operands.append(add(nodes, Negation(token.start, end, right)) if token.value == "-" else right)
        return
    left = operands[-1]
    ours, theirs = pending.left_positions, pending.right_positions
    nodes.append(Operation(nodes[left].start, end, token.value, left, right, ours, theirs, pending.shared))
    operands[-1] = len(nodes) - 1


def close_operand(text: str, nodes: list[Syntax], frame: Frame, level: int = 0) -> int:
    """Reduce all operators that bind at least as tightly as ``level``; return the last operand."""
    operands, operators = frame.operands, frame.operators
    if len(frame.chain) == 1 and frame.over is None:
        operands.append(frame.chain.pop())
    else:
        close_chain(text, nodes, frame)
    while operators and operators[-1].level >= level:
        reduce(nodes, operands, operators.pop())
    return operands[-1]


# -- brackets that do not fit ---------------------------------------------------------------------------


def missing(text: str, frame: Frame, token: Token) -> ParseError:
    """Return the error that a formula is missing before a token that ends it."""
    if frame.operators:
        sign = frame.operators[-1].token
        return failure(
            text,
            f"{sign.value} has no right operand",
            sign,
            hint="write a formula behind it, or leave it out",
        )
    if frame.parts and frame.bracket is Bracket.CALL:
        return failure(text, "an argument is missing before it", token, hint="leave out the comma")
    whole = frame.opener.replaced(end=token.end)
    return failure(text, f"{frame.bracket.value} is empty", whole, hint="write a formula in it")


def unclosed(text: str, frame: Frame) -> ParseError:
    """Return the error that the text ends in an open bracket."""
    opener = frame.opener
    closer = _closer(frame)
    return failure(
        text,
        f"'{text[opener.start : opener.end]}' is never closed",
        opener,
        hint=f"write {closer} behind its content",
    )


def _closer(frame: Frame) -> str:
    """Return what closes a bracket, as messages call it."""
    braces = {r"\{": r"'\}'", "{": "'}'"}
    return braces.get(frame.opener.value) or CLOSERS[frame.bracket].value


def unmatched(text: str, frame: Frame, token: Token) -> ParseError:
    """Return the error that a token closes another bracket than the innermost, or none."""
    shown = text[token.start : token.end]
    if frame.bracket is Bracket.TEXT:
        return failure(
            text, f"'{shown}' closes nothing", token, hint="leave it out, or open a bracket before"
        )
    return failure(
        text,
        f"expected {_closer(frame)}, got '{shown}'",
        frame.opener,
        token,
        hint="close brackets in order",
    )
