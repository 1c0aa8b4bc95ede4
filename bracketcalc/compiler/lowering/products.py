"""Lowering a product: deltas merge labels, ones vanish, one-hots pick an index of what they meet.

What is left is contracted in pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.compiler.lowering.kernels import Labelled
from bracketcalc.compiler.lowering.labels import is_one_hot
from bracketcalc.compiler.lowering.pairwise import Space
from bracketcalc.compiler.lowering.value import Value, scaled_core
from bracketcalc.compiler.lowering.windows import contract_windowed, is_window
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import count
from bracketcalc.expr.core import Product
from bracketcalc.expr.number import Number, times


def lower_product(b: Builder, node: Product, values: Sequence[Value], fold: bool) -> Value:
    """Return the value of a product from the values of its factors.

    Args:
        b: the program being built.
        node: the product.
        values: the value of each factor.
        fold: whether the result is needed as a whole array, so that a factor beside the core is best
            multiplied into the smallest factor now.
    """
    label_class, sizes = merged_labels(node, values)
    axes = tuple([label_class[label] for label in node.output])
    shape = tuple([sizes[label] for label in axes])
    pins = _pins(node, values, label_class)
    if pins is None:
        return Value(shape, axes, coefficient=0)
    outside = tuple(sorted([(label, index) for label, index in pins.items() if label in axes]))
    factors = _labelled_cores(b, node, values, label_class, pins)
    coefficient: Number = node.coefficient
    for value in values:
        if value.coefficient != 1:
            coefficient = times(coefficient, value.coefficient)
    scalars = tuple([slot for value in values for slot in value.scalars])
    present = {label for factor in factors for label in factor.labels}
    for label in sizes:
        if label not in present and label not in axes and label not in pins:
            coefficient = times(coefficient, sizes[label])
    if not factors:
        return Value(shape, axes, None, (), coefficient, scalars, outside)
    output = tuple([label for label in dict.fromkeys(axes) if label in present])
    if not scalars and coefficient != 1:
        for place, factor in enumerate(factors):
            scaled = b.known_scale(factor.slot, coefficient)
            if scaled is not None:
                factors[place], coefficient = Labelled(scaled, factor.labels), 1
                break
    if fold and (scalars or coefficient not in (1, -1)):
        at = _cheapest(b, factors, count(tuple([sizes[label] for label in output])))
        if at is not None:
            part = Value(shape, axes, factors[at].slot, (), coefficient, scalars)
            slot = scaled_core(b, part)
            assert isinstance(slot, int)
            factors[at] = Labelled(slot, factors[at].labels)
            coefficient, scalars = 1, ()
    core = contract_windowed(b, factors, Space(output, sizes))
    if not core.labels:
        return Value(shape, axes, None, (), coefficient, (*scalars, core.slot), outside)
    return Value(shape, axes, core.slot, core.labels, coefficient, scalars, outside)


def merged_labels(node: Product, values: Sequence[Value]) -> tuple[dict[int, int], dict[int, int]]:
    """Return for each label the smallest label it is equal to through deltas, and the sizes of those."""
    sizes: dict[int, int] = {}
    ties: list[tuple[int, int]] = []
    for names, value in zip(node.labels, values, strict=True):
        sizes.update(zip(names, value.shape, strict=True))
        if len(set(value.axes)) < len(value.axes):
            ties += [(names[group[0]], names[axis]) for group in value.groups for axis in group[1:]]
    parent = {label: label for label in sizes}
    if not ties:
        return parent, sizes

    def find(label: int) -> int:
        while parent[label] != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for pair in ties:
        one, two = sorted(map(find, pair))
        parent[two] = one
    classes = {label: find(label) for label in parent}
    return classes, {label: sizes[label] for label in dict.fromkeys(classes.values())}


def _pins(node: Product, values: Sequence[Value], label_class: dict[int, int]) -> dict[int, int] | None:
    """Return the index of each pinned label; None if one label has two, so that the product is 0."""
    pins: dict[int, int] = {}
    for names, value in zip(node.labels, values, strict=True):
        for label, index in value.pins:
            if pins.setdefault(label_class[names[value.axes.index(label)]], index) != index:
                return None
    return pins


def _labelled_cores(
    b: Builder,
    node: Product,
    values: Sequence[Value],
    label_class: dict[int, int],
    pins: Mapping[int, int],
) -> list[Labelled]:
    """Return the core of each factor with the product's labels, indices and diagonals already taken."""
    factors = []
    for names, value in zip(node.labels, values, strict=True):
        if value.slot is None:
            continue
        slot = value.slot
        labels = [label_class[names[value.axes.index(label)]] for label in value.core]
        if pins:
            slot = b.pick(slot, tuple([pins.get(label) for label in labels]))
            labels = [label for label in labels if label not in pins]
        factors.append(_diagonal(b, slot, labels))
    return factors


def _diagonal(b: Builder, slot: int, labels: list[int]) -> Labelled:
    """Take the diagonal wherever a label is repeated."""
    while len(set(labels)) < len(labels):
        second = next(k for k, label in enumerate(labels) if label in labels[:k])
        first = labels.index(labels[second])
        slot = b.diagonal(slot, first, second)
        labels = [x for k, x in enumerate(labels) if k not in (first, second)] + [labels[first]]
    return Labelled(slot, tuple(labels))


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
