"""Derivatives of a root x(p) of g(p, x) = 0, and Newton's method, as expressions.

The root is not computed here: x is an ordinary tensor, whose value at the root comes as an array. Then
dx = -(∂g/∂x)⁻¹ ∂g/∂p dp, and the gradient of J(p, x(p)) takes one solve with the adjoint of ∂g/∂x,
whatever the number of parameters (A. Edelman and S. G. Johnson, *Matrix Calculus*, 2023, section 8.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from bracketcalc.calculus.derivatives import (
    Variable,
    differential_symbol,
    finished,
    gradient,
    jacobian,
    variable_list,
    vjp,
)
from bracketcalc.calculus.directional import hvp
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.core import Expr, Sum, as_expr, scale
from bracketcalc.expr.nodes import check_sizes_equal_to
from bracketcalc.expr.shapes import describe
from bracketcalc.functions.solving import solve_axes, transposed
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.traverse import expand_definitions, postorder, substitute, tensors_in


@overload
def implicit_gradient(expr: Expr, equation: Expr, x: Expr, wrt: Expr) -> Expr: ...
@overload
def implicit_gradient(expr: Expr, equation: Expr, x: Expr, wrt: Sequence[Expr]) -> list[Expr]: ...
def implicit_gradient(expr: Expr, equation: Expr, x: Expr, wrt: Expr | Sequence[Expr]) -> Expr | list[Expr]:
    """Return the gradient of J(p, x(p)) in p, where x(p) is the root of g(p, x) = 0.

    It is ∂J/∂p - (∂g/∂p)ᵀ v with (∂g/∂x)ᵀ v = ∂J/∂x: one adjoint solve for all parameters together.

    Args:
        expr: J, a scalar expression of p and x.
        equation: g, with the axes of x.
        x: the tensor that stands for the root, with at most four axes.
        wrt: the parameter p, a tensor or definition, or a sequence of them.

    Returns:
        An expression with the axes of p, or a list of them for a sequence. Its value is that of the
        gradient where x is a root.

    Raises:
        DerivativeError: if J is not a scalar, if g does not contain x, or if x is one of the parameters.
        ShapeError: if g has other axes than x.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, b, x, c = tensors("A[n,n] b[n] x[n] c[n]")
        >>> print(implicit_gradient(c @ x, A @ x - b, x, b))
        solve(Aᵀ, c)
    """
    expr, equation = as_expr(expr), as_expr(equation)
    variables = [wrt] if isinstance(wrt, Expr) else list(wrt)
    root = _unknown(equation, x)
    if root in variables:
        raise DerivativeError(f"{root.name} is the root, not a parameter", hint="leave it out of wrt")
    slopes = gradient(expr, [*variables, root])
    matrix = transposed(jacobian(equation, root), 0, root.ndim)
    adjoint = solve_axes(matrix, slopes[-1], root.ndim)
    # Without the minus sign here, terms of both parts would be collected only after being multiplied out.
    pulled = vjp(equation, variables, scale(-1, adjoint))
    totals = [Sum((direct, part)) for direct, part in zip(slopes, pulled, strict=False)]
    results = finished(totals, Sum((expr, dot(equation, equation))))
    return results[0] if isinstance(wrt, Expr) else results


def implicit_jacobian(equation: Expr, x: Expr, wrt: Expr) -> Expr:
    """Return dx/dp for the root x(p) of g(p, x) = 0: the axes of x, then those of p.

    It is -(∂g/∂x)⁻¹ ∂g/∂p, with a right side for every element of p; for the gradient of a scalar,
    :func:`implicit_gradient` needs only one.

    Args:
        equation: g, with the axes of x.
        x: the tensor that stands for the root, with at most four axes.
        wrt: the parameter p.

    Raises:
        DerivativeError: if g does not contain x.
        ShapeError: if g has other axes than x.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, b, x = tensors("A[n,n] b[n] x[n]")
        >>> print(implicit_jacobian(A @ x - b, x, A))
        -solve(A, I_{n}) ⊗ x
    """
    equation = as_expr(equation)
    root = _unknown(equation, x)
    right = scale(-1, jacobian(equation, wrt))
    return simplify(solve_axes(jacobian(equation, root), right, root.ndim))


def root(equation: Expr, x: Expr, order: int = 1) -> Expr:
    """Return the root x(p) of g(p, x) = 0 as an expression that can be differentiated.

    It is x - (∂g/∂x)⁻¹ g, Newton's step from x. Where the array of x is a root, that is its value, and its
    first derivatives in p are those of the root, since the step ends within O(δ²) of it for any p + δ.
    Away from a root, it is the next iterate of Newton's method.

    Args:
        equation: g, with the axes of x.
        x: the tensor that stands for the root, with at most four axes.
        order: up to which order the derivatives are those of the root: each step more than doubles it.

    Returns:
        An expression with the axes of x.

    Raises:
        DerivativeError: if g does not contain x.
        ShapeError: if g has other axes than x.
        ArgumentError: for an order that is not a positive integer.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, b, x = tensors("A[n,n] b[n] x[n]")
        >>> print(root(A @ x - b, x))
        x - solve(A, A x - b)
    """
    equation = as_expr(equation)
    unknown = _unknown(equation, x)
    if type(order) is not int or order < 1:
        raise ArgumentError(f"the order is a positive integer, got {order!r}", hint="write order=2")
    change = solve_axes(jacobian(equation, unknown), equation, unknown.ndim)
    step = simplify(Sum((unknown, scale(-1, change))))
    if order > 1:
        # A name would stand for its value at x and for that at the next iterate.
        step = expand_definitions([step])[0]
    result, known = step, 1
    while known < order:
        result = substitute([step], {unknown: result})[0]
        known = 2 * known + 1
    return result


def newton_step(expr: Expr, x: Expr) -> Expr:
    """Return Newton's step -H⁻¹ ∇J towards a point where the gradient of J is 0.

    Args:
        expr: J, a scalar.
        x: the tensor that changes, with at most four axes.

    Returns:
        An expression with the axes of x. Evaluating it solves with the Hessian; where that is singular,
        it raises SingularMatrixError.

    Raises:
        DerivativeError: if J is not a scalar, or does not contain x.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, b, x = tensors("A[n,n] b[n] x[n]")
        >>> print(newton_step(x @ A @ x / 2 - b @ x, x))
        -solve(1/2 (A + Aᵀ), 1/2 A x + 1/2 Aᵀ x - b)
    """
    slope = gradient(expr, x)
    variable = _unknown(slope, x)
    return simplify(scale(-1, solve_axes(jacobian(slope, variable), slope, variable.ndim)))


def quadratic_model(expr: Expr, x: Expr) -> Expr:
    """Return J + ∇J · dx + ½ dx · H dx, the Taylor polynomial of order 2 in the tensor ``dx``.

    The Hessian is only applied to dx, never built.

    Args:
        expr: J, a scalar.
        x: a tensor or definition; the change is the tensor named after it, as in a differential.

    Returns:
        A scalar expression.

    Raises:
        DerivativeError: if J is not a scalar, or if the name ``dx`` is taken already.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> c, x = tensors("c[n] x[n]")
        >>> print(quadratic_model(c @ x + x @ x, x))
        x · (c + x) + (c + 2 x) · dx + dx · dx
    """
    expr = as_expr(expr)
    (variable,) = variable_list([x])
    change = differential_symbol(variable)
    if any(tensor.name == change.name for tensor in tensors_in([expr])):
        raise DerivativeError(
            f"{change.name} occurs in the expression and would also name the change of {variable.name}",
            hint=f"rename {change.name}",
        )
    terms = [expr, dot(gradient(expr, variable), change), dot(change, hvp(expr, variable, change)) / 2]
    return simplify(Sum(simplify_all(terms)))


def _unknown(equation: Expr, x: Expr) -> Variable:
    """Return the tensor that an equation determines, after checking that it can."""
    (variable,) = variable_list([x])
    check_sizes_equal_to(equation, variable.sizes, f"an equation for {variable.name}")
    if variable not in postorder([equation]):
        raise DerivativeError(
            f"{describe(equation)} does not depend on {variable.name}, so it does not determine it",
            hint=f"write an equation that contains {variable.name}",
        )
    return variable
