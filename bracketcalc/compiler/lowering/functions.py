"""Lowering functions: element-wise ones act on the core only, the others on whole tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from bracketcalc.compiler.lowering.value import Value, aligned, array_value, dense, scaled_core
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.domain import is_built_in
from bracketcalc.compiler.program.steps import Constant, Kind
from bracketcalc.compiler.program.ufuncs import ufunc_name
from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import POWER, Elementwise, Size
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.number import Number
from bracketcalc.expr.shapes import describe
from bracketcalc.functions.one_hot import ONE_HOT
from bracketcalc.traverse import postorder


def lower_elementwise(b: Builder, node: Elementwise, value: Value) -> Value:
    """Return f of a value: a number for a number, f of the core where no zeros stand beside it."""
    if not value.is_plain:
        value = array_value(dense(b, value), value.shape)
    if value.is_constant:
        return Value(value.shape, value.axes, coefficient=_of_number(node, value.coefficient))
    core = scaled_core(b, value)
    assert isinstance(core, int)
    result = _apply(b, node, core)
    if value.slot is None:
        return Value(value.shape, value.axes, scalars=(result,))
    return value._replace(slot=result, coefficient=1, scalars=())


def _of_number(node: Elementwise, number: Number) -> Number:
    """Return f of a number, exact for the reciprocal of an exact one."""
    if node.function == POWER and node.parameters == (-1,) and number and not isinstance(number, float):
        return 1 / Fraction(number)
    with np.errstate(all="ignore"):
        result = float(node.function.value(np, np.asarray(Constant(number).as_float()), *node.parameters))
    if not np.isfinite(result):
        sizes = [part.name for part in postorder([node.argument]) if isinstance(part, Size)]
        if number == 0 and sizes and node.function == POWER:
            raise ShapeError(
                f"the expression divides by {' '.join(sizes)}, which is 0",
                hint="pass arrays without empty axes",
            )
        parameters = "".join(f", {parameter}" for parameter in node.parameters)
        raise ShapeError(
            f"{node.function.name}({number}{parameters}) is {result}: the expression divides by a size "
            "that is 0, or has a number outside the domain of a function",
            hint="pass arrays without empty axes",
        )
    return result


def _apply(b: Builder, node: Elementwise, slot: int) -> int:
    if node.function == POWER:
        kernel = _POWERS.get(node.parameters[0])
        if kernel is not None:
            return kernel(b, slot)
    # A user's function is not called with stand-ins: it may do different things for different types.
    name = ufunc_name(node.function) if is_built_in(node.function) else ""
    if name:
        return b.unary(Kind.UFUNC, slot, (name,))
    return b.unary(Kind.CALL, slot, (node.function, *node.parameters))


def _reciprocal(b: Builder, slot: int) -> int:
    return b.binary(Kind.DIVIDE, Constant(1), slot)


def _square(b: Builder, slot: int) -> int:
    return b.multiply(slot, slot)


def _cube(b: Builder, slot: int) -> int:
    return b.multiply(_square(b, slot), slot)


def _fourth(b: Builder, slot: int) -> int:
    return _square(b, _square(b, slot))


def _root(b: Builder, slot: int) -> int:
    return b.unary(Kind.UFUNC, slot, ("sqrt",))


def _root_cubed(b: Builder, slot: int) -> int:
    return b.multiply(slot, _root(b, slot))


_POWERS: Mapping[Number, Callable[[Builder, int], int]] = MappingProxyType(
    {
        1: lambda b, slot: slot,
        2: _square,
        3: _cube,
        4: _fourth,
        -1: _reciprocal,
        -2: lambda b, slot: _reciprocal(b, _square(b, slot)),
        -3: lambda b, slot: _reciprocal(b, _cube(b, slot)),
        Fraction(1, 2): _root,
        Fraction(3, 2): _root_cubed,
        Fraction(-3, 2): lambda b, slot: _reciprocal(b, _root_cubed(b, slot)),
        Fraction(-1, 2): lambda b, slot: _reciprocal(b, _root(b, slot)),
    }
)
"""The exponents for which a few multiplications or a root are faster than a general power."""


def lower_map(b: Builder, node: Map, value: Value, shape: tuple[int, ...]) -> Value:
    """Return f of every sub-tensor; batch axes along which all sub-tensors are equal stay lazy."""
    batch = node.batch
    if node.function == ONE_HOT and value.is_plain and not value.is_constant and not _varies(value):
        return _lower_one_hot(b, node, value)
    if not value.is_plain or value.slot is None:
        return array_value(_map(b, node, dense(b, value), shape), shape)
    ahead = tuple([label for label in value.axes[:batch] if label in value.core])
    behind = value.axes[batch:]
    slot = aligned(b, scaled_core(b, value), value.core, ahead + behind)
    sizes = dict(zip(value.axes, value.shape, strict=True))
    slot = b.broadcast(slot, tuple([sizes[label] for label in ahead + behind]))
    core_shape = tuple([sizes[label] for label in ahead]) + shape[batch:]
    result = _map(b, node, slot, core_shape)
    if not core_shape:
        return Value(shape, value.axes[:batch], scalars=(result,))
    fresh = tuple([max(value.axes, default=0) + 1 + k for k in range(len(shape) - batch)])
    return Value(shape, value.axes[:batch] + fresh, result, ahead + fresh)


def _varies(value: Value) -> bool:
    """Return whether a value is not the same along its last axis."""
    return value.axes[-1] in value.core


def _lower_one_hot(b: Builder, node: Map, value: Value) -> Value:
    """Return the one-hot rows of indices that are repeated along the last axis."""
    indices = scaled_core(b, value)
    assert isinstance(indices, int)
    slot = b.one_hot(indices, value.shape[-1], describe(next(iter(node.argument.children), node)))
    return Value(value.shape, value.axes, slot, (*value.core, value.axes[-1]))


def _map(b: Builder, node: Map, slot: int, shape: tuple[int, ...]) -> int:
    return b.emit(Kind.MAP, (slot,), shape, (node.function,))


def lower_operator(b: Builder, node: Operator, values: Sequence[Value], shape: tuple[int, ...]) -> Value:
    """Return the value of an operator, from whole arrays."""
    slots = [dense(b, value) for value in values]
    return array_value(b.emit(Kind.OPERATOR, slots, shape, (node.operator, node.batch)), shape)
