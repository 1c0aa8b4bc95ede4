"""How the arrays of a contraction lie in memory: chosen for all pairs together.

A pair whose summed labels are next to each other in both operands is one call of a matrix product; else an
operand is copied first. The result of a product lies as its operands' rows and columns did, so a copy of a
small array early can save a copy of a large one later. For each intermediate result a few orders are kept
that cost least so far, and in the end those of the cheapest program are chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from bracketcalc.compiler.layouts.cost import (
    VIEW,
    Labels,
    copy_time,
    loop_order,
    multiply_time,
    product_time,
    size_of,
    units,
)
from bracketcalc.compiler.layouts.forms import Form, as_it_is, copies
from bracketcalc.compiler.layouts.needs import Contraction, needs_of

KEPT = 4
"""How many memory orders of each intermediate result are compared."""


@dataclass(frozen=True, slots=True)
class Stacks:
    """A matrix product: the forms of its operands, and the labels along which matrices are stacked.

    Attributes:
        swapped: whether the second operand comes first.
        first: the form of the operand that comes first.
        second: that of the other.
        outer: the labels of the axes along which matrices are stacked, in order.
    """

    swapped: bool
    first: Form
    second: Form
    outer: Labels

    @property
    def layout(self) -> Labels:
        """Return the memory order of the result."""
        return self.outer + self.first.free + self.second.free


@dataclass(frozen=True, slots=True)
class Spread:
    """A product element by element, with the result in a memory order."""

    layout: Labels


@dataclass(frozen=True, slots=True)
class Rows:
    """Sums of products of operands with equal labels, with the result in a memory order."""

    layout: Labels


Kernel = Stacks | Spread | Rows


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A way to compute a value: its memory order, the time so far, and the ways for its operands."""

    number: int
    layout: Labels
    time: float
    kernel: Kernel | None = None
    operands: tuple[_Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """The labels of a pair: those of one operand alone, of the other alone, and of both."""

    rows: frozenset[int]
    columns: frozenset[int]
    summed: frozenset[int]


class _Planning:
    """The candidates for every value of a contraction; see :func:`plan_layouts`."""

    def __init__(self, network: Contraction) -> None:
        self.sizes = network.sizes
        self.network = network
        self.needs = needs_of(network)
        self.found = [[_Candidate(k, layout, 0.0)] for k, layout in enumerate(network.leaves)]

    def add(self, one: int, two: int) -> None:
        """Find the candidates for the next pair."""
        number = len(self.found)
        left, right = self.needs.labels[one], self.needs.labels[two]
        pair = _Pair(left - right, right - left, (left & right) - self.needs.labels[number])
        best: dict[Labels, _Candidate] = {}
        for first, second in product(self.found[one], self.found[two]):
            for time, kernel in self.kernels(pair, first.layout, second.layout):
                total = first.time + second.time + time
                known = best.get(kernel.layout)
                if known is None or total < known.time:
                    best[kernel.layout] = _Candidate(number, kernel.layout, total, kernel, (first, second))
        ranked = sorted(best.values(), key=lambda found: found.time + self.waiting(found))
        self.found.append(ranked[:KEPT])

    def waiting(self, found: _Candidate) -> float:
        """Return the time that a memory order may cost later, as far as the next pair is known."""
        summed = self.needs.next_summed[found.number]
        if found.number == len(self.needs.labels) - 1:
            wanted = tuple([label for label in self.network.output if label in found.layout])
            return 0.0 if found.layout == wanted else VIEW
        if (
            not summed
            or as_it_is(found.layout, self.needs.labels[found.number], summed, self.sizes) is not None
        ):
            return 0.0
        return 700 + 1.5 * size_of(found.layout, self.sizes)

    def kernels(self, pair: _Pair, left: Labels, right: Labels) -> Iterator[tuple[float, Kernel]]:
        """Yield the kernels for a pair, and the time of each."""
        if not pair.summed:
            for order in {loop_order(order, [left, right]): None for order in _spread_orders(left, right)}:
                yield multiply_time(order, left, right, self.sizes), Spread(order)
        if not pair.summed and not (pair.rows and pair.columns):
            return
        if not pair.rows and not pair.columns:
            kept = tuple([label for label in left if label not in pair.summed])
            yield 1500 + copy_time(right, left, self.sizes), Rows(kept)
        else:
            for first, second in self.forms(pair, left, right):
                yield from self.stacks(first, second)

    def forms(self, pair: _Pair, left: Labels, right: Labels) -> Iterator[tuple[Form, Form]]:
        """Yield the forms in which the operands of a matrix product fit together."""
        one = as_it_is(left, pair.rows, pair.summed, self.sizes)
        two = as_it_is(right, pair.columns, pair.summed, self.sizes)
        orders, sizes = self.needs.orders, self.sizes
        if one is not None and two is not None and one.summed == two.summed:
            yield one, two
            if _is_whole(one, pair.rows) and _is_whole(two, pair.columns):
                return
        if one is not None:
            for copy in copies(right, pair.columns, one.summed, orders, sizes):
                yield one, copy
        if two is not None:
            for copy in copies(left, pair.rows, two.summed, orders, sizes):
                yield copy, two
        if one is None or two is None or one.summed != two.summed:
            summed = tuple(sorted(pair.summed, key=orders[0].__getitem__))
            yield from product(
                copies(left, pair.rows, summed, orders, sizes),
                copies(right, pair.columns, summed, orders, sizes),
            )

    def stacks(self, one: Form, two: Form) -> Iterator[tuple[float, Stacks]]:
        """Yield both orders of the operands of a matrix product."""
        sizes, together = self.sizes, {*one.outer, *two.outer}
        summed, rows, columns = [size_of(x, sizes) for x in (one.summed, one.free, two.free)]
        stacked = size_of(tuple(together), sizes)
        for outer in dict.fromkeys(_stack_orders(one, two, self.needs.orders[0])):
            axes = len(units(outer, [one.outer, two.outer]))
            time = one.time + two.time + product_time(stacked, axes, rows, summed, columns)
            for swapped, first, second in ((False, one, two), (True, two, one)):
                turned = first.summed_first + (not second.summed_first)
                yield time + turned * VIEW / 2, Stacks(swapped, first, second, outer)


def _stack_orders(one: Form, two: Form, places: Mapping[int, int]) -> Iterator[Labels]:
    """Yield orders of the labels along which matrices are stacked."""
    yield tuple(sorted({*one.outer, *two.outer}, key=places.__getitem__))
    yield one.outer + tuple([label for label in two.outer if label not in one.outer])
    yield two.outer + tuple([label for label in one.outer if label not in two.outer])


def _is_whole(form: Form, free: frozenset[int]) -> bool:
    """Return whether all free labels are one axis of one or no label, so that no copy can be better."""
    return len(form.free) == len(free) <= 1


def _spread_orders(left: Labels, right: Labels) -> Iterator[Labels]:
    """Yield memory orders for a product element by element."""
    for one, two in ((left, right), (right, left)):
        rest = tuple([label for label in two if label not in one])
        yield rest + one
        if rest:
            yield one + rest


def plan_layouts(network: Contraction) -> list[Kernel]:
    """Return the kernel of each pair of a contraction.

    Example:
        >>> contraction = Contraction(((0, 1, 2), (1,)), ((0, 1),), (0, 2), {0: 9, 1: 9, 2: 99})
        >>> (kernel,) = plan_layouts(contraction)
        >>> kernel.outer, kernel.layout
        ((0,), (0, 2))
    """
    planning = _Planning(network)
    for one, two in network.pairs:
        planning.add(one, two)
    kernels: dict[int, Kernel] = {}
    stack = [planning.found[-1][0]]
    while stack:
        found = stack.pop()
        if found.kernel is not None:
            kernels[found.number] = found.kernel
            stack += found.operands
    return [kernels[number] for number in sorted(kernels)]


class LayoutTable:
    """The kernels of the contractions seen so far: the layers of a network, say, are planned once."""

    def __init__(self) -> None:
        self._known: dict[Any, list[Kernel]] = {}

    def plan(self, network: Contraction) -> list[Kernel]:
        """Return the kernel of each pair of a contraction, as :func:`plan_layouts`."""
        sizes = tuple([network.sizes[label] for leaf in network.leaves for label in leaf])
        key = network.leaves, network.pairs, network.output, sizes
        kernels = self._known.get(key)
        if kernels is None:
            kernels = self._known[key] = plan_layouts(network)
        return kernels
