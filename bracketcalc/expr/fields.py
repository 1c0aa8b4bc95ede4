"""The real and the complex array type of one precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


def real_type(dtype: Any) -> np.dtype[Any]:
    """Return the real type of the precision of a floating or complex one.

    Example:
        >>> real_type("complex64"), real_type("float64")
        (dtype('float32'), dtype('float64'))
    """
    return np.dtype(dtype) if np.dtype(dtype).kind != "c" else np.finfo(dtype).dtype


def complex_type(dtype: Any) -> np.dtype[Any]:
    """Return the complex type of the precision of a floating or complex one.

    Example:
        >>> complex_type("float32")
        dtype('complex64')
    """
    return np.result_type(np.dtype(dtype), np.complex64)


@dataclass(frozen=True, slots=True)
class Fields:
    """The types of real and of complex arrays; one type where numbers are Python objects."""

    real: np.dtype[Any]
    complex: np.dtype[Any]

    @classmethod
    def of(cls, dtype: np.dtype[Any]) -> Fields:
        """Return the two types of the precision of one of them."""
        if dtype.kind == "O":
            return cls(dtype, dtype)
        return cls(real_type(dtype), complex_type(dtype))

    def type_of(self, is_real: bool) -> np.dtype[Any]:
        """Return the type of an array."""
        return self.real if is_real else self.complex
