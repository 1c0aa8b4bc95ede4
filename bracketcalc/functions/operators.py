"""Linear operators that depend on a parameter: ``f(A, E)`` in Python, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.nodes import Operator
from bracketcalc.expr.records import Array, ArrayNamespace, LinearOperator
from bracketcalc.expr.shapes import describe


@dataclass(frozen=True)
class OperatorForm:
    """A linear operator that can be called: ``f(A, E)``, with the axes of a stack in front of both.

    Attributes:
        name: the name in Python and in text.
        record: what the package knows about the operator.
    """

    name: str
    record: LinearOperator

    def __post_init__(self) -> None:
        operands = [f"e{k}" for k in range(1, 1 + len(self.record.operands))]
        text = f"{self.name}(a, {', '.join(operands)}): {self.record.summary}."
        object.__setattr__(self, "__doc__", text)
        object.__setattr__(self, "__name__", self.name)

    def __call__(self, parameter: object, /, *operands: object) -> Expr:
        matrix = as_expr(parameter)
        if len(operands) != len(self.record.operands):
            raise ArgumentError(
                f"{self.name} takes {1 + len(self.record.operands)} tensors, got {1 + len(operands)}"
            )
        if matrix.ndim < self.record.ndim:
            raise ShapeError(
                f"{self.name} takes a parameter with {self.record.ndim} axes, "
                f"but {describe(matrix)} has {matrix.ndim}"
            )
        given = [as_expr(operand) for operand in operands]
        return Operator(self.record, matrix, given, matrix.ndim - self.record.ndim)


def operator_value(
    operator: LinearOperator, xp: ArrayNamespace, arrays: Sequence[Array], batch: int
) -> Array:
    """Return the value of an operator: all axes on which it does not act are one axis for its record.

    Args:
        operator: the record.
        xp: the module of the arrays.
        arrays: the parameter, then the operands.
        batch: how many axes all arrays have in front.

    Example:
        >>> import numpy as np
        >>> from bracketcalc.functions.solving import SOLVE
        >>> operator_value(SOLVE, np, [2 * np.eye(3), np.ones((3, 4, 5))], 0).shape
        (3, 4, 5)
    """
    parameter, *operands = arrays
    flat, beside = [], []
    for operand, taken in zip(operands, operator.operands, strict=True):
        inner, rest = operand.shape[: batch + taken], operand.shape[batch + taken :]
        flat.append(operand.reshape((*inner, prod(rest))))
        beside += rest
    result = xp.asarray(operator.value(xp, parameter, *flat))
    return result.reshape((*result.shape[: result.ndim - len(flat)], *beside))
