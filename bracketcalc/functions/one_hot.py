"""One-hot rows of an array of indices: labels and look-ups as tensors of the algebra.

The row of an index is 1 at the index, counted from 0, and 0 elsewhere. Contracted with a table it looks
up rows of the table; the adjoint adds rows to the table. Programs do both without the one-hot matrix.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import extent
from bracketcalc.expr.core import Expr, Extent, Ones, Size, as_expr, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Array, ArrayNamespace, TensorFunction

LARGEST_EXACT = 1 << 53
"""Up to here, float64 holds every integer."""


def one_hot(indices: object, size: int | str | Size) -> Expr:
    """Return the tensor Y with Y_..j = 1 where j is the index at .., counted from 0, and 0 elsewhere.

    It is not differentiable with respect to the indices. A program takes them as integers; any that is
    not an integer of the range is an error.

    Args:
        indices: whole numbers, with any axes.
        size: the number of different indices.

    Returns:
        An expression with the axes of the indices, then one of the given size.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.reference import evaluate
        >>> (y,) = tensors("y[n]")
        >>> evaluate(one_hot(y, 3), {"y": [2, 0]})
        array([[0., 0., 1.],
               [1., 0., 0.]])
    """
    indices = as_expr(indices)
    lead = range(indices.ndim)
    spread = product(1, [(indices, lead), (Ones((extent(size),)), ["j"])], [*lead, "j"])
    return Map(ONE_HOT, spread, indices.ndim)


def checked_indices(xp: ArrayNamespace, x: Array, size: int, name: str) -> Array:
    """Return an array of indices as integers.

    Args:
        xp: the module of the array.
        x: the indices, of an integer or a floating type.
        size: how many different indices there are.
        name: what the indices are called in a message.

    Raises:
        ArgumentError: for an element that is not a whole number.
        ShapeError: for an element below 0 or not below the size.
    """
    is_quick = type(x) is np.ndarray and x.dtype == np.int64
    # As a number without sign, what is below 0 is beyond every size.
    if is_quick and (x.size == 0 or np.maximum.reduce(x.view(np.uint64), axis=None) < size):
        return x
    kind = str(x.dtype).removeprefix("torch.")
    if kind.startswith("float"):
        _check_whole(xp, x, name)
    elif kind not in ("int64", "uint64"):
        x = xp.asarray(x, dtype=int)
    # Before they are cast: infinity and integers beyond the largest would become others.
    if not (0 in x.shape or _inside(x, size)):
        place, value = _first(x, (x < 0) | (x >= size))
        raise ShapeError(
            f"the index {value} at {place} of {name} is out of range: the size is {size}",
            hint="indices count from 0",
        )
    return x if kind == "int64" else xp.asarray(x, dtype=int)


def _inside(x: Array, size: int) -> bool:
    """Return whether all indices are in the range; an array that a library only traces has no values."""
    try:
        return bool(x.min() >= 0) and bool(x.max() < size)
    except TypeError:
        return True


def _check_whole(xp: ArrayNamespace, x: Array, name: str) -> None:
    """Raise an ArgumentError unless the elements of an array are whole numbers."""
    wrong = x != xp.floor(x)
    try:
        found = bool(wrong.any())
    except TypeError:
        found = False
    if found:
        place, value = _first(x, wrong)
        raise ArgumentError(
            f"the index {value} at {place} of {name} is not a whole number", hint="pass integers"
        )


def _first(x: Array, wrong: Array) -> tuple[str, float]:
    """Return where the first wrong element is, and the element, an integer where it is a whole number."""
    places = np.argwhere(np.array(wrong.tolist()))
    place = [int(index) for index in places[0]] if x.shape else []
    value = x[tuple(place)].item()
    whole = isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT
    return str(place) if place else "the only place", int(value) if whole else value


def _same(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def _one_hot_value(xp: ArrayNamespace, x: Array) -> Array:
    size = x.shape[-1]
    if size:
        checked_indices(xp, x[..., 0], size, "one_hot")
    return xp.where(x == xp.asarray(np.arange(size)), xp.ones_like(x), xp.zeros_like(x))


ONE_HOT = TensorFunction(
    name="one_hot",
    ndim=1,
    result=_same,
    value=_one_hot_value,
    latex=r"\operatorname{one\_hot}",
    summary="1 where the element of x is its own position, counted from 0, and 0 elsewhere",
)
