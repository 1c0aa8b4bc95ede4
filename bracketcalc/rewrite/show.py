"""How bracket terms and what is made of them are written: text, LaTeX, and the display of a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.tree import Beside, Portion
from bracketcalc.notation.spelled import spelled
from bracketcalc.render import layout
from bracketcalc.render.bracket.copies import portions
from bracketcalc.render.bracket.formulas import term_formula
from bracketcalc.render.bracket.layout import Angle, Part, Row
from bracketcalc.render.capped import write
from bracketcalc.render.display import LONGEST
from bracketcalc.render.formulas import formula_of
from bracketcalc.render.latex import LATEX
from bracketcalc.render.layout import Formula
from bracketcalc.render.spelling import ASCII, UNICODE
from bracketcalc.traverse import postorder


class Shown:
    """What has a formula: its text parses back, and a notebook shows its LaTeX."""

    __slots__ = ()

    @property
    def formula(self) -> Formula:
        """Return what is written, before it is spelled."""
        raise NotImplementedError

    def __str__(self) -> str:
        return write(self.formula, UNICODE, LONGEST)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        formula = self.formula
        latex = write(formula, LATEX, LONGEST)
        return {
            "text/plain": write(formula, UNICODE, LONGEST),
            "text/latex": rf"$\displaystyle {latex}$",
        }


def shown_text(shown: Shown, *, ascii: bool = False, limit: int | None = None) -> str:
    """Return the text of a term, in Unicode or in ASCII.

    Args:
        shown: a term, or what an operation made of it.
        ascii: write only ASCII characters (beside names).
        limit: about the most characters; what does not fit is left out. None for all of it.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> shown_text(bracket_term(2 * A @ B), ascii=True)
        '<|2 A_1 [~A_2 B_1] B_2|>'
    """
    return write(shown.formula, ASCII if ascii else UNICODE, limit)


def shown_latex(shown: Shown, *, limit: int | None = None) -> str:
    r"""Return the LaTeX of a term for math mode.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(shown_latex(bracket_term(A @ B)))
        \langle A_{1} [\overline{A_{2}} B_{1}] B_{2} \rangle
    """
    return write(shown.formula, LATEX, limit)


def term_formula_of(coefficient: Number, tree: Beside) -> Angle:
    """Return the formula of a term in ⟨ ⟩."""
    if not tree.items:
        # A 1 alone would be a filler.
        one = Part(_number(1)) if abs(coefficient) == 1 else None
        return Angle(_signed(coefficient, one))
    return Angle(_signed(coefficient, inner_formula(tree)))


def inner_formula(tree: Beside) -> Formula:
    """Return the formula of a tree as it stands inside ⟨ ⟩."""
    tensors = list(dict.fromkeys([portion.tensor for portion in portions(tree)]))
    names = [node.name for node in postorder(tensors) if isinstance(node, Tensor | Size | Definition)]
    braced = frozenset([name.partition("_")[0] for name in map(spelled, names) if "_" in name])
    formulas = {tensor: formula_of(tensor) for tensor in tensors}
    return term_formula(tree, formulas.__getitem__, braced)


def _signed(coefficient: Number, body: Formula | None) -> Formula:
    """Return a number times what is inside ⟨ ⟩."""
    size: Number = -coefficient if coefficient < 0 else coefficient
    if body is None:
        body = _number(size)
    elif size != 1:
        body = layout.Scaled((_number(size),), body)
    return layout.Negative(body) if coefficient < 0 else body


def _number(value: Number) -> Formula:
    if isinstance(value, Fraction):
        return layout.Ratio(layout.Digits(value.numerator), (layout.Digits(value.denominator),))
    return layout.Digits(value)


def row_formulas(coefficient: Number, tree: Beside, lengths: Sequence[int]) -> list[Formula]:
    """Return the formulas of the rows of a system; the coefficient is in the first."""
    if not tree.items:
        return [term_formula_of(coefficient, tree).body]
    whole = inner_formula(tree)
    items = whole.items if isinstance(whole, Row) and len(tree.items) > 1 else (whole,)
    rows: list[Formula] = []
    first = 0
    for length in lengths:
        row = Row(items[first : first + length])
        rows.append(row if rows else _signed(coefficient, row))
        first += length
    return rows


def operand_formula(coefficient: Number, tree: Beside) -> Formula:
    """Return the formula of a term as an operand: a number and a whole variable stand without ⟨ ⟩."""
    if not tree.items:
        return _signed(coefficient, None)
    only = tree.items[0] if len(tree.items) == 1 else None
    if coefficient == 1 and isinstance(only, Portion):
        whole = only.axes == tuple(range(only.tensor.ndim))
        if whole and isinstance(only.tensor, Tensor | Definition):
            return formula_of(only.tensor)
    return term_formula_of(coefficient, tree)
