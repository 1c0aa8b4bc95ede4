"""Checks of axes and sizes, and the messages that name both sides of a mismatch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from bracketcalc.errors import ShapeError
from bracketcalc.expr.node import Node


def axis_tuple(axes: int | Iterable[Any], ndim: int) -> tuple[int, ...]:
    """Return one axis or several as non-negative integers, all different.

    Raises:
        ShapeError: for an axis out of range or named twice.
    """
    result = []
    for axis in axes if isinstance(axes, Iterable) else (axes,):
        if not isinstance(axis, int | np.integer) or not -ndim <= axis < ndim:
            raise ShapeError(f"axis {axis!r} does not exist: there are {ndim} axes, counted from 0")
        result.append(int(axis) % ndim)
    if len(set(result)) != len(result):
        raise ShapeError(f"the axes {tuple(result)} are not all different")
    return tuple(result)


def label_sizes(factors: Sequence[Node], labels: Sequence[Sequence[int]]) -> dict[int, Any]:
    """Return the size of each label, checking that axes with one label have one size."""
    sizes: dict[int, Any] = {}
    for number, (factor, names) in enumerate(zip(factors, labels, strict=True)):
        extents = factor.sizes
        if len(names) != len(extents):
            raise ShapeError(
                f"{describe(factor)} has {factor.ndim} axes, but {len(names)} labels were given"
            )
        for label, size in zip(names, extents):  # noqa: B905 the lengths are equal
            known = sizes.setdefault(label, size)
            if known is not size and known != size:
                raise _label_mismatch(factors[: number + 1], labels, label, size)
    return sizes


def numbered(
    operands: Iterable[tuple[Any, Iterable[Any]]], output: Iterable[Any]
) -> tuple[tuple[Any, ...], tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Return factors, their labels and those of the result, numbered by first appearance.

    Args:
        operands: pairs of a factor and a hashable label for each of its axes.
        output: the labels of the result's axes.

    Example:
        >>> numbered([("A", "ij"), ("B", "jk")], "ik")
        (('A', 'B'), ((0, 1), (1, 2)), (0, 2))
    """
    numbers: dict[Any, int] = {}
    factors, labels = [], []
    for factor, names in operands:
        factors.append(factor)
        labels.append(tuple([numbers.setdefault(name, len(numbers)) for name in names]))
    try:
        result = tuple([numbers[name] for name in output])
    except KeyError as error:
        raise ShapeError(f"the output label {error} is on no operand") from None
    return tuple(factors), tuple(labels), result


def _label_mismatch(
    factors: Sequence[Node], labels: Sequence[Sequence[int]], label: int, size: Any
) -> ShapeError:
    """Name the first axis with this label and the axis whose size differs from it."""
    places = [
        (factor, axis)
        for factor, names in zip(factors, labels, strict=False)
        for axis, name in enumerate(names)
        if name == label
    ]
    other, other_axis = next((f, a) for f, a in places if f.sizes[a] == size and f is factors[-1])
    return mismatch(places[0][0], places[0][1], other, other_axis)


def mismatch(first: Node, axis: int, second: Node, other_axis: int) -> ShapeError:
    """Return the error that two axes (counted from 0) which must have one size have two."""
    left, right = first.sizes[axis], second.sizes[other_axis]
    symbolic = isinstance(left, Node) or isinstance(right, Node)
    return ShapeError(
        f"axis {axis} of {describe(first)} has size {show_size(left)}, "
        f"but axis {other_axis} of {describe(second)} has size {show_size(right)}",
        hint=(
            "give both axes one name if their sizes are always equal"
            if symbolic
            else "axes that are multiplied or added together must have one size"
        ),
    )


def check_equal_sizes(first: Node, second: Node, verb: str) -> None:
    """Raise a ShapeError unless both expressions have equal sizes, axis by axis."""
    if first.sizes == second.sizes:
        return
    if first.ndim != second.ndim:
        raise ShapeError(
            f"{describe(second)} with sizes {show_sizes(second.sizes)} cannot be {verb} "
            f"{describe(first)} with sizes {show_sizes(first.sizes)}: "
            f"{second.ndim} axes against {first.ndim}",
            hint="only numbers and scalars combine with any tensor; spread a vector with outer(ones(n), b)",
        )
    for axis, (left, right) in enumerate(zip(first.sizes, second.sizes, strict=True)):
        if left != right:
            raise mismatch(first, axis, second, axis)


def describe(expr: Any) -> str:
    """Return a short name for an expression in a message: its own name where it has one."""
    while type(expr).__name__ == "Product" and len(expr.children) == 1:
        expr = expr.children[0]
    own = _own_name(expr)
    if own:
        return own
    kind = type(expr).__name__
    if kind == "Product":
        return "the product of " + _listing(expr.children) if expr.children else str(expr.data[0])
    return "the sum of " + _listing(expr.children) if kind == "Sum" else f"a {kind}"


_LEAVES = MappingProxyType(
    {"Ones": "ones", "Delta": "the identity", "OneHot": "e", "ImaginaryUnit": "the imaginary unit"}
)


def _own_name(expr: Any) -> str:
    """Return the name of a leaf, a definition or a function, an empty text for anything else."""
    name = getattr(expr, "name", None)
    if isinstance(name, str):
        return name
    function = getattr(expr, "function", None) or getattr(expr, "operator", None)
    if function is not None:
        return f"{function.name}(…)"
    return _LEAVES.get(type(expr).__name__, "")


def _listing(exprs: Sequence[Any]) -> str:
    names = [name for name in map(_own_name, exprs[:8]) if name][:3]
    if not names:
        return "several terms"
    return ", ".join(names) + (", …" if len(names) < len(exprs) else "")


def show_size(size: Any) -> str:
    """Return the text of one size."""
    return str(getattr(size, "name", size))


def index_beyond(index: int, name: str, value: int) -> ShapeError:
    """Return the error that an index, counted from 0, lies beyond a symbolic size."""
    return ShapeError(
        f"the index {index}, counted from 0, is out of range: the size {name} is {value}",
        hint="pass larger arrays, or take a smaller index",
    )


def show_sizes(sizes: Sequence[Any]) -> str:
    """Return the text of several sizes, like ``(n, 3)``."""
    inner = ", ".join(show_size(size) for size in sizes)
    return f"({inner},)" if len(sizes) == 1 else f"({inner})"
