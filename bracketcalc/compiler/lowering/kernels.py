"""The kernels for a pair of factors: a matrix product, a product element by element, sums of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bracketcalc.compiler.layouts.choice import Kernel, Rows, Spread, Stacks
from bracketcalc.compiler.layouts.cost import Labels, units
from bracketcalc.compiler.layouts.forms import Form
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import count

FEW = 1 << 14
"""Up to how many elements the products of two matrices are made first, and then added up by columns."""

LEAST_COLUMNS = 16
"""How long the rows of two matrices are at least where they are added up row by row."""


class Labelled(NamedTuple):
    """A slot with one label for each axis of its value, all different."""

    slot: int
    labels: Labels


def apply_kernel(
    b: Builder, left: Labelled, right: Labelled, kernel: Kernel, sizes: Mapping[int, int]
) -> Labelled:
    """Return the product of two factors, computed by a kernel."""
    match kernel:
        case Spread():
            return _multiplied(b, left, right, kernel.layout)
        case Rows():
            return _rows(b, left, right, kernel)
        case Stacks():
            return _stacks(b, left, right, kernel, sizes)


# -- views -----------------------------------------------------------------------------------------------


def memory_labels(b: Builder, factor: Labelled) -> Labels:
    """Return the labels in the order in which their axes lie in memory, slowest first."""
    return tuple([factor.labels[axis] for axis in b.memory[factor.slot]])


def arranged(b: Builder, factor: Labelled, order: Sequence[int]) -> int:
    """Return the factor with its axes in the given order."""
    if tuple(order) == factor.labels:
        return factor.slot
    return b.transpose(factor.slot, [factor.labels.index(label) for label in order])


def spread(b: Builder, factor: Labelled, order: Labels) -> int:
    """Return the factor with its axes in the given order, and size 1 for every label it has not."""
    if not factor.labels or factor.labels == order:
        return factor.slot
    own = [label for label in order if label in factor.labels]
    return b.expand(arranged(b, factor, own), [label in factor.labels for label in order])


def grouped(b: Builder, factor: Labelled, groups: Sequence[Labels]) -> int:
    """Return the factor with one axis for each group of labels.

    Labels that are next to each other in memory and in a group become one axis before the axes are moved,
    so it is a view where every group lies together in memory.
    """
    if all(len(group) == 1 for group in groups):
        return arranged(b, factor, [group[0] for group in groups])
    memory = memory_labels(b, factor)
    parts = [unit for group in groups for unit in units(group, [memory])]
    in_memory = sorted(parts, key=lambda unit: memory.index(unit[0]))
    sizes = dict(zip(factor.labels, b.shape(factor.slot), strict=True))
    slot = b.reshape(arranged(b, factor, memory), _shape(in_memory, sizes))
    slot = b.transpose(slot, [in_memory.index(unit) for unit in parts])
    return b.reshape(slot, _shape(groups, sizes))


def _shape(groups: Sequence[Labels], sizes: Mapping[int, int]) -> tuple[int, ...]:
    return tuple([count(tuple([sizes[label] for label in group])) for group in groups])


# -- kernels ---------------------------------------------------------------------------------------------


def _multiplied(b: Builder, left: Labelled, right: Labelled, order: Labels) -> Labelled:
    """Multiply element by element, each factor spread over the labels that it has not."""
    return Labelled(b.multiply(spread(b, left, order), spread(b, right, order)), order)


def _rows(b: Builder, left: Labelled, right: Labelled, kernel: Rows) -> Labelled:
    """Sum the products over the contracted labels; what is left are batch labels."""
    memory, batch = memory_labels(b, left), kernel.layout
    summed = tuple([label for label in memory if label not in batch])
    sizes = dict(zip(left.labels, b.shape(left.slot), strict=True))
    shape = tuple([sizes[label] for label in batch])
    if batch and memory == memory_labels(b, right) == summed + batch:
        one, two = [grouped(b, factor, (summed, batch)) for factor in (left, right)]
        if count(b.shape(one)) <= FEW and not (b.complex[one] or b.complex[two]):
            return Labelled(b.reshape(b.reduce(b.multiply(one, two), (0,)), shape), batch)
        if count(shape) >= LEAST_COLUMNS:
            return Labelled(b.reshape(b.column_dot(one, two), shape), batch)
    singles = [(label,) for label in batch]
    rows = [grouped(b, factor, (*singles, summed)) for factor in (left, right)]
    return Labelled((b.row_dot if batch else b.dot)(*rows), batch)


def _stacks(
    b: Builder, left: Labelled, right: Labelled, kernel: Stacks, sizes: Mapping[int, int]
) -> Labelled:
    """Multiply as matrices, or as stacks of matrices."""
    first, second = (right, left) if kernel.swapped else (left, right)
    layouts = [memory_labels(b, factor) for factor in (first, second)] if kernel.outer else ()
    outer = units(kernel.outer, layouts)
    one = _matrices(b, first, kernel.first, outer, True)
    two = _matrices(b, second, kernel.second, outer, False)
    slot = (b.matmul if kernel.outer else b.dot)(one, two)
    return Labelled(b.reshape(slot, tuple([sizes[x] for x in kernel.layout])), kernel.layout)


def _matrices(b: Builder, factor: Labelled, form: Form, outer: Sequence[Labels], comes_first: bool) -> int:
    """Return an operand of a matrix product: its matrices, or vectors, behind the axes of the stack."""
    own = [unit for unit in outer if unit[0] in factor.labels]
    groups = list(own)
    matrix = [form.free, form.summed] if comes_first else [form.summed, form.free]
    groups += [group for group in matrix if group]
    slot = grouped(b, factor, groups)
    if not own and form.summed:
        return slot
    # Axes of the stack that come before the operand's own need not be there.
    behind = outer[outer.index(own[0]) :] if own else ()
    return b.expand(slot, [*(unit in own for unit in behind), *(bool(group) for group in matrix)])
