"""The value of a product in the plainest way: on the grid of all labels, summed over some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

Factor = tuple[Values, tuple[int, ...]]
"""An array, and the label of each of its axes."""

MOST = 2**22
"""On grids with more elements than this, labels are summed one after another."""


def product_on_grid(
    coefficient: Any, factors: Sequence[Factor], output: Sequence[int], dtype: npt.DTypeLike
) -> Any:
    """Return the coefficient times the product, summed over the labels that are not in the output.

    Example:
        >>> X, w = np.array([[1, 2], [3, 4]]), np.array([1, 10])
        >>> product_on_grid(2, [(X, (0, 1)), (w, (1,))], (0,), np.int64).tolist()
        [42, 86]
    """
    extents: dict[int, int] = {}
    for array, labels in factors:
        extents.update(zip(labels, array.shape, strict=True))
    left, summed = list(factors), [label for label in extents if label not in output]
    while summed and prod(extents[label] for label in {*output, *summed}) > MOST:
        label = min(summed, key=lambda one: prod(extents[x] for x in _together(left, one)))
        own = [factor for factor in left if label in factor[1]]
        kept = tuple([x for x in _together(left, label) if x != label])
        left = [factor for factor in left if label not in factor[1]]
        left.append((_on_grid(1, own, kept, extents, dtype), kept))
        summed.remove(label)
    return _on_grid(coefficient, left, output, extents, dtype)


def _together(factors: Sequence[Factor], label: int) -> dict[int, None]:
    """Return the labels of the factors that have a label."""
    return dict.fromkeys(x for _, labels in factors if label in labels for x in labels)


def _on_grid(
    coefficient: Any,
    factors: Sequence[Factor],
    output: Sequence[int],
    extents: Mapping[int, int],
    dtype: npt.DTypeLike,
) -> Any:
    space = tuple(dict.fromkeys([*output, *(label for _, labels in factors for label in labels)]))
    shape = [extents[label] for label in space]
    # grid[label] counts 0, 1, 2 ... along the axis of that label in the space of all labels.
    grid = dict(zip(space, np.indices(shape, sparse=True), strict=True))
    result: Any = np.full(shape, coefficient, dtype=dtype)
    for array, labels in factors:
        result = result * array[tuple([grid[label] for label in labels])]
    # A product without labels of object arrays, and their sum, is a plain number.
    found = _array(result, dtype).sum(axis=tuple(range(len(output), len(space))))
    return _array(found, dtype)


def _array(value: Any, dtype: npt.DTypeLike) -> Values:
    return np.asarray(value, dtype=object if np.dtype(dtype).kind == "O" else None)
