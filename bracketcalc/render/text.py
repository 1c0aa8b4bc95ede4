"""Expressions as text and as LaTeX."""

from __future__ import annotations

from bracketcalc.expr.core import as_expr
from bracketcalc.render.capped import write
from bracketcalc.render.formulas import formula_of
from bracketcalc.render.latex import LATEX
from bracketcalc.render.spelling import ASCII, UNICODE


def to_text(x: object, style: str = "matrix", *, ascii: bool = False, limit: int | None = None) -> str:
    """Return an expression as text, which parses back to an equal expression.

    The matrix form is found from the product's graph, whatever way it was written: chains of matrices,
    element-wise products, traces, diagonal matrices. A product that has no short matrix form is written
    in the index form.

    Args:
        x: an expression or a number.
        style: ``"matrix"``; ``"index"`` for the index form of every product (paper (1)); ``"bracket"``
            for the general bracket notation (paper §2.3).
        ascii: write only ASCII characters (beside names).
        limit: about the most characters; what does not fit is left out. None for all of it.

    Raises:
        ArgumentError: for another style.
        MemoryLimitError: for a text of many millions of characters, if there is no limit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, Z, C = tensors("X[n,d] Z[n,k] C[n,k]")
        >>> to_text(X.T @ (Z * C)), to_text(X.T @ (Z * C), ascii=True)
        ('Xᵀ (Z ⊙ C)', 'X^T (Z .* C)')
        >>> to_text(X.T @ Z, style="index")
        '(X_{ij} Z_{ik} | jk)'
        >>> to_text(X @ X.T @ Z, style="bracket", ascii=True)
        '<|X_1 [~X_2 X_2] [~X_1 Z_1] Z_2|>'
    """
    return write(formula_of(as_expr(x), style), ASCII if ascii else UNICODE, limit)


def to_latex(x: object, style: str = "matrix", *, limit: int | None = None) -> str:
    r"""Return an expression as LaTeX for math mode, which parses back to an equal expression.

    Args:
        x: an expression or a number.
        style: ``"matrix"``, ``"index"`` or ``"bracket"``, as in :func:`to_text`.
        limit: about the most characters; what does not fit is left out. None for all of it.

    Raises:
        ArgumentError: for another style.
        MemoryLimitError: for a text of many millions of characters, if there is no limit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> a, X, b = tensors("a[n] X[n,k] b[k]")
        >>> print(to_latex(a @ X @ b / 2))
        \frac{1}{2} a^{T} X b
    """
    return write(formula_of(as_expr(x), style), LATEX, limit)
