"""Random expressions with complex tensors, numbers and parts, and matching arrays."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bracketcalc.expr.core import (
    POWER,
    Elementwise,
    Expr,
    Extent,
    ImaginaryUnit,
    Product,
    Size,
    Sum,
    Tensor,
    as_expr,
    product,
    scale,
)
from bracketcalc.expr.facts import Fact
from bracketcalc.expr.number import Number
from bracketcalc.expr.parts import CONJ, IMAG, REAL
from bracketcalc.functions.exponential import EXP
from bracketcalc.functions.trigonometric import COS, SIN
from bracketcalc.reference import evaluate
from bracketcalc.traverse import tensors_in

Sizes = tuple[Extent, ...]

SIZES: Mapping[str, int] = {"n": 3, "m": 2, "u": 1, "z": 0}
EXTENTS: tuple[Extent, ...] = (Size("n"), Size("m"), Size("u"), Size("z"))
KINDS = ("part", "conj", "sum", "times", "scaled", "i", "dot", "f", "power", "turn")
NUMBERS: tuple[Number, ...] = (1, 2, -1, Fraction(1, 2), -1.5)


def shapes(most: int = 2) -> st.SearchStrategy[Sizes]:
    """Return the sizes of a tensor with at most ``most`` axes."""
    return st.lists(st.sampled_from(EXTENTS), max_size=most).map(tuple)


def named(letter: str, sizes: Sizes) -> Tensor:
    """Return the tensor with a name of its own for each shape; Z and W are complex, A and B real."""
    facts = frozenset({Fact.COMPLEX}) if letter in "ZW" else frozenset[Any]()
    return Tensor(letter + "".join(str(getattr(size, "name", size)) for size in sizes), sizes, facts)


def tensors(sizes: Sizes, letters: str = "ZWAB") -> st.SearchStrategy[Expr]:
    """Return a tensor of the given sizes."""
    return st.sampled_from([named(letter, sizes) for letter in letters])


def beside(*factors: Expr) -> Product:
    """Return an element-wise product; factors without axes are multiplied to all."""
    axes = range(max(factor.ndim for factor in factors))
    return product(1, [(factor, range(factor.ndim)) for factor in factors], axes)


@st.composite
def expressions(draw: st.DrawFn, sizes: Sizes | None = None, depth: int = 2) -> Expr:
    """Return a random expression of the given sizes."""
    sizes = draw(shapes()) if sizes is None else sizes
    if depth == 0:
        return draw(tensors(sizes))
    inner = expressions(sizes, depth - 1)
    kind = draw(
        st.sampled_from(["part", "conj", "sum", "times", "scaled", "i", "dot", "f", "power", "turn"])
    )
    if kind in ("part", "conj"):
        function = CONJ if kind == "conj" else draw(st.sampled_from([REAL, IMAG]))
        return Elementwise(function, (), draw(inner))
    if kind == "sum":
        return Sum((draw(inner), draw(inner)))
    if kind == "times":
        return beside(draw(inner), draw(tensors(sizes)))
    if kind == "scaled":
        return scale(draw(st.sampled_from(NUMBERS)), draw(inner))
    if kind == "i":
        return beside(as_expr(draw(st.sampled_from([1j, 2 - 1j, -3j]))), draw(inner))
    if kind == "f":
        return Elementwise(draw(st.sampled_from([SIN, COS, EXP])), (), scale(Fraction(1, 4), draw(inner)))
    if kind == "power":
        return Elementwise(POWER, (2,), draw(inner))
    if kind == "turn":
        order = draw(st.permutations(range(len(sizes))))
        turned = draw(expressions(tuple([sizes[k] for k in order]), depth - 1))
        return product(1, [(turned, order)], range(len(sizes)))
    size = draw(st.sampled_from(EXTENTS))
    left = draw(expressions((*sizes, size), depth - 1))
    return product(1, [(left, range(left.ndim)), (draw(tensors((size,))), [len(sizes)])], range(len(sizes)))


def arrays_for(exprs: list[Expr], seed: int = 0) -> dict[str, Any]:
    """Return an array of values around 1 for each tensor."""
    arrays = {}
    for tensor in tensors_in(exprs):
        draw = np.random.default_rng([seed, *tensor.name.encode()])
        shape = tuple([SIZES[size.name] if isinstance(size, Size) else size for size in tensor.sizes])
        array = draw.uniform(-1.5, 1.5, shape)
        arrays[tensor.name] = array if tensor.is_real else array + 1j * draw.uniform(-1.5, 1.5, shape)
    return arrays


def assert_same_value(found: Expr, expected: Expr, seed: int = 0) -> None:
    """Fail unless two expressions have equal axes and, to rounding, one value at a random point."""
    assert found.sizes == expected.sizes
    arrays = arrays_for([found, expected], seed)
    one, two = evaluate(found, arrays, SIZES), evaluate(expected, arrays, SIZES)
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(two), initial=0)))


UNIT = ImaginaryUnit()
