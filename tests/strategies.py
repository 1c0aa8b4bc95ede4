"""Random expressions with matching arrays, and random other ways to write a product.

Symbolic sizes have the values of ``SIZES``, 0 and 1 among them. The name of a tensor says its sizes, so one
name always stands for one tensor; the values of tensors whose name starts with P are positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from bracketcalc.expr.build import define
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    Extent,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    constant,
    product,
    spread,
)
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.number import Number
from bracketcalc.functions.exponential import SIGMOID, SOFTPLUS, TANH
from bracketcalc.functions.piecewise import RELU
from bracketcalc.functions.softmax import LOGSUMEXP, SOFTMAX
from bracketcalc.functions.trigonometric import ARCTAN
from bracketcalc.reference import evaluate
from bracketcalc.simplify.fact_values import with_facts
from bracketcalc.simplify.products import operands
from bracketcalc.traverse import postorder, tensors_in

Sizes = tuple[Extent, ...]
Values = npt.NDArray[Any]

SIZES: Mapping[str, int] = MappingProxyType({"n": 3, "m": 2, "u": 1, "z": 0})
"""The value of each symbolic size."""

EXTENTS: tuple[Extent, ...] = (Size("n"), Size("m"), 4, Size("u"), 1, Size("z"), 0)
"""The sizes that occur; simpler ones first, as a counterexample shrinks towards them."""

FILLED: tuple[Extent, ...] = EXTENTS[:5]
"""The sizes that are not 0."""

FUNCTIONS = (TANH, SIGMOID, SOFTPLUS, ARCTAN, RELU)
"""Functions defined everywhere that do not enlarge a rounding error."""

NUMBERS: tuple[Number, ...] = (1, 2, -1, -3, Fraction(1, 2), Fraction(-2, 3), 0.25, -1.5)


def extents(values: tuple[Extent, ...] = EXTENTS) -> st.SearchStrategy[Extent]:
    """Return one size."""
    return st.sampled_from(values)


def shapes(least: int = 0, most: int = 3, values: tuple[Extent, ...] = EXTENTS) -> st.SearchStrategy[Sizes]:
    """Return the sizes of a tensor with ``least`` to ``most`` axes."""
    return st.lists(extents(values), min_size=least, max_size=most).map(tuple)


def numbers(*values: Number) -> st.SearchStrategy[Number]:
    """Return one of the numbers, or any coefficient that is not 0."""
    return st.sampled_from(values or NUMBERS)


def named(letter: str, sizes: Sizes) -> Tensor:
    """Return the tensor of the given sizes whose name starts with a letter."""
    return Tensor(letter + "".join(f"_{getattr(size, 'name', size)}" for size in sizes), sizes)


def tensors(sizes: Sizes, letters: str = "ABC") -> st.SearchStrategy[Tensor]:
    """Return one of a few tensors of the given sizes."""
    return st.sampled_from(letters).map(lambda letter: named(letter, sizes))


# -- expressions ----------------------------------------------------------------------------------------


@st.composite
def leaves(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Return a tensor, ones, a delta, a one-hot, a number, a size or zero, with the given sizes."""
    kinds = ["tensor", "tensor", "ones", "zero"]
    if not sizes:
        kinds += ["number", "size"]
    if len(sizes) > 1 and len(set(sizes)) == 1:
        kinds += ["delta", "delta"]
    known = [SIZES[size.name] if isinstance(size, Size) else size for size in sizes]
    if len(sizes) == 1 and known[0] > 0:
        kinds.append("onehot")
    kind = draw(st.sampled_from(kinds))
    if kind == "tensor":
        return draw(tensors(sizes))
    if kind == "ones":
        return Ones(sizes)
    if kind == "delta":
        return Delta(sizes[0], len(sizes))
    if kind == "onehot":
        return OneHot(draw(st.integers(0, known[0] - 1)), sizes[0])
    if kind == "zero":
        return spread(constant(0), sizes)
    return constant(draw(numbers())) if kind == "number" else Size(draw(st.sampled_from(sorted(SIZES))))


Factor = Callable[[Sizes], st.SearchStrategy[Expr]]
"""From the sizes of a factor to the strategy for it."""


@st.composite
def products(draw: st.DrawFn, sizes: Sizes, factor: Factor = leaves, most: int = 4) -> Product:
    """Return a product with the given sizes: hyperedges, diagonals, summed and lonely labels."""
    summed = draw(shapes(0, 2))
    size_of = dict(enumerate((*sizes, *summed)))
    names = st.lists(st.sampled_from(sorted(size_of)), max_size=3) if size_of else st.just([])
    labels = draw(st.lists(names, min_size=1, max_size=most))
    missing = [label for label in range(len(sizes)) if not any(label in row for row in labels)]
    if missing:
        labels.insert(draw(st.integers(0, len(labels))), draw(st.permutations(missing)))
    found = [(draw(factor(tuple([size_of[label] for label in row]))), row) for row in labels]
    return product(draw(numbers()), found, range(len(sizes)))


@st.composite
def expressions(draw: st.DrawFn, sizes: Sizes | None = None, depth: int = 2, smooth: bool = True) -> Expr:
    """Return an expression of the given sizes, or of any.

    Args:
        draw: given by hypothesis.
        sizes: the sizes of the result.
        depth: how many nodes lie above a leaf at most.
        smooth: whether functions may occur; otherwise the value is a polynomial.
    """
    if sizes is None:
        sizes = draw(shapes())
    if depth == 0:
        return draw(leaves(sizes))

    def deeper(inner: Sizes) -> st.SearchStrategy[Expr]:
        return expressions(inner, depth=depth - 1, smooth=smooth)

    kinds = ["leaf", "product", "product", "sum", "sum", "definition"]
    if smooth:
        kinds += ["elementwise", "power"] + (["softmax"] if sizes else []) + ["logsumexp"]
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        return draw(leaves(sizes))
    if kind == "product":
        return draw(products(sizes, deeper, most=3))
    if kind == "sum":
        return Sum(draw(st.lists(deeper(sizes), min_size=1, max_size=3)))
    if kind == "definition":
        body = draw(deeper(sizes))
        return define(f"Z{hash(body) % 1000}", body)
    return draw(_functions(kind, sizes, deeper))


