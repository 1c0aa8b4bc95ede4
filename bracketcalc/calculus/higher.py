"""Derivatives of any order with respect to any variables, mixed ones too."""

from __future__ import annotations

from bracketcalc.calculus.derivatives import finished, jacobian, variable_list
from bracketcalc.calculus.directional import checked_order
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, as_expr


def derivative(expr: Expr, *wrt: Expr, order: int = 1) -> Expr:
    """Return the derivative of an expression with respect to one variable after the other.

    ``derivative(F, X, order=3)`` is ``derivative(F, X, X, X)``. For a scalar J, ``derivative(J, X)`` is
    the gradient and ``derivative(J, X, Y)`` the mixed Hessian. Deltas stay symbolic at any order.

    Args:
        expr: any expression.
        wrt: tensors or definitions, each as often as it is differentiated with respect to it.
        order: how often, for a single variable; 0 gives the expression itself, simplified.

    Returns:
        An expression with the axes of ``expr``, then those of each variable in turn.

    Raises:
        ArgumentError: for no variable, an order that is not a non-negative integer, or an order beside
            several variables.
        DerivativeError: for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, y = tensors("x[n] y[n]")
        >>> derivative((x @ x) ** 2, x, order=3).ndim
        3
        >>> from bracketcalc.expr.build import identity
        >>> derivative(x @ y, x, y) == identity("n")
        True
    """
    checked_order(order)
    variables = variable_list(list(wrt))
    if not variables:
        raise ArgumentError("a derivative needs a variable", hint="write derivative(F, X)")
    if order != 1 and len(variables) > 1:
        raise ArgumentError(
            f"an order of {order} does not say which of the {len(variables)} variables it is for",
            hint="name each variable as often as you differentiate with respect to it",
        )
    expr = as_expr(expr)
    result = expr if order else finished([expr], expr)[0]
    for variable in variables * order:
        result = jacobian(result, variable)
    return result
