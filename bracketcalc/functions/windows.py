"""Windows: the tensor that says which element of an axis each tap of each window sees.

A convolution is a product with it, and so is everything that follows from one. Programs take windows as
views of the array that is seen, and add windows up where the axis that is seen stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.build import extent
from bracketcalc.expr.core import Extent, Ones, Size
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.application import SubtensorForm


@dataclass(frozen=True, slots=True)
class Windows:
    """Where windows lie on an axis: tap p of window o sees the element s o + d p - a.

    Attributes:
        stride: s, from one window to the next.
        dilation: d, from one tap to the next.
        padding: a, how far the first window lies before the first element; what is outside is 0.
    """

    stride: int = 1
    dilation: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        for name, least in (("stride", 1), ("dilation", 1), ("padding", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ArgumentError(f"the {name} of windows is an integer from {least}, got {value!r}")

    def reach(self, outputs: int, taps: int) -> int:
        """Return how many elements, padding included, the windows reach over."""
        return self.stride * (outputs - 1) + self.dilation * (taps - 1) + 1 if outputs and taps else 0

    def count(self, size: int, taps: int) -> int:
        """Return how many windows lie inside an axis with its padding on both sides; 0 or less for none."""
        return (size + 2 * self.padding - self.dilation * (taps - 1) - 1) // self.stride + 1


@dataclass(frozen=True, slots=True)
class WindowValue:
    """The array computation: zeros in the place of what no tap sees."""

    windows: Windows

    def __call__(self, xp: ArrayNamespace, x: Array) -> Array:
        size, outputs, taps = x.shape[-3:]
        w = self.windows
        seen = w.stride * np.arange(outputs)[:, None] + w.dilation * np.arange(taps) - w.padding
        here = xp.asarray(np.arange(size)[:, None, None] == seen)
        return xp.where(here, x, xp.zeros_like(x))


def _same(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def window(
    size: int | str | Size,
    outputs: int | str | Size,
    taps: int | str | Size,
    windows: Windows | None = None,
) -> Map:
    """Return W with W_iop = 1 where i = s o + d p - a, counted from 0, and 0 elsewhere.

    Args:
        size: the size of the axis i that is seen.
        outputs: the number of windows.
        taps: the number of taps of a window.
        windows: s, d and a; 1, 1 and 0 by default.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.reference import evaluate
        >>> (x,) = tensors("x[4]")
        >>> evaluate(x @ window(4, 3, 2), {"x": [1, 2, 3, 4]})
        array([[1., 2.],
               [2., 3.],
               [3., 4.]])
    """
    return Map(_record(windows or Windows()), Ones((extent(size), extent(outputs), extent(taps))), 0)


def _record(windows: Windows) -> TensorFunction:
    plain = windows == Windows()
    given = "" if plain else f"_{{{windows.stride},{windows.dilation},{windows.padding}}}"
    return TensorFunction(
        name=f"window{given}",
        ndim=3,
        result=_same,
        value=WindowValue(windows),
        latex=rf"\operatorname{{window}}{given}",
        summary="zeros in the place of what no tap of a window sees",
    )


def window_form(name: str) -> SubtensorForm | None:
    """Return the function that a name such as ``window_2,1,0`` stands for, None for any other name.

    Example:
        >>> window_form("window_2,1,0").record.value
        WindowValue(windows=Windows(stride=2, dilation=1, padding=0))
    """
    found = re.fullmatch(r"window(?:_([1-9][0-9]{0,8}),([1-9][0-9]{0,8}),([0-9]{1,9}))?", name)
    if found is None:
        return None
    record = _record(Windows(*map(int, found.groups())) if found[1] else Windows())
    return SubtensorForm(record.name, record)
