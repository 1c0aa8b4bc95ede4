"""Computing |X| X⁻¹ as the adjugate of X, which is finite where X has no inverse."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bracketcalc.expr.core import POWER, Elementwise, Expr, Product, product
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.adjugate import ADJUGATE
from bracketcalc.functions.determinant import DET
from bracketcalc.functions.square_matrix import INV
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import operands
from bracketcalc.traverse import bottom_up, postorder


def with_adjugates(roots: Sequence[Expr]) -> list[Expr]:
    """Return the roots with |X|^k X⁻¹ = |X|^(k-1) adj(X) for k > 0, where nothing else needs X⁻¹.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import adjugate, det, inv
        >>> (X,) = tensors("X[n,n]")
        >>> with_adjugates([det(X) * inv(X)]) == [Product(1, (adjugate(X),), ((0, 1),), (0, 1))]
        True
    """
    inverses = {node for node in postorder(roots) if _is(node, INV)}
    if not any(
        _is(node, DET) and Map(INV, node.children[0], node.data[1]) in inverses for node in postorder(roots)
    ):
        return list(roots)
    changed = bottom_up(roots, lambda node: _merged(node, inverses))
    left = {node for node in postorder(changed) if _is(node, INV)}
    if left:
        changed = bottom_up(roots, lambda node: _merged(node, inverses - left))
    return changed


def _is(node: Expr, function: object) -> bool:
    return isinstance(node, Map) and node.function == function


def _merged(node: Expr, inverses: Container[Expr]) -> Expr:
    """Return a product in which a determinant and the inverse of its matrix have met."""
    if not isinstance(node, Product):
        return node
    found = operands(node)
    for place, (factor, lead) in enumerate(found):
        scalar, power = as_power(factor)
        if not isinstance(scalar, Map) or scalar.function != DET or power not in range(1, 10):
            continue
        inverse = Map(INV, scalar.argument, scalar.batch)
        for other, (partner, labels) in enumerate(found):
            if partner == inverse and partner in inverses and labels[: scalar.batch] == lead:
                found[other] = (Map(ADJUGATE, scalar.argument, scalar.batch), labels)
                rest = [] if power == 1 else [(Elementwise(POWER, (power - 1,), scalar), lead)]
                return product(node.coefficient, [*found[:place], *rest, *found[place + 1 :]], node.output)
    return node
