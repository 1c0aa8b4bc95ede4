"""The meaning of an expression, as slowly and plainly as possible; every faster path is compared with it.

A product is computed over all of its labels at once: each factor is repeated along the labels that it
does not have, the factors are multiplied, and the labels that are not in the output are summed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import (
    Delta,
    Elementwise,
    Expr,
    Extent,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
)
from bracketcalc.expr.fields import Fields
from bracketcalc.expr.grids import product_on_grid
from bracketcalc.expr.nodes import Definition, Map, Operator
from bracketcalc.expr.over_time import OverTime
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated, bodies
from bracketcalc.expr.shapes import index_beyond, show_sizes
from bracketcalc.functions.operators import operator_value
from bracketcalc.traverse import postorder, tensors_in

Values = npt.NDArray[Any]


def evaluate(
    expr: Expr, arrays: Mapping[str, npt.ArrayLike], sizes: Mapping[str, int] | None = None
) -> Values:
    """Return the value of an expression as a new array.

    Args:
        expr: any expression.
        arrays: the value of each tensor by its name. Integers and booleans count as float64. Names that
            do not occur in the expression are ignored.
        sizes: values of symbolic sizes that no array tells.

    Returns:
        An array with one axis for each axis of ``expr``. Its type is the common type of all arrays of
        the expression (float64 without arrays); an array of Python objects such as fractions stays one.
        Where a tensor is complex by declaration or there is an i, every part that is real by its form is
        computed with real numbers, and the others with complex ones. A complex array of any other tensor
        makes the expression a function of complex numbers, which the complex step needs.

    Raises:
        ArgumentError: if a tensor has no value, or one that is not an array of numbers.
        ShapeError: if an array does not fit the declared sizes, or a size stays unknown.

    Example:
        >>> A, B = Tensor("A", (2, 3)), Tensor("B", (3,))
        >>> evaluate(A @ B, {"A": [[1, 2, 3], [4, 5, 6]], "B": [1, 0, 2]})
        array([ 7., 16.])
    """
    tensors = tensors_in([expr])
    given = {tensor.name: _array(tensor.name, arrays) for tensor in tensors}
    dtype = np.result_type(*given.values()) if given else np.dtype(np.float64)
    bound = bind_sizes(tensors, {name: array.shape for name, array in given.items()}, sizes)
    fields = Fields.of(dtype)
    declared_complex = {tensor.name for tensor in tensors if not tensor.is_real}
    values = {
        name: array.astype(fields.type_of(name not in declared_complex and not np.iscomplexobj(array)))
        for name, array in given.items()
    }
    return np.array(_values([expr], _Context(values, bound, fields))[0])


def _values(exprs: Iterable[Expr], context: _Context) -> list[Values]:
    """Return the values of expressions, which may share memory with the arrays and each other."""
    exprs = list(exprs)
    values: dict[Expr, Values] = {}
    for node in postorder(exprs):
        children = [values[child] for child in node.children]
        values[node] = context.array(_RULES[type(node)](node, children, context))
    return [values[expr] for expr in exprs]


def _array(name: str, arrays: Mapping[str, npt.ArrayLike]) -> Values:
    if name not in arrays:
        have = ", ".join(sorted(arrays)) or "nothing"
        raise ArgumentError(f"{name} has no value: values were given for {have}")
    array = np.asarray(arrays[name])
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind not in "fcO":
        raise ArgumentError(f"the value of {name} is not an array of numbers: its type is {array.dtype}")
    return array


# -- sizes ----------------------------------------------------------------------------------------------


def bind_sizes(
    tensors: Iterable[Tensor],
    shapes: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return the value of each symbolic size, from the shapes of the arrays and from ``sizes``.

    Args:
        tensors: the tensors, with their declared sizes.
        shapes: the shape of each tensor's array, by name.
        sizes: values that are known without an array.

    Returns:
        The values by name.

    Raises:
        ShapeError: if a shape differs from the declared sizes, or one size would have two values.

    Example:
        >>> bind_sizes([Tensor("X", (Size("n"), 3))], {"X": (5, 3)})
        {'n': 5}
    """
    bound = {name: _extent_value(name, size) for name, size in (sizes or {}).items()}
    source = {name: f"the size {name} is given as {{}}" for name in bound}
    for tensor in tensors:
        shape = shapes[tensor.name]
        if len(shape) != tensor.ndim:
            axes = "1 axis" if tensor.ndim == 1 else f"{tensor.ndim} axes"
            raise ShapeError(
                f"{tensor.name} has {axes}, but its array has {len(shape)}: shape {shape}",
                hint=f"give an array with the sizes {show_sizes(tensor.sizes)}",
            )
        for axis, (declared, found) in enumerate(zip(tensor.sizes, shape, strict=True)):
            place = f"axis {axis} of {tensor.name} has size {{}}"
            if not isinstance(declared, Size):
                known, first = declared, f"axis {axis} of {tensor.name} was declared with size {{}}"
            else:
                known = bound.setdefault(declared.name, found)
                first = source.setdefault(declared.name, place)
            if known != found:
                raise _two_values(declared, first.format(known), place.format(found))
    return bound


def _extent_value(name: str, size: object) -> int:
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 0:
        raise ArgumentError(f"the size {name} must be a non-negative integer, got {size!r}")
    return int(size)


