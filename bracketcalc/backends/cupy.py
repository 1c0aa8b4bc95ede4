"""CuPy as a backend: the same programs on the current device and stream.

CuPy is imported only when one of its arrays was given, so it is already loaded then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bracketcalc.backends.record import Backend, common_operations, frozen


def cupy_backend() -> Backend:
    """Return the backend that runs on CuPy arrays.

    Raises:
        ImportError: CuPy is not installed.
    """
    import cupy  # noqa: PLC0415

    def operations(dtype: Any) -> Mapping[str, Any]:
        return frozen({**common_operations(cupy, dtype), "reduce_add": cupy.sum})

    return Backend("cupy", cupy, operations)
