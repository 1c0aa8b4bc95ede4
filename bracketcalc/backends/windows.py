"""Operations on windows: seeing an axis through them, and adding them up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bracketcalc.backends.indices import AddAt
from bracketcalc.expr.records import Array, ArrayNamespace

View = tuple[int, ...]
"""An axis, then the windows, the taps of each, and the steps from one to the next of both."""

Widths = Sequence[tuple[int, int]]
"""How many zeros stand before and behind each axis."""


def window_operations(xp: ArrayNamespace) -> Mapping[str, Callable[..., Array]]:
    """Return the operations of a library whose arrays have strides and can be written to."""
    as_strided = xp.lib.stride_tricks.as_strided

    def window(x: Array, views: Sequence[View]) -> Array:
        shape, strides = list(x.shape), list(x.strides)
        taps, steps = [], []
        for axis, outputs, count, stride, dilation in views:
            taps.append(count)
            steps.append(strides[axis] * dilation)
            shape[axis], strides[axis] = outputs, strides[axis] * stride
        last = views[-1][0] + 1
        shape[last:last], strides[last:last] = taps, steps
        return as_strided(x, shape, strides)

    def fold(x: Array, shape: tuple[int, ...], axes: tuple[int, int], place: tuple[int, ...]) -> Array:
        output, tap = axes
        stride, dilation, padding = place
        windows, taps = x.shape[output], x.shape[tap]
        axis = output - (tap < output)
        reach = stride * (windows - 1) + dilation * (taps - 1) + 1
        length = max(reach, padding + shape[axis])
        # Windows that do not overlap need no sums, and no zeros where they lie side by side.
        apart = stride > dilation * (taps - 1)
        beside = apart and dilation == 1 and stride * windows == taps * windows == length
        total = (xp.empty if beside else xp.zeros)((*shape[:axis], length, *shape[axis + 1 :]), x.dtype)
        lead = (slice(None),) * axis
        for k in range(taps if windows else 0):
            seen = total[(*lead, slice(k * dilation, k * dilation + stride * windows, stride))]
            if apart or k == 0:
                seen[...] = x[(*(slice(None),) * tap, k)]
            else:
                seen += x[(*(slice(None),) * tap, k)]
        return total[(*lead, slice(padding, padding + shape[axis]))]

    def pad(x: Array, widths: Widths) -> Array:
        sizes = [size + sum(width) for size, width in zip(x.shape, widths, strict=True)]
        padded = xp.zeros(sizes, x.dtype)
        inside = [slice(a, a + size) for size, (a, _) in zip(x.shape, widths, strict=True)]
        padded[tuple(inside)] = x
        return padded

    return {"window": window, "fold": fold, "pad": pad}


def functional_windows(
    permute: Callable[[Array, tuple[int, ...]], Array],
    rows: Callable[[Array, int, Any], Array],
    pad: Callable[[Array, Widths], Array],
    add_at: AddAt,
) -> Mapping[str, Callable[..., Array]]:
    """Return the operations of a library whose arrays are not written to."""

    def window(x: Array, views: Sequence[View]) -> Array:
        taps = list[int]()
        for number, (axis, outputs, count, stride, dilation) in enumerate(views):
            at = axis + number
            seen = stride * np.arange(outputs)[:, None] + dilation * np.arange(count)
            flat = rows(x, at, seen.reshape(-1))
            x = flat.reshape((*x.shape[:at], outputs, count, *x.shape[at + 1 :]))
            taps.append(at + 1)
        order = [axis for axis in range(x.ndim) if axis not in taps]
        last = views[-1][0] + 1
        return permute(x, (*order[:last], *taps, *order[last:]))

    def fold(x: Array, shape: tuple[int, ...], axes: tuple[int, int], place: tuple[int, ...]) -> Array:
        output, tap = axes
        stride, dilation, padding = place
        rest = [axis for axis in range(x.ndim) if axis not in axes]
        values = permute(x, (output, tap, *rest))
        windows, taps, *sizes = values.shape
        axis = output - (tap < output)
        seen = stride * np.arange(windows)[:, None] + dilation * np.arange(taps)
        reach = max(stride * (windows - 1) + dilation * (taps - 1) + 1, padding + shape[axis])
        flat = values.reshape((windows * taps, *sizes))
        total = add_at((reach, *sizes), seen.reshape(-1), flat)[padding : padding + shape[axis]]
        return permute(total, (*range(1, axis + 1), 0, *range(axis + 1, x.ndim - 1)))

    return {"window": window, "fold": fold, "pad": pad}
