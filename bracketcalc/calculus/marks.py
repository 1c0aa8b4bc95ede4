"""Two marks in the lines of a derivation: d(…) that is not worked out yet, and parentheses that are kept.

Both are functions of every element, so they can stand wherever an expression can.
"""

from __future__ import annotations

from typing import TypeGuard

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Elementwise, Expr, Product, constant, product, spread
from bracketcalc.expr.number import Number
from bracketcalc.expr.records import HOLOMORPHIC, Array, ArrayNamespace, ElementwiseFunction
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import Operand, operands
from bracketcalc.traverse import bottom_up


def _no_value(xp: ArrayNamespace, x: Array) -> Array:
    raise ArgumentError(
        "d(…) is what a change of the variables does to an expression, and no function of its value",
        hint="evaluate jvp along a direction",
    )


CHANGE = ElementwiseFunction(
    name="d",
    value=_no_value,
    latex="d",
    summary="the differential of the argument, before it is worked out: d(X)_I = d(X_I)",
    on_complex=HOLOMORPHIC,
)


def _unchanged(xp: ArrayNamespace, x: Array) -> Array:
    return x


def _slope_one(x: Expr) -> Expr:
    return spread(constant(1), x.sizes)


GROUP = ElementwiseFunction(
    name="group",
    value=_unchanged,
    derivative=_slope_one,
    summary="the argument; it is written as one operand, which a product around it does not open",
    on_complex=HOLOMORPHIC,
)


def change_of(expr: Expr) -> Expr:
    """Return d(expr), not worked out.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> is_change(change_of(A @ x)), is_change(A @ x)
        (True, False)
    """
    return Elementwise(CHANGE, (), expr)


def is_change(expr: Expr) -> TypeGuard[Elementwise]:
    """Return whether an expression is d(…), not worked out."""
    return isinstance(expr, Elementwise) and expr.function == CHANGE


def is_group(expr: Expr) -> TypeGuard[Elementwise]:
    """Return whether an expression is in parentheses that are kept."""
    return isinstance(expr, Elementwise) and expr.function == GROUP


def grouped(expr: Expr) -> Expr:
    """Return the expression in parentheses that are kept, if a product around it would open it.

    The number and the scalars in front of it stay outside. A scalar needs no parentheses.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> grouped(2 * (A @ x)) == 2 * Elementwise(GROUP, (), A @ x), grouped(x) == x
        (True, True)
    """
    if not isinstance(expr, Product) or not expr.ndim:
        return expr
    outside, inside = split_scalars(expr)
    if len(inside) == 1 and inside[0][1] == expr.output:
        return expr
    found = Elementwise(GROUP, (), product(1, inside, expr.output))
    if not outside and expr.coefficient == 1:
        return found
    return scaled(expr.coefficient, outside, found, tuple(range(expr.ndim)))


def split_scalars(expr: Product) -> tuple[list[Operand], list[Operand]]:
    """Return the factors without axes, and the others; all as others where none has axes."""
    outside = [item for item in operands(expr) if not item[1]]
    inside = [item for item in operands(expr) if item[1]]
    return (outside, inside) if inside else ([], outside)


def scaled(coefficient: Number, scalars: list[Operand], expr: Expr, axes: tuple[int, ...]) -> Expr:
    """Return a number times scalars times an expression."""
    return product(coefficient, [*scalars, (expr, axes)], axes)


def ungrouped(expr: Expr) -> Expr:
    """Return the expression without the parentheses that are kept; definitions are not entered."""
    return bottom_up([expr], lambda node: node.argument if is_group(node) else node, stop=is_definition)[0]
