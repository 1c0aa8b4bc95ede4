"""The name of a function, its superscript, and the parenthesis before its argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.expr.number import Number
from bracketcalc.functions.application import SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.notation.ast import Application
from bracketcalc.notation.built_in import Function, MatrixForm
from bracketcalc.notation.frames import Call
from bracketcalc.notation.names import Piece
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.positions import positions
from bracketcalc.notation.ranges import Position
from bracketcalc.notation.scripts import exponent
from bracketcalc.notation.tokens import Kind, Token


def read_call(
    text: str,
    tokens: Sequence[Token],
    at: int,
    piece: Piece,
    function: Function,
    *,
    given: Mapping[str, object],
) -> tuple[Call, int]:
    """Return the call whose name ends before ``tokens[at]``, and the index behind its parenthesis.

    Raises:
        ParseError: if no parenthesis follows, or the superscript does not fit the function.
    """
    power: Number = 1
    chosen: tuple[Position, ...] = ()
    token = tokens[at]
    if token.kind is Kind.RAISED:
        if isinstance(function, SubtensorForm):
            chosen = _sub_tensors(text, piece, token, given)
        else:
            power = _power(text, piece, token, function)
        at += 1
    if tokens[at].kind is not Kind.OPEN:
        name = quote(text, piece)
        if token.kind is Kind.LOWERED:
            raise failure(
                text,
                f"a subscript stands on the function {name}",
                token,
                hint=f"write it behind the argument: {name}(…)_{{…}}",
            )
        raise failure(text, f"{name} is a function", piece, hint=f"write {name}(…) with its argument")
    return Call(piece.start, function, piece.name, power, chosen), at + 1


def application(call: Call, end: int, arguments: tuple[int, ...]) -> Application:
    """Return the record of a call whose arguments are complete."""
    return Application(call.start, end, call.function, call.name, arguments, call.power, call.positions)


def _sub_tensors(
    text: str, piece: Piece, token: Token, given: Mapping[str, object]
) -> tuple[Position, ...]:
    """Return the positions P of f^P (27)."""
    chosen = positions(text, token, given)
    for position in chosen:
        if position.barred:
            raise failure(
                text,
                f"the positions of {piece.name} select sub-tensors and cannot be summed",
                position,
                hint="leave out the bar, and sum the result",
            )
    return chosen


def _power(text: str, piece: Piece, token: Token, function: Function) -> Number:
    """Return the power of the function's value: tanh²(A)."""
    name = piece.name
    found = exponent(text, token)
    if found is None or found.transposed or found.number < 0:
        raise failure(
            text,
            f"the superscript of {name} is not a positive power",
            token,
            hint=f"write {name}(…) and put the superscript behind it",
        )
    if found.number == 1:
        raise failure(
            text,
            f"the superscript of {name} is a power, and the power 1 changes nothing",
            token,
            hint="leave it out; only functions of sub-tensors, such as softmax, take positions",
        )
    if function is MatrixForm.DIAGONAL or isinstance(function, OperatorForm):
        raise failure(text, f"{name} takes no power", token, hint=f"put the superscript behind {name}(…)")
    return found.number
