"""How the axes of the factors of a product fit together: the labels of their arrays, indices, sizes.

It follows from the labels alone, so it is found once for all products that are alike, as those of the
layers of a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bracketcalc.compiler.layouts.cost import Labels
from bracketcalc.compiler.lowering.value import Value
from bracketcalc.compiler.program.steps import count
from bracketcalc.expr.core import Product

Pins = Mapping[int, int]
"""The only index at which a label is not zero."""


class Core(NamedTuple):
    """The array of a factor.

    Attributes:
        place: which factor it is.
        picks: for each of its axes the index that is taken, None for an axis that stays; empty if all do.
        labels: the labels of the axes that stay.
    """

    place: int
    picks: tuple[int | None, ...]
    labels: Labels


class Axes(NamedTuple):
    """What is known of the axes of a product.

    Attributes:
        shape: the size of each axis of the product.
        labels: the label of each axis.
        pins: labels of the product with the only index that is not 0, sorted; None if all of it is 0.
        cores: the arrays of the factors.
        output: the labels of the product that an array has.
        sizes: the size of each label.
        spread: the sizes of the labels that are summed and that no array has.
        elements: the number of elements of an array with the output labels.
    """

    shape: tuple[int, ...]
    labels: Labels
    pins: tuple[tuple[int, int], ...] | None
    cores: tuple[Core, ...]
    output: Labels
    sizes: Mapping[int, int]
    spread: tuple[int, ...]
    elements: int


class AxesTable:
    """The axes of the products of one program that were met so far."""

    def __init__(self) -> None:
        self._known: dict[Any, Axes] = {}

    def find(self, node: Product, values: Sequence[Value]) -> Axes:
        """Return the axes of a product whose factors have the given values."""
        around = tuple([(value.shape, value.axes, value.core, value.pins) for value in values])
        key = node.labels, node.output, around
        axes = self._known.get(key)
        if axes is None:
            axes = self._known[key] = axes_of(node, values)
        return axes


def axes_of(node: Product, values: Sequence[Value]) -> Axes:
    """Return the axes of a product whose factors have the given values."""
    label_class, sizes = _merged_labels(node, values)
    labels = tuple([label_class[label] for label in node.output])
    shape = tuple([sizes[label] for label in labels])
    pins = _pins(node, values, label_class)
    if pins is None:
        return Axes(shape, labels, None, (), (), sizes, (), 0)
    outside = tuple(sorted([(label, index) for label, index in pins.items() if label in labels]))
    cores = tuple(_cores(node, values, label_class, pins))
    present = {label for core in cores for label in core.labels}
    spread = [x for x in sizes if x not in present and x not in labels and x not in pins]
    output = tuple([label for label in dict.fromkeys(labels) if label in present])
    elements = count(tuple([sizes[label] for label in output]))
    return Axes(shape, labels, outside, cores, output, sizes, tuple([sizes[x] for x in spread]), elements)


def _merged_labels(node: Product, values: Sequence[Value]) -> tuple[dict[int, int], dict[int, int]]:
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


def _cores(
    node: Product, values: Sequence[Value], label_class: Mapping[int, int], pins: Pins
) -> list[Core]:
    """Return the arrays of the factors, with the labels that are left when indices are taken."""
    found = []
    for place, (names, value) in enumerate(zip(node.labels, values, strict=True)):
        if value.slot is not None:
            labels = [label_class[names[value.axes.index(label)]] for label in value.core]
            taken = not pins.keys().isdisjoint(labels)
            picks = tuple([pins.get(label) for label in labels]) if taken else ()
            found.append(Core(place, picks, tuple([label for label in labels if label not in pins])))
    return found
