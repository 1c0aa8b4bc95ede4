"""Checking a gradient against differences of the values, with the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan
from types import MappingProxyType
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from bracketcalc.calculus.derivatives import Variable, gradient, variable_list
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, Tensor, as_expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.reference import bind_sizes, evaluate
from bracketcalc.traverse import tensors_in

Method = Literal["central", "complex"]
Values = npt.NDArray[np.float64]

MAX_ENTRIES = 500
"""Up to this many entries are checked one by one; beyond, along random directions."""

DIRECTIONS = 50

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
"""The steps of central differences, relative to the size of the entry; tried in turn until they settle."""

SETTLED = 1e-5
"""Differences with a step and with half of it that agree to this are good; so are the two methods."""


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
    expr: Expr,
    wrt: Expr,
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
) -> GradientCheck: ...
@overload
def check_gradient(
    expr: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
) -> list[GradientCheck]: ...
def check_gradient(
    expr: Expr,
    wrt: Expr | Sequence[Expr],
    values: Mapping[str, npt.ArrayLike],
    *,
    method: Method = "central",
    sizes: Mapping[str, int] | None = None,
) -> GradientCheck | list[GradientCheck]:
    """Return the errors of the gradient against differences of the expression's value, in float64.

    Args:
        expr: a scalar expression.
        wrt: a tensor, or a sequence of tensors.
        values: the array of every tensor, by name; others are ignored.
        method: ``"central"`` differences, extrapolated once (error about 1e-9 for smooth functions of
            moderate size), or the ``"complex"`` step, exact to rounding where every function is analytic
            and computed for complex arguments.
        sizes: values of symbolic sizes that no array tells.

    Returns:
        The errors, for each variable of a sequence. An error above about 1e-6 means a wrong gradient, or
        a value next to a kink.

    Raises:
        DerivativeError: if ``expr`` is not a scalar, or a variable is not a tensor.
        ArgumentError: for an unknown method, a missing array or one that is not of real numbers, values
            outside the domain, or a function that has no complex step.
        ShapeError: for an array that does not fit the declared sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, A = tensors("x[n] A[n,n]")
        >>> check = check_gradient(x @ A @ x, x, {"x": [1.0, 2.0], "A": [[1.0, 2.0], [0.0, 3.0]]})
        >>> check.relative < 1e-8
        True
    """
    if method not in ("central", "complex"):
        raise ArgumentError(f"method must be 'central' or 'complex', got {method!r}")
    expr, variables = as_expr(expr), variable_list(wrt)
    for variable in variables:
        if isinstance(variable, Definition):
            raise DerivativeError(
                f"{variable.name} is a definition, whose value cannot be varied",
                hint="check the tensors it is made of",
            )
    gradients = gradient(expr, list(variables))
    tensors = tensors_in([expr, *variables])
    arrays = {tensor.name: _array(tensor, values) for tensor in tensors}
    bound = bind_sizes(tensors, {name: array.shape for name, array in arrays.items()}, sizes)
    point = _Point(arrays, bound)
    # A step may leave the domain of a function, where NumPy would warn; what it gives is not used.
    with np.errstate(all="ignore"):
        checks = [_check(expr, v, g, point, method) for v, g in zip(variables, gradients, strict=True)]
    return checks[0] if isinstance(wrt, Expr) else checks


def _array(tensor: Tensor, values: Mapping[str, npt.ArrayLike]) -> Values:
    if tensor.name not in values:
        raise ArgumentError(f"{tensor.name} has no value", hint="pass the array of every tensor")
    array = np.asarray(values[tensor.name])
    if array.dtype.kind not in "biuf":
        raise ArgumentError(
            f"the value of {tensor.name} is not an array of real numbers: its type is {array.dtype}"
        )
    return array.astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Point:
    """Where a gradient is checked: all arrays and sizes."""

    arrays: Mapping[str, Values]
    sizes: Mapping[str, int]

    def value(self, expr: Expr, moved: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return the value of an expression with some arrays replaced."""
        return evaluate(expr, {**self.arrays, **moved}, self.sizes)


def _check(expr: Expr, variable: Variable, result: Expr, point: _Point, method: Method) -> GradientCheck:
    def at(shifted: npt.NDArray[Any]) -> Any:
        return point.value(expr, {variable.name: shifted})[()]

    here, exact = point.arrays[variable.name], point.value(result, {})
    directions = _directions(here.shape)
    if method == "complex":
        _check_complex(at, here)
    numeric = np.array([_SLOPES[method](at, here, direction) for direction in directions])
    claimed = np.array([np.sum(exact * direction) for direction in directions])
    if not (np.isfinite(numeric).all() and np.isfinite(claimed).all()):
        raise ArgumentError(
            f"the slopes along {variable.name} are not finite at the given values",
            hint="choose values inside the domain of every function",
        )
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


Value = Callable[[npt.NDArray[Any]], Any]


def _central(at: Value, point: Values, direction: Values) -> float:
    """Return the slope along a direction by central differences, extrapolated to fourth order."""
    scale = max(1.0, float(np.max(np.abs(point * direction), initial=0.0)))

    def difference(step: float) -> float:
        return float((at(point + step * direction) - at(point - step * direction)) / (2 * step))

    best, error = nan, inf
    for step in STEPS:
        coarse, fine = difference(step * scale), difference(step * scale / 2)
        if abs(coarse - fine) < error:
            best, error = (4 * fine - coarse) / 3, abs(coarse - fine)
        if error <= SETTLED * max(1.0, abs(best)):
            break
    return best


def _complex(at: Value, point: Values, direction: Values) -> float:
    """Return the slope along a direction by the complex step, which has no cancellation."""
    step = 1e-100
    return float(np.imag(at(point + 1j * step * direction)) / step)


def _check_complex(at: Value, point: Values) -> None:
    """Refuse the complex step where it disagrees with central differences along one direction.

    It does for array code that drops imaginary parts, as that of abs must.
    """
    direction = np.random.default_rng(0).standard_normal(point.shape)
    central = _central(at, point, direction)
    try:
        agrees = abs(_complex(at, point, direction) - central) <= 10 * SETTLED * max(1.0, abs(central))
    except TypeError:
        agrees = False
    if not agrees:
        raise ArgumentError(
            "a function of the expression is not analytic, or not computed for complex arguments",
            hint="use method='central'",
        )


_SLOPES = MappingProxyType({"central": _central, "complex": _complex})
