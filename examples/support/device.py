"""Where the arrays are: in the memory of the machine, or on a CUDA device through CuPy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

DEVICES = ("cpu", "cuda")


def namespace(device: str) -> Any:
    """Return NumPy for the processor, CuPy for a CUDA device.

    Raises:
        bc.ArgumentError: if CuPy is not installed or finds no device.
    """
    if device == "cpu":
        return np
    try:
        cupy = import_module("cupy")
        cupy.zeros(1)
    except ImportError as error:
        hint = 'install it with pip install ".[cuda12]" or ".[cuda13]", or run with --device cpu'
        raise bc.ArgumentError("--device cuda needs CuPy, which is not installed", hint=hint) from error
    except Exception as error:  # of a driver or a runtime, of types that belong to CuPy
        hint = "check the driver, or run with --device cpu"
        raise bc.ArgumentError(f"CuPy finds no CUDA device that works: {error}", hint=hint) from error
    return cupy


def to_host(array: Any) -> npt.NDArray[Any]:
    """Return a NumPy array of the same values."""
    return np.asarray(array.get() if hasattr(array, "get") else array)
