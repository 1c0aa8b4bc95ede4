"""Contracting a network without one of its factors, for many factors: three contractions instead of many.

The network is contracted along one tree. The environment of a node of the tree is the product of all
factors that are not below it: that of the node above it, times the value of its sibling. What a product
lacks is a leaf, and its value is the environment of the leaf.
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.layouts.needs import Contraction, needs_of
from bracketcalc.compiler.lowering.kernels import Labelled, apply_kernel, memory_labels
from bracketcalc.compiler.lowering.labels import is_one_hot
from bracketcalc.compiler.lowering.networks import Member, SharedNetwork, with_axes
from bracketcalc.compiler.lowering.value import Value
from bracketcalc.compiler.lowering.windows import is_window
from bracketcalc.compiler.paths.tree import path_pairs
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.expr.core import Product
from bracketcalc.expr.number import Number, times


class Environments:
    """What was computed of the networks of one program.

    Args:
        builder: the program.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._known: dict[SharedNetwork, _Environment] = {}

    def value(self, member: Member, node: Product, values: Sequence[Value]) -> Value | None:
        """Return the value of a product that lacks a factor of a network, or of the network.

        None where a factor is more than an array: structure is better used by the product itself.
        """
        b, network = self._builder, member.network
        arrays = [value for value, labels in zip(values, node.labels, strict=True) if labels]
        if not b.paths.regroups or not all(_is_array(b, value) for value in arrays):
            return None
        places = [network.factors.index(factor) for factor in with_axes(node)]
        leaves = {k: _leaf(value, network.labels[k]) for k, value in zip(places, arrays, strict=True)}
        if network not in self._known:
            self._known[network] = _Environment(b, network, leaves)
        going = self._known[network]
        for place, leaf in leaves.items():
            going.values.setdefault(place, leaf)
        coefficient: Number = node.coefficient
        for value in values:
            coefficient = times(coefficient, value.coefficient)
        scalars = tuple([slot for value in values for slot in value.scalars])
        if member.missing is None:
            return Value((), (), None, (), coefficient, (*scalars, going.value(going.root).slot))
        found = going.environment(member.missing)
        shape = tuple([going.sizes[label] for label in member.output])
        return Value(shape, member.output, found.slot, found.labels, coefficient, scalars)


def _is_array(b: Builder, value: Value) -> bool:
    """Return whether a value is an array with all axes, times a number at most."""
    if value.slot is None or not value.is_plain or len(value.core) != len(value.axes):
        return False
    factor = Labelled(value.slot, value.core)
    return not is_one_hot(b, factor) and not is_window(b, factor)


def _leaf(value: Value, names: Sequence[int]) -> Labelled:
    assert value.slot is not None
    return Labelled(value.slot, tuple([names[value.axes.index(label)] for label in value.core]))


class _Environment:
    """The values and environments of one network so far, by the number of the node.

    Leaves are numbered as the factors, results behind them in the order in which they are contracted.
    """

    def __init__(self, b: Builder, network: SharedNetwork, leaves: dict[int, Labelled]) -> None:
        self._builder = b
        self.values = dict(leaves)
        self.environments: dict[int, Labelled] = {}
        self.sizes: dict[int, int] = {}
        for leaf in leaves.values():
            self.sizes |= zip(leaf.labels, b.shape(leaf.slot), strict=True)
        layouts = tuple(
            [
                memory_labels(b, leaves[place]) if place in leaves else labels
                for place, labels in enumerate(network.labels)
            ]
        )
        count = len(layouts)
        self._pairs = path_pairs(b.paths.find(layouts, (), self.sizes), count)
        whole = Contraction(layouts, self._pairs, (), self.sizes)
        self._kernels = b.layouts.plan(whole)
        self._labels = needs_of(whole).labels
        self._leaves = count
        self.root = count + len(self._pairs) - 1
        self._above: dict[int, tuple[int, int]] = {}
        for number, (one, two) in enumerate(self._pairs, count):
            self._above[one], self._above[two] = (number, two), (number, one)

    def value(self, node: int) -> Labelled:
        """Return the value of a node."""
        stack = [node]
        while stack:
            top = stack[-1]
            one, two = (None, None) if top in self.values else self._pairs[top - self._leaves]
            missing = [child for child in (one, two) if child is not None and child not in self.values]
            if missing:
                stack += missing
                continue
            stack.pop()
            if one is not None and two is not None:
                operands = self.values[one], self.values[two]
                kernel = self._kernels[top - self._leaves]
                self.values[top] = apply_kernel(self._builder, *operands, kernel, self.sizes)
        return self.values[node]

    def environment(self, node: int) -> Labelled:
        """Return the environment of a node that is not the root."""
        way = [node]
        while way[-1] not in self.environments and self._above[way[-1]][0] != self.root:
            way.append(self._above[way[-1]][0])
        for below in reversed(way):
            if below not in self.environments:
                above, sibling = self._above[below]
                value = self.value(sibling)
                known = self.environments.get(above)
                self.environments[below] = value if known is None else self._times(known, value, below)
        return self.environments[node]

    def _times(self, above: Labelled, sibling: Labelled, node: int) -> Labelled:
        """Return the environment of a node from that above it and the value of its sibling."""
        b = self._builder
        layouts = memory_labels(b, above), memory_labels(b, sibling)
        output = tuple(sorted(self._labels[node]))
        (kernel,) = b.layouts.plan(Contraction(layouts, ((0, 1),), output, self.sizes))
        return apply_kernel(b, above, sibling, kernel, self.sizes)
