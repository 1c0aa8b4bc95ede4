"""Torch as a backend: a program runs where its tensors are, and torch can differentiate through it.

Torch is imported only when one of its tensors was given, so it is already loaded then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.functional import Index, Primitives, functional_operations
from bracketcalc.backends.record import Backend
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.fields import real_type

_TYPES = frozenset({"float16", "float32", "float64", "complex64", "complex128", "bool", "uint8"}) | {
    "int8",
    "int16",
    "int32",
    "int64",
}
"""The types that torch and NumPy both have, under one name."""


def torch_backend(device: Any) -> Backend:
    """Return the backend that runs on torch tensors on a device.

    Raises:
        ImportError: torch is not installed.
    """
    import torch  # noqa: PLC0415

    def primitives(dtype: Any) -> Primitives:
        own = getattr(torch, np.dtype(dtype).name)

        def located(index: Index) -> tuple[Any, ...]:
            return tuple([torch.as_tensor(part, device=device) for part in index])

        def number(x: Any) -> Any:
            return torch.as_tensor(x, dtype=own, device=device)

        return Primitives(
            zeros=lambda shape: torch.zeros(shape, dtype=own, device=device),
            cast=lambda x: x.to(own),
            copy=torch.clone,
            dot=torch.matmul,
            permute=torch.permute,
            total=lambda x, axes: torch.sum(x, dim=axes),
            stack=torch.stack,
            joined=torch.cat,
            put=lambda base, index, x: base.index_put(located(index), number(x)),
            added=lambda base, index, x: base.index_put(located(index), number(x), accumulate=True),
            broadcast_to=torch.broadcast_to,
            arange=lambda count: torch.arange(count, device=device),
            rows=lambda x, axis, places: x.index_select(axis, torch.as_tensor(places, device=device)),
            pad=lambda x, widths: torch.nn.functional.pad(
                x, [n for width in reversed(widths) for n in width]
            ),
        )

    def operations(dtype: Any) -> Mapping[str, Any]:
        return functional_operations(primitives(dtype), primitives(real_type(dtype)))

    namespace = TorchNamespace(torch, device)
    return Backend(
        f"torch on {device}",
        namespace,
        operations,
        numpy_dtype,
        located=True,
        writes=False,
        # What is made in inference mode cannot be a part of a later derivative.
        lasting=lambda: torch.inference_mode(False),
    )


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """Return NumPy's type for one of torch.

    Raises:
        ArgumentError: for a type that NumPy has not, such as bfloat16.
    """
    name = str(dtype).rpartition(".")[2]
    if name not in _TYPES:
        raise ArgumentError(f"the type {dtype} has no counterpart in NumPy", hint="pass float32 or float64")
    return np.dtype(name)


class TorchNamespace:
    """The functions of torch under NumPy's names, as the records of functions call them."""

    def __init__(self, torch: Any, device: Any) -> None:
        self.torch = torch
        self.device = device

    def __getattr__(self, name: str) -> Any:
        return getattr(self.torch, name)

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        """Return a value as a tensor on the device.

        Raises:
            TypeError: for a sparse tensor.
        """
        layout = getattr(value, "layout", self.torch.strided)
        if layout != self.torch.strided:
            raise TypeError(f"its layout is {layout}, but programs run on dense tensors")
        own = None if dtype is None else getattr(self.torch, np.dtype(dtype).name)
        return self.torch.as_tensor(value, dtype=own, device=self.device)

    def array(self, value: Any) -> Any:
        """Return a new tensor with the values of another."""
        return value.clone()

    def max(self, x: Any, axis: int, keepdims: bool = False) -> Any:
        """Return the largest element along an axis."""
        return x.amax(axis, keepdims)

    def maximum(self, x: Any, other: Any) -> Any:
        """Return the larger of two elements."""
        return self.torch.maximum(x, self.torch.as_tensor(other, dtype=x.dtype, device=x.device))

    def minimum(self, x: Any, other: Any) -> Any:
        """Return the smaller of two elements."""
        return self.torch.minimum(x, self.torch.as_tensor(other, dtype=x.dtype, device=x.device))

    def sign(self, x: Any) -> Any:
        """Return the sign of every element, z/|z| for complex ones."""
        return self.torch.sgn(x)

    def iscomplexobj(self, x: Any) -> bool:
        """Return whether a tensor has a complex type."""
        return bool(x.is_complex())
