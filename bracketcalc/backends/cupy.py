"""CuPy as a backend: the same programs on the current device and stream.

CuPy is imported only when one of its arrays was given, so it is already loaded then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bracketcalc.backends.indices import index_operations
from bracketcalc.backends.record import Backend, common_operations, frozen
from bracketcalc.expr.fields import real_type
from bracketcalc.expr.records import Array


def cupy_backend(device: str) -> Backend:
    """Return the backend that runs on CuPy arrays of one device.

    Args:
        device: what the device is called, such as ``cuda:0``.

    Raises:
        ImportError: CuPy is not installed.
    """
    import cupy  # noqa: PLC0415

    def operations(dtype: Any) -> Mapping[str, Any]:
        def add_at(shape: tuple[int, ...], places: Array, values: Array) -> Array:
            result = cupy.zeros(shape, values.dtype)
            cupy.add.at(result, places, values)
            return result

        def one_hot(indices: Array, shape: tuple[int, ...]) -> Array:
            return (indices[..., None] == cupy.arange(shape[-1])).astype(real_type(dtype))

        def add_one_hot(base: Array, indices: Array, number: float) -> Array:
            base += number * one_hot(indices, base.shape)
            return base

        def matmul(a: Array, b: Array, out: Array | None = None) -> Array:
            # Unlike NumPy's, it does not take the array for its result by position.
            return cupy.matmul(a, b, out=out)

        table = {**common_operations(cupy, dtype), "reduce_add": cupy.sum, "matmul": matmul}
        table |= index_operations(cupy.arange, lambda array, places: array.take(places, axis=0), add_at)
        table |= {"one_hot": one_hot, "add_one_hot": add_one_hot, "empty_like": cupy.empty_like}
        return frozen(table)

    def kernel(text: str, operands: int, results: int) -> Callable[..., Any]:
        given = ", ".join([f"T b{k}" for k in range(operands)])
        made = ", ".join([f"T r{k}" for k in range(results)])
        run: Callable[..., Any] = cupy.ElementwiseKernel(given, made, text, "bracketcalc_kernel")
        return run

    return Backend(f"cupy on {device}", cupy, operations, located=True, kernel=kernel)