def _two_values(declared: Extent, first: str, second: str) -> ShapeError:
    both = f": both are {declared.name}" if isinstance(declared, Size) else ""
    return ShapeError(f"{first}, but {second}{both}", hint="give arrays of matching shapes")


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rules need beside the node: the arrays, the sizes, the types of new arrays."""

    arrays: Mapping[str, Values]
    sizes: Mapping[str, int]
    fields: Fields

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of a new array of real numbers."""
        return self.fields.real

    def size(self, extent: Extent) -> int:
        """Return the value of a size."""
        if not isinstance(extent, Size):
            return extent
        if extent.name not in self.sizes:
            raise ShapeError(
                f"the size {extent.name} is not known: no array has an axis of this size",
                hint=f"pass sizes={{{extent.name!r}: ...}}",
            )
        return self.sizes[extent.name]

    def array(self, value: Any) -> Values:
        """Return a value as an array; a Python object is not made a number of fixed length."""
        return np.asarray(value, dtype=object if self.dtype == object else None)

    def shape(self, extents: Iterable[Extent]) -> tuple[int, ...]:
        """Return the values of several sizes."""
        return tuple([self.size(extent) for extent in extents])


# -- one rule for each node -----------------------------------------------------------------------------

Rule = Callable[[Any, list[Values], _Context], Any]


def _size(node: Size, _children: list[Values], context: _Context) -> Any:
    return np.array(context.size(node), dtype=context.dtype)


def _tensor(node: Tensor, _children: list[Values], context: _Context) -> Any:
    return context.arrays[node.name]


def _imaginary_unit(_node: ImaginaryUnit, _children: list[Values], context: _Context) -> Any:
    return np.array(1j, dtype=context.fields.complex)


def _ones(node: Ones, _children: list[Values], context: _Context) -> Any:
    return np.ones(context.shape(node.sizes), dtype=context.dtype)


def _delta(node: Delta, _children: list[Values], context: _Context) -> Any:
    indices = np.indices(context.shape(node.sizes))
    return np.all(indices == indices[0], axis=0).astype(context.dtype)


def _onehot(node: OneHot, _children: list[Values], context: _Context) -> Any:
    (size,) = context.shape(node.sizes)
    if node.index >= size:
        raise index_beyond(node.index, str(getattr(node.sizes[0], "name", size)), size)
    return (np.arange(size) == node.index).astype(context.dtype)


def _product(node: Product, children: list[Values], context: _Context) -> Any:
    factors = list(zip(children, node.labels, strict=True))
    return product_on_grid(node.coefficient, factors, node.output, context.dtype)


def _sum(_node: Sum, children: list[Values], _context: _Context) -> Any:
    total = children[0]
    for child in children[1:]:
        total = total + child
    return total


def _elementwise(node: Elementwise, children: list[Values], context: _Context) -> Any:
    value = context.array(node.function.value(np, children[0], *node.parameters))
    return _checked(node, value, children[0].shape)


def _map(node: Map, children: list[Values], context: _Context) -> Any:
    value = context.array(node.function.value(np, children[0]))
    return _checked(node, value, context.shape(node.sizes))


def _operator(node: Operator, children: list[Values], context: _Context) -> Any:
    value = operator_value(node.operator, np, children, node.batch)
    return _checked(node, value, context.shape(node.sizes))


def _checked(node: Elementwise | Map | Operator, value: Values, shape: tuple[int, ...]) -> Values:
    if value.shape != shape:
        record = node.operator if isinstance(node, Operator) else node.function
        raise ShapeError(
            f"the value of {record.name} has shape {value.shape}, but it must have shape {shape}",
            hint="correct the function's value",
        )
    return value


def _definition(_node: Definition, children: list[Values], _context: _Context) -> Any:
    return children[0]


def _steps(node: Repeated, children: list[Values], context: _Context) -> tuple[list[Values], list[Values]]:
    """Return the states after the last step, and the value of the output in each step, by its time."""
    loop = node.loop
    first, last = len(loop.states), len(loop.states) + len(loop.inputs)
    states, sequences, constants = children[:first], children[first:last], children[last:]
    length = context.size(loop.length)
    times = range(length)
    kept: dict[int, Values] = {}
    for time in reversed(times) if loop.backward else times:
        given = [*states, *(sequence[time] for sequence in sequences), *constants]
        inside = replace(context, arrays=dict(zip([s.name for s in loop.symbols], given, strict=True)))
        *states, kept[time] = _values([*loop.following, *bodies(node)[-1:]], inside)
    return states, [kept[time] for time in times]


def _recurrence(node: Recurrence, children: list[Values], context: _Context) -> Any:
    _, kept = _steps(node, children, context)
    dtype = context.fields.type_of(node.is_real)
    return np.array(kept, dtype=dtype).reshape(context.shape(node.sizes))


def _final_state(node: FinalState, children: list[Values], context: _Context) -> Any:
    states, _ = _steps(node, children, context)
    found = states[node.place]
    return found if node.is_real else found.astype(context.fields.complex)


def _over_time(node: OverTime, children: list[Values], context: _Context) -> Values:
    raise ArgumentError(
        f"a sum over the times {node.index.letter} of what stands at one time has no value of its own",
        hint="evaluate the gradients of the derivation",
    )


_RULES: Mapping[type[Expr], Rule] = MappingProxyType(
    {
        Size: _size,
        Tensor: _tensor,
        ImaginaryUnit: _imaginary_unit,
        Ones: _ones,
        Delta: _delta,
        OneHot: _onehot,
        Product: _product,
        Sum: _sum,
        Elementwise: _elementwise,
        Map: _map,
        Recurrence: _recurrence,
        FinalState: _final_state,
        Operator: _operator,
        OverTime: _over_time,
        Definition: _definition,
    }
)
