"""Arrays as the layers expect them: labels as one-hot rows, lengths of sequences as masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import ArgumentError, ShapeError

Array = npt.NDArray[Any]


def one_hot_rows(labels: npt.ArrayLike, classes: int, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return an array with a last axis of classes, 1 at each label and 0 elsewhere.

    Args:
        labels: integers from 0 to classes - 1, with any axes.
        classes: how many classes there are.
        dtype: the type of the result.

    Returns:
        An array with the axes of the labels, then the classes.

    Raises:
        ArgumentError: if the labels are not integers, one of them is out of range, or the number of classes
            is not a non-negative integer.

    Example:
        >>> one_hot_rows([2, 0], 3)
        array([[0., 0., 1.],
               [1., 0., 0.]])
    """
    classes = _count(classes, "classes")
    found = _integers(labels, "labels")
    _check_range(found, classes - 1, "label", f"there are {classes} classes, counted from 0")
    result = np.zeros((*found.shape, classes), dtype)
    np.put_along_axis(result, found[..., None], 1, axis=-1)
    return result


def running(lengths: npt.ArrayLike, steps: int, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return a mask that is 1 while a sequence runs and 0 behind its end.

    Args:
        lengths: the number of steps of each sequence, with the axis samples.
        steps: τ, the number of steps of the longest that is possible.
        dtype: the type of the result.

    Returns:
        An array with the axes time, samples; for :func:`keep_where` and for weights of losses.

    Raises:
        ShapeError: if the lengths do not have exactly one axis.
        ArgumentError: if they are not integers, one is negative or exceeds the steps, or the number of
            steps is not a non-negative integer.

    Example:
        >>> running([2, 0, 3], 3)
        array([[1., 0., 1.],
               [1., 0., 1.],
               [0., 0., 1.]])
    """
    steps = _count(steps, "steps")
    found = _integers(lengths, "lengths")
    if found.ndim != 1:
        raise ShapeError(
            f"lengths have the shape {found.shape}", hint="pass one length for each sample, with one axis"
        )
    _check_range(found, steps, "length", f"the sequences have {steps} steps")
    return (np.arange(steps)[:, None] < found).astype(dtype)


def _count(number: Any, what: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 0:
        raise ArgumentError(f"the number of {what} is a non-negative integer, not {number!r:.40}")
    return int(number)


def _integers(values: npt.ArrayLike, what: str) -> Array:
    found = np.asarray(values)
    if found.size == 0 and not isinstance(values, np.ndarray):
        return found.astype(np.intp)  # an empty list has no type of its own
    if found.dtype.kind not in "iu":
        raise ArgumentError(f"{what} are integers, not {found.dtype}", hint="convert them with astype(int)")
    return found.astype(np.intp)


def _check_range(values: Array, largest: int, what: str, limit: str) -> None:
    wrong = np.argwhere((values < 0) | (values > largest))
    if len(wrong):
        place = tuple(int(axis) for axis in wrong[0])
        where = ", ".join(map(str, place))
        raise ArgumentError(
            f"the {what} at [{where}] is {values[place]}, but {limit}",
            hint=f"check the {what}s of the data",
        )
