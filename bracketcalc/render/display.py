"""How expressions and derivations show themselves in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.expr.core import Expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.render.capped import write
from bracketcalc.render.formulas import formula_of
from bracketcalc.render.latex import LATEX, latex_name
from bracketcalc.render.spelling import UNICODE
from bracketcalc.render.text import to_latex, to_text

LONGEST = 20_000
"""About the most characters that are shown of one expression."""

SHORTEST = 500
"""The characters that each of many equations has at least."""


class ExprDisplay:
    """The printers behind ``str(x)`` and the notebook output; long output has its middle left out.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> ExprDisplay().text(A @ x)
        'A x'
    """

    def text(self, expr: Expr) -> str:
        """Return the expression in the matrix style, in Unicode."""
        return to_text(expr, limit=LONGEST)

    def mimebundle(self, expr: Expr) -> dict[str, str]:
        r"""Return what a notebook shows: a definition with what it stands for.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, x = tensors("A[m,n] x[n]")
            >>> print(ExprDisplay().mimebundle(A.T @ (A @ x))["text/latex"])
            $\displaystyle A^{T} A x$
        """
        sides = [expr, expr.body] if isinstance(expr, Definition) else [expr]
        formulas = [formula_of(side) for side in sides]
        text, latex = (
            " = ".join(write(formula, spelling, LONGEST) for formula in formulas)
            for spelling in (UNICODE, LATEX)
        )
        return {"text/plain": text, "text/latex": rf"$\displaystyle {latex}$"}

    def equations(self, rows: Sequence[tuple[str, Expr]]) -> str:
        r"""Return LaTeX for equations, one below the other and aligned at their equality signs.

        Args:
            rows: the name on the left and the expression on the right of each equation; without a name,
                the expression alone.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, x = tensors("A[m,n] x[n]")
            >>> print(ExprDisplay().equations([("y", A @ x)]))
            $\displaystyle \begin{aligned}
            y &= A x
            \end{aligned}$
        """
        limit = max(SHORTEST, LONGEST // max(len(rows), 1))
        lines = [
            (f"{latex_name(left)} &= " if left else "& ") + to_latex(right, limit=limit)
            for left, right in rows
        ]
        inner = " \\\\\n".join(lines)
        return f"$\\displaystyle \\begin{{aligned}}\n{inner}\n\\end{{aligned}}$"
