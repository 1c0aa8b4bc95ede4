"""Parentheses in which subscripts are indices: index forms, and functions of an element in them."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.notation.frames import Bracket, Call, Frame
from bracketcalc.notation.index.ast import Constant, Term
from bracketcalc.notation.index.letters import Index, Letter
from bracketcalc.notation.index.summed import Sign
from bracketcalc.notation.tokens import Token


class Element(NamedTuple):
    """The indices of a factor.

    Attributes:
        end: the character behind them.
        indices: the indices.
        constant: what the factor is, if it is no operand.
    """

    end: int
    indices: tuple[Index, ...]
    constant: Constant | None = None


class IndexFrame(Frame):
    """An open index form, or the argument of a function that is applied to an element: tanh(A_{ij}).

    Attributes:
        place: the number of the token that opened it.
        elements: the indices of the factors that have some, by the numbers of their records.
        terms: the complete terms.
        sign: the plus or minus before the term that is read.
        sums: the Σ of the term that is read.
        inner: the letters of those that stood in parentheses of their own, in all terms.
        skipped: the tokens that close parentheses around a factor with dots, which mean nothing.
    """

    __slots__ = ("elements", "inner", "place", "sign", "skipped", "sums", "terms")

    def __init__(self, bracket: Bracket, opener: Token, place: int, call: Call | None = None) -> None:
        super().__init__(bracket, opener, call)
        self.place = place
        self.elements: dict[int, Element] = {}
        self.terms: list[Term] = []
        self.sign: Token | None = None
        self.skipped: set[int] = set()
        self.sums: list[Sign] = []
        self.inner: frozenset[Letter] = frozenset()
