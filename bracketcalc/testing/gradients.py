"""Checking a gradient, and the derivative of a gradient, against differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from bracketcalc.calculus.derivatives import Variable, gradient, variable_list
from bracketcalc.calculus.directional import direction_symbol, hvp
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Sum, as_expr
from bracketcalc.testing.kinks import kinks_at
from bracketcalc.testing.point import (
    Point,
    Values,
    check_is_tensor,
    directions,
    inner,
    one_direction,
    point_of,
)
from bracketcalc.testing.slopes import METHODS, Method, Value, has_complex_step, no_complex_step, slope
from bracketcalc.traverse import postorder


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The errors of one gradient against differences.

    Attributes:
        name: the variable.
        method: which differences: one of ``"forward"``, ``"central"``, ``"richardson"``, ``"complex"``.
        absolute: the largest absolute error, of all orders that were checked.
        relative: the largest error relative to the largest entry (or 1 if that is smaller), of all orders.
        checked: how many entries or directions were compared.
        orders: the relative error of each order: of the gradient, then of its derivative.
        kinks: the places where a function has no derivative and an argument is, such as ``"relu at 0"``.
            There a difference and the documented choice of the derivative need not agree.
    """

    name: str
    method: str
    absolute: float
    relative: float
    checked: int
    orders: tuple[float, ...] = ()
    kinks: tuple[str, ...] = ()

    def __str__(self) -> str:
        relative = f"{self.relative:.1e}"
        if len(self.orders) > 1:
            relative = ", ".join(f"{error:.1e} (order {k})" for k, error in enumerate(self.orders, 1))
        text = (
            f"∇_{self.name}: relative error {relative}, absolute {self.absolute:.1e} "
            f"({self.method} differences, {self.checked} compared)"
        )
        if self.kinks:
            text += (
                f"; at a kink there is no derivative, and the values are at one ({', '.join(self.kinks)}): "
                "choose others"
            )
        return text


@overload
def check_gradient(
    expr: Expr,
    wrt: Expr,
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
    order: int = 1,
) -> GradientCheck: ...
@overload
def check_gradient(
    expr: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
    order: int = 1,
) -> list[GradientCheck]: ...
def check_gradient(
    expr: Expr,
    wrt: Expr | Sequence[Expr],
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
    order: int = 1,
) -> GradientCheck | list[GradientCheck]:
    """Return the errors of the gradient against differences of the expression's value, in float64.

    An entry of a complex tensor is varied along the real and along the imaginary direction; the slope
    along V is Re ∇ · conj(V).

    Args:
        expr: a scalar expression.
        wrt: a tensor, or a sequence of tensors.
        values: the array of every tensor, by name; others are ignored.
        method: ``"central"`` differences, extrapolated once (error about 1e-9 for smooth functions of
            moderate size); ``"richardson"``, extrapolated as far as it helps (about 1e-12, and several
            times as slow); ``"forward"`` differences (about 1e-7); or the ``"complex"`` step, exact to
            rounding where every function is analytic and computed for complex arguments.
        sizes: values of symbolic sizes that no array tells.
        order: 2 checks second derivatives too. The Hessian of all variables times one fixed random
            direction, from :func:`hvp`, is compared with differences of the gradients, of which the
            first order has shown that they are right.

    Returns:
        The errors, for each variable of a sequence. An error above about 1e-6 (1e-5 for forward
        differences) means a wrong derivative, or values at a kink, which the result then names.

    Raises:
        DerivativeError: if ``expr`` is not a scalar, or a variable is not a tensor.
        ArgumentError: for an unknown method or order, a missing array or one that is not of numbers or
            complex for a real tensor, values outside the domain, or a function that has no complex step,
            as no expression with complex numbers has.
        ShapeError: for an array that does not fit the declared sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, A = tensors("x[n] A[n,n]")
        >>> values = {"x": [1.0, 2.0], "A": [[1.0, 2.0], [0.0, 3.0]]}
        >>> check_gradient(x @ A @ x, x, values).relative < 1e-8
        True
        >>> check = check_gradient((x @ A @ x) ** 2, x, values, method="richardson", order=2)
        >>> check.relative < 1e-9, len(check.orders)
        (True, 2)
    """
    if method not in METHODS:
        known = ", ".join(map(repr, METHODS))
        raise ArgumentError(f"method must be one of {known}, got {method!r}")
    if order not in (1, 2):
        raise ArgumentError(f"order must be 1 or 2, got {order!r}")
    expr, variables = as_expr(expr), variable_list(wrt)
    for variable in variables:
        check_is_tensor(variable)
    if method == "complex" and not all(node.is_real for node in postorder([expr])):
        raise ArgumentError(
            "the complex step needs an expression of real numbers", hint="use method='central'"
        )
    gradients = gradient(expr, list(variables))
    point = point_of([expr, *variables], values, sizes)
    # A step may leave the domain of a function, where NumPy would warn; what it gives is not used.
    with np.errstate(all="ignore"):
        first = [_first(expr, v, g, point, method) for v, g in zip(variables, gradients, strict=True)]
        found = [first]
        if order == 2:
            found.append(_second(expr, variables, gradients, point, method))
        smooth = [expr, *(gradients if order == 2 else [])]
        kinks = [kinks_at(smooth, [variable], point) for variable in variables]
    checks = [
        _check(variable.name, method, errors, at)
        for variable, errors, at in zip(variables, zip(*found, strict=True), kinks, strict=True)
    ]
    return checks[0] if isinstance(wrt, Expr) else checks


