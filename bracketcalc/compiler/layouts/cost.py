"""How long copies and kernels take, in nanoseconds, to choose among programs that compute the same.

The numbers were measured with NumPy 2.4 and OpenBLAS on one core. Only their ratios matter, and not much:
they tell that a call costs as much as hundreds of multiplications, that a copy costs by its inner loops,
and that many small matrix products cost more than a large one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

Labels = tuple[int, ...]

VIEW = 120.0
"""Another shape or order of axes, without a copy."""

LARGE = 100_000
"""How many elements stay in the fast caches of a processor."""


def size_of(labels: Sequence[int], sizes: Mapping[int, int]) -> int:
    """Return the number of elements of an array with these labels."""
    return prod([sizes[label] for label in labels])


def inner_run(order: Labels, layouts: Sequence[Labels]) -> int:
    """Return how many of the last labels are one loop for every array: next to each other, or absent.

    Example:
        >>> inner_run((0, 1, 2), [(1, 2, 0)]), inner_run((0, 1, 2), [(0, 1, 2), (0,)])
        (2, 2)
    """
    length = 1
    places = [{label: place for place, label in enumerate(layout)} for layout in layouts]
    while length < len(order):
        one, two = order[-length - 1], order[-length]
        if not all(_adjacent(where.get(one), where.get(two)) for where in places):
            break
        length += 1
    return min(length, len(order))


def units(order: Labels, layouts: Sequence[Labels]) -> list[Labels]:
    """Return the labels cut into parts that are one loop for every array.

    Example:
        >>> units((0, 1, 2), [(1, 2, 0)])
        [(0,), (1, 2)]
    """
    found: list[Labels] = []
    while order:
        cut = len(order) - inner_run(order, layouts)
        found.append(order[cut:])
        order = order[:cut]
    return found[::-1]


def _adjacent(one: int | None, two: int | None) -> bool:
    return one is None if two is None else one is not None and two == one + 1


def copy_time(source: Labels, target: Labels, sizes: Mapping[int, int]) -> float:
    """Return the time of bringing an array in another memory order; 0 for the same order."""
    if source == target:
        return 0.0
    elements = size_of(target, sizes)
    inner = size_of(target[len(target) - inner_run(target, [source]) :], sizes)
    return 700 + elements * (0.25 if elements < LARGE else 1.0) + elements / max(inner, 1) * 3.5


def loop_order(order: Labels, layouts: Sequence[Labels]) -> Labels:
    """Return the order in which NumPy goes over axes, and in which a new result lies.

    It is the order given, except that an axis moves behind those after it where every operand that has
    both goes in smaller steps along it.

    Example:
        >>> loop_order((0, 1, 2), [(0, 1), (2, 1)]), loop_order((0, 1), [(1, 0), (0, 1)])
        ((0, 2, 1), (0, 1))
    """
    places = [{label: place for place, label in enumerate(layout)} for layout in layouts]
    found: list[int] = []
    for label in reversed(order):
        at = place = len(found)
        while place > 0:
            other = found[place - 1]
            both = [where[label] > where[other] for where in places if label in where and other in where]
            place -= 1
            if both and not all(both):
                break
            if both:
                at = place
        found.insert(at, label)
    return tuple(reversed(found))


def multiply_time(order: Labels, left: Labels, right: Labels, sizes: Mapping[int, int]) -> float:
    """Return the time of multiplying element by element in an order of axes."""
    elements = size_of(order, sizes)
    inner = size_of(order[len(order) - inner_run(order, [left, right]) :], sizes)
    return 1000 + elements * (0.5 if elements < LARGE else 1.5) + elements / max(inner, 1) * 10


def product_time(stacked: int, axes: int, rows: int, summed: int, columns: int) -> float:
    """Return the time of products of matrices that are stacked along axes, of one without axes."""
    work = rows * summed * columns
    if summed == 1:
        each = work * (2.0 if axes else 0.35)
    else:
        # A vector makes it a sum over rows, for which memory is the limit.
        each = work * (0.3 if rows == 1 or columns == 1 else 0.08)
    return 1000 + stacked * (25 + 12 * axes + each) if axes else 350 + each
