"""Where the first number that is not finite appears in a computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr
from bracketcalc.traverse import definitions_in, tensors_in


@dataclass(frozen=True, slots=True)
class NotFinite:
    """A value with elements that are infinite or not numbers.

    Attributes:
        name: which tensor or definition it is, or the text of the expression.
        index: the place of the first such element, counted from 0 as in NumPy.
        value: that element.
        count: how many such elements there are.
    """

    name: str
    index: tuple[int, ...]
    value: complex
    count: int

    def __str__(self) -> str:
        where = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        rest = f", the first of {self.count} such elements" if self.count > 1 else ""
        return f"{self.name}{where} is {self.value}{rest}"


def first_not_finite(expr: Expr, values: Mapping[str, npt.ArrayLike]) -> NotFinite | None:
    """Return where the first infinite element or NaN appears when an expression is computed.

    The tensors are looked at first, then the definitions in the order in which they are computed, then
    the expression itself. A recurrence counts from its first step. Definitions inside its step are not
    looked at, as they have a value for each time.

    Args:
        expr: an expression.
        values: an array for each tensor, and an integer for each size that no tensor has as an axis;
            others are ignored.

    Returns:
        The name, the place and the value, or None if everything is finite.

    Raises:
        ArgumentError: for a missing array.
        ShapeError: for an array that does not fit.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> from bracketcalc.functions.forms import log
        >>> X, w = tensors("X[n,d] w[d]")
        >>> a = define("a", X @ w)
        >>> L = define("L", log(a))
        >>> print(first_not_finite(L.sum(), {"X": [[1, 2], [3, float("nan")]], "w": [1, 1]}))
        X[1, 1] is nan
        >>> print(first_not_finite(L.sum(), {"X": [[1, 2], [3, -3]], "w": [1, 1]}))
        L[1] is -inf
    """
    for tensor in tensors_in([expr]):
        if tensor.name not in values:
            raise ArgumentError(f"{tensor.name} has no value", hint="pass the array of every tensor")
        found = _first(tensor.name, np.asarray(values[tensor.name]))
        if found:
            return found
    for stage in [*definitions_in([expr]), expr]:
        program = compile(stage)
        with np.errstate(all="ignore"):
            value = program(**{name: values[name] for name in program.arguments})
        found = _first(str(stage), np.asarray(value))
        if found:
            return found
    return None


def _first(name: str, array: npt.NDArray[Any]) -> NotFinite | None:
    wrong = np.argwhere(~np.isfinite(array))
    if not len(wrong):
        return None
    index = tuple(int(place) for place in wrong[0])
    return NotFinite(name, index, array[index].item(), len(wrong))
