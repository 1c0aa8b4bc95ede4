"""The value of an expression inside a program: a small core array, spread over the axes lazily.

Ones, deltas, coefficients and scalar factors are kept beside the core until something needs the whole
array. Most often nothing does: a product renames the labels, a sum broadcasts.
"""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.operands import Place
from bracketcalc.compiler.program.steps import Constant, Operand
from bracketcalc.expr.number import Number


class Value(NamedTuple):
    """``coefficient`` times scalars times a core, as a tensor with the axes ``axes``.

    The element at an index is that of the core at the same labels; it is 0 where two axes with one label
    have different indices (a delta) or where an axis with a pinned label has another index than the pin
    (a one-hot), and the same along every other axis whose label the core has not (ones).

    Attributes:
        shape: the size of each axis of the expression.
        axes: one label for each axis of the expression.
        slot: the core array, with at least one axis; None for a core of 1.
        core: one label for each axis of the core, all different and all in ``axes``.
        coefficient: a number.
        scalars: slots of factors without axes.
        pins: labels in ``axes`` that the core has not, sorted, each with the only index that is not 0.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    slot: int | None = None
    core: tuple[int, ...] = ()
    coefficient: Number = 1
    scalars: tuple[int, ...] = ()
    pins: tuple[tuple[int, int], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Return whether the axes have different labels without pins, so nothing is zero by structure."""
        return not self.pins and len(set(self.axes)) == len(self.axes)

    @property
    def is_constant(self) -> bool:
        """Return whether the core and all factors are numbers."""
        return self.slot is None and not self.scalars

    @property
    def is_unscaled(self) -> bool:
        """Return whether there is no factor beside the core, except possibly a sign."""
        return not self.scalars and self.coefficient in (1, -1)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Return the axes of each label, labels in order of first appearance.

        The axes of pinned labels are among them.
        """
        places: dict[int, list[int]] = {}
        for axis, label in enumerate(self.axes):
            places.setdefault(label, []).append(axis)
        return tuple([tuple(axes) for axes in places.values()])

    @property
    def place(self) -> Place:
        """Return where the labels without pins stand in the whole array."""
        pinned = dict(self.pins)
        groups = [axes for axes in self.groups if self.axes[axes[0]] not in pinned]
        return tuple(groups), tuple([pinned.get(label) for label in self.axes])

    @property
    def loose(self) -> tuple[int, ...]:
        """Return the labels without pins, in order of first appearance."""
        pinned = dict(self.pins)
        return tuple([label for label in dict.fromkeys(self.axes) if label not in pinned])


def array_value(slot: int, shape: tuple[int, ...]) -> Value:
    """Return the value of an array that has every axis of the expression."""
    if not shape:
        return Value((), (), scalars=(slot,))
    labels = tuple(range(len(shape)))
    return Value(shape, labels, slot, labels)


def scalar_factor(b: Builder, value: Value) -> Operand:
    """Return the coefficient times the scalars, as one operand without axes."""
    if not value.scalars:
        return Constant(value.coefficient)
    first, *rest = value.scalars
    for other in rest:
        first = b.multiply(first, other)
    return b.scale(first, value.coefficient)


def scaled_core(b: Builder, value: Value) -> Operand:
    """Return the core with every factor multiplied in; a number or scalar where there is no array."""
    if value.slot is None:
        return scalar_factor(b, value)
    if not value.scalars:
        return b.scale(value.slot, value.coefficient)
    return b.multiply(value.slot, scalar_factor(b, value))


def settled(b: Builder, value: Value) -> Value:
    """Return the same value without factors beside the core, except a sign."""
    if value.slot is None or value.is_unscaled:
        return value
    core = scaled_core(b, value)
    assert isinstance(core, int)
    return value._replace(slot=core, coefficient=1, scalars=())


def dense(b: Builder, value: Value) -> int:
    """Return a slot that holds the whole array; it may be a view that must not be written to."""
    core = scaled_core(b, value)
    if not value.shape:
        return core if isinstance(core, int) else b.full((), core)
    labels = value.loose
    if not value.is_plain:
        return b.scatter(over_labels(b, core, value, labels), value.shape, value.place)
    if value.slot is None:
        return b.full(value.shape, core)
    return b.broadcast(aligned(b, core, value.core, labels), value.shape)


def over_labels(b: Builder, core: Operand, value: Value, labels: tuple[int, ...]) -> Operand:
    """Return the core with one axis for each label, size 1 for those that it has not."""
    return core if value.slot is None else aligned(b, core, value.core, labels)


def aligned(b: Builder, core: Operand, own: tuple[int, ...], labels: tuple[int, ...]) -> int:
    """Return an array with axes ``own`` as one with an axis for each of ``labels``, in their order."""
    assert isinstance(core, int)
    if own == labels:
        return core
    order = [own.index(label) for label in labels if label in own]
    return b.expand(b.transpose(core, order), [label in own for label in labels])
