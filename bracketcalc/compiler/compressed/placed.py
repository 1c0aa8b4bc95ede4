"""Small arrays on the axes of a larger one: what a term of a compressed tensor is, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from opt_einsum import contract, get_symbol

from bracketcalc.expr.records import Array, ArrayNamespace

Labels = tuple[int, ...]

Item = tuple[Array, Labels]
"""An array with a label for each axis; a label may be repeated."""


class CompressedTerm(NamedTuple):
    """A product of small arrays, placed on the axes of a larger tensor.

    Attributes:
        factors: the arrays; one without axes where the term is a number times deltas and ones.
        labels: for each array one label for each axis, all different.
        axes: one label for each axis of the tensor. Axes with one label have a delta between them: what is
            off their diagonal is zero. Along an axis whose label no array has, all elements are equal.
    """

    factors: tuple[Array, ...]
    labels: tuple[Labels, ...]
    axes: Labels

    @property
    def equation(self) -> str:
        """Return the term as an einsum equation, in which a label may be repeated on the right.

        Example:
            >>> import numpy as np
            >>> CompressedTerm((np.eye(2),), ((1, 3),), (0, 1, 0, 3)).equation
            'bd->abad'
        """
        left = ",".join("".join(map(get_symbol, names)) for names in self.labels)
        return left + "->" + "".join(map(get_symbol, self.axes))

    @property
    def items(self) -> list[Item]:
        """Return the pairs of an array and its labels."""
        return list(zip(self.factors, self.labels, strict=True))


def add_placed(xp: ArrayNamespace, result: Array, axes: Labels, items: Sequence[Item]) -> None:
    """Add the product of labelled arrays to an array, on the diagonals of its axes with equal labels."""
    place = tuple(dict.fromkeys(axes))
    value = product_of(xp, items, place)
    groups = [[axis for axis, name in enumerate(axes) if name == label] for label in place]
    shape = [result.shape[group[0]] for group in groups]
    strides = [sum(result.strides[axis] for axis in group) for group in groups]
    view = xp.lib.stride_tricks.as_strided(result, shape, strides)
    xp.add(view, value, view)


def product_of(xp: ArrayNamespace, items: Sequence[Item], output: Labels) -> Array:
    """Return the product summed over every label that is not an output label.

    An output label that no array has becomes an axis of size 1.

    Example:
        >>> import numpy as np
        >>> product_of(np, [(np.ones(3), (0,)), (np.ones((3, 2)), (0, 1))], (1, 2)).shape
        (2, 1)
    """
    present = [label for label in output if any(label in labels for _, labels in items)]
    if len(items) == 1 and len(set(items[0][1])) == len(items[0][1]) == len(present):
        value = items[0][0].transpose([items[0][1].index(label) for label in present])
    elif all(len(array.shape) == 0 for array, _ in items):
        value = reduce(xp.multiply, [array for array, _ in items])
    else:
        names = {label: get_symbol(k) for k, label in enumerate({x for _, ls in items for x in ls})}
        left = ",".join("".join(names[label] for label in labels) for _, labels in items)
        equation = left + "->" + "".join(names[label] for label in present)
        value = contract(equation, *[array for array, _ in items])
    shape = iter(value.shape)
    return value.reshape([next(shape) if label in present else 1 for label in output])
