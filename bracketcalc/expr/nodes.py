"""The nodes that the operators do not need: functions on sub-tensors, and definitions."""

from __future__ import annotations

from typing import Any, final

from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.records import TensorFunction
from bracketcalc.expr.shapes import describe, show_sizes


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
        super().__init__((function, batch), (argument,), sizes)

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
