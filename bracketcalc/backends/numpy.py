"""NumPy as a backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend, common_operations, frozen


def _operations(dtype: Any) -> Mapping[str, Any]:
    table = common_operations(np, dtype)
    table["reduce_add"] = np.add.reduce
    if np.dtype(dtype).kind != "c":
        # vecdot conjugates its first argument, so it is the sum of products only for real numbers.
        table["row_dot"] = np.vecdot
    return frozen(table)


NUMPY = Backend("numpy", np, _operations)
"""The backend that is always there."""
