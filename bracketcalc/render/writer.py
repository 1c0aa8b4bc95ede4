"""The pieces of a formula in a spelling: the one place that decides where parentheses stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bracketcalc.expr.number import Number
from bracketcalc.expr.shapes import show_size
from bracketcalc.render import layout
from bracketcalc.render.bracket.pieces import PIECES as BRACKET_PIECES
from bracketcalc.render.forms import Conjugated, Root
from bracketcalc.render.layout import Formula, Level, Piece
from bracketcalc.render.recurrent import OverTimes, Steps, over_times_pieces, steps_pieces
from bracketcalc.render.spelling import Spelling


def pieces(formula: Formula, spelling: Spelling) -> list[Piece]:
    """Return what is written for a formula: characters, and the formulas inside it, in order.

    Example:
        >>> from bracketcalc.render.spelling import UNICODE
        >>> summed = layout.Total((layout.Name("A"), layout.Name("B")))
        >>> [piece for piece in pieces(layout.Power(summed, "T"), UNICODE) if piece is not summed]
        ['(', ')', 'ᵀ']
    """
    return _WRITERS[type(formula)](formula, spelling)


def _at_least(formula: Formula, level: Level, spelling: Spelling) -> list[Piece]:
    """Return the formula, in parentheses if it holds together less than the level asks."""
    return [formula] if formula.level >= level else _fenced(formula, spelling)


def _fenced(formula: Formula, spelling: Spelling) -> list[Piece]:
    return [spelling.fence[0], formula, spelling.fence[1]]


def _spaced(parts: list[list[Piece]], between: str) -> list[Piece]:
    found: list[Piece] = []
    for number, part in enumerate(parts):
        if number:
            found.append(between)
        found += part
    return found


# -- names, numbers and scripts -------------------------------------------------------------------------


def _name(formula: layout.Name, spelling: Spelling) -> list[Piece]:
    return [spelling.name(formula.text)]


def _digits(formula: layout.Digits, spelling: Spelling) -> list[Piece]:
    return [spelling.number(formula.value)]


def _ones(formula: layout.Ones, spelling: Spelling) -> list[Piece]:
    return [spelling.ones + _size(formula, spelling)]


def _identity(formula: layout.Identity, spelling: Spelling) -> list[Piece]:
    return [spelling.identity + _size(formula, spelling)]


def _size(formula: layout.Ones | layout.Identity, spelling: Spelling) -> str:
    return spelling.letters(show_size(formula.size)) if formula.named else ""


def _left_out(formula: layout.LeftOut, spelling: Spelling) -> list[Piece]:
    return [spelling.more(formula.terms)]


def _base(base: Formula, spelling: Spelling) -> list[Piece]:
    """Return what a superscript stands on: a plain name or something in parentheses."""
    if isinstance(base, layout.Power | layout.Portions | layout.Column):
        return _fenced(base, spelling)
    if isinstance(base, layout.Name) and not _PLAIN.fullmatch(base.text):
        return _fenced(base, spelling)
    return _at_least(base, Level.APPLY, spelling)


def _subscript_base(base: Formula, spelling: Spelling) -> list[Piece]:
    """Return what a subscript stands on: a name that has none already, or something in parentheses."""
    if isinstance(base, layout.Ones | layout.Identity | layout.Unit):
        return _fenced(base, spelling)
    if isinstance(base, layout.Name) and not base.text.isalnum():
        return _fenced(base, spelling)
    return _base(base, spelling)


_PLAIN = re.compile(r"[^\W_]+['′]*(?:_\{[\w,]+(?:[+-]\d+)?\}|_[^\W_]+|[₀-₉ᵢⱼₖₙ]+)?['′]*")
"""The names that need no parentheses before a superscript."""


def _indexed_base(base: Formula, spelling: Spelling) -> list[Piece]:
    """Return what index letters stand on; 𝟏 and I stand without a size of their own."""
    if isinstance(base, layout.Ones | layout.Identity) and not base.named:
        return [base]
    return _subscript_base(base, spelling)


def _power(formula: layout.Power, spelling: Spelling) -> list[Piece]:
    exponent = formula.exponent
    if isinstance(exponent, str):
        return [*_base(formula.base, spelling), spelling.superscripts[exponent]]
    return [*_base(formula.base, spelling), spelling.power(exponent)]


def _portions(formula: layout.Portions, spelling: Spelling) -> list[Piece]:
    return [*_subscript_base(formula.base, spelling), spelling.portions(formula.groups)]


# -- functions and fractions ----------------------------------------------------------------------------


def _application(formula: layout.Apply, spelling: Spelling) -> list[Piece]:
    head = spelling.function(formula)
    if formula.positions:
        head += spelling.positions([(position, False) for position in formula.positions])
    if formula.power != 1:
        head += spelling.power(formula.power)
    found: list[Piece] = [head, spelling.fence[0], formula.argument]
    for operand in formula.behind:
        found += [", ", operand]
    found += [", " + _signed(parameter, spelling) for parameter in formula.parameters]
    return [*found, spelling.fence[1]]


def _signed(value: Number, spelling: Spelling) -> str:
    size: Number = -value if value < 0 else value
    return ("-" if value < 0 else "") + spelling.number(size)


def _norm(formula: layout.Norm, spelling: Spelling) -> list[Piece]:
    before, after = spelling.outer_norm if _holds_norm(formula.argument) else spelling.norm
    return [before, formula.argument, after]


def _root(formula: Root, spelling: Spelling) -> list[Piece]:
    before, after = spelling.root
    return [before, formula.argument, after]


def _holds_norm(formula: Formula) -> bool:
    stack, seen = [formula], set[int]()
    while stack:
        part = stack.pop()
        if isinstance(part, layout.Norm):
            return True
        if id(part) not in seen:
            seen.add(id(part))
            stack.extend(part.operands)
    return False


def _ratio(formula: layout.Ratio, spelling: Spelling) -> list[Piece]:
    before, between, after = spelling.ratio
    below = _spaced([[part] for part in formula.denominator], " ")
    if len(formula.denominator) > 1 and not before:
        below = [spelling.fence[0], *below, spelling.fence[1]]
    return [before, formula.numerator, between, *below, after]


def _divided(formula: layout.Divided, spelling: Spelling) -> list[Piece]:
    before, between, after = spelling.divide
    if before:
        return [before, formula.numerator, between, formula.denominator, after]
    left = _at_least(formula.numerator, Level.TIMES, spelling)
    return [*left, between, *_at_least(formula.denominator, Level.APPLY, spelling)]


# -- products and sums ----------------------------------------------------------------------------------


def _chain(formula: layout.Chain, spelling: Spelling) -> list[Piece]:
    """Write factors beside each other; a chain at the beginning is continued."""
    first: list[Piece] = [formula.parts[0]]
    if not isinstance(formula.parts[0], layout.Chain):
        first = _at_least(formula.parts[0], Level.APPLY, spelling)
    return _spaced([first, *[_at_least(part, Level.APPLY, spelling) for part in formula.parts[1:]]], " ")


def _scaled(formula: layout.Scaled, spelling: Spelling) -> list[Piece]:
    inner = [_at_least(scalar, Level.APPLY, spelling) for scalar in formula.scalars]
    body = formula.body
    open_body = isinstance(body, layout.Infix | layout.Chain | OverTimes)
    return _spaced([*inner, [body] if open_body else _at_least(body, Level.APPLY, spelling)], " ")


def _infix(formula: layout.Infix, spelling: Spelling) -> list[Piece]:
    """Write operands with parentheses around chains too: B ⊙ (G Wᵀ), as the paper does."""
    found = _at_least(formula.parts[0], Level.APPLY, spelling)
    for operator, part in zip(formula.operators, formula.parts[1:], strict=True):
        found += [f" {spelling.operators[operator]} ", *_at_least(part, Level.APPLY, spelling)]
    return found


def _joined(formula: layout.Joined, spelling: Spelling) -> list[Piece]:
    operator = spelling.operators[formula.operator]
    right = _at_least(formula.right, Level.APPLY, spelling)
    if formula.count:
        left = _at_least(formula.left, Level.APPLY, spelling)
        return [*left, f" {operator}{spelling.count(formula.count)} ", *right]
    left = [*_base(formula.left, spelling), spelling.positions(formula.left_marks)]
    return [*left, f" {operator}{spelling.positions(formula.right_marks)} ", *right]


def _negative(formula: layout.Negative, spelling: Spelling) -> list[Piece]:
    return ["-", *_at_least(formula.body, Level.DOT, spelling)]


def _total(formula: layout.Total, spelling: Spelling) -> list[Piece]:
    found: list[Piece] = _before(formula.terms[0], formula, spelling)
    for term in formula.terms[1:]:
        if isinstance(term, layout.Negative):
            found += [" - ", *_at_least(term.body, Level.DOT, spelling)]
        elif term.signed:
            found += [" + ", *_fenced(term, spelling)]
        else:
            found += [" + ", *_before(term, formula, spelling)]
    return found


def _before(term: Formula, whole: layout.Total, spelling: Spelling) -> list[Piece]:
    """Return a term; a sum over times that other terms follow ends with a parenthesis."""
    ends = term is whole.terms[-1] or not isinstance(term, OverTimes)
    return [term] if ends else _fenced(term, spelling)


def _indexed(formula: layout.Indexed, spelling: Spelling) -> list[Piece]:
    factors = zip(formula.factors, formula.indices, strict=True)
    inner = [
        [
            *(
                _fenced(factor, spelling)
                if isinstance(factor, layout.Name) and factor.text in formula.braced
                else _indexed_base(factor, spelling)
            ),
            _indices(indices),
        ]
        for factor, indices in factors
    ]
    return [
        spelling.fence[0],
        *_spaced(inner, " "),
        (spelling.bar + "".join(formula.output)).rstrip(),
        spelling.fence[1],
    ]


def _indices(indices: Sequence[str | int]) -> str:
    """Return the subscript of index letters and numbers; commas separate them where one has two digits."""
    parts = [str(index) for index in indices]
    if any(isinstance(index, int) and index > 9 for index in indices):
        return "_{" + ",".join(parts) + ("," if len(parts) == 1 else "") + "}"
    return "_{" + "".join(parts) + "}"


def _unit(formula: layout.Unit, _spelling: Spelling) -> list[Piece]:
    return ["e" + _indices([formula.index])]


def _column(formula: layout.Column, spelling: Spelling) -> list[Piece]:
    dot = spelling.operators[layout.DOT]
    comma = "," if formula.index > 9 else " " if dot.startswith("\\") else ""
    return [*_indexed_base(formula.matrix, spelling), f"_{{{dot}{comma}{formula.index}}}"]


_WRITERS: Mapping[type[Formula], Callable[[Any, Spelling], list[Piece]]] = MappingProxyType(
    {
        layout.Name: _name,
        layout.Digits: _digits,
        layout.Ones: _ones,
        layout.Identity: _identity,
        layout.Unit: _unit,
        layout.Column: _column,
        layout.LeftOut: _left_out,
        layout.Ratio: _ratio,
        layout.Power: _power,
        layout.Portions: _portions,
        layout.Apply: _application,
        Conjugated: _application,
        layout.Norm: _norm,
        Root: _root,
        layout.Chain: _chain,
        layout.Infix: _infix,
        layout.Joined: _joined,
        layout.Scaled: _scaled,
        layout.Divided: _divided,
        layout.Negative: _negative,
        layout.Total: _total,
        layout.Indexed: _indexed,
        OverTimes: over_times_pieces,
        Steps: steps_pieces,
        **BRACKET_PIECES,
    }
)
