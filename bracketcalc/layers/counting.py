"""How many elements some axes have, as an expression."""

from __future__ import annotations

from collections.abc import Iterable

from bracketcalc.expr.core import Expr, Extent, Size, constant


def count_of(sizes: Iterable[Extent]) -> Expr:
    """Return the product of sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,3]")
        >>> str(count_of(X.sizes))
        '3 n'
    """
    total: Expr = constant(1)
    for size in sizes:
        total = total * (size if isinstance(size, Size) else constant(size))
    return total
