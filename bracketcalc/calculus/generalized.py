"""Generalized gradients: ∇f(X), and ∇f^P(X) of a function on sub-tensors (paper §4.3.4)."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.calculus.derivatives import finished, jacobian
from bracketcalc.calculus.named import multiplied_out
from bracketcalc.calculus.tangents import given_to, local_differential, tangents
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Delta, Expr, Ones, as_expr, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import TensorFunction
from bracketcalc.functions.application import SubtensorForm, apply_to
from bracketcalc.traverse import definitions_in


def generalized_gradient(expr: Expr, wrt: Expr) -> Expr:
    """Return ∇f(X), the "transpose" of the generalized Jacobian: ∂f(X)_{I_m} / ∂X_{I_n} (28).

    Args:
        expr: f(X), any expression.
        wrt: a tensor or a definition X.

    Returns:
        The axes of ``wrt``, then the axes of ``expr``. A product that holds the body of a definition of
        ``expr`` is written with its name.

    Raises:
        DerivativeError: for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> from bracketcalc.functions.forms import exp
        >>> (a,) = tensors("a[n]")
        >>> s = define("s", exp(a) / exp(a).sum())
        >>> [term.factors[0].name for term in generalized_gradient(s, a).terms]
        ['s', 's']
    """
    expr = as_expr(expr)
    found = jacobian(expr, wrt)
    order = [*range(expr.ndim, found.ndim), *range(expr.ndim)]
    return multiplied_out(product(1, [(found, range(found.ndim))], order), definitions_in([expr]))


def subtensor_gradient(
    function: SubtensorForm | TensorFunction, x: object, positions: Sequence[int] = ()
) -> Expr:
    """Return ∇f^P(X), which is (∇f)^P(X): the gradient of f at every sub-tensor of X (31).

    Args:
        function: a function on sub-tensors.
        x: an expression.
        positions: the axes P of ``x``, counted from 0, whose indices select the sub-tensors. Without
            them, f takes the last axes.

    Returns:
        The axes P in their order, the other axes of ``x``, then the axes of the result of f. By (32),
        df^P(X; dX) is this, with all but its last axes multiplied with dX and those outside P summed.

    Raises:
        ShapeError: if the number of axes outside P is not what f takes.
        DerivativeError: for a function without a differential.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import softmax
        >>> (A,) = tensors("A[2,3]")
        >>> subtensor_gradient(softmax, A, [0]).sizes
        (2, 3, 3)
    """
    record = function.record if isinstance(function, SubtensorForm) else function
    if not isinstance(record, TensorFunction):
        raise ArgumentError(
            f"expected a function on sub-tensors, got {type(function).__name__}",
            hint="the gradient of an element-wise function is its derivative: use jacobian",
        )
    x = as_expr(x)
    lead = list(positions) or list(range(x.ndim - record.ndim))
    node = apply_to(record, x, lead)
    assert isinstance(node, Map)
    linear, symbol = local_differential(node)
    batch, inner = node.batch, record.ndim
    taken = range(batch, batch + inner)
    # Only the axes of the sub-tensor vary one by one: what f does to one sub-tensor is seen on all.
    units = [(Delta(symbol.sizes[axis], 2), (("x", axis), ("by", axis))) for axis in taken]
    ones = [(Ones((symbol.sizes[axis],)), (("x", axis),)) for axis in range(batch)]
    output = [("x", axis) for axis in range(batch + inner)] + [("by", axis) for axis in taken]
    seed = product(1, [*ones, *units], output)
    tangent = tangents([linear], {symbol: seed}, inner, stop=given_to(node))[0]
    assert tangent is not None
    result = range(batch, tangent.ndim - inner)
    order = [*range(batch), *range(tangent.ndim - inner, tangent.ndim), *result]
    simple = finished([tangent], node)[0]
    return multiplied_out(product(1, [(simple, range(simple.ndim))], order))
