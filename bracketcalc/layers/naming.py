"""Names for what a layer computes on the way, where a user asks for them."""

from __future__ import annotations

from bracketcalc.expr.build import define
from bracketcalc.expr.core import Expr


def named(letter: str, subscript: str, body: Expr) -> Expr:
    """Return a definition of a letter with a subscript; the body itself where there is no subscript.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n]")
        >>> str(named("C", "1", X + X)), named("C", "", X) == X
        ('C_1', True)
    """
    return define(f"{letter}_{subscript}", body) if subscript else body
