"""Writing the results of a program into arrays that the caller has."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from bracketcalc.backends.choice import home, is_cupy, is_torch
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.records import Array


def write_into(outputs: Sequence[Any], results: Sequence[Any]) -> None:
    """Copy results into arrays; nothing is written unless everything fits.

    Raises:
        ArgumentError: if there are more or fewer arrays than results, or one has another type, library or
            device than its result, cannot be written to, or shares memory with another.
        ShapeError: if an array has another shape than the result.
    """
    if not isinstance(outputs, Sequence):
        raise ArgumentError(
            f"out must be a sequence of {len(results)} arrays, got {type(outputs).__name__}",
            hint="give a list with an array for each result",
        )
    if len(outputs) != len(results):
        raise ArgumentError(
            f"{len(outputs)} arrays were given for {len(results)} results", hint="give one array for each"
        )
    for place, (output, result) in enumerate(zip(outputs, results, strict=True)):
        _check(place, output, result)
        for before in range(place):
            if _overlap(outputs[before], output):
                raise ArgumentError(
                    f"arrays {before} and {place} share memory, so that one result would replace the other",
                    hint="give arrays of their own",
                )
    for place, (output, result) in enumerate(zip(outputs, results, strict=True)):
        try:
            output[...] = result
        # Of JAX, or of torch where it records gradients.
        except (TypeError, RuntimeError) as error:
            raise ArgumentError(
                f"array {place} cannot be written to: {error}", hint="give an array that can be written to"
            ) from error


def _in_memory(array: Any) -> Array | None:
    """Return an array of bytes at the same addresses, never to be read; None where they are not known.

    NumPy compares the addresses of arrays of any library and device, if it is told where they lie.
    """
    if isinstance(array, np.ndarray):
        return array
    if is_torch(array):
        size = array.element_size()
        address, strides = array.data_ptr(), [stride * size for stride in array.stride()]
    elif is_cupy(array):
        size, address, strides = array.itemsize, array.data.ptr, list(array.strides)
    else:
        return None
    if not address:
        return None
    layout = {"version": 3, "typestr": f"|V{size}", "data": (address, True)}
    layout |= {"shape": tuple(array.shape), "strides": tuple(strides)}
    return np.asarray(SimpleNamespace(__array_interface__=layout))


def _overlap(one: Any, other: Any) -> bool:
    """Return whether two arrays are one, or have elements in common."""
    if one is other:
        return True
    first, second = _in_memory(one), _in_memory(other)
    if first is None or second is None or 0 in (first.size, second.size):
        return False
    return bool(np.shares_memory(first, second))


def _is_folded(given: Any) -> bool:
    """Return whether elements of an array may lie in one place, as along an axis without stride."""
    array = _in_memory(given)
    if array is None or array.size == 0:
        return False
    reach = array.itemsize
    for stride, size in sorted(
        (abs(stride), size) for stride, size in zip(array.strides, array.shape, strict=True)
    ):
        if size > 1 and stride < reach:
            return True
        reach += (size - 1) * stride
    return False


def _check(place: int, output: Any, result: Any) -> None:
    if type(output) is not type(result):
        raise ArgumentError(
            f"array {place} is a {type(output).__name__}, but the result is a {type(result).__name__}",
            hint="give an array of the library that computes",
        )
    if home(output) != home(result):
        raise ArgumentError(
            f"array {place} is on {output.device}, but the result is on {result.device}",
            hint="give an array on the device that computes",
        )
    has, needs = tuple(output.shape), tuple(result.shape)
    if has != needs:
        raise ShapeError(
            f"array {place} has shape {has}, but the result has shape {needs}",
            hint=f"give an array of shape {needs}",
        )
    if output.dtype != result.dtype:
        raise ArgumentError(
            f"array {place} has type {output.dtype}, but the result has type {result.dtype}",
            hint=f"give an array of type {result.dtype}",
        )
    if _is_folded(output):
        raise ArgumentError(
            f"several elements of array {place} lie in one place", hint="give an array of its own"
        )
    flags = getattr(output, "flags", None)
    if flags is not None and not getattr(flags, "writeable", True):
        raise ArgumentError(f"array {place} is read-only", hint="give an array that can be written to")
