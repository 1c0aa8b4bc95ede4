"""Rows of formulas: every text of a row is typed in, and all of them have one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import bracketcalc as bc
from bracketcalc.traverse import postorder, tensors_in

Array = npt.NDArray[Any]
Names = dict[str, Any]

EXTENTS = (2, 3, 4, 5, 6, 7, 8, 9)
"""The values of the symbolic sizes of a row, in the order in which they are declared."""

SLOPE_OF_F = bc.function("f'", lambda xp, x: xp.cos(x) + 2 * x, lambda x: 2 - bc.sin(x))
SLOPE_OF_G = bc.function("g'", lambda xp, x: xp.exp(x) - 1, bc.exp)

FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "f": bc.function("f", lambda xp, x: xp.sin(x) + x**2, SLOPE_OF_F),
        "f'": SLOPE_OF_F,
        "g": bc.function("g", lambda xp, x: xp.exp(x) - x, SLOPE_OF_G),
        "g'": SLOPE_OF_G,
    }
)
"""Two functions of one number, and their derivatives."""

TOLERANCE = 1e-10
"""Relative, for values of about 1; two ways to sum the same few products differ by less."""


def declare(declarations: str) -> Names:
    """Return the tensors of a text such as ``A[n,3] Z_{t-1}[n,h] λ``, by name."""
    found: Names = {}
    for word in declarations.split():
        name, _, sizes = word.partition("[")
        axes = [axis for axis in sizes.rstrip("]").split(",") if axis]
        found[name] = bc.tensor(name, [int(axis) if axis.isdigit() else axis for axis in axes])
    return found


def differentials(names: Names, *variables: str) -> Names:
    """Return the names with dX for each variable X."""
    return {**names, **{f"d{name}": bc.tensor(f"d{name}", names[name].sizes) for name in variables}}


def read(text: str, names: Names) -> bc.Expr:
    """Return the formula; if all of it stands in ⟨ ⟩, ``bracket`` reads the same."""
    found = bc.parse(text, **names)
    if text.startswith("⟨") and text.endswith("⟩") and text.count("⟨") == 1:
        assert bc.bracket(text[1:-1], **names) == found
    return found


def draw(exprs: Sequence[bc.Expr]) -> tuple[dict[str, Array], dict[str, int]]:
    """Return an array for each tensor, with entries from 0.5 to 1.5, and a value for each symbolic size."""
    random = np.random.default_rng(len(exprs))
    sizes: dict[str, int] = {}
    for node in postorder(exprs):
        for size in node.sizes:
            if isinstance(size, bc.Size):
                sizes.setdefault(size.name, EXTENTS[len(sizes)])
    found = sorted(tensors_in(exprs), key=lambda tensor: tensor.name)
    shapes = [
        [size if isinstance(size, int) else sizes[size.name] for size in each.sizes] for each in found
    ]
    arrays = [random.uniform(0.5, 1.5, shape) for shape in shapes]
    return {each.name: array for each, array in zip(found, arrays, strict=True)}, sizes


def value(expr: bc.Expr, arrays: Mapping[str, Any], sizes: Mapping[str, int]) -> Array:
    """Return the compiled value, given more than the expression needs."""
    symbols = {size.name for node in postorder([expr]) for size in node.sizes if isinstance(size, bc.Size)}
    used = {tensor.name: arrays[tensor.name] for tensor in tensors_in([expr])}
    bound = {
        size.name for tensor in tensors_in([expr]) for size in tensor.sizes if isinstance(size, bc.Size)
    }
    symbols |= {node.name for node in postorder([expr]) if isinstance(node, bc.Size)}
    return np.asarray(bc.evaluate(expr, **used, **{name: sizes[name] for name in symbols - bound}))


def assert_all_equal(*exprs: bc.Expr, expected: Callable[..., Array] | None = None) -> None:
    """Fail unless all have the same axes and, proven and at random arrays, the same value."""
    arrays, sizes = draw(exprs)
    values = [value(expr, arrays, sizes) for expr in exprs]
    right = expected(**arrays) if expected else values[0]
    for expr, found in zip(exprs, values, strict=True):
        assert expr.sizes == exprs[0].sizes
        assert bc.equal(expr, exprs[0]), f"{expr} is not {exprs[0]}"
        np.testing.assert_allclose(found, right, rtol=TOLERANCE, atol=TOLERANCE, err_msg=str(expr))


def assert_row(names: Names, *texts: str, expected: Callable[..., Array] | None = None) -> None:
    """Fail unless all texts have one value."""
    assert_all_equal(*[read(text, names) for text in texts], expected=expected)


def by_einsum(equation: str, *operands: str) -> Callable[..., Array]:
    """Return the value of an einsum equation from the arrays of the named operands."""
    return lambda **arrays: np.einsum(equation, *[arrays[name] for name in operands])


def slope(expr: bc.Expr, variables: Sequence[str], arrays: Names, sizes: Mapping[str, int]) -> Array:
    """Return the central difference of an expression in the direction dX of each variable X."""
    step = 1e-5
    ahead, behind = dict(arrays), dict(arrays)
    for name in variables:
        ahead[name] = arrays[name] + step * arrays[f"d{name}"]
        behind[name] = arrays[name] - step * arrays[f"d{name}"]
    difference: Array = value(expr, ahead, sizes) - value(expr, behind, sizes)
    return difference / (2 * step)


def assert_differential(names: Names, formula: str, variables: str, *texts: str) -> None:
    """Fail unless each text is the differential of the formula: derived, and against differences."""
    wrt = variables.split()
    names = differentials(names, *wrt)
    expr = read(formula, names)
    found = bc.differential(expr, [names[name] for name in wrt])
    assert_all_equal(found, *[read(text, names) for text in texts])
    arrays, sizes = draw([expr, *[names[f"d{name}"] for name in wrt]])
    right = slope(expr, wrt, arrays, sizes)
    np.testing.assert_allclose(value(found, arrays, sizes), right, rtol=1e-7, atol=1e-7)


def assert_gradient(names: Names, formula: str, variable: str, *texts: str) -> None:
    """Fail unless each text is the gradient of the formula: derived, and against differences."""
    names = differentials(names, variable)
    expr = read(formula, names)
    found = bc.gradient(expr, names[variable])
    assert_all_equal(found, *[read(text, names) for text in texts])
    arrays, sizes = draw([expr, names[f"d{variable}"]])
    right = slope(expr, [variable], arrays, sizes)
    product = np.sum(value(found, arrays, sizes) * arrays[f"d{variable}"])
    np.testing.assert_allclose(product, right, rtol=1e-7, atol=1e-7)


def rows(*table: tuple[Any, ...]) -> list[Any]:
    """Return the parameters of a test; the first entry of each row is its place in the paper."""
    return [pytest.param(*row[1:], id=re.sub(r"\s+", " ", row[0])) for row in table]
