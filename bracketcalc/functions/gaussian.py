"""Integrals of a Gaussian on NumPy arrays, from their values at knots.

With d = x - x₀ from the knot x₀ that is next to x, the middle m between them, and w = (b m d)²,

    f(x) - f(x₀) = ∫ a exp(-b t²) dt = a d exp(-b m² - b d²/12 + w/6 - w²/180 + …),

which is the midpoint rule and the logarithm of what it leaves out. The knots are so close that w²/180 is
hardly seen, and the line that comes closest stands for both terms in w. NumPy passes the memory once for
every operation, so what counts is that there are few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any

import numpy as np

from bracketcalc.expr.records import Array, ArrayNamespace

BLOCK = 16384
"""How many elements are computed at a time: so many that all arrays of a block stay in the cache."""

_PLACE_BYTES = 8
"""The bytes of a place in an array."""


@dataclass(frozen=True, eq=False, slots=True)
class Knots:
    """The values of a function at knots, in double or single precision.

    Attributes:
        values: the values, from the first knot to the last.
        rounding: what makes a number a knot when it is added and then subtracted.
        start: the sum for the first knot, its digits read as an integer.
    """

    values: Array
    rounding: Any
    start: Any


@dataclass(frozen=True, eq=False, slots=True)
class Integral:
    """A function with the derivative a exp(-b x²), as tables and numbers.

    Attributes:
        last: the last knot; the first is at minus that, and beyond them the function is constant.
        far: up to which |x| the values have full relative accuracy.
        double: the knots for double precision.
        single: the knots for single precision.
        shift, bend, pull: s, r and p in the exponent (q - s) (r d² - p) with q = (x + x₀)².
        scale: what the exponential is multiplied with, beside d.
    """

    last: int
    far: float
    double: Knots
    single: Knots
    shift: float
    bend: float
    pull: float
    scale: float

    def write(self, x: Array, out: Array, room: Array, places: Array) -> None:
        """Write the values at x.

        Args:
            x: real numbers in double or single precision.
            out: where the values are written.
            room: two arrays like it, which are overwritten.
            places: an array of integers of the size of its elements, which is overwritten.
        """
        knots, (middle, moved) = self.double if x.itemsize == 8 else self.single, room
        x.clip(-self.last, self.last, out=out)
        np.add(out, knots.rounding, out=middle)
        # The last digits of the sum count the knots.
        np.subtract(middle.view(places.dtype), knots.start, out=places)
        middle -= knots.rounding
        np.subtract(out, middle, out=moved)
        middle += out
        np.square(middle, out=middle)
        middle -= self.shift
        np.square(moved, out=out)
        out *= self.bend
        out -= self.pull
        middle *= out
        np.exp(middle, out=middle)
        middle *= moved
        middle *= self.scale
        # A NaN has no place, but comes back in the sum.
        knots.values.take(places, out=out, mode="clip")
        out += middle


def integral(values: Array, *, per_unit: int, height: float, rate: float, far: float) -> Integral:
    """Return an integral of a exp(-b x²).

    Args:
        values: its values at knots, from minus an integer to that integer.
        per_unit: how many knots there are to a unit, a power of two.
        height: a.
        rate: b.
        far: up to which |x| the values shall have full relative accuracy.
    """
    last = len(values) // (2 * per_unit)
    # w (1/6 - c) is as far above w/6 - w²/180 as it is below in the end.
    most = (rate * far / (2 * per_unit)) ** 2
    line = 1 / 6 - (sqrt(2) - 1) / 90 * most
    share = 1 / (12 * line)
    return Integral(
        last,
        far,
        double=_knots(values, per_unit, last),
        single=_knots(values[::2].astype(np.float32), per_unit // 2, last),
        shift=4 * share / rate,
        bend=line * rate**2 / 4,
        pull=rate / 4,
        scale=height * exp(-share),
    )


def _knots(values: Array, per_unit: int, last: int) -> Knots:
    # An odd function keeps the sign of zero: -0 + 0 is 0, and -0 - 0 is -0.
    values = np.where(values == 0, values.dtype.type(-0.0), values)
    values.setflags(write=False)
    rounding = values.dtype.type(1.5 / np.finfo(values.dtype).eps / per_unit)
    integer = _integer(values)
    return Knots(values, rounding, rounding.view(integer) - integer(last * per_unit))


def _integer(x: Array) -> type[np.signedinteger[Any]]:
    """Return the type of integers of the size of the elements."""
    return np.int64 if x.itemsize == 8 else np.int32


def has_knots(xp: ArrayNamespace, x: Array) -> bool:
    """Return whether the values at an array can be computed in this way: by its library and its type."""
    return xp is np and x.dtype in (np.float64, np.float32)


def in_blocks(function: Callable[[Array, Array, Array, Array], None], x: Array) -> Array:
    """Return what a function like :meth:`Integral.write` writes, computed block by block."""
    x = x if x.flags.forc else x.copy(order="K")
    result = np.empty_like(x)
    given, found = x.ravel(order="K"), result.ravel(order="K")
    size = min(BLOCK, x.size)
    room, places = np.empty((2, size), x.dtype), np.empty(size, _integer(x))
    for start in range(0, x.size, BLOCK):
        block = given[start : start + BLOCK]
        function(block, found[start : start + BLOCK], room[:, : block.size], places[: block.size])
    return result


def room_bytes(elements: int, itemsize: int) -> int:
    """Return the bytes that :func:`in_blocks` takes beside its result.

    Example:
        >>> room_bytes(100, 8)
        2400
    """
    # NumPy copies places that are shorter.
    copied = _PLACE_BYTES if itemsize < _PLACE_BYTES else 0
    return min(BLOCK, elements) * (3 * itemsize + copied)
