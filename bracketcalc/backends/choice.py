"""The backend that the given arrays belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.cupy import cupy_backend
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend
from bracketcalc.errors import ArgumentError

NUMBERS = (int, float, complex, np.generic)
"""Values that fit the arrays of every library."""


def choose_backend(arrays: Mapping[str, Any]) -> Backend:
    """Return CuPy's backend if the arrays are CuPy's, and NumPy's otherwise; numbers fit both.

    Raises:
        ArgumentError: some arrays are on the host and some on a device.
    """
    device = [name for name, array in arrays.items() if is_cupy(array)]
    if not device:
        return NUMPY
    host = [name for name in arrays if name not in device and not isinstance(arrays[name], NUMBERS)]
    if host:
        raise ArgumentError(
            f"{device[0]} is a CuPy array but {host[0]} is a {type(arrays[host[0]]).__name__}",
            hint="move all arrays to one device first, with cupy.asarray or cupy.asnumpy",
        )
    return cupy_backend()


def is_cupy(array: object) -> bool:
    """Return whether the object is a CuPy array, without importing CuPy."""
    return type(array).__module__.partition(".")[0] == "cupy" and hasattr(array, "__cuda_array_interface__")
