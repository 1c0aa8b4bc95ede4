"""Taylor polynomials of any order as expressions, for scalar and tensor variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import factorial, isfinite

import numpy as np

from bracketcalc.calculus.derivatives import Variable, jvp, variable_list
from bracketcalc.calculus.directional import checked_order, direction_symbol
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import (
    POWER,
    Elementwise,
    Expr,
    Ones,
    Product,
    Sum,
    Tensor,
    as_expr,
    constant,
    product,
    scale,
    spread,
)
from bracketcalc.expr.nodes import Definition, check_sizes_equal_to
from bracketcalc.expr.number import Number, as_number, fits
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.simplify.products import Operand, is_zero, operands, zero
from bracketcalc.traverse import bottom_up, depends_on, postorder, substitute, with_children

MAX_EXPONENT = 64
"""The largest exponent of a power of a number that is worked out exactly."""


def taylor(expr: Expr, wrt: Expr | Sequence[Expr], point: object | Sequence[object], order: int) -> Expr:
    """Return the Taylor polynomial Σ_k D^k expr(x₀)[δ, …, δ] / k! with δ = x - x₀, for k = 0 .. order.

    It is Definition 5.8 of Deisenroth, Faisal and Ong, *Mathematics for Machine Learning*, there with
    δᵏ as a k-fold outer product; here each contraction with δ is one derivative along δ, so no tensor
    of higher order is built. A polynomial of at most this degree is reproduced.

    Args:
        expr: any expression.
        wrt: a tensor or definition x, or several that move at once.
        point: x₀: an expression with the axes of x, or a number for all elements; a sequence of them
            for a sequence of variables.
        order: the degree of the polynomial, a non-negative integer.

    Returns:
        An expression with the axes of ``expr``. A definition of ``expr`` that contains x is replaced by
        its body, since its name stands for its value at x.

    Raises:
        ArgumentError: for an order that is not a non-negative integer, or not one point for each variable.
        ShapeError: if a point has other sizes than its variable.
        DerivativeError: for a function without a derivative; or, for an order above 0, where a function
            is applied to a number at which it is not differentiable. A symbolic x₀ is not checked.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import exp
        >>> (x,) = tensors("x[n]")
        >>> len(taylor(exp(x), x, 0, 3).terms)
        4
        >>> from bracketcalc.simplify.equality import equal
        >>> equal(taylor(exp(x), x, 0, 3), 1 + x + x**2 / 2 + x**3 / 6)
        True
    """
    checked_order(order)
    expr, variables = as_expr(expr), variable_list(wrt)
    points = _points(variables, [point] if isinstance(wrt, Expr) else point)
    inside: dict[Expr, Expr] = {
        variable: _place(place, variable) for place, variable in enumerate(variables)
    }
    moved = _opened(substitute([expr], inside)[0], inside.values())
    directions: dict[Expr, Expr] = {}
    values: dict[Expr, Expr] = {}
    for place, (variable, value) in enumerate(zip(variables, points, strict=True)):
        direction = direction_symbol(str(place), variable)
        directions[inside[variable]] = direction
        values[inside[variable]] = value
        values[direction] = variable - value if not is_zero(value) else variable
    derivatives = [moved]
    for _ in range(order):
        derivatives.append(jvp(derivatives[-1], directions))
    return _polynomial(derivatives, values)


def _polynomial(derivatives: Sequence[Expr], values: Mapping[Expr, Expr]) -> Expr:
    """Return the sum of the derivatives over k! at the point."""
    at_point = _folded(substitute(derivatives[:1], values), order=len(derivatives) - 1)
    at_point += _folded(substitute(derivatives[1:], values), order=0)
    terms = [
        scale(Fraction(1, factorial(k)) if k > 1 else 1, term)
        for k, term in enumerate(simplify_all(at_point))
        if not is_zero(term)
    ]
    return simplify(Sum(bottom_up(terms, _with_powers))) if terms else zero(derivatives[0].sizes)


def _with_powers(node: Expr) -> Expr:
    """x ⊙ x ⊙ .. = x^k: equal factors with equal labels as one power"""
    if not isinstance(node, Product) or len(set(operands(node))) == len(node.factors):
        return node
    counts: dict[Operand, int] = {}
    for item in operands(node):
        counts[item] = counts.get(item, 0) + 1
    items = [
        (factor if count == 1 else Elementwise(POWER, (count,), factor), labels)
        for (factor, labels), count in counts.items()
    ]
    return product(node.coefficient, items, node.output)


def _points(variables: Sequence[Variable], point: object) -> list[Expr]:
    """Return a point with the axes of each variable."""
    if not isinstance(point, Sequence) or len(point) != len(variables):
        raise ArgumentError(
            f"there must be one point for each of the {len(variables)} variables, got {point!r}",
            hint="give a sequence as long as the variables",
        )
    points = []
    for variable, value in zip(variables, point, strict=True):
        given = as_expr(value)
        full = simplify(spread(given, variable.sizes)) if given.ndim == 0 else given
        check_sizes_equal_to(full, variable.sizes, f"the point for {variable.name}")
        points.append(full)
    return points


def _place(place: int, variable: Variable) -> Tensor:
    """Return the tensor that varies in place of a variable, so that the point may contain the variable."""
    return twin(f"\0x{place}", variable)


def _opened(expr: Expr, variables: Iterable[Expr]) -> Expr:
    """Return the expression with each definition that contains a variable replaced by its body.

    Its name would stand for two values: the one at x and the one at x₀.
    """
    order = postorder([expr])
    active = depends_on(order, variables)
    memo: dict[Expr, Expr] = {}
    for node in order:
        rebuilt = with_children(node, tuple([memo[child] for child in node.children]))
        memo[node] = rebuilt.body if isinstance(rebuilt, Definition) and node in active else rebuilt
    return memo[expr]


# -- numbers at the point -------------------------------------------------------------------------------


def _folded(exprs: Sequence[Expr], order: int) -> list[Expr]:
    """Return the expressions with functions of numbers replaced by their values where these are exact.

    Args:
        exprs: the derivatives at the point.
        order: refuse a function at a number where it has no derivative of this order; 0 checks nothing.
    """

    def fold(node: Expr) -> Expr:
        if isinstance(node, Elementwise):
            argument = _number(node.argument)
            if argument is None:
                return node
            if order:
                _check_smooth(node, argument, order)
            value = _value(node, argument)
            return node if value is None else spread(constant(value), node.sizes)
        if isinstance(node, Product) and any(is_zero(factor) for factor in node.factors):
            return zero(node.sizes)
        if isinstance(node, Product | Sum) and all(_number(child) is not None for child in node.children):
            return simplify(node)
        return node

    return bottom_up(exprs, fold)


def _number(expr: Expr) -> Number | None:
    """Return the number that every element of an expression is, None where that is not plain to see."""
    if isinstance(expr, Ones):
        return 1
    if not isinstance(expr, Product) or not all(isinstance(factor, Ones) for factor in expr.factors):
        return None
    carried = {label for labels in expr.labels for label in labels}
    return expr.coefficient if carried == set(expr.output) else None


def _value(node: Elementwise, argument: Number) -> Number | None:
    """Return f(number) where it is exact: a whole power, or a multiple of 1/2 at 0, 1 or -1."""
    if node.function == POWER and isinstance(node.parameters[0], int):
        return _power(argument, node.parameters[0])
    if argument not in (0, 1, -1) or not _inside(node, argument):
        return None
    value = float(node.function.value(np, np.array(float(argument)), *node.parameters))
    if not isfinite(value) or 2 * value != int(2 * value):
        return None
    return as_number(Fraction(value))


def _power(base: Number, exponent: int) -> Number | None:
    """Return a whole power of a number, None where it is undefined, huge or tiny."""
    if abs(exponent) > MAX_EXPONENT or (base == 0 and exponent < 0):
        return None
    result = Fraction(base) ** exponent
    if not fits(result):
        return None
    return float(result) if isinstance(base, float) else as_number(result)


def _inside(node: Elementwise, argument: Number) -> bool:
    """Return whether a number is in the domain of a function."""
    low, high = node.function.domain(*node.parameters)
    return low < argument < high


def _check_smooth(node: Elementwise, argument: Number, order: int) -> None:
    """Refuse a number outside the open domain of a function, or at one of its kinks."""
    if node.function == POWER and argument == 0:
        exponent = node.parameters[0]
        smooth = exponent > order or (exponent >= 0 and exponent == int(exponent))
    elif node.function == POWER and node.parameters[0] == int(node.parameters[0]):
        smooth = True
    else:
        smooth = _inside(node, argument) and argument not in node.function.kinks(*node.parameters)
    if not smooth:
        raise DerivativeError(
            f"{node.function.name} has no derivative of order {order} at {argument}, "
            "so there is no Taylor polynomial of that degree",
            hint="choose another point",
        )
