"""Derivatives along directions: Hessian-vector products and k-th directional derivatives.

No Hessian and no tensor of higher order is built: each direction is one pass in forward mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.calculus.complex_slopes import check_field, check_real_valued
from bracketcalc.calculus.cotangents import cotangents
from bracketcalc.calculus.derivatives import finished, gradient, jvp, variable_list
from bracketcalc.calculus.tangents import tangents
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, Tensor, as_expr, constant
from bracketcalc.expr.nodes import Definition, check_sizes_equal_to
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.products import zero
from bracketcalc.traverse import substitute


def hvp(expr: Expr, wrt: Expr, direction: Expr, other: Expr | None = None) -> Expr:
    """Return the Hessian of a scalar times a direction, as the differential of the gradient.

    Args:
        expr: a scalar expression J.
        wrt: a tensor or definition W, of which the gradient is taken.
        direction: an expression V with the axes of ``other``; it may contain the variables.
        other: the variable that moves along V, by default ``wrt``.

    Returns:
        An expression with the axes of ``wrt``: ``hessian(expr, wrt, other)`` with its last axes, those
        of ``other``, contracted with V; for complex tensors, the real-linear change of the gradient.

    Raises:
        DerivativeError: if ``expr`` is not a scalar, or for a function without a derivative.
        ShapeError: if the direction has other sizes than ``other``.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x, v = tensors("A[n,n] x[n] v[n]")
        >>> hvp(x @ A @ x / 2, x, v).sizes == x.sizes
        True
        >>> hvp(x @ x, x, v) == 2 * v
        True
    """
    expr, direction = as_expr(expr), as_expr(direction)
    variable, moved = variable_list([wrt, wrt if other is None else other])
    if expr.ndim or isinstance(moved, Definition):
        return jvp(gradient(expr, variable), {moved: direction})
    check_sizes_equal_to(direction, moved.sizes, f"a direction of {moved.name}")
    check_field(direction, moved, f"a direction of {moved.name}")
    check_real_valued(expr)
    # Simplified, the gradient of a chain is one long product, and its differential has a term for each
    # factor. Before that, the cotangents of all nodes are shared, and the result is as long as the chain.
    found = cotangents({expr: constant(1)}, [variable])
    tangent = tangents([found[variable]], {moved: direction}, 0)[0] if variable in found else None
    return finished([zero(variable.sizes) if tangent is None else tangent], expr)[0]


def directional(expr: Expr, directions: Mapping[Expr, Expr], order: int = 1) -> Expr:
    """Return the k-th derivative of t ↦ expr(X + t V) at t = 0, which is D^k expr(X)[V, …, V].

    Args:
        expr: any expression.
        directions: for each variable X, an expression V with the axes of X. All variables move at once.
            A direction that contains a variable is not differentiated: it is the value at X.
        order: k, a non-negative integer; 0 gives the expression itself, simplified.

    Returns:
        An expression with the axes of ``expr``.

    Raises:
        ArgumentError: for an order that is not a non-negative integer.
        ShapeError: if a direction has other sizes than its variable.
        DerivativeError: for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, v = tensors("x[n] v[n]")
        >>> from bracketcalc.simplify.equality import equal
        >>> equal(directional(x**3, {x: v}, 3), 6 * v**3)
        True
    """
    return multidirectional(expr, [directions] * checked_order(order))


def multidirectional(expr: Expr, directions: Sequence[Mapping[Expr, Expr]]) -> Expr:
    """Return D^k expr(X)[V₁, …, V_k]: the derivative along one direction after the other.

    Args:
        expr: any expression.
        directions: one mapping from variables to directions for each of the k derivatives. A direction
            that contains a variable is not differentiated.

    Returns:
        An expression with the axes of ``expr``.

    Raises:
        ShapeError: if a direction has other sizes than its variable.
        DerivativeError: for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.algebra import dot
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, X = tensors("A[m,n] B[m,n] X[m,n]")
        >>> multidirectional(dot(X, X), [{X: A}, {X: B}]) == 2 * dot(A, B)
        True
    """
    expr = as_expr(expr)
    values: dict[Expr, Expr] = {}
    result = finished([expr], expr)[0]
    for place, moves in enumerate(directions):
        symbols = _symbols(moves, place, first=directions.index(moves))
        values.update({symbols[variable]: as_expr(moves[variable]) for variable in moves})
        result = jvp(result, symbols)
    return finished(substitute([result], values), expr)[0]


def _symbols(moves: Mapping[Expr, Expr], place: int, first: int) -> dict[Expr, Expr]:
    """Return for each variable a tensor that stands for its direction; equal moves have equal symbols."""
    if not isinstance(moves, Mapping):
        raise DerivativeError(
            f"direction {place} must be given for each variable, got {type(moves).__name__}",
            hint="write {x: v}",
        )
    symbols: dict[Expr, Expr] = {}
    for number, variable in enumerate(variable_list(list(moves))):
        check_sizes_equal_to(as_expr(moves[variable]), variable.sizes, f"a direction of {variable.name}")
        check_field(as_expr(moves[variable]), variable, f"a direction of {variable.name}")
        symbols[variable] = direction_symbol(f"{first}.{number}", variable)
    return symbols


def direction_symbol(name: str, variable: Expr) -> Tensor:
    """Return a tensor with the axes of a variable, under a name that no user can give.

    It holds the place of a direction while derivatives are taken, so that the direction is constant.
    """
    return twin(f"\0v{name}", variable)


def checked_order(order: int) -> int:
    """Return the order of a derivative.

    Raises:
        ArgumentError: if it is not a non-negative integer.

    Example:
        >>> checked_order(2)
        2
    """
    if type(order) is not int or order < 0:
        raise ArgumentError(
            f"the order of a derivative is a non-negative integer, got {order!r}", hint="write order=2"
        )
    return order
