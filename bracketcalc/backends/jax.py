"""JAX as a backend: a program is traced, compiled and differentiated by JAX as any function of arrays.

JAX is imported only when one of its arrays was given, so it is already loaded then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.backends.functional import Primitives, functional_operations
from bracketcalc.backends.record import Backend
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.fields import real_type


def jax_backend() -> Backend:
    """Return the backend that runs on JAX arrays.

    Raises:
        ImportError: JAX is not installed.
    """
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    def primitives(dtype: Any) -> Primitives:
        return Primitives(
            zeros=lambda shape: jnp.zeros(shape, dtype),
            cast=lambda x: x.astype(dtype),
            copy=jnp.array,
            dot=jnp.matmul,
            permute=jnp.transpose,
            total=jnp.sum,
            stack=jnp.stack,
            joined=jnp.concatenate,
            put=lambda base, index, x: base.at[index].set(x),
            added=lambda base, index, x: base.at[index].add(x),
            broadcast_to=jnp.broadcast_to,
            arange=jnp.arange,
            rows=lambda x, axis, places: jnp.take(x, places, axis),
            pad=jnp.pad,
        )

    def operations(dtype: Any) -> Mapping[str, Any]:
        return functional_operations(primitives(dtype), primitives(real_type(dtype)))

    # What is asked for in 64 bits where they are off comes in 32 bits, with a warning each time.
    held = jax.dtypes.canonicalize_dtype
    longest = held(np.float64)
    return Backend(
        f"jax with {longest}",
        jnp,
        operations,
        numpy_dtype,
        writes=False,
        # The first call may be traced, and what is traced ends with it.
        lasting=jax.ensure_compile_time_eval,
        held=held,
    )


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """Return NumPy's type for one of JAX.

    Raises:
        ArgumentError: for a type that NumPy has not, such as bfloat16, and for that of random keys.
    """
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "biufc":
        raise ArgumentError(f"the type {dtype} has no counterpart in NumPy", hint="pass float32 or float64")
    return found