@dataclass(frozen=True, slots=True)
class _Errors:
    """The errors of one derivative of one order."""

    absolute: float
    relative: float
    checked: int


def _check(name: str, method: str, errors: Sequence[_Errors], kinks: tuple[str, ...]) -> GradientCheck:
    return GradientCheck(
        name,
        method,
        max(each.absolute for each in errors),
        max(each.relative for each in errors),
        sum(each.checked for each in errors),
        tuple([each.relative for each in errors]),
        kinks,
    )


def _first(expr: Expr, variable: Variable, result: Expr, point: Point, method: Method) -> _Errors:
    """Compare a gradient with slopes of the values."""

    def at(shifted: npt.NDArray[Any]) -> Any:
        return point.value(expr, {variable.name: shifted})[()]

    return _compared(at, variable, point.value(result), point, method)


def _second(
    expr: Expr, variables: Sequence[Variable], gradients: Sequence[Expr], point: Point, method: Method
) -> list[_Errors]:
    """Compare the Hessian times a direction with slopes of the gradients along that direction.

    The slope of Σ_i ∇_{X_i} · V_i as X_j moves is Σ_i (∂_j ∂_i) V_i, the derivatives mixed in.
    """
    moves = [one_direction(point.arrays[each.name], seed) for seed, each in enumerate(variables, 1)]
    symbols = [direction_symbol(str(place), each) for place, each in enumerate(variables)]
    moved = point.given({symbol.name: move for symbol, move in zip(symbols, moves, strict=True)})
    found = []
    for variable in variables:
        parts = [
            hvp(expr, variable, symbol, other) for symbol, other in zip(symbols, variables, strict=True)
        ]

        def at(shifted: npt.NDArray[Any], name: str = variable.name) -> Any:
            values = [point.value(each, {name: shifted}) for each in gradients]
            return sum(inner(value, move) for value, move in zip(values, moves, strict=True))

        found.append(_compared(at, variable, moved.value(Sum(parts)), point, method))
    return found


def _compared(at: Value, variable: Variable, claimed: Values, point: Point, method: Method) -> _Errors:
    """Return the errors of a claimed gradient of a function."""
    here = point.arrays[variable.name]
    along = directions(here)
    if method == "complex" and not has_complex_step(at, here):
        raise no_complex_step()
    numeric = np.array([slope(method, at, here, direction) for direction in along])
    exact = np.array([inner(claimed, direction) for direction in along])
    if not (np.isfinite(numeric).all() and np.isfinite(exact).all()):
        raise ArgumentError(
            f"the slopes along {variable.name} are not finite at the given values",
            hint="choose values inside the domain of every function",
        )
    absolute = float(np.max(np.abs(exact - numeric), initial=0.0))
    scale = max(1.0, float(np.max(np.abs(exact), initial=0.0)))
    return _Errors(absolute, absolute / scale, len(along))
