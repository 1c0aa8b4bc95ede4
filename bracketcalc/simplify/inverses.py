"""Rules for inverses: transpositions and numbers go out, an inverse meets its matrix or its inverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bracketcalc.expr.core import Delta, Expr, Product, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.number import reciprocal_number
from bracketcalc.functions.square_matrix import INV
from bracketcalc.simplify.assumed import turned_to_neighbours
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.known import is_inverse
from bracketcalc.simplify.products import Operand, operands
from bracketcalc.simplify.rule import Rule, rule


def inverse_of_inverse(expr: Expr) -> Expr | None:
    """(X⁻¹)⁻¹ = X

    Decreases: the number of inverses.
    """
    if not isinstance(expr, Map) or not is_inverse(expr):
        return None
    inner = expr.argument
    if isinstance(inner, Map) and is_inverse(inner) and inner.batch == expr.batch:
        return inner.argument
    return None


def inverse_of_moved(expr: Expr) -> Expr | None:
    """(c Xᵀ)⁻¹ = 1/c (X⁻¹)ᵀ, and the same for every matrix in a stack

    Decreases: the products of one factor below inverses.
    """
    if not isinstance(expr, Map) or not is_inverse(expr) or not isinstance(expr.argument, Product):
        return None
    inner = expr.argument
    if len(inner.factors) != 1 or inner.coefficient == 0:
        return None
    labels, lead = inner.labels[0], inner.output[:-2]
    exchanged = (*lead, inner.output[-1], inner.output[-2])
    if labels not in (inner.output, exchanged):
        return None
    inverse = Map(INV, inner.factors[0], expr.batch)
    return product(reciprocal_number(inner.coefficient), [(inverse, labels)], inner.output)


def inverse_rules(table: CanonicalTable) -> tuple[Rule, ...]:
    """Return the rules for inverses."""
    return (
        rule(inverse_of_inverse, Map, Map),
        rule(inverse_of_moved, Map, Product),
        rule(cancel_inverse(table), Product, Map),
        rule(symmetric_inverse(table), Product, Map),
    )


def cancel_inverse(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that contracts a matrix with its inverse."""

    def cancel_inverse(expr: Expr) -> Expr | None:
        """X_ij (X⁻¹)_jk = δ_ik, and (X⁻¹)_ij X_jk = δ_ik

        Decreases: the number of inverses.
        """
        if not isinstance(expr, Product) or not any(is_inverse(factor) for factor in expr.factors):
            return None
        found = operands(expr)
        uses = Counter(label for _, labels in found for label in labels) + Counter(expr.output)
        for place, (inverse, (*lead, row, column)) in _inverses(found):
            form = table.form(inverse.argument)
            for other, (factor, labels) in enumerate(found):
                if other == place or lead or len(labels) != 2 or table.form(factor) != form:
                    continue
                for inner, outer, far in ((row, labels[0], 1), (column, labels[1], 0)):
                    if labels[far] == inner and uses[inner] == 2 and outer != inner:
                        rest = [item for k, item in enumerate(found) if k not in (place, other)]
                        end = column if far == 1 else row
                        delta = (Delta(factor.sizes[0], 2), (outer, end))
                        return product(expr.coefficient, [*rest, delta], expr.output)
        return None

    return cancel_inverse


def symmetric_inverse(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that gives the axes of the inverse of a symmetric matrix one order."""

    def symmetric_inverse(expr: Expr) -> Expr | None:
        """(X⁻¹)_ji = (X⁻¹)_ij where X = Xᵀ

        Decreases: the inverses of symmetric matrices whose axes are not in the order of their neighbours.
        """
        if not isinstance(expr, Product) or not any(is_inverse(factor) for factor in expr.factors):
            return None
        for place, (inverse, (*lead, _, _)) in _inverses(operands(expr)):
            turned = None if lead else turned_to_neighbours(expr, place)
            if turned is not None and table.form(inverse.argument.T) == table.form(inverse.argument):
                return turned
        return None

    return symmetric_inverse


def _inverses(found: list[Operand]) -> list[tuple[int, tuple[Map, tuple[int, ...]]]]:
    """Return the inverses among the factors, with their places and labels."""
    return [
        (place, (factor, labels))
        for place, (factor, labels) in enumerate(found)
        if isinstance(factor, Map) and is_inverse(factor)
    ]
