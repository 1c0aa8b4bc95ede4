"""Building a program: one method for each operation; equal operations are made once.

The builder also follows in which order the axes of each value lie in memory. That is a guess, used only
to choose among equally right programs: arguments are taken to be in C order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bracketcalc.compiler.layouts.choice import LayoutTable
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.fields import OF_THEIR_OWN, is_complex
from bracketcalc.compiler.program.operands import IndexRange, Place, View
from bracketcalc.compiler.program.steps import (
    READ_ONLY,
    Constant,
    Kind,
    Operand,
    Step,
    broadcast_shape,
    count,
    is_own_buffer,
    matmul_shape,
    may_share,
)
from bracketcalc.expr.number import Number
from bracketcalc.functions.windows import Windows

_DIVISIONS = frozenset({Kind.DIVIDE, Kind.TRANSPOSE, Kind.EXPAND})
"""Steps that may be a reciprocal."""


class Builder:
    """A growing list of steps.

    Args:
        paths: where the order of contractions is found.
        constants: the positions of the arguments that are known before any call.
    """

    def __init__(self, paths: PathTable, constants: Collection[int] = ()) -> None:
        self.steps: list[Step] = []
        self.memory: list[tuple[int, ...]] = []
        self.complex: list[bool] = []
        self.constant: list[bool] = []
        self.paths = paths
        self.layouts = LayoutTable()
        self.constants = constants
        self.kinds: set[Kind] = set()
        self._has_complex = False
        self._slots: dict[Step, int] = {}

    def emit(
        self,
        kind: Kind,
        operands: Sequence[Operand],
        shape: tuple[int, ...],
        parameters: tuple[Any, ...] = (),
        memory: tuple[int, ...] | None = None,
    ) -> int:
        """Return the slot of the value, a known slot where the same step was made before."""
        step = Step(kind, tuple(operands), parameters, shape)
        known = self._slots.get(step)
        if known is not None:
            return known
        slot = self._slots[step] = len(self.steps)
        self._append(step, tuple(range(len(shape))) if memory is None else memory)
        return slot

    def _append(self, step: Step, memory: tuple[int, ...]) -> None:
        if step.kind in OF_THEIR_OWN or self._has_complex:
            self.complex.append(is_complex(step, self.complex))
            self._has_complex |= self.complex[-1]
        else:
            self.complex.append(False)
        if step.kind is Kind.INPUT:
            self.constant.append(step.parameters[0] in self.constants)
        else:
            self.constant.append(False not in [self.constant[slot] for slot in step.slots])
        self.kinds.add(step.kind)
        self.steps.append(step)
        self.memory.append(memory)

    def shape(self, slot: int) -> tuple[int, ...]:
        """Return the shape of a value."""
        return self.steps[slot].shape

    def input(self, position: int, shape: tuple[int, ...], cast: bool, is_complex: bool = False) -> int:
        """Return the argument at ``position``, in the real or complex dtype of the program."""
        slot = self.emit(Kind.INPUT, (), shape, (position, True) if is_complex else (position,))
        if not cast:
            return slot
        return self.emit(Kind.CAST_COMPLEX if is_complex else Kind.CAST, (slot,), shape)

    def as_complex(self, slot: int) -> int:
        """Return the value as complex numbers."""
        return slot if self.complex[slot] else self.emit(Kind.CAST_COMPLEX, (slot,), self.shape(slot))

    # -- views ----------------------------------------------------------------------------------------

    def transpose(self, slot: int, order: Sequence[int]) -> int:
        """Return the value with axis ``order[k]`` as its axis k."""
        order = tuple(order)
        if order == tuple(range(len(order))):
            return slot
        step = self.steps[slot]
        if step.kind is Kind.TRANSPOSE:
            inner = step.parameters
            return self.transpose(step.slots[0], [inner[axis] for axis in order])
        place = {axis: k for k, axis in enumerate(order)}
        memory = tuple([place[axis] for axis in self.memory[slot]])
        shape = tuple([step.shape[axis] for axis in order])
        return self.emit(Kind.TRANSPOSE, (slot,), shape, order, memory)

    def expand(self, slot: int, present: Sequence[bool]) -> int:
        """Return the value with an axis of size 1 wherever ``present`` is false."""
        if all(present):
            return slot
        sizes = iter(self.shape(slot))
        shape = tuple([next(sizes) if here else 1 for here in present])
        return self.emit(Kind.EXPAND, (slot,), shape, tuple(present))

    def reshape(self, slot: int, shape: tuple[int, ...]) -> int:
        """Return the value with another shape, elements in C order."""
        if self.shape(slot) == shape:
            return slot
        step = self.steps[slot]
        if step.kind is Kind.RESHAPE:
            return self.reshape(step.slots[0], shape)
        return self.emit(Kind.RESHAPE, (slot,), shape)

    def broadcast(self, slot: int, shape: tuple[int, ...]) -> int:
        """Return the value repeated to a shape, as a view that must not be written to."""
        return slot if self.shape(slot) == shape else self.emit(Kind.BROADCAST, (slot,), shape)

    def diagonal(self, slot: int, first: int, second: int) -> int:
        """Return the diagonal of two axes, as the last axis."""
        shape = self.shape(slot)
        rest = [size for axis, size in enumerate(shape) if axis not in (first, second)]
        return self.emit(Kind.DIAGONAL, (slot,), (*rest, shape[first]), (first, second))

    def pick(self, slot: int, picks: tuple[int | None, ...]) -> int:
        """Return the value at one index of some axes; an axis with None stays."""
        if all(index is None for index in picks):
            return slot
        kept = [axis for axis, index in enumerate(picks) if index is None]
        shape = tuple([self.shape(slot)[axis] for axis in kept])
        memory = tuple([kept.index(axis) for axis in self.memory[slot] if axis in kept])
        return self.emit(Kind.PICK, (slot,), shape, picks, memory)

    def window(self, slot: int, views: tuple[View, ...]) -> int:
        """Return windows on some axes, as a view: the axes of the taps stand behind the last of them."""
        shape = list(self.shape(slot))
        pads = [(0, 0)] * len(shape)
        for view in views:
            behind = view.windows.reach(view.outputs, view.taps) - view.windows.padding - shape[view.axis]
            pads[view.axis] = view.windows.padding, max(behind, 0)
        if any(map(any, pads)):
            padded = tuple([size + sum(pad) for size, pad in zip(shape, pads, strict=True)])
            slot = self.emit(Kind.PAD, (slot,), padded, tuple(pads))
        for view in views:
            shape[view.axis] = view.outputs
        last = views[-1].axis + 1
        shape[last:last] = [view.taps for view in views]
        specs = [(v.axis, v.outputs, v.taps, v.windows.stride, v.windows.dilation) for v in views]
        return self.emit(Kind.WINDOW, (slot,), tuple(shape), tuple(specs))

    def fold(self, slot: int, axes: tuple[int, int], windows: Windows, size: int) -> int:
        """Return windows added up along the axis that they see: the adjoint of :meth:`window`.

        The axis of the given size takes the place of that of the windows; that of the taps is gone.
        """
        output, tap = axes
        shape = [size if k == output else n for k, n in enumerate(self.shape(slot)) if k != tap]
        place = windows.stride, windows.dilation, windows.padding
        return self.emit(Kind.FOLD, (slot,), tuple(shape), (axes, place))

    # -- arithmetic -----------------------------------------------------------------------------------

    def binary(self, kind: Kind, left: Operand, right: Operand) -> int:
        """Return an element-wise operation on two operands whose shapes broadcast together."""
        shapes = [self.shape(operand) for operand in (left, right) if isinstance(operand, int)]
        shape = shapes[0]
        for other in shapes[1:]:
            shape = broadcast_shape(shape, other)
        return self.emit(kind, (left, right), shape, (), self._memory_like((left, right), shape))

    def multiply(self, left: Operand, right: Operand) -> int:
        """Return the element-wise product; a division where one operand is a reciprocal."""
        for one, other in ((left, right), (right, left)):
            divisor = self._divisor(other)
            if divisor is None:
                continue
            if isinstance(one, Constant) or self.shape(one) == self.shape(divisor):
                return self.binary(Kind.DIVIDE, one, divisor)
        if isinstance(left, Constant) or (isinstance(right, int) and left > right):
            left, right = right, left
        return self.binary(Kind.MULTIPLY, left, right)

    def _divisor(self, operand: Operand) -> int | None:
        """Return x where the operand is 1 / x, seen through transpositions and new axes."""
        if isinstance(operand, Constant):
            return None
        step = self.steps[operand]
        if step.kind not in _DIVISIONS:
            return None
        if step.kind is Kind.DIVIDE:
            return step.slots[0] if step.operands[0] == Constant(1) else None
        inner = self._divisor(step.slots[0])
        if inner is None:
            return None
        if step.kind is Kind.TRANSPOSE:
            return self.transpose(inner, step.parameters)
        return self.expand(inner, step.parameters)

    def scale(self, slot: int, number: Number) -> int:
        """Return a number times the value; the value itself for 1."""
        if number == 1:
            return slot
        if number == -1:
            return self.unary(Kind.NEGATIVE, slot)
        return self.multiply(slot, Constant(number))

    def known_scale(self, slot: int, number: Number) -> int | None:
        """Return a number times the value, where the program computes it already."""
        return self._slots.get(Step(Kind.MULTIPLY, (slot, Constant(number)), (), self.shape(slot)))

    def unary(self, kind: Kind, slot: int, parameters: tuple[Any, ...] = ()) -> int:
        """Return an element-wise function of one value."""
        return self.emit(kind, (slot,), self.shape(slot), parameters, self.memory[slot])

    def _memory_like(self, operands: tuple[Operand, ...], shape: tuple[int, ...]) -> tuple[int, ...] | None:
        for operand in operands:
            if isinstance(operand, int) and self.shape(operand) == shape:
                return self.memory[operand]
        return None

    # -- reductions -----------------------------------------------------------------------------------

    def reduce(self, slot: int, axes: tuple[int, ...]) -> int:
        """Return the sum over the axes."""
        if not axes:
            return slot
        shape = tuple([size for axis, size in enumerate(self.shape(slot)) if axis not in axes])
        return self.emit(Kind.REDUCE, (slot,), shape, axes)

    def dot(self, left: int, right: int) -> int:
        """Return the sum over the last axis of ``left`` and the first of ``right``; at most matrices."""
        return self.emit(Kind.DOT, (left, right), self.shape(left)[:-1] + self.shape(right)[1:])

    def matmul(self, left: int, right: int) -> int:
        """Return the products of stacked matrices or vectors."""
        return self.emit(Kind.MATMUL, (left, right), matmul_shape(self.shape(left), self.shape(right)))

    def row_dot(self, left: int, right: int) -> int:
        """Return the sum of products over the last axis of both."""
        return self.emit(Kind.ROW_DOT, (left, right), self.shape(left)[:-1])

    def column_dot(self, left: int, right: int) -> int:
        """Return the sum of products over the first axis of two matrices."""
        return self.emit(Kind.COLUMN_DOT, (left, right), self.shape(left)[1:])

    # -- indices --------------------------------------------------------------------------------------

    def one_hot(self, indices: int, size: int, name: str) -> int:
        """Return the one-hot rows of indices, which are checked to lie in the range."""
        shape = self.shape(indices)
        checked = self.emit(Kind.INDICES, (indices,), shape, (IndexRange(name, size),))
        return self.emit(Kind.ONE_HOT, (checked,), (*shape, size))

    def take(self, array: int, indices: int, batch: int) -> int:
        """Return the elements at indices of the axis behind the common leading axes.

        The axes of the result are those of the indices, then the rest of the array's.
        """
        shape = self.shape(indices) + self.shape(array)[batch + 1 :]
        return self.emit(Kind.TAKE, (array, indices), shape, (batch,))

    def put(self, values: int, indices: int, batch: int, size: int) -> int:
        """Return zeros with values added at indices: the adjoint of :meth:`take`."""
        rest = self.shape(values)[len(self.shape(indices)) :]
        shape = (*self.shape(indices)[:batch], size, *rest)
        return self.emit(Kind.PUT, (values, indices), shape, (batch,))

    def add_one_hot(self, base: int, indices: int, number: Number) -> int:
        """Return ``base`` plus a number in the place of each index, along the last axis."""
        return self.emit(Kind.ADD_ONE_HOT, (base, indices, Constant(number)), self.shape(base))

    # -- whole arrays ---------------------------------------------------------------------------------

    def full(self, shape: tuple[int, ...], value: Operand) -> int:
        """Return a new array filled with one value."""
        if isinstance(value, int):
            return self.emit(Kind.COPY, (self.broadcast(value, shape),), shape)
        return self.emit(Kind.FULL, (value,), shape)

    def scatter(self, value: Operand, shape: tuple[int, ...], place: Place) -> int:
        """Return zeros with the value at a place."""
        return self.emit(Kind.SCATTER, (value,), shape, place)

    def add_diagonal(self, base: int, value: Operand, place: Place) -> int:
        """Return ``base`` plus the value at a place."""
        return self.emit(Kind.ADD_DIAGONAL, (base, value), self.shape(base), place)

    def finish(self, slot: int, taken: set[int]) -> int:
        """Return a slot with the same value and a buffer that is no argument's and not in ``taken``."""
        root = slot
        while may_share(self.steps[root]) and self.steps[root].kind not in READ_ONLY:
            root = self.steps[root].slots[0]
        fresh = is_own_buffer(self.steps[root]) and root not in taken
        # A small view would keep the whole buffer of its base alive for as long as the caller keeps it.
        if fresh and count(self.shape(slot)) == count(self.shape(root)):
            taken.add(root)
            return slot
        copy = Step(Kind.COPY, (slot,), (len(taken),), self.shape(slot))
        self._append(copy, tuple(range(len(copy.shape))))
        taken.add(len(self.steps) - 1)
        return len(self.steps) - 1
