"""Convolutions and pooling, with any number of axes on which windows move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import extent, ones
from bracketcalc.expr.core import Expr, Extent, Ones, Size, as_expr, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.shapes import describe, show_size, show_sizes
from bracketcalc.functions.largest import MAX
from bracketcalc.functions.windows import Windows, WindowValue, window
from bracketcalc.layers.naming import named

Steps = Windows | Sequence[Windows]
"""Where windows lie: on every axis alike, or on each."""

Names = Sequence[int | str | Size]
"""The sizes of the axes of windows."""

OUTSIDE = -1e38
"""What stands outside of an image whose largest elements are taken: below all of it, in float32 too."""


def convolution(
    inputs: object,
    kernel: object,
    bias: object | None = None,
    windows: Steps | None = None,
    *,
    outputs: Names | None = None,
    name: str = "",
) -> Expr:
    """Return Z_..or..m = Σ X_..ij..c W_iop W_jrq .. K_pq..cm + b_m, with a window W for each axis.

    What is called a convolution in networks is a correlation: the kernel is not turned round.

    Args:
        inputs: X, with any axes of samples, then those on which the windows move, then the channels.
        kernel: K, with an axis of taps for each axis of windows, then the channels of the inputs and of
            the outputs. It says how many axes there are: two less than its own.
        bias: b, with the axis of the output channels, if there is one.
        windows: the stride, dilation and padding, for all axes or for each; see
            :class:`bracketcalc.functions.windows.Windows`.
        outputs: the sizes of the axes of windows, needed where a size of the image is a name.
        name: a subscript by which equations name the windows S; without it they are written out. Layers
            of one network need different ones.

    Returns:
        An expression with the axes of samples, then of the windows, then of the output channels.

    Raises:
        ShapeError: if the axes do not fit, or the kernel is larger than the image.
        ArgumentError: if the number of windows is not known.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, K = tensors("X[n,28,28,c] K[5,3,c,m]")
        >>> [str(getattr(size, "name", size)) for size in convolution(X, K).sizes]
        ['n', '24', '26', 'm']
    """
    inputs, kernel = as_expr(inputs), as_expr(kernel)
    count = kernel.ndim - 2
    if count < 1 or inputs.ndim <= count:
        raise ShapeError(
            f"a convolution of {describe(inputs)} with sizes {show_sizes(inputs.sizes)} and the kernel "
            f"{describe(kernel)} with sizes {show_sizes(kernel.sizes)}",
            hint="give the kernel axes of taps, input channels and output channels",
        )
    placed = [
        named("S", name and f"{name}{axis + 1}", each)
        for axis, each in enumerate(_placed(inputs, kernel.sizes[:count], windows, outputs))
    ]
    seen = [("i", axis) for axis in range(count)]
    moved = [("o", axis) for axis in range(count)]
    taps = [("p", axis) for axis in range(count)]
    lead = list(range(inputs.ndim - count - 1))
    result = product(
        1,
        [
            (inputs, [*lead, *seen, "c"]),
            *zip(placed, zip(seen, moved, taps, strict=True), strict=True),
            (kernel, [*taps, "c", "m"]),
        ],
        [*lead, *moved, "m"],
    )
    return result if bias is None else result + outer(ones(*result.sizes[:-1]), as_expr(bias))


def average_pool(
    inputs: object, taps: Names, windows: Steps | None = None, outputs: Names | None = None
) -> Expr:
    """Return the mean of each window; zeros that were padded count as elements.

    Args:
        inputs: X, with any axes of samples, then those on which the windows move, then the channels.
        taps: the size of the windows on each axis.
        windows: where they lie; side by side by default.
        outputs: the sizes of the axes of windows, needed where a size of the image is a name.

    Raises:
        ShapeError: if a window is larger than the image.
        ArgumentError: if the number of windows is not known.
    """
    inputs = as_expr(inputs)
    value = inputs
    for axis, placed in _pooled(inputs, taps, windows, outputs):
        size = placed.sizes[2]
        summed = _seen(value, axis, placed.sum(axis=2), [("o", axis)])
        value = summed / (size if isinstance(size, Size) else float(size))
    return value


def max_pool(
    inputs: object, taps: Names, windows: Steps | None = None, outputs: Names | None = None
) -> Expr:
    """Return the largest element of each window; a gradient goes to the first of several equal ones.

    The axes are pooled one after another, so the first is that of the last axis first. What is outside of
    the image counts as smaller than any element: as :data:`OUTSIDE`.

    Args:
        inputs: X, with any axes of samples, then those on which the windows move, then the channels.
        taps: the size of the windows on each axis.
        windows: where they lie; side by side by default. The padding is at most half of what a window
            reaches over.
        outputs: the sizes of the axes of windows, needed where a size of the image is a name.

    Raises:
        ShapeError: if a window is larger than the image, or there may be one that sees nothing of it.
        ArgumentError: if the number of windows is not known.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.reference import evaluate
        >>> (x,) = tensors("x[1,3,1]")
        >>> found = max_pool(x, (2,), Windows(stride=2, padding=1))
        >>> evaluate(found, {"x": [[[-5], [-2], [-3]]]}).ravel()
        array([-5., -2.])
    """
    value = as_expr(inputs)
    for axis, placed in reversed(_pooled(value, taps, windows, outputs)):
        seen = _seen(value, axis, placed, [("o", axis), "tap"])
        value = Map(MAX, seen + _lowered(seen, axis, placed) if _padding(placed) else seen, value.ndim)
    return value


def _padding(placed: Map) -> int:
    value = placed.function.value
    assert isinstance(value, WindowValue)
    return value.windows.padding


def _lowered(seen: Expr, axis: int, placed: Map) -> Expr:
    """Return what makes the taps outside of the image smaller than all others, like what is seen."""
    value = placed.function.value
    assert isinstance(value, WindowValue)
    _check_padding(value.windows, placed)
    outside = 1 - placed.sum(axis=0)
    rest = [k for k in range(seen.ndim - 1) if k != axis]
    ones = Ones([seen.sizes[k] for k in rest])
    return OUTSIDE * product(1, [(outside, [axis, seen.ndim - 1]), (ones, rest)], range(seen.ndim))


def _check_padding(windows: Windows, placed: Map) -> None:
    """Raise a ShapeError where a window sees nothing of the image."""
    size, count, taps = placed.sizes
    if isinstance(taps, int) and 2 * windows.padding > windows.reach(1, taps):
        raise ShapeError(
            f"the padding {windows.padding} is more than half of {windows.reach(1, taps)}, over which a "
            "window reaches",
            hint="use less padding, or larger windows",
        )
    if isinstance(size, int) and isinstance(count, int) and isinstance(taps, int):
        for start in range(-windows.padding, windows.stride * count - windows.padding, windows.stride):
            if not any(0 <= start + windows.dilation * tap < size for tap in range(taps)):
                raise ShapeError(
                    f"a window at {start} with {taps} taps and dilation {windows.dilation} sees nothing of "
                    f"an axis of size {size}",
                    hint="use less padding, or less dilation",
                )


def _seen(value: Expr, axis: int, placed: Expr, ends: list[object]) -> Expr:
    """Return the contraction of one axis with windows, with the axis of taps, if there is one, last."""
    labels: list[object] = [("o", k) for k in range(value.ndim)]
    inner = [*labels[:axis], "seen", *labels[axis + 1 :]]
    return product(1, [(value, inner), (placed, ["seen", *ends])], [*labels, *ends[1:]])


def _pooled(
    inputs: Expr, taps: Names, windows: Steps | None, outputs: Names | None
) -> list[tuple[int, Map]]:
    """Return each axis on which windows move, and the windows."""
    sizes = [extent(size) for size in taps]
    if not 0 < len(sizes) < inputs.ndim:
        raise ShapeError(
            f"{len(sizes)} sizes of windows were given for {describe(inputs)} with {inputs.ndim} axes",
            hint="the last axis is that of the channels",
        )
    if windows is None:
        windows = [Windows(stride=_known(size)) for size in sizes]
    first = inputs.ndim - 1 - len(sizes)
    return list(enumerate(_placed(inputs, sizes, windows, outputs), first))


def _known(size: Extent) -> int:
    if isinstance(size, Size):
        raise ArgumentError(f"windows of size {size.name} have no stride", hint="pass windows=Windows(...)")
    return size


def _placed(
    inputs: Expr, taps: Sequence[Extent], windows: Steps | None, outputs: Names | None
) -> list[Map]:
    """Return the window of each axis."""
    count = len(taps)
    given = windows if isinstance(windows, Sequence) else repeat(windows or Windows(), count)
    steps = list(given)
    if len(steps) != count or (outputs is not None and len(outputs) != count):
        raise ArgumentError(
            f"windows move on {count} axes, but {len(steps)} places and "
            f"{count if outputs is None else len(outputs)} sizes were given"
        )
    placed = []
    for axis, (tap, step) in enumerate(zip(taps, steps, strict=True), inputs.ndim - 1 - count):
        found = None if outputs is None else extent(outputs[axis - inputs.ndim + 1 + count])
        size = _output_size(inputs, axis, tap, step) if found is None else found
        placed.append(window(inputs.sizes[axis], size, tap, step))
    return placed


def _output_size(inputs: Expr, axis: int, taps: Extent, windows: Windows) -> int:
    size = inputs.sizes[axis]
    if isinstance(size, Size) or isinstance(taps, Size):
        raise ArgumentError(
            f"the number of windows with {show_size(taps)} taps on an axis of size {show_size(size)} is "
            "not known",
            hint="pass outputs=..., a name for each number",
        )
    found = windows.count(size, taps)
    if found < 1 or taps < 1:
        raise ShapeError(
            f"a window of {taps} taps with dilation {windows.dilation} does not fit on axis {axis} of "
            f"{describe(inputs)}: its size is {size}, with padding {windows.padding}",
            hint="use a smaller kernel, or more padding",
        )
    return found
