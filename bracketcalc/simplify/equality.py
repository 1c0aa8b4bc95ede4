"""Deciding whether two expressions are equal: by canonical form, then by exact evaluation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import Elementwise, Expr, Size, Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.shapes import describe, show_sizes
from bracketcalc.reference import evaluate
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.traverse import expand_definitions, postorder, tensors_in

SIZES = (2, 3, 5, 4, 7, 6)
TRIALS = 3
TOLERANCE = 1e-9


def equal(left: Expr, right: Expr) -> bool:
    """Return whether two expressions have the same value for all arrays.

    Equal canonical forms prove equality. Where the forms differ, both sides are evaluated at random
    points: exactly, in fractions, where they are built from products, sums and integer powers (agreement
    then proves equality up to a negligible probability); in float64 otherwise, to a relative 1e-9.

    Raises:
        ShapeError: if the two have different sizes, so that they could not be compared.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> equal((A @ B).T, B.T @ A.T), equal(A @ B, 2 * (A @ B))
        (True, False)
    """
    if left.sizes != right.sizes:
        raise ShapeError(
            f"{describe(left)} has sizes {show_sizes(left.sizes)}, "
            f"{describe(right)} has sizes {show_sizes(right.sizes)}",
            hint="only expressions with the same axes can be equal",
        )
    one, two = expand_definitions([left, right])
    table = CanonicalTable()
    if table.form(one) == table.form(two):
        return True
    one, two = simplify_all([one, two])
    if table.form(one) == table.form(two):
        return True
    exact = all(_is_rational(node) for node in postorder([one, two]))
    return all(_agree(one, two, arrays, sizes) for arrays, sizes in _points([one, two], exact))


def _is_rational(node: Expr) -> bool:
    if isinstance(node, Map):
        return False
    return not isinstance(node, Elementwise) or (
        as_power(node)[0] is not node and is_whole(as_power(node)[1])
    )


def _points(exprs: list[Expr], exact: bool) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
    """Yield random arrays for the tensors, with small distinct values for the symbolic sizes."""
    tensors = tensors_in(exprs)
    named = sorted({size.name for node in postorder(exprs) for size in _symbols(node)})
    for trial in range(TRIALS):
        draw = random.Random(trial)
        sizes = {name: SIZES[(k + trial) % len(SIZES)] for k, name in enumerate(named)}
        yield {tensor.name: _array(tensor, sizes, draw, exact) for tensor in tensors}, sizes


def _symbols(node: Expr) -> list[Size]:
    found = [size for size in node.sizes if isinstance(size, Size)]
    return [*found, node] if isinstance(node, Size) else found


def _array(tensor: Tensor, sizes: dict[str, int], draw: random.Random, exact: bool) -> Any:
    shape = tuple([sizes[size.name] if isinstance(size, Size) else size for size in tensor.sizes])
    count = int(np.prod(shape, dtype=np.int64))
    values = [Fraction(draw.randint(1, 10**6), draw.randint(1, 1000)) for _ in range(count)]
    if exact:
        array = np.empty(count, dtype=object)
        array[:] = values
        return array.reshape(shape)
    return np.array([float(value) / 10**6 + 0.01 for value in values]).reshape(shape)


def _agree(left: Expr, right: Expr, arrays: dict[str, Any], sizes: dict[str, int]) -> bool:
    one, two = evaluate(left, arrays, sizes), evaluate(right, arrays, sizes)
    if object in (one.dtype, two.dtype):
        return bool(np.all(one == two))
    bound = TOLERANCE * (1 + float(np.max(np.abs(one), initial=0)))
    return bool(np.all(np.abs(one - two) <= bound))
