"""The axes of a linear operator f(A, E): those of a stack, of the result, and of each operand behind."""

from __future__ import annotations

from bracketcalc.errors import ShapeError
from bracketcalc.expr.records import LinearOperator
from bracketcalc.notation.ast import Application
from bracketcalc.notation.axes import Axes, count_axes
from bracketcalc.notation.places import failure
from bracketcalc.notation.unify import Sizes


def operator_sizes(axes: Axes, node: Application, operator: LinearOperator) -> Sizes:
    """Return the sizes of f(A, E, ..); the parameter and the operands have the same axes in front.

    Raises:
        ParseError: for a wrong number of arguments, or a row among them.
        ShapeError: for too few axes, or sizes that do not fit.
    """
    if len(node.arguments) != 1 + len(operator.operands):
        raise failure(
            axes.text,
            f"{node.name} takes {1 + len(operator.operands)} arguments, got {len(node.arguments)}",
            *[axes.nodes[index] for index in node.arguments],
            hint=f"separate them by commas, as in {node.name}(A, B)",
        )
    for argument in node.arguments:
        axes.check_plain(argument, "an operator")
    parameter, *operands = node.arguments
    batch = len(axes.sizes[parameter]) - operator.ndim
    taken = (operator.ndim, *operator.operands)
    for argument, count in zip(node.arguments, taken, strict=True):
        if batch < 0 or len(axes.sizes[argument]) < batch + count:
            raise axes.shape_error(
                f"{node.name} takes at least {count_axes(max(batch, 0) + count)} here, "
                f"but {axes.quote(argument)} {axes.count(argument)}",
                argument,
                hint="give it the axes of the stack first, then those on which the operator acts",
            )
    for argument in operands:
        for axis in range(batch):
            axes.match(parameter, axis, argument, axis)
    acted = [
        axes.unknowns.resolve(axes.sizes[argument][batch : batch + count])
        for argument, count in zip(node.arguments, taken, strict=True)
    ]
    try:
        result = tuple(operator.result(*acted))
    except ShapeError as error:
        raise axes.shape_error(error.message, *node.arguments, hint=error.hint) from None
    behind = [
        size
        for argument, count in zip(operands, operator.operands, strict=True)
        for size in axes.sizes[argument][batch + count :]
    ]
    return (*axes.sizes[parameter][:batch], *result, *behind)
