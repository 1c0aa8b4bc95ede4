"""Taking the index of an argument before a function or a sum is computed, not after: f(X)_i = f(X_i).

A sum or a function that is only needed at one index is then computed at that index alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.expr.core import Elementwise, Expr, OneHot, Product, Sum, product
from bracketcalc.expr.nodes import Map
from bracketcalc.simplify.products import open_nested, operands
from bracketcalc.traverse import consumers, postorder, substitute

MAX_LEVELS = 30
"""How deep an index is moved into nested functions and sums."""


def sliced_first(roots: Sequence[Expr]) -> list[Expr]:
    """Return equal expressions in which indices stand as far inside as they can.

    Example:
        >>> from bracketcalc.expr.core import Tensor
        >>> from bracketcalc.simplify.engine import simplify
        >>> A, B = Tensor("A", (2, 3)), Tensor("B", (2, 3))
        >>> simplify(sliced_first([(A + B)[1]])[0]) == simplify(A[1] + B[1])
        True
    """
    found = list(roots)
    for _ in range(MAX_LEVELS):
        order = postorder(found)
        if not any(isinstance(node, OneHot) for node in order):
            break
        uses = consumers(order)
        for root in found:
            uses[root] = uses.get(root, 0) + 1
        moved: dict[Expr, Expr] = {}
        for node in order:
            changed = _moved_inside(node, uses) if isinstance(node, Product) else None
            if changed is not None:
                moved[node] = changed
        if not moved:
            break
        found = substitute(found, moved)
    return found


def _moved_inside(expr: Product, uses: Mapping[Expr, int]) -> Expr | None:
    """Return the product with its indices moved into the factors that nothing else needs."""
    expr = open_nested(expr, lambda factor: uses.get(factor, 0) < 2)
    pins = {names[0]: factor for factor, names in operands(expr) if isinstance(factor, OneHot)}
    found: list[tuple[Expr, tuple[int, ...]]] = []
    changed = False
    for factor, names in operands(expr):
        count = factor.batch if isinstance(factor, Map) else factor.ndim
        fixed = {axis: pins[name].index for axis, name in enumerate(names[:count]) if name in pins}
        if not fixed or uses.get(factor, 0) > 1 or not isinstance(factor, Sum | Elementwise | Map):
            found.append((factor, names))
            continue
        changed = True
        key = tuple([fixed.get(axis, slice(None)) for axis in range(factor.ndim)])
        found.append((_at(factor, key), tuple([n for axis, n in enumerate(names) if axis not in fixed])))
    return product(expr.coefficient, found, expr.output) if changed else None


def _at(expr: Sum | Elementwise | Map, key: tuple[int | slice, ...]) -> Expr:
    """Return ``expr[key]``, with the key on the children."""
    if isinstance(expr, Sum):
        return Sum([term[key] for term in expr.terms])
    if isinstance(expr, Elementwise):
        return Elementwise(expr.function, expr.parameters, expr.argument[key])
    lead = key[: expr.batch]
    batch = expr.batch - sum(isinstance(index, int) for index in lead)
    return Map(expr.function, expr.argument[(*lead, ...)], batch)
