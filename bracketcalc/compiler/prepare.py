"""From the expressions that were given to those that are translated: no definitions, simplified."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.stable import stabilized
from bracketcalc.expr.core import Expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.traverse import bottom_up


def prepared(exprs: Sequence[Expr]) -> list[Expr]:
    """Return equal expressions without definitions, numerically stable and simplified together."""
    simple = simplify_all(expanded(exprs))
    stable = stabilized(simple)
    return simple if stable == simple else simplify_all(stable)


def expanded(exprs: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with every definition replaced by its body.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> (X,) = tensors("X[n]")
        >>> expanded([define("Z", X + X)]) == [X + X]
        True
    """
    return bottom_up(exprs, lambda node: node.body if isinstance(node, Definition) else node)
