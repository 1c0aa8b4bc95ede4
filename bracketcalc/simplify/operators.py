"""Rules for linear operators: what does not stand under the operator is taken out of its operands."""

from __future__ import annotations

from typing import Any

from bracketcalc.expr.core import Expr, Ones, Product, product
from bracketcalc.expr.nodes import Operator
from bracketcalc.simplify.products import Operand, is_zero, operands, zero
from bracketcalc.simplify.rule import Rule, rule


def zero_operand(expr: Expr) -> Expr | None:
    """f(A)[0] = 0

    Decreases: the number of operators.
    """
    if not isinstance(expr, Operator) or not any(map(is_zero, expr.operands)):
        return None
    return zero(expr.sizes)


def out_of_operator(expr: Expr) -> Expr | None:
    """f(A)[c E_ij.. w_k..] = c f(A)[E_ij..] w_k..

    A factor goes out if no sum connects it with an axis on which the operator acts.
    Decreases: the coefficients and factors inside operands.
    """
    if not isinstance(expr, Operator):
        return None
    for place, operand in enumerate(expr.operands):
        if isinstance(operand, Product) and operand.factors:
            taken = expr.batch + expr.operator.operands[place]
            inside, outside = _split(operand, expr.batch, taken)
            smaller = _product_of(operand, inside, expr.batch, taken)
            if operand.coefficient != 1 or smaller != operand:
                return _taken_out(expr, place, smaller, outside)
    return None


OPERATOR_RULES: tuple[Rule, ...] = (
    rule(zero_operand, Operator, Product),
    rule(out_of_operator, Operator, Product),
)


def _split(operand: Product, batch: int, taken: int) -> tuple[list[Operand], list[Operand]]:
    """Return the factors that an operator acts on, and the others.

    Args:
        operand: what the operator is applied to.
        batch: how many of its axes only select among the tensors of a stack.
        taken: how many axes come before those on which the operator does not act.
    """
    free = {*operand.output[:batch], *operand.output[taken:]}
    reached = set(operand.output[batch:taken])
    found = operands(operand)
    inside: set[int] = set()
    while True:
        touched = [n for n, (_, labels) in enumerate(found) if n not in inside and reached & {*labels}]
        if not touched:
            break
        inside.update(touched)
        reached.update(label for n in touched for label in found[n][1] if label not in free)
    return [found[n] for n in sorted(inside)], [one for n, one in enumerate(found) if n not in inside]


def _product_of(operand: Product, inside: list[Operand], batch: int, taken: int) -> Product:
    """Return the operand with the given factors only, and ones where they lack an axis of the stack."""
    carried = {label for _, labels in inside for label in labels}
    lead = operand.output[:batch]
    ones = [
        (Ones((size,)), (label,))
        for label, size in zip(lead, operand.sizes, strict=False)
        if label not in carried
    ]
    behind = [label for label in operand.output[taken:] if label in carried]
    return product(1, [*inside, *ones], (*operand.output[:taken], *behind))


def _taken_out(expr: Operator, place: int, smaller: Product, outside: list[Operand]) -> Expr:
    """Return the operator applied to a smaller operand, times what was taken out."""
    operand = expr.operands[place]
    assert isinstance(operand, Product)
    batch, taken = expr.batch, expr.batch + expr.operator.operands[place]
    given = [*expr.operands[:place], smaller, *expr.operands[place + 1 :]]
    node = Operator(expr.operator, expr.parameter, given, batch)
    lead: list[Any] = list(operand.output[:batch])
    own = expr.ndim - sum(map(len, expr.beside))
    before: list[Any] = [*lead, *[("result", axis) for axis in range(batch, own)]]
    after: list[Any] = list(before)
    inside, _ = _split(operand, batch, taken)
    carried = {label for _, labels in inside for label in labels}
    for part, sizes in enumerate(expr.beside):
        names: list[Any] = [(part, axis) for axis in range(len(sizes))]
        if part == place:
            names = list(operand.output[taken:])
        before += names
        after += [name for name in names if part != place or name in carried]
    return product(operand.coefficient, [(node, after), *outside], before)
