"""Names for the inside of an expression with many functions inside each other.

Every line of a full derivation writes a whole body down. With a limit on how deep a body is, the lines of
a chain of functions are as many as the chain is long, and none of them is longer than the limit allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from bracketcalc.calculus.derivatives import Variable
from bracketcalc.expr.core import Expr, Product, Size, Sum, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.traverse import depends_on, postorder, with_children

DEEPEST = 12
"""How many operations may stand inside each other before the innermost get a name."""


def with_intermediates(expr: Expr, variables: Sequence[Variable]) -> tuple[Expr, list[Variable]]:
    """Return an equal expression in which no body is deep, and the variables as they occur in it.

    Args:
        expr: any expression.
        variables: the tensors and definitions in whose differentials it is written.

    Returns:
        The expression itself where no body is deep. Otherwise every operation that is the deepest one
        allowed is a definition with a name that nothing else has: T_1, T_2, …

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import sin
        >>> (x,) = tensors("x[n]")
        >>> y = x
        >>> for _ in range(13):
        ...     y = sin(y)
        >>> with_intermediates(y.sum(), [x])[0] == sin(Definition("T_1", y.argument)).sum()
        True
    """
    order = postorder([expr])
    active = depends_on(order, variables)
    bodies = {node.body for node in order if isinstance(node, Definition)} | {expr}
    names = _free_names(order)
    memo: dict[Expr, Expr] = {}
    depths: dict[Expr, int] = {}
    for node in order:
        found = with_children(node, tuple([memo[child] for child in node.children]))
        inside = [depths[child] + _deeper(node, child) for child in node.children if child in active]
        depths[node] = 0 if isinstance(node, Definition) else max(inside, default=0)
        if depths[node] >= DEEPEST and node not in bodies:
            found, depths[node] = Definition(next(names), found), 0
        memo[node] = found
    renamed = [memo.get(variable, variable) for variable in variables]
    return memo[expr], [variable for variable in renamed if isinstance(variable, Variable)]


def _deeper(node: Expr, child: Expr) -> int:
    """Return 0 for a sum in a sum and a product in a product, which are written as one, otherwise 1."""
    return 0 if isinstance(node, Sum | Product) and type(node) is type(child) else 1


def _free_names(order: Sequence[Expr]) -> Iterator[str]:
    """Yield T_1, T_2, …, without the names that the expression has."""
    taken = {node.name for node in order if isinstance(node, Tensor | Size | Definition)}
    for number in count(1):
        if f"T_{number}" not in taken:
            yield f"T_{number}"
