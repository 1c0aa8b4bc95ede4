"""The values that a program is called with: what counts as an array, and in which type it computes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend
from bracketcalc.errors import ArgumentError

PYTHON_NUMBERS = (bool, int, float, complex)
"""The types of numbers that adapt to the type of the arrays, as in NumPy."""

_SAMPLES: tuple[tuple[type, Any], ...] = ((bool, False), (int, 0), (float, 0.0), (complex, 0j))


def as_array(name: str, value: Any, backend: Backend) -> Any:
    """Return the value of a tensor as an array.

    Raises:
        ArgumentError: for a matrix or masked array, whose operators mean something else, and for
            anything that NumPy cannot make an array of.
    """
    for kind, instead in ((np.matrix, "np.asarray(x)"), (np.ma.MaskedArray, "x.filled(...)")):
        if isinstance(value, kind):
            raise ArgumentError(
                f"the value of {name} is a {kind.__name__}, not a plain array", hint=f"pass {instead}"
            )
    try:
        return backend.namespace.asarray(value)
    # RuntimeError: an array of another library that it will not give away, such as one that records
    # gradients.
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError(f"the value of {name} is not an array: {error}") from None


def check_numeric(name: str, dtype: np.dtype[Any]) -> None:
    """Raise an ArgumentError unless an array of this type holds numbers."""
    if dtype.kind not in "biufc":
        raise ArgumentError(
            f"the value of {name} is not an array of numbers: its type is {dtype}",
            hint="convert it to a numeric type first",
        )


def numeric_type(given: object) -> np.dtype[Any]:
    """Return the type of arrays that was given, by a name or as NumPy takes it.

    Raises:
        ArgumentError: for what is no type, or a type that is none of numbers.

    Example:
        >>> numeric_type("float32")
        dtype('float32')
    """
    try:
        dtype = np.dtype(given)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        dtype = np.dtype(object)
    if dtype.kind not in "biufc":
        raise ArgumentError(f"{given!r:.60} is no type of numbers", hint='write "float64" or "float32"')
    return dtype  # type: ignore[no-any-return]


def common_dtype(kinds: Iterable[Any]) -> np.dtype[Any]:
    """Return the floating or complex type of a program, from array types and Python number types.

    The rule is NumPy's: the common type of all arrays, to which Python numbers adapt; float64 where that
    is an integer or boolean type or there is nothing.

    Example:
        >>> common_dtype([np.dtype("float32"), float]), common_dtype([np.dtype("int8"), int])
        (dtype('float32'), dtype('float64'))
    """
    samples = dict(_SAMPLES)
    found = [samples[kind] if isinstance(kind, type) else kind for kind in kinds]
    # A weak number cannot stand alone: a boolean is the weakest type that an array can have.
    common = np.result_type(np.dtype(np.bool_), *found).newbyteorder("=")
    return common if common.kind in "fc" else np.dtype(np.float64)


def working_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type in which a program computes: float32 for float16, whose sums overflow early."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype
