"""An operand of a matrix product: which of its labels are rows, which are summed, which stack matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from bracketcalc.compiler.layouts.cost import VIEW, Labels, copy_time, size_of


@dataclass(frozen=True, slots=True)
class Form:
    """How an operand enters a matrix product.

    Attributes:
        outer: the labels of the axes along which matrices are stacked, in any order.
        free: the labels of the axis of the matrices that the other operand has not, in memory order.
        summed: the labels of the other axis, in memory order.
        summed_first: whether the summed axis is the slower one.
        time: how long it takes to bring the operand in this form.
    """

    outer: Labels
    free: Labels
    summed: Labels
    summed_first: bool
    time: float


def as_it_is(
    layout: Labels, free: Set[int], summed: frozenset[int], sizes: Mapping[int, int]
) -> Form | None:
    """Return the form of an operand without a copy, None if there is none.

    The summed labels must be next to each other, and the fastest label must be summed or free: without a
    fast axis a matrix product is a slow loop. Where no label is summed, the free ones at the end are the
    rows, and the summed axis has one element.

    Example:
        >>> form = as_it_is((0, 1, 2), {0, 2}, frozenset({1}), {0: 9, 1: 9, 2: 9})
        >>> form.outer, form.free, form.summed, form.summed_first
        ((0,), (2,), (1,), True)
    """
    first = next((place for place, label in enumerate(layout) if label in summed), 0)
    order = layout[first : first + len(summed)]
    if not summed.issuperset(order):
        return None
    behind = layout[first + len(summed) :]
    if behind:
        run = len(behind)
        while run and behind[run - 1] in free:
            run -= 1
        if run == len(behind):
            return None
        rows = behind[run:]
    else:
        rows = _largest_run(layout[:first], free, sizes)
    outer = tuple([label for label in layout if label not in summed and label not in rows])
    moved = len(rows) + len(order) < len(layout) or len(rows) > 1 or len(order) > 1
    return Form(outer, rows, order, bool(behind), VIEW if moved else 0.0)


def _largest_run(layout: Labels, free: Set[int], sizes: Mapping[int, int]) -> Labels:
    """Return the labels in ``free`` that are next to each other and have the most elements together."""
    best: Labels = ()
    run: Labels = ()
    for label in layout:
        run = (*run, label) if label in free else ()
        if run and (not best or size_of(run, sizes) >= size_of(best, sizes)):
            best = run
    return best


def copies(
    layout: Labels,
    free: Set[int],
    summed: Labels,
    orders: Sequence[Mapping[int, int]],
    sizes: Mapping[int, int],
) -> Iterator[Form]:
    """Yield forms in which a copy of an operand can be made.

    Args:
        layout: the memory order of the operand.
        free: the labels that only this operand has.
        summed: the summed labels, in the order in which the other operand has them.
        orders: for each order in which the free labels may be wanted, the place of each label in it.
        sizes: the size of each label.
    """
    rows = tuple([label for label in layout if label in free])
    outer = tuple([label for label in layout if label not in free and label not in summed])
    wanted = [rows, *(tuple(sorted(rows, key=places.__getitem__)) for places in orders)]
    for order in dict.fromkeys(wanted):
        times = [
            (copy_time(layout, outer + order + summed, sizes), False),
            (copy_time(layout, outer + summed + order, sizes), True),
        ]
        time, summed_first = min(times)
        yield Form(outer, order, summed, summed_first, time + 2 * VIEW)
