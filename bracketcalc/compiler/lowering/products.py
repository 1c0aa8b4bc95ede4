"""Lowering a product: deltas merge labels, ones vanish, one-hots pick an index of what they meet.

What is left is contracted in pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.layouts.cost import Labels
from bracketcalc.compiler.lowering.axes import Axes, Core
from bracketcalc.compiler.lowering.kernels import Labelled
from bracketcalc.compiler.lowering.labels import is_one_hot
from bracketcalc.compiler.lowering.pairwise import Space
from bracketcalc.compiler.lowering.value import Value, scaled_core
from bracketcalc.compiler.lowering.windows import contract_windowed, is_window
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import count
from bracketcalc.expr.core import Product
from bracketcalc.expr.number import Number, times


def lower_product(b: Builder, node: Product, values: Sequence[Value], known: Axes, fold: bool) -> Value:
    """Return the value of a product from the values of its factors.

    Args:
        b: the program being built.
        node: the product.
        values: the value of each factor.
        known: the axes of the product.
        fold: whether the result is needed as a whole array, so that a factor beside the core is best
            multiplied into the smallest factor now.
    """
    shape, axes, pins, cores, output, sizes, spread, elements = known
    if pins is None:
        return Value(shape, axes, coefficient=0)
    coefficient: Number = node.coefficient
    for number in (*[value.coefficient for value in values], *spread):
        if number != 1:
            coefficient = times(coefficient, number)
    scalars = tuple([slot for value in values for slot in value.scalars])
    if not cores:
        return Value(shape, axes, None, (), coefficient, scalars, pins)
    factors = [_labelled(b, values[core.place], core) for core in cores]
    if not scalars and coefficient != 1:
        for place, factor in enumerate(factors):
            scaled = b.known_scale(factor.slot, coefficient)
            if scaled is not None:
                factors[place], coefficient = Labelled(scaled, factor.labels), 1
                break
    if fold and (scalars or coefficient not in (1, -1)):
        at = _cheapest(b, factors, elements)
        if at is not None:
            part = Value(shape, axes, factors[at].slot, (), coefficient, scalars)
            slot = scaled_core(b, part)
            assert isinstance(slot, int)
            factors[at] = Labelled(slot, factors[at].labels)
            coefficient, scalars = 1, ()
    core = contract_windowed(b, factors, Space(output, sizes))
    if not core.labels:
        return Value(shape, axes, None, (), coefficient, (*scalars, core.slot), pins)
    return Value(shape, axes, core.slot, core.labels, coefficient, scalars, pins)


def _labelled(b: Builder, value: Value, core: Core) -> Labelled:
    """Return the array of a factor with the product's labels, indices and diagonals already taken."""
    assert value.slot is not None
    return _diagonal(b, b.pick(value.slot, core.picks) if core.picks else value.slot, core.labels)


def _diagonal(b: Builder, slot: int, labels: Labels) -> Labelled:
    """Take the diagonal wherever a label is repeated."""
    while len(set(labels)) < len(labels):
        second = next(k for k, label in enumerate(labels) if label in labels[:k])
        first = labels.index(labels[second])
        slot = b.diagonal(slot, first, second)
        kept = [x for k, x in enumerate(labels) if k not in (first, second)]
        labels = (*kept, labels[first])
    return Labelled(slot, labels)


def _cheapest(b: Builder, factors: Sequence[Labelled], result: int) -> int | None:
    """Return the position of the smallest factor if it is smaller than the result."""
    # One-hot rows and windows stay as they are: they are never multiplied with anything.
    elements = {
        k: count(b.shape(factor.slot))
        for k, factor in enumerate(factors)
        if not is_one_hot(b, factor) and not is_window(b, factor)
    }
    at = min(elements, key=lambda k: elements[k], default=None)
    return at if at is not None and elements[at] < result else None
