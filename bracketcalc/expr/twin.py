"""Symbols that stand for expressions."""

from __future__ import annotations

from collections.abc import Iterable

from bracketcalc.expr.core import Expr, Extent, Tensor
from bracketcalc.expr.facts import Fact


def twin(name: str, expr: Expr, sizes: Iterable[Extent] | None = None) -> Tensor:
    """Return a tensor with the axes of an expression, complex where the expression may be.

    Args:
        name: the name of the tensor.
        expr: the expression.
        sizes: other sizes than those of the expression.

    Example:
        >>> twin("dx", Tensor("x", (3,))).is_real
        True
    """
    facts = frozenset() if expr.is_real else frozenset({Fact.COMPLEX})
    return Tensor(name, expr.sizes if sizes is None else sizes, facts)
