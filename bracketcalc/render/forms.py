"""Formulas made from formulas: sums, chains, transpositions and others."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.expr.core import Extent
from bracketcalc.expr.parts import CONJ
from bracketcalc.render.layout import (
    DOT,
    ODOT,
    OUTER,
    OVER,
    Apply,
    Chain,
    Digits,
    Formula,
    Infix,
    Level,
    Ones,
    Power,
    Scaled,
    Total,
)


@dataclass(slots=True, eq=False, repr=False)
class Root(Formula):
    """The square root of every element."""

    argument: Formula

    @property
    def level(self) -> Level:
        return Level.APPLY

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.argument,)


class Conjugated(Apply):
    """conj applied to an argument; transposed, it is the superscript H."""


def total(terms: tuple[Formula, ...]) -> Formula:
    """Return the sum of the terms, in order; a positive term goes first where there is one.

    Example:
        >>> from bracketcalc.render.layout import Name, Negative
        >>> y, h = Name("y"), Name("h")
        >>> total((Negative(y), h)).operands[0] is h
        True
    """
    first = next((place for place, term in enumerate(terms) if not term.signed), 0)
    ordered = (terms[first], *terms[:first], *terms[first + 1 :])
    return Total(ordered, ordered[0].signed) if len(ordered) > 1 else ordered[0]


def chain(parts: tuple[Formula, ...]) -> Formula:
    """Return the juxtaposition of the parts."""
    return Chain(parts) if len(parts) != 1 else parts[0]


def scaled(scalars: tuple[Formula, ...], body: Formula) -> Formula:
    """Return the body with scalars in front; they take the place of the 1 of 1 ⊘ A."""
    if scalars and isinstance(body, Infix) and isinstance(body.parts[0], Digits):
        return Infix((chain(scalars), *body.parts[1:]), body.operators)
    return Scaled(scalars, body) if scalars else body


def elementwise(parts: tuple[Formula, ...], operators: tuple[str, ...]) -> Formula:
    """Return A ⊙ B ⊘ C …; a first operand that is such a product already is continued."""
    first = parts[0]
    if isinstance(first, Infix) and first.level == Level.TIMES:
        parts, operators = (*first.parts, *parts[1:]), (*first.operators, *operators)
    return Infix(parts, operators) if operators else first


def over_one(formula: Formula) -> Formula:
    """Return 1 ⊘ A."""
    return Infix((Digits(1), formula), (OVER,))


def dot(left: Formula, right: Formula) -> Formula:
    """Return A · B, all positions contracted."""
    return Infix((left, right), (DOT,))


def squared(formula: Formula) -> Formula:
    """Return A ⊙ A."""
    return Infix((formula, formula), (ODOT,))


def outer(parts: tuple[Formula, ...]) -> Formula:
    """Return A ⊗ B ⊗ …"""
    return Infix(parts, (OUTER,) * (len(parts) - 1)) if len(parts) > 1 else parts[0]


def ones(sizes: tuple[Extent, ...]) -> Formula:
    """Return the tensor of ones: 1, 𝟏, 𝟏 𝟏ᵀ, or 𝟏 ⊗ 𝟏 ⊗ …"""
    vectors = tuple([Ones(size) for size in sizes])
    if not vectors:
        return Digits(1)
    if len(vectors) == 2:
        return Chain((vectors[0], transposed(vectors[1])))
    return outer(vectors)


def diagonal_matrix(vector: Formula) -> Formula:
    """Return diag(s) for a vector, and the diagonal of a matrix."""
    return Apply("diag", r"\operatorname{diag}", vector)


def trace(matrix: Formula) -> Formula:
    """Return tr(A)."""
    return Apply("tr", r"\operatorname{tr}", matrix)


def transposed(formula: Formula) -> Formula:
    """Return the formula of the transposition: a superscript is changed, not stacked.

    Example:
        >>> from bracketcalc.render.layout import Name
        >>> transposed(Power(Name("X"), "-1")).exponent
        '-T'
    """
    if isinstance(formula, Conjugated):
        inner = formula.argument
        inverse = isinstance(inner, Power) and inner.exponent == "-1"
        return Power(inner.base, "-H") if isinstance(inner, Power) and inverse else Power(inner, "H")
    if isinstance(formula, Power) and formula.exponent == "-1":
        return Power(formula.base, "-T")
    if isinstance(formula, Power) and formula.exponent == "-T":
        return Power(formula.base, "-1")
    if isinstance(formula, Power) and formula.exponent == "T":
        return formula.base
    if isinstance(formula, Power) and formula.exponent in ("H", "-H"):
        return conjugated(formula.base if formula.exponent == "H" else Power(formula.base, "-1"))
    return Power(formula, "T")


def conjugated(formula: Formula) -> Formula:
    """Return conj(z)."""
    return Conjugated(CONJ.name, CONJ.latex, formula)


def inverted(formula: Formula) -> Formula:
    """Return the formula of the inverse of a matrix."""
    if isinstance(formula, Power) and formula.exponent in ("T", "H"):
        return Power(formula.base, f"-{formula.exponent}")
    return Power(formula, "-1")
