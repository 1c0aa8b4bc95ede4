"""Where a derivative is checked: arrays, sizes and directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.calculus.derivatives import Variable
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.reference import bind_sizes, evaluate
from bracketcalc.traverse import tensors_in

Values = npt.NDArray[Any]
"""Arrays in double precision, real or complex."""

MAX_ENTRIES = 500
"""Up to this many entries are checked one by one; beyond, along random directions."""

DIRECTIONS = 50


@dataclass(frozen=True, slots=True)
class Point:
    """The value of every tensor and of every symbolic size."""

    arrays: Mapping[str, Values]
    sizes: Mapping[str, int]

    def value(self, expr: Expr, moved: Mapping[str, npt.NDArray[Any]] | None = None) -> npt.NDArray[Any]:
        """Return the value of an expression, with some arrays replaced."""
        return evaluate(expr, {**self.arrays, **(moved or {})}, self.sizes)

    def given(self, arrays: Mapping[str, Values]) -> Point:
        """Return the point with the arrays of more tensors."""
        return Point({**self.arrays, **arrays}, self.sizes)


def point_of(
    exprs: Iterable[Expr], values: Mapping[str, npt.ArrayLike], sizes: Mapping[str, int] | None
) -> Point:
    """Return the point at which expressions are given by arrays, in float64 or complex128.

    Raises:
        ArgumentError: for a missing array, or one that is not of numbers, or complex for a real tensor.
        ShapeError: for an array that does not fit the declared sizes.
    """
    tensors = tensors_in(exprs)
    arrays = {tensor.name: _array(tensor, values) for tensor in tensors}
    return Point(arrays, bind_sizes(tensors, {name: array.shape for name, array in arrays.items()}, sizes))


def _array(tensor: Tensor, values: Mapping[str, npt.ArrayLike]) -> Values:
    if tensor.name not in values:
        raise ArgumentError(f"{tensor.name} has no value", hint="pass the array of every tensor")
    array = np.asarray(values[tensor.name])
    if array.dtype.kind not in ("biuf" if tensor.is_real else "biufc"):
        kind = "real numbers" if tensor.is_real else "numbers"
        raise ArgumentError(
            f"the value of {tensor.name} is not an array of {kind}: its type is {array.dtype}"
        )
    return array.astype(np.float64 if tensor.is_real else np.complex128)


def check_is_tensor(variable: Variable) -> None:
    """Refuse a definition as a variable.

    Raises:
        DerivativeError: if the variable is a definition.
    """
    if isinstance(variable, Definition):
        raise DerivativeError(
            f"{variable.name} is a definition, whose value cannot be varied",
            hint="check the tensors it is made of",
        )


def directions(here: Values) -> list[Values]:
    """Return the unit directions of all entries, or fixed random ones where there are too many.

    A complex array has each of them twice: along the real and along the imaginary numbers.

    Example:
        >>> [direction.tolist() for direction in directions(np.zeros(2))]
        [[1.0, 0.0], [0.0, 1.0]]
    """
    shape, count = here.shape, here.size
    if count <= MAX_ENTRIES:
        found: list[Values] = [row.reshape(shape) for row in np.eye(count)]
    else:
        draw = np.random.default_rng(0)
        found = [draw.standard_normal(shape) for _ in range(DIRECTIONS)]
    return [1j**turn * each for each in found for turn in (0, 1)] if np.iscomplexobj(here) else found


def one_direction(here: Values, seed: int = 0) -> Values:
    """Return a fixed random direction, complex for a complex array."""
    draw = np.random.default_rng(seed)
    found = np.asarray(draw.standard_normal(here.shape))
    return found + 1j * draw.standard_normal(here.shape) if np.iscomplexobj(here) else found


def inner(left: Values, right: Values) -> Any:
    """Return the real inner product Re Σ left conj(right), in which gradients are taken.

    With a real right side it is Σ left right, complex where the complex step makes the left side complex.
    """
    total = np.sum(left * np.conj(right))
    return total.real if np.iscomplexobj(right) else total
