"""What the compiler needs to know about an array library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from bracketcalc.backends.windows import window_operations
from bracketcalc.expr.fields import complex_type, real_type
from bracketcalc.expr.records import Array, ArrayNamespace

Groups = tuple[tuple[int, ...], ...]
"""Axes of an array along which an axis of a smaller one runs, for each axis of the smaller one."""

Picks = tuple[int | None, ...]
"""For each axis of an array the only index that counts, or None."""


def itself(number: float, _dtype: Any) -> float:
    """Return the number: libraries give it the dtype of the arrays that it meets."""
    return number


@dataclass(frozen=True, slots=True)
class Backend:
    """One array library: its namespace, and the operations that programs call.

    Attributes:
        name: the name of the library.
        namespace: the module whose functions act on its arrays.
        operations: from a dtype to the functions that a generated program may name.
        numpy_dtype: from a dtype of the library to NumPy's.
        located: whether its arrays are on one of several devices, which is a part of its name.
        writes: whether programs may write to arrays that they made.
        blocks: whether it runs chains: element-wise steps on large arrays block by block.
        kernel: where it runs element-wise steps as one kernel, from the C text of an element and how many
            operands and results there are to the function that writes the results; the text calls the
            operands ``b0``, ``b1``, …, the results ``r0``, ``r1``, … and their type ``T``.
        number: from a number and the dtype of a program to what stands for it as an operand.
        lasting: the context in which values are computed that outlast a call.
        held: from the floating type of a program by NumPy's rules to the one that the library has for it.
    """

    name: str
    namespace: ArrayNamespace
    operations: Callable[[Any], Mapping[str, Any]]
    numpy_dtype: Callable[[Any], np.dtype[Any]] = np.dtype
    located: bool = False
    writes: bool = True
    blocks: bool = False
    kernel: Callable[[str, int, int], Callable[..., Any]] | None = None
    number: Callable[[float, Any], Any] = itself
    lasting: Callable[[], AbstractContextManager[Any]] = nullcontext
    held: Callable[[np.dtype[Any]], np.dtype[Any]] = np.dtype

    def __repr__(self) -> str:
        return f"<backend {self.name}>"


def common_operations(xp: ArrayNamespace, dtype: Any) -> dict[str, Any]:
    """Return the operations that every namespace writes in the same way."""
    as_strided = xp.lib.stride_tricks.as_strided

    # A program with complex values has a complex dtype, and its real values the real one of that precision.
    real, complex_ = real_type(dtype), complex_type(dtype)

    def full(shape: tuple[int, ...], value: Any) -> Array:
        return xp.full(shape, value, real)

    def empty(shape: tuple[int, ...]) -> Array:
        return xp.empty(shape, real)

    def empty_complex(shape: tuple[int, ...]) -> Array:
        return xp.empty(shape, complex_)

    def cast(x: Array) -> Array:
        return x.astype(real)

    def cast_complex(x: Array) -> Array:
        return xp.asarray(x).astype(complex_)

    def imaginary() -> Array:
        return xp.asarray(1j, complex_)

    def row_dot(a: Array, b: Array) -> Array:
        return xp.matmul(a[..., None, :], b[..., :, None])[..., 0, 0]

    def column_dot(a: Array, b: Array) -> Array:
        return xp.einsum("ij,ij->j", a, b)

    def scatter(x: Array, shape: tuple[int, ...], groups: Groups, picks: Picks = ()) -> Array:
        result = xp.zeros(shape, complex_ if xp.iscomplexobj(x) else real)
        part(result, groups, picks)[...] = x
        return result

    def add_diagonal(base: Array, x: Array, groups: Groups, picks: Picks = ()) -> Array:
        if xp.iscomplexobj(x) and not xp.iscomplexobj(base):
            base = base.astype(complex_)
        view = part(base, groups, picks)
        xp.add(view, x, view)
        return base

    def part(base: Array, groups: Groups, picks: Picks) -> Array:
        """View the elements of ``base`` at the picked indices, and with equal indices in each group."""
        shape = [base.shape[group[0]] for group in groups]
        strides = [sum(base.strides[axis] for axis in group) for group in groups]
        picked = base[(*[slice(None) if index is None else index for index in picks], ...)]
        return as_strided(picked, shape, strides)

    names = ("dot", "matmul", "multiply", "add", "subtract", "divide", "negative", "broadcast_to")
    table = {name: getattr(xp, name) for name in names}
    table |= {"full": full, "cast": cast, "cast_complex": cast_complex, "imaginary": imaginary}
    table |= {"row_dot": row_dot, "column_dot": column_dot, "scatter": scatter}
    table |= {"add_diagonal": add_diagonal, "asarray": xp.asarray}
    table |= window_operations(xp)
    return table | {
        "empty": empty,
        "empty_complex": empty_complex,
        "range": range,
        "copy": xp.array,
        "inf": float("inf"),
        "nan": float("nan"),
    }


def frozen(table: dict[str, Any]) -> Mapping[str, Any]:
    """Return a read-only view of a table."""
    return MappingProxyType(table)
