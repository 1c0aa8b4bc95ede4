"""Operations for libraries whose arrays are not written to: JAX, and torch where it records gradients.

Programs for them make a new array in every step, so they stay differentiable, and traceable by a
compiler of the library.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from bracketcalc.backends.indices import index_operations
from bracketcalc.backends.record import Groups, Picks
from bracketcalc.backends.windows import functional_windows
from bracketcalc.expr.records import Array

Index = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Primitives:
    """What a library does in its own way.

    Attributes:
        zeros: from a shape to an array of zeros in the dtype of the program.
        cast: an array in the dtype of the program.
        copy: a new array with the same values.
        dot: the matrix product of vectors and matrices.
        permute: an array with its axes in another order.
        total: the sum over one axis or several.
        stack: arrays of one shape along a new first axis.
        joined: arrays one behind the other along an axis.
        put: an array with other values at an index.
        added: an array with values added at an index.
        broadcast_to: an array repeated to a shape.
        arange: from n to the array 0, 1, …, n - 1.
        rows: the elements of an array at indices of one axis.
        pad: an array with zeros before and behind each axis.
    """

    zeros: Callable[[tuple[int, ...]], Array]
    cast: Callable[[Array], Array]
    copy: Callable[[Array], Array]
    dot: Callable[[Array, Array], Array]
    permute: Callable[[Array, tuple[int, ...]], Array]
    total: Callable[[Array, Any], Array]
    stack: Callable[[Sequence[Array]], Array]
    joined: Callable[[Sequence[Array], int], Array]
    put: Callable[[Array, Index, Array], Array]
    added: Callable[[Array, Index, Array], Array]
    broadcast_to: Callable[[Array, tuple[int, ...]], Array]
    arange: Callable[[int], Array]
    rows: Callable[[Array, int, Any], Array]
    pad: Callable[[Array, Sequence[tuple[int, int]]], Array]


def _same(x: Array) -> Array:
    return x


_COMMON: Mapping[str, Any] = MappingProxyType(
    {
        "add": operator.add,
        "subtract": operator.sub,
        "multiply": operator.mul,
        "divide": operator.truediv,
        "negative": operator.neg,
        "asarray": _same,
        "range": range,
        "inf": float("inf"),
        "nan": float("nan"),
    }
)
"""What is the same in every library."""


def functional_operations(own: Primitives, real: Primitives) -> Mapping[str, Any]:
    """Return the operations that a program without writes may name.

    Args:
        own: what the library does in the dtype of the program, complex where a part of it is.
        real: the same for real values.
    """

    def of(*arrays: Array) -> Primitives:
        return own if any("complex" in str(getattr(array, "dtype", "")) for array in arrays) else real

    def full(shape: tuple[int, ...], value: Any) -> Array:
        return real.zeros(shape) + value

    def imaginary() -> Array:
        return own.zeros(()) + 1j

    def dot(a: Array, b: Array) -> Array:
        # Some libraries multiply only matrices of one type.
        return own.dot(a, b) if a.dtype == b.dtype else own.dot(own.cast(a), own.cast(b))

    def row_dot(a: Array, b: Array) -> Array:
        return (a * b).sum(-1)

    def column_dot(a: Array, b: Array) -> Array:
        return own.total(a * b, 0)

    def scatter(x: Array, shape: tuple[int, ...], groups: Groups, picks: Picks = ()) -> Array:
        return of(x).put(of(x).zeros(shape), place(shape, groups, picks), x)

    def add_diagonal(base: Array, x: Array, groups: Groups, picks: Picks = ()) -> Array:
        chosen = of(base, x)
        return chosen.added(chosen.cast(base), place(tuple(base.shape), groups, picks), x)

    def one_hot(indices: Array, shape: tuple[int, ...]) -> Array:
        return real.cast(indices[..., None] == own.arange(shape[-1]))

    def add_one_hot(base: Array, indices: Array, number: float) -> Array:
        return base + number * one_hot(indices, tuple(base.shape))

    def add_at(shape: tuple[int, ...], places: Array, values: Array) -> Array:
        return of(values).added(of(values).zeros(shape), (places,), values)

    def stack(values: Sequence[Array], shape: tuple[int, ...]) -> Array:
        return own.stack(values) if values else real.zeros(shape)

    table: dict[str, Any] = {
        **_COMMON,
        "matmul": dot,
        "dot": dot,
        "row_dot": row_dot,
        "column_dot": column_dot,
        "reduce_add": own.total,
        "permute": own.permute,
        "broadcast_to": own.broadcast_to,
        "full": full,
        "cast": real.cast,
        "cast_complex": own.cast,
        "imaginary": imaginary,
        "copy": own.copy,
        "scatter": scatter,
        "add_diagonal": add_diagonal,
        "stack": stack,
        "joined": own.joined,
    }
    table |= index_operations(own.arange, lambda array, places: array[places], add_at)
    table |= functional_windows(own.permute, own.rows, own.pad, add_at)
    return MappingProxyType(table | {"one_hot": one_hot, "add_one_hot": add_one_hot})


def place(shape: tuple[int, ...], groups: Groups, picks: Picks) -> Index:
    """Return the index of the elements at picked indices, and with equal indices in each group.

    Example:
        >>> import numpy as np
        >>> np.arange(9).reshape(3, 3)[place((3, 3), ((0, 1),), ())]
        array([0, 4, 8])
    """
    index: list[Any] = list(picks) or [None] * len(shape)
    for number, group in enumerate(groups):
        counts = np.arange(shape[group[0]]).reshape([-1 if k == number else 1 for k in range(len(groups))])
        for axis in group:
            index[axis] = counts
    return tuple(index)