@st.composite
def _functions(draw: st.DrawFn, kind: str, sizes: Sizes, deeper: Factor) -> Expr:
    """Return a function of an expression; the argument of a negative or broken power is positive."""
    if kind == "elementwise":
        return Elementwise(draw(st.sampled_from(FUNCTIONS)), (), draw(deeper(sizes)))
    if kind == "softmax":
        return Map(SOFTMAX, draw(deeper(sizes)), len(sizes) - 1)
    if kind == "logsumexp":
        return Map(LOGSUMEXP, draw(deeper((*sizes, draw(extents(FILLED))))), len(sizes))
    exponent = draw(numbers(0, 1, 2, 3, -1, Fraction(1, 2), Fraction(-1, 2), -0.5))
    base = draw(deeper(sizes)) if exponent in (0, 1, 2) else draw(positives(sizes))
    return Elementwise(POWER, (exponent,), base)


def positives(sizes: Sizes) -> st.SearchStrategy[Expr]:
    """Return an expression of positive values, away from 0."""
    tensor = tensors(sizes, "PQ")
    return tensor | tensor.map(lambda x: 1 + x) | tensor.map(lambda x: Elementwise(POWER, (2,), x))


# -- values ---------------------------------------------------------------------------------------------


def arrays_for(exprs: Iterable[Expr], seed: int = 0) -> dict[str, Values]:
    """Return small random arrays with the facts of all tensors; whole numbers but for P, Q and facts."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, Values] = {}
    for tensor in sorted(tensors_in(exprs), key=lambda tensor: tensor.name):
        shape = tuple([SIZES[size.name] if isinstance(size, Size) else size for size in tensor.sizes])
        if tensor.name[0] in "PQ":
            arrays[tensor.name] = rng.uniform(0.5, 2.0, shape)
        else:
            arrays[tensor.name] = rng.integers(-2, 3, shape).astype(np.float64)
        arrays[tensor.name] = with_facts(tensor.name, tensor.facts, arrays[tensor.name], Random(seed))
    return arrays


def value(expr: Expr, arrays: Mapping[str, Values]) -> Values:
    """Return the reference value of an expression over ``SIZES``."""
    return evaluate(expr, arrays, SIZES)


def assert_same_value(found: Expr, expected: Expr, seed: int = 0) -> None:
    """Fail unless two expressions have equal axes and, to rounding, one value at a random point."""
    assert found.sizes == expected.sizes
    arrays = arrays_for([found, expected], seed)
    one, two = value(found, arrays), value(expected, arrays)
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(two), initial=0)))


def assert_checked(expr: Expr) -> None:
    """Fail unless the constructors, which check, make every node of an expression as it is."""
    for node in postorder([expr]):
        again = type(node).build(node.data, node.children)
        assert (again, again.sizes, again.is_real) == (node, node.sizes, node.is_real)


# -- other ways to write a product ----------------------------------------------------------------------


@st.composite
def rewritten(draw: st.DrawFn, expr: Product) -> Expr:
    """Return a product written otherwise: order, labels, nesting, deltas and ones that change nothing."""
    found: list[tuple[Expr, tuple[Any, ...]]] = list(operands(expr))
    output: tuple[Any, ...] = expr.output
    for step in draw(st.lists(st.sampled_from(["delta", "ones", "nest", "split", "order"]), max_size=5)):
        found = draw(st.permutations(found))
        size_of = {label: size for f, names in found for label, size in zip(names, f.sizes, strict=True)}
        if step == "order" or not size_of:
            continue
        label = draw(st.sampled_from(sorted(size_of, key=str)))
        if step == "ones":
            found.append((Ones((size_of[label],) * 2), (label, label)))
        elif step == "delta":
            found = _through_delta(found, label, size_of[label])
        elif step == "nest":
            found = _nested(found, output, draw(st.integers(1, len(found))))
    coefficient = expr.coefficient
    if draw(st.booleans()):
        found, coefficient = [*found, (constant(coefficient), ())], 1
    order = draw(st.permutations(range(len(output))))
    moved = product(coefficient, found, [output[place] for place in order])
    return product(1, [(moved, order)], range(len(output)))


def _through_delta(
    found: list[tuple[Expr, tuple[Any, ...]]], label: Any, size: Extent
) -> list[tuple[Expr, tuple[Any, ...]]]:
    """Σ_k δ_ik A_k.. = A_i..: the last factor with a label gets another one, tied to it by a delta."""
    fresh = ("tied", len(found), label)
    place = max(k for k, (_, names) in enumerate(found) if label in names)
    factor, names = found[place]
    renamed = tuple([fresh if name == label else name for name in names])
    return [*found[:place], (factor, renamed), *found[place + 1 :], (Delta(size, 2), (fresh, label))]


def _nested(
    found: list[tuple[Expr, tuple[Any, ...]]], output: tuple[Any, ...], count: int
) -> list[tuple[Expr, tuple[Any, ...]]]:
    """(A B) C = A B C: the first factors become one, which keeps the labels that are used outside."""
    inner, outer = found[:count], found[count:]
    outside = {label for _, names in outer for label in names}.union(output)
    kept = tuple(dict.fromkeys(label for _, names in inner for label in names if label in outside))
    return [(product(1, inner, kept), kept), *outer]
