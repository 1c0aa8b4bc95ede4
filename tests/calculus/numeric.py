"""Derivatives by differences, and the arrays to take them at: independent of the calculus under test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.traverse import postorder, tensors_in

Array = np.ndarray[Any, Any]
Arrays = Mapping[str, Array]
Sizes = Mapping[str, int]


def draw(exprs: Iterable[Expr], sizes: Sizes, seed: int = 0) -> dict[str, Array]:
    """Return a standard normal array for each tensor of the expressions."""
    rng = np.random.default_rng(seed)
    return {t.name: rng.standard_normal(shape(t.sizes, sizes)) for t in tensors_in(exprs)}


def shape(extents: Iterable[int | Size], sizes: Sizes) -> tuple[int, ...]:
    """Return the extents as numbers."""
    return tuple([sizes[extent.name] if isinstance(extent, Size) else extent for extent in extents])


def jacobian_by_differences(expr: Expr, variable: Tensor, arrays: Arrays, sizes: Sizes) -> Array:
    """Return the central differences of an expression: its axes, then those of the variable.

    They are extrapolated once, so the error is of order h⁴ f⁽⁵⁾ + 1e-16 f / h with h = 1e-3.
    """
    point = arrays[variable.name]
    found = np.zeros(shape(expr.sizes, sizes) + point.shape)
    for index in np.ndindex(*point.shape):
        shift = np.zeros_like(point)
        shift[index] = 1.0

        def difference(h: float, shift: Array = shift) -> Array:
            high = evaluate(expr, {**arrays, variable.name: point + h * shift}, sizes)
            return (high - evaluate(expr, {**arrays, variable.name: point - h * shift}, sizes)) / (2 * h)

        found[(..., *index)] = (4 * difference(5e-4) - difference(1e-3)) / 3
    return found


def assert_is_jacobian(found: Expr, expr: Expr, variable: Tensor, arrays: Arrays, sizes: Sizes) -> None:
    """Compare an expression with the differences of another to a relative 1e-6 of the largest entry."""
    assert found.sizes == expr.sizes + variable.sizes
    expected = jacobian_by_differences(expr, variable, arrays, sizes)
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(evaluate(found, arrays, sizes), expected, rtol=1e-6, atol=1e-8 * scale)


def size_of(*exprs: Expr) -> int:
    """Return how many distinct nodes it takes to write the expressions; a definition is one name."""
    return len(postorder(exprs, stop=is_definition))
