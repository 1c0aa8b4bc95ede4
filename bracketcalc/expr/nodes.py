"""The nodes that Python's operators do not need: functions on tensors, linear operators, definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Extent, is_real_value
from bracketcalc.expr.records import LinearOperator, TensorFunction
from bracketcalc.expr.shapes import describe, mismatch, show_sizes


@final
class Map(Expr):
    """A function applied to every sub-tensor behind the first ``batch`` axes (paper (27)).

    The axes are the batch axes of the argument, then the axes of the function's result. The paper's
    f^P(X) is this node with the positions P of X moved to the front.
    """

    __slots__ = ()

    def __init__(self, function: TensorFunction, argument: Expr, batch: int) -> None:
        if batch < 0 or argument.ndim - batch != function.ndim:
            raise ShapeError(
                f"{function.name} takes a tensor with {function.ndim} axes, but behind {batch} of the "
                f"{argument.ndim} axes of {describe(argument)} there are {argument.ndim - batch}",
                hint="name the positions that select the sub-tensors, as in softmax^{1}(A)",
            )
        sizes = argument.sizes[:batch] + tuple(function.result(argument.sizes[batch:]))
        is_real = argument.is_real or is_real_value(function, argument)
        super().__init__((function, batch), (argument,), sizes, is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Map:
        return cls(data[0], children[0], data[1])

    @property
    def function(self) -> TensorFunction:
        """Return the function's record."""
        return self.data[0]  # type: ignore[no-any-return]

    @property
    def argument(self) -> Expr:
        """Return the argument."""
        return self.children[0]

    @property
    def batch(self) -> int:
        """Return how many leading axes select the sub-tensors."""
        return int(self.data[1])


@final
class Operator(Expr):
    """A linear operator that depends on a parameter: f(A)[E₁, …, E_k], linear in each operand.

    The axes are the batch axes, which the parameter and all operands have in front, then the axes of the
    operator's result, then those of each operand on which the operator does not act, operand by operand.
    """

    __slots__ = ()

    def __init__(
        self, operator: LinearOperator, parameter: Expr, operands: Sequence[Expr], batch: int
    ) -> None:
        operands = tuple(operands)
        if len(operands) != len(operator.operands):
            raise ArgumentError(
                f"{operator.name} takes {1 + len(operator.operands)} tensors, got {1 + len(operands)}"
            )
        if batch < 0 or parameter.ndim - batch != operator.ndim:
            raise ShapeError(
                f"{operator.name} takes {operator.ndim} axes behind {batch}, "
                f"but {describe(parameter)} has {parameter.ndim}"
            )
        for operand, taken in zip(operands, operator.operands, strict=True):
            _check_operand(operator, parameter, operand, batch, taken)
        acted = [e.sizes[batch : batch + n] for e, n in zip(operands, operator.operands, strict=True)]
        result = tuple(operator.result(parameter.sizes[batch:], *acted))
        beside = _beside(operator, operands, batch)
        sizes = (*parameter.sizes[:batch], *result, *[size for sizes in beside for size in sizes])
        complex_ones = [child for child in (parameter, *operands) if not child.is_real]
        is_real = is_real_value(operator, complex_ones[0]) if complex_ones else True
        super().__init__((operator, batch), (parameter, *operands), sizes, is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Operator:
        return cls(data[0], children[0], children[1:], data[1])

    @property
    def operator(self) -> LinearOperator:
        """Return the operator's record."""
        return self.data[0]  # type: ignore[no-any-return]

    @property
    def parameter(self) -> Expr:
        """Return the parameter."""
        return self.children[0]

    @property
    def operands(self) -> tuple[Expr, ...]:
        """Return the operands."""
        return self.children[1:]

    @property
    def batch(self) -> int:
        """Return how many leading axes the parameter and the operands have in common."""
        return int(self.data[1])

    @property
    def beside(self) -> tuple[tuple[Extent, ...], ...]:
        """Return the sizes of each operand's axes on which the operator does not act."""
        return _beside(self.operator, self.operands, self.batch)


def _beside(
    operator: LinearOperator, operands: Sequence[Expr], batch: int
) -> tuple[tuple[Extent, ...], ...]:
    return tuple([e.sizes[batch + n :] for e, n in zip(operands, operator.operands, strict=True)])


def _check_operand(
    operator: LinearOperator, parameter: Expr, operand: Expr, batch: int, taken: int
) -> None:
    """Raise a ShapeError unless an operand has the batch axes of the parameter and enough others."""
    if operand.ndim < batch + taken:
        raise ShapeError(
            f"{operator.name} needs at least {batch + taken} axes of {describe(operand)}, "
            f"but it has {operand.ndim}",
            hint="give it the axes of the stack first, then those on which the operator acts",
        )
    for axis in range(batch):
        if parameter.sizes[axis] != operand.sizes[axis]:
            raise mismatch(parameter, axis, operand, axis)


@final
class Definition(Expr):
    """A named intermediate: equal in value to its body, printed by its name.

    Two definitions are equal if their names and their bodies are.
    """

    __slots__ = ()

    def __init__(self, name: str, body: Expr) -> None:
        super().__init__((name,), (body,), body.sizes)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Definition:
        return cls(data[0], children[0])

    @property
    def name(self) -> str:
        """Return the name."""
        return str(self.data[0])

    @property
    def body(self) -> Expr:
        """Return the expression that the name stands for."""
        return self.children[0]


def check_sizes_equal_to(expr: Expr, sizes: tuple[Any, ...], role: str) -> None:
    """Raise a ShapeError unless ``expr`` has the given sizes; ``role`` says what it is used as."""
    if expr.sizes != sizes:
        raise ShapeError(
            f"{describe(expr)} has sizes {show_sizes(expr.sizes)}, but {role} needs {show_sizes(sizes)}"
        )
