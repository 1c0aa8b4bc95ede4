"""Checking a gradient against differences of the values, with the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from bracketcalc.calculus.derivatives import Variable, gradient, variable_list
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.reference import evaluate

Method = Literal["central", "complex"]
Values = npt.NDArray[np.float64]

MAX_ENTRIES = 500
"""Up to this many entries are checked one by one; beyond, along random directions."""

DIRECTIONS = 50


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The errors of one gradient against differences.

    Attributes:
        name: the variable.
        method: ``"central"`` or ``"complex"``.
        absolute: the largest absolute error.
        relative: the largest error relative to the largest gradient entry (or 1 if that is smaller).
        checked: how many entries or directions were compared.
    """

    name: str
    method: str
    absolute: float
    relative: float
    checked: int

    def __str__(self) -> str:
        return (
            f"∇_{self.name}: relative error {self.relative:.1e}, absolute {self.absolute:.1e} "
            f"({self.method} differences, {self.checked} compared)"
        )


@overload
def check_gradient(
    expr: Expr, wrt: Expr, values: Mapping[str, npt.ArrayLike], *, method: Method = "central"
) -> GradientCheck: ...
@overload
def check_gradient(
    expr: Expr, wrt: Sequence[Expr], values: Mapping[str, npt.ArrayLike], *, method: Method = "central"
) -> list[GradientCheck]: ...
def check_gradient(
    expr: Expr,
    wrt: Expr | Sequence[Expr],
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
) -> GradientCheck | list[GradientCheck]:
    """Return the errors of the gradient against differences of the expression's value, in float64.

    Args:
        expr: a scalar expression.
        wrt: a tensor, or a sequence of tensors.
        values: the array of every tensor, by name.
        method: ``"central"`` differences, extrapolated once (error about 1e-9 for smooth functions of
            moderate size), or the ``"complex"`` step, exact to rounding for analytic functions.

    Returns:
        The errors, for each variable of a sequence. An error above about 1e-6 means a wrong gradient, or
        a value next to a kink.

    Raises:
        DerivativeError: if ``expr`` is not a scalar, or a variable is not a tensor.
        ArgumentError: for an unknown method or a missing array.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, A = tensors("x[n] A[n,n]")
        >>> check = check_gradient(x @ A @ x, x, {"x": [1.0, 2.0], "A": [[1.0, 2.0], [0.0, 3.0]]})
        >>> check.relative < 1e-8
        True
    """
    if method not in ("central", "complex"):
        raise ArgumentError(f"method must be 'central' or 'complex', got {method!r}")
    variables = variable_list(wrt)
    for variable in variables:
        if isinstance(variable, Definition):
            raise DerivativeError(
                f"{variable.name} is a definition, whose value cannot be varied",
                hint="check the tensors it is made of",
            )
    gradients = gradient(expr, list(variables))
    checks = [_check(expr, v, g, values, method) for v, g in zip(variables, gradients, strict=True)]
    return checks[0] if isinstance(wrt, Expr) else checks


def _check(
    expr: Expr, variable: Variable, result: Expr, values: Mapping[str, npt.ArrayLike], method: Method
) -> GradientCheck:
    arrays: dict[str, Any] = {name: np.array(value, dtype=np.float64) for name, value in values.items()}
    point = arrays.get(variable.name)
    if point is None:
        raise ArgumentError(f"{variable.name} has no value", hint="pass the array of every tensor")

    def at(shifted: npt.NDArray[Any]) -> Any:
        return evaluate(expr, {**arrays, variable.name: shifted})[()]

    exact = evaluate(result, arrays)
    directions = _directions(point.shape)
    numeric = np.array([_SLOPES[method](at, point, direction) for direction in directions])
    claimed = np.array([np.sum(exact * direction) for direction in directions])
    absolute = float(np.max(np.abs(claimed - numeric), initial=0.0))
    scale = max(1.0, float(np.max(np.abs(claimed), initial=0.0)))
    return GradientCheck(variable.name, method, absolute, absolute / scale, len(directions))


def _directions(shape: tuple[int, ...]) -> list[Values]:
    """Return the unit directions of all entries, or fixed random ones where there are too many."""
    count = int(np.prod(shape, dtype=np.int64))
    if count <= MAX_ENTRIES:
        return [row.reshape(shape) for row in np.eye(count)]
    draw = np.random.default_rng(0)
    return [draw.standard_normal(shape) for _ in range(DIRECTIONS)]


def _central(at: Callable[[npt.NDArray[Any]], Any], point: Values, direction: Values) -> float:
    """Return the slope along a direction by central differences, extrapolated to fourth order."""
    step = 1e-3 * max(1.0, float(np.max(np.abs(point), initial=0.0)))

    def difference(h: float) -> float:
        return float((at(point + h * direction) - at(point - h * direction)) / (2 * h))

    return (4 * difference(step / 2) - difference(step)) / 3


def _complex(at: Callable[[npt.NDArray[Any]], Any], point: Values, direction: Values) -> float:
    """Return the slope along a direction by the complex step, which has no cancellation."""
    step = 1e-100
    return float(np.imag(at(point + 1j * step * direction)) / step)


_SLOPES: dict[str, Callable[..., float]] = {"central": _central, "complex": _complex}
