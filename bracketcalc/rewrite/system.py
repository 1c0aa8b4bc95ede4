r"""Systems: a term as rows, which are easier to read than brackets in brackets (paper §2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.expr.core import Product
from bracketcalc.render.bracket.layout import Cases
from bracketcalc.rewrite.check import checked_term
from bracketcalc.rewrite.pulling import pulled_items
from bracketcalc.rewrite.show import Shown, row_formulas
from bracketcalc.rewrite.term import BracketTerm, of_term
from bracketcalc.rewrite.trees import bars_of


@dataclass(frozen=True, slots=True)
class System(Shown):
    r"""A term whose items are written in rows: ⟨X Y; [\overline{A} B]⟩.

    A row alone is no term, as the portions of a tensor may be in several rows. Its text, its ASCII
    (:func:`shown_text`) and its LaTeX (:func:`shown_latex`) are read back by ``bracket`` and ``parse``.

    Attributes:
        term: all rows beside each other.
        lengths: how many items each row has.
    """

    term: BracketTerm
    lengths: tuple[int, ...]

    @property
    def expr(self) -> Product:
        """Return the product that it means."""
        return self.term.expr

    @property
    def formula(self) -> Cases:
        """Return what is written, before it is spelled."""
        return Cases(tuple(row_formulas(self.term.coefficient, self.term.tree, self.lengths)))


@of_term
def system(term: BracketTerm) -> System:
    r"""Return a term as a system: what has free dimensions in the first row, then each item that is summed.

    X [\overline{A} B (C_1 [\overline{C_2} D_1] D_2)] Y is the system of X Y, [\overline{A} B (C_1 D_2)] and
    [\overline{C_2} D_1] (paper §2.3). The rows can be read in any order, but for the first.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.rewrite.term import bracket_term
        >>> A, B, C, D = tensors("A[n,m] B[n,m] C[n,k] D[k,m]")
        >>> X, Y = tensors("X[p] Y[q]")
        >>> text = "X [~A B (C_1 [~C_2 D_1] D_2)] Y"
        >>> print(system(bracket_term(text, A=A, B=B, C=C, D=D, X=X, Y=Y)))
        ⟨X Y; [A̅ B (C_1 D_2)]; [C̅_2 D_1]⟩
    """
    items = pulled_items(term.tree)
    free = [item for item in items if not all(bars_of(item))]
    summed = [item for item in items if all(bars_of(item))]
    found = checked_term("system", term, [*free, *summed])
    return System(found, (len(free),) * bool(free) + (1,) * len(summed))
