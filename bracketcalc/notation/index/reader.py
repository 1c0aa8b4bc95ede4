"""Reading the tokens of an index form: what they mean there, and not in the ordinary notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from bracketcalc.expr.core import Expr, constant
from bracketcalc.functions.forms import power
from bracketcalc.notation.ast import Application, Given, Syntax
from bracketcalc.notation.built_in import Constant as Named
from bracketcalc.notation.frames import Bracket, Call, Frame, add, settle
from bracketcalc.notation.index.ast import Constant, Factor, IndexForm, Term
from bracketcalc.notation.index.elements import filled
from bracketcalc.notation.index.forms import Forms, is_partial
from bracketcalc.notation.index.frames import Element, IndexFrame
from bracketcalc.notation.index.letters import Index, Letter, read_indices
from bracketcalc.notation.index.summed import check_summed, inner_letters, read_sign, summed_letters
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure, quote
from bracketcalc.notation.scripts import exponent
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Kind, Token


class State(Protocol):
    """What a parser knows: the next token is ``tokens[at]``, the innermost open bracket ``frame``."""

    text: str
    tokens: list[Token]
    scope: Scope
    nodes: list[Syntax]
    at: int
    frame: Frame
    forms: Forms


def read_in_form(state: State, frame: IndexFrame, token: Token) -> bool:
    """Read a token in an index form; return False if it means there what it means elsewhere.

    Raises:
        ParseError: for a token that has no place in an index form.
    """
    handler = _HANDLERS.get(token.kind)
    return handler is not None and handler(state, frame, token)


def call_frame(state: State, opener: Token, call: Call) -> Frame:
    """Return the frame of a function's argument; the argument is an element if no subscript follows.

    Raises:
        ParseError: for an index form without parentheses of its own.
    """
    place = state.at - 1
    if place in state.forms.rules:
        raise failure(
            state.text,
            f"the parentheses behind {call.name} hold its argument, and no index form",
            opener,
            state.tokens[state.forms.rules[place]],
            hint="put the index form in parentheses of its own",
        )
    closer = state.forms.closers.get(place)
    plain = closer is None or state.tokens[closer + 1].kind is Kind.LOWERED
    if plain or type(state.frame) is not IndexFrame:
        return Frame(Bracket.CALL, opener, call)
    return IndexFrame(Bracket.CALL, opener, place, call)


# -- constants ------------------------------------------------------------------------------------------

CONSTANTS: Mapping[str, Constant] = MappingProxyType(
    {"δ": Constant.DELTA, "delta": Constant.DELTA, "I": Constant.DELTA, "ones": Constant.ONES}
)
"""The names that are constants with indices, unless they were given."""


def _word(state: State, frame: IndexFrame, token: Token) -> bool:
    """δ_{ij}, I_{ij} and ones_{i}, unless the name was given."""
    after, given = state.tokens[state.at], state.scope.given
    meaning = given.get(token.value)
    if isinstance(meaning, Expr) and not token.command and not state.scope.has_subscripts:
        _join(state, frame, Given(token.start, token.end, meaning))
        return True
    if token.value not in CONSTANTS or after.kind is not Kind.LOWERED:
        return False
    names = (token.value, "δ") if token.value == "delta" else (token.value,)
    tail = plain_subscript(state.text, after)
    if any(name in given or name + tail in given for name in names):
        return False
    _constant(state, frame, token, CONSTANTS[token.value])
    return True


def _ones(state: State, frame: IndexFrame, token: Token) -> bool:
    meaning = state.scope.given.get("ones", Named.ONES)
    if meaning is not Named.ONES or state.tokens[state.at].kind is not Kind.LOWERED:
        return False
    _constant(state, frame, token, Constant.ONES)
    return True


def _number(state: State, frame: IndexFrame, token: Token) -> bool:
    """1_i is ones; any other number is a coefficient."""
    after = state.tokens[state.at]
    if token.value != "1" or after.kind is not Kind.LOWERED or after.start != token.end:
        return False
    _constant(state, frame, token, Constant.ONES)
    return True


def _constant(state: State, frame: IndexFrame, token: Token, kind: Constant) -> None:
    lowered = state.tokens[state.at]
    state.at += 1
    # The record only keeps the place; the term takes the constant from the element.
    _join(state, frame, Given(token.start, token.end, constant(1)))
    indices = _constant_indices(state, lowered, kind)
    frame.elements[frame.chain[-1]] = Element(lowered.end, indices, kind)


def _constant_indices(state: State, lowered: Token, kind: Constant) -> tuple[Index, ...]:
    """Return the indices of δ or 𝟏; δ_{i=j} is δ_{ij} (paper §4.3.1)."""
    text, given = state.text, state.scope.given
    equals = text.find("=", lowered.inner, lowered.stop)
    if equals < 0 or kind is not Constant.DELTA:
        return tuple(read_indices(text, lowered, given))
    left = read_indices(text, lowered.replaced(stop=equals), given)
    right = read_indices(text, lowered.replaced(inner=equals + 1), given)
    if len(left) != 1 or len(right) != 1:
        raise failure(
            text,
            f"δ has {len(left)} indices before '=' and {len(right)} behind it",
            lowered,
            hint="write one δ for each pair of indices, or a capital for several: δ_{I=J}",
        )
    return (*left, *right)


def _join(state: State, frame: IndexFrame, node: Syntax) -> None:
    """Put a complete factor beside those before it."""
    if frame.over is not None and len(frame.chain) > frame.over[1]:
        settle(state.nodes, frame)
    frame.chain.append(add(state.nodes, node))


# -- scripts --------------------------------------------------------------------------------------------


def _lowered(state: State, frame: IndexFrame, token: Token) -> bool:
    """The indices of a factor; a second subscript fills the dots of the first."""
    chain, text = frame.chain, state.text
    if not chain:
        raise failure(text, "indices stand on nothing", token, hint="write a tensor before them")
    if frame.over is not None and len(chain) == frame.over[1] + 1:
        raise failure(
            text,
            "an element stands under a number",
            state.nodes[chain[-1]],
            token,
            hint="write a power: A_{ij}^{-1}",
        )
    found = tuple(read_indices(text, token, state.scope.given))
    before = frame.elements.get(chain[-1])
    if before is None:
        frame.elements[chain[-1]] = Element(token.end, found)
    else:
        found = filled(text, before.indices, found, token)
        frame.elements[chain[-1]] = before._replace(end=token.end, indices=found)
    return True


def _raised(state: State, frame: IndexFrame, token: Token) -> bool:
    """A power of an element, A_{ij}^2; a superscript on anything else is what it is elsewhere."""
    chain = frame.chain
    element = frame.elements.get(chain[-1]) if chain else None
    if element is None:
        return False
    found, operand = exponent(state.text, token), state.nodes[chain[-1]]
    if found is None or found.transposed or element.constant is not None:
        raise failure(
            state.text,
            "the superscript of an element is a power"
            if element.constant is None
            else "δ and 𝟏 have no superscripts",
            token,
            hint="write a transposition before the indices, or turn the indices round",
        )
    number = add(state.nodes, Given(token.start, token.end, constant(found.number)))
    node = Application(operand.start, token.end, power, "power", (chain[-1], number), 1, ())
    del frame.elements[chain[-1]]
    chain[-1] = add(state.nodes, node)
    frame.elements[chain[-1]] = element._replace(end=token.end)
    return True


# -- parentheses, terms and the rule --------------------------------------------------------------------


def _open(state: State, frame: IndexFrame, token: Token) -> bool:
    """Parentheses around a factor with dots mean nothing: (X_{i·})_{j} is X_{ij}."""
    opener, closers = state.at - 1, state.forms.closers
    if opener in state.forms.rules or not is_partial(state.text, state.tokens, opener, closers):
        return False
    frame.skipped.add(closers[opener])
    return True


def _close(state: State, frame: IndexFrame, token: Token) -> bool:
    return state.at - 1 in frame.skipped


def _operator(state: State, frame: IndexFrame, token: Token) -> bool:
    """Plus and minus separate terms; in the argument of a function, they are signs."""
    if frame.bracket is Bracket.CALL:
        return False
    if token.value not in "+-":
        hint = "write the factors beside each other"
        if token.value in "/⊘":
            hint = "write a power: A_{ij}^{-1}"
        elif token.value == "⊖":
            hint = "write - between terms"
        raise failure(state.text, f"{token.value} has no meaning in an index form", token, hint=hint)
    if frame.chain or frame.terms or frame.sign is not None:
        _finish_term(state, frame, token)
    frame.sign = token
    return True


def _sum(state: State, frame: IndexFrame, token: Token) -> bool:
    """A Σ before factors of a term."""
    scripts = []
    while state.tokens[state.at].kind in (Kind.LOWERED, Kind.RAISED):
        scripts.append(state.tokens[state.at])
        state.at += 1
    if frame.bracket is Bracket.CALL:
        raise failure(
            state.text, "Σ stands in the argument of a function", token, hint="write it before the function"
        )
    frame.sums.append(read_sign(state.text, state.scope, token, scripts, len(frame.chain)))
    return True


def _finish_term(state: State, frame: IndexFrame, token: Token) -> None:
    """Put the factors read so far into a term, which ends before a token."""
    settle_open = frame.over is not None and len(frame.chain) > frame.over[1]
    if not frame.chain or (frame.over is not None and not settle_open):
        missing = frame.sign or frame.opener
        raise failure(state.text, "a term is missing", missing, token, hint="write factors with indices")
    settle(state.nodes, frame)
    factors = []
    for index in frame.chain:
        node, element = state.nodes[index], frame.elements.get(index)
        if element is None:
            factors.append(Factor(node.start, node.end, index, None))
        else:
            operand = index if element.constant is None else element.constant
            factors.append(Factor(node.start, element.end, operand, element.indices))
    sign = -1 if frame.sign is not None and frame.sign.value == "-" else 1
    start, end = min([factor.start for factor in factors]), max([factor.end for factor in factors])
    summed = summed_letters(state.text, frame.sums, factors) if frame.sums else ()
    frame.terms.append(Term(start, end, sign, tuple(factors), summed))
    frame.inner |= inner_letters(frame.sums)
    frame.sums = []
    frame.chain = []
    frame.over = None


def read_form(state: State, frame: IndexFrame, rule: Token) -> IndexForm:
    """Return the index form whose ``|`` was read last, and go on behind its parenthesis.

    Raises:
        ParseError: for a term that is missing, or anything but letters right of ``|``.
    """
    text = state.text
    _finish_term(state, frame, rule)
    closer = state.forms.closers.get(frame.place)
    if closer is None:
        raise failure(text, "'(' is never closed", frame.opener, hint="write ')' behind its content")
    end, last = state.tokens[closer], state.tokens[closer - 1]
    inside = Token(rule.end, last.end, Kind.LOWERED, "", rule.end, last.end)
    indices = [] if last is rule else read_indices(text, inside, state.scope.given)
    state.at = closer + 1
    output: list[Letter] = []
    for index in indices:
        if not isinstance(index, Letter):
            raise failure(
                text,
                f"{quote(text, index)} stands right of '|', where the free letters stand",
                index,
                hint="leave it out: an index with a value is no axis of the result",
            )
        output.append(index)
    form = IndexForm(frame.opener.start, end.end, tuple(frame.terms), tuple(output))
    check_summed(text, frame.opener, form, frame.inner)
    return form


_HANDLERS: Mapping[Kind, Callable[[Any, IndexFrame, Token], bool]] = MappingProxyType(
    {
        Kind.WORD: _word,
        Kind.ONES: _ones,
        Kind.NUMBER: _number,
        Kind.LOWERED: _lowered,
        Kind.RAISED: _raised,
        Kind.OPEN: _open,
        Kind.CLOSE: _close,
        Kind.OPERATOR: _operator,
        Kind.SUM: _sum,
    }
)
