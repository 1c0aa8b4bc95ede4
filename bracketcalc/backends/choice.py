"""The backend that the given arrays belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.cupy import cupy_backend
from bracketcalc.backends.jax import jax_backend
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend
from bracketcalc.backends.torch import torch_backend
from bracketcalc.errors import ArgumentError

NUMBERS = (int, float, complex, np.generic)
"""Values that fit the arrays of every library."""


def choose_backend(arrays: Mapping[str, Any]) -> Backend:
    """Return the backend of the library that the arrays belong to; numbers fit all of them.

    Raises:
        ArgumentError: some arrays belong to another library or device than others.
    """
    homes = {name: home(array) for name, array in arrays.items() if not isinstance(array, NUMBERS)}
    kinds = list(dict.fromkeys(homes.values()))
    if len(kinds) > 1:
        one, other = (next(name for name in homes if homes[name] == kind) for kind in kinds[:2])
        raise ArgumentError(
            f"{one} belongs to {_shown(kinds[0])} but {other} to {_shown(kinds[1])}",
            hint="move all arrays to one library and device first",
        )
    library, device = kinds[0] if kinds else ("numpy", "")
    if library == "cupy":
        return cupy_backend(device)
    if library == "jax":
        return jax_backend()
    return torch_backend(device) if library == "torch" else NUMPY


def home(array: Any) -> tuple[str, str]:
    """Return the library and the device of an array, without importing the library.

    What belongs to no library that programs run on counts as NumPy's, which makes an array of it.
    """
    if is_cupy(array):
        return "cupy", f"cuda:{array.device.id}"
    if not _modules(array).isdisjoint(("jax", "jaxlib")):
        return "jax", ""
    return ("torch", str(array.device)) if is_torch(array) else ("numpy", "")


def _modules(array: Any) -> set[str]:
    """Return the libraries that define the classes of an object."""
    return {kind.__module__.partition(".")[0] for kind in type(array).__mro__}


def is_torch(array: Any) -> bool:
    """Return whether the object is a tensor of torch, without importing torch."""
    return "torch" in _modules(array) and hasattr(array, "device")


def _shown(kind: tuple[str, str]) -> str:
    return f"{kind[0]} on {kind[1]}" if kind[1] else kind[0]


def is_cupy(array: Any) -> bool:
    """Return whether the object is a CuPy array, without importing CuPy."""
    return type(array).__module__.partition(".")[0] == "cupy" and hasattr(array, "__cuda_array_interface__")
