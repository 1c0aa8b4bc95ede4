"""Trees of the general bracket notation as text and as LaTeX, as they are arranged."""

from __future__ import annotations

from fractions import Fraction

from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number
from bracketcalc.notation.bracket.tree import Item
from bracketcalc.render.bracket.copies import portions
from bracketcalc.render.bracket.formulas import names_in_braces, term_formula
from bracketcalc.render.bracket.layout import Angle
from bracketcalc.render.capped import write
from bracketcalc.render.formulas import formula_of
from bracketcalc.render.latex import LATEX
from bracketcalc.render.layout import Digits, Formula, Negative, Ratio, Scaled
from bracketcalc.render.spelling import ASCII, UNICODE
from bracketcalc.simplify.engine import is_definition
from bracketcalc.traverse import postorder


def tree_to_text(
    tree: Item, coefficient: Number = 1, *, ascii: bool = False, limit: int | None = None
) -> str:
    """Return a term as text, in the arrangement of its tree.

    Args:
        tree: the term.
        coefficient: a number before it.
        ascii: write only ASCII characters (beside names).
        limit: about the most characters; what does not fit is left out. None for all of it.

    Raises:
        MemoryLimitError: for a text of many millions of characters, if there is no limit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.render.bracket.arrangement import arrangement
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> tree_to_text(arrangement(A @ B), -2, ascii=True)
        '-2 <|A_1 [~A_2 B_1] B_2|>'
    """
    return write(_formula(tree, coefficient), ASCII if ascii else UNICODE, limit)


def tree_to_latex(tree: Item, coefficient: Number = 1, *, limit: int | None = None) -> str:
    r"""Return a term as LaTeX for math mode, in the arrangement of its tree.

    Args:
        tree: the term.
        coefficient: a number before it.
        limit: about the most characters; what does not fit is left out. None for all of it.

    Raises:
        MemoryLimitError: for a text of many millions of characters, if there is no limit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.render.bracket.arrangement import arrangement
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(tree_to_latex(arrangement(A @ B)))
        \langle A_{1} [\overline{A_{2}} B_{1}] B_{2} \rangle
    """
    return write(_formula(tree, coefficient), LATEX, limit)


def _formula(tree: Item, coefficient: Number) -> Formula:
    tensors = list(dict.fromkeys(portion.tensor for portion in portions(tree)))
    formulas = {tensor: formula_of(tensor, "bracket") for tensor in tensors}
    names = [
        node.name
        for node in postorder(tensors, stop=is_definition)
        if isinstance(node, Tensor | Size | Definition)
    ]
    term: Formula = Angle(term_formula(tree, formulas.__getitem__, names_in_braces(names)))
    size: Number = -coefficient if coefficient < 0 else coefficient
    if size != 1:
        term = Scaled((_number(size),), term)
    return Negative(term) if coefficient < 0 else term


def _number(value: Number) -> Formula:
    if isinstance(value, Fraction):
        return Ratio(Digits(value.numerator), (Digits(value.denominator),))
    return Digits(value)
