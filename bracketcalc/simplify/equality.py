"""Deciding whether two expressions are equal: by canonical form, then by evaluation at random points."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bracketcalc.errors import BracketCalcError, ShapeError
from bracketcalc.expr.core import Elementwise, Expr, OneHot, Product, Size, Sum, Tensor, as_expr, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.shapes import describe, show_sizes
from bracketcalc.functions.piecewise import ABS
from bracketcalc.reference import evaluate
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import operands
from bracketcalc.traverse import bottom_up, expand_definitions, postorder, tensors_in, with_children

SIZES = (2, 3, 5, 4, 7, 6)
TRIALS = 3
LARGEST = 10**6
"""Random integers for the exact trials are at most this large."""

Point = tuple[dict[str, Any], dict[str, int]]
"""The array of each tensor and the value of each symbolic size."""


def equal(left: object, right: object) -> bool:
    """Return whether two expressions have the same value for all arrays for which both are defined.

    Equal canonical forms prove equality. Where the forms differ, both sides are evaluated at random
    points. Products, sums and integer powers with exact numbers are evaluated exactly: agreement means
    equality but for a negligible probability. Anything else is compared in float64, to a relative 1e-9
    at arguments of about 1, and to 1e-6 beyond the kinks of its functions. Few values of the symbolic
    sizes are tried.

    Raises:
        ShapeError: if the two have different sizes, so that they could not be compared.
        BracketCalcError: if one of them is undefined at every point that was tried.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> equal((A @ B).T, B.T @ A.T), equal(A @ B, 2 * (A @ B))
        (True, False)
    """
    left, right = as_expr(left), as_expr(right)
    if left.sizes != right.sizes:
        raise ShapeError(
            f"{describe(left)} has sizes {show_sizes(left.sizes)}, "
            f"{describe(right)} has sizes {show_sizes(right.sizes)}",
            hint="only expressions with the same axes can be equal",
        )
    both = expand_definitions([left, right])
    table = CanonicalTable()
    if table.form(both[0]) == table.form(both[1]):
        return True
    both = simplify_all(both)
    if table.form(both[0]) == table.form(both[1]):
        return True
    both = _with_first_indices(bottom_up(both, _in_pairs))
    # Arrays of fractions make an evaluation exact; an expression without a tensor has none.
    if all(tensors_in([expr]) for expr in both) and all(map(_is_rational, postorder(both))):
        try:
            return _agree_exactly(both)
        except ZeroDivisionError:
            # Every point is on a pole, as for 1 / I.
            pass
    return _agree_in_floats(both)


def _in_pairs(node: Expr) -> Expr:
    """Return a product of many factors as nested products of two, which are cheap to evaluate."""
    if not isinstance(node, Product) or len(node.factors) < 3:
        return node
    last = {label: place for place, names in enumerate(node.labels) for label in names}
    (factor, names), *rest = operands(node)
    for place, (other, others) in enumerate(rest, 1):
        needed = [n for n in dict.fromkeys((*names, *others)) if last[n] > place or n in node.output]
        factor, names = product(1, [(factor, names), (other, others)], needed), tuple(needed)
    return product(node.coefficient, [(factor, names)], node.output)


def _with_first_indices(exprs: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with the one-hots of each symbolic size at its first indices.

    Nothing else tells one index from another, so equal expressions stay equal, and small sizes do.
    """
    found = {node for node in postorder(exprs) if isinstance(node, OneHot) and _symbols(node)}
    ranks: dict[OneHot, int] = {}
    for size in {node.sizes for node in found}:
        ordered = sorted((node for node in found if node.sizes == size), key=lambda node: node.index)
        ranks.update({node: rank for rank, node in enumerate(ordered)})

    def moved(node: Expr) -> Expr:
        return OneHot(ranks[node], node.sizes[0]) if isinstance(node, OneHot) and node in ranks else node

    return bottom_up(exprs, moved) if ranks else list(exprs)


# -- points ---------------------------------------------------------------------------------------------


def _sizes(exprs: Sequence[Expr], trial: int) -> dict[str, int]:
    """Return small values for the symbolic sizes; any two of 216 differ in some of three trials.

    Where a one-hot has its 1 at a larger index, the size is larger by that index.
    """
    nodes = postorder(exprs)
    least = {size.name: 0 for node in nodes for size in _symbols(node)}
    for node in nodes:
        if isinstance(node, OneHot):
            for size in _symbols(node):
                least[size.name] = max(least[size.name], node.index)
    return {
        name: SIZES[(k // len(SIZES) ** (trial % TRIALS) + trial) % len(SIZES)] + least[name]
        for k, name in enumerate(sorted(least))
    }


def _symbols(node: Expr) -> list[Size]:
    found = [size for size in node.sizes if isinstance(size, Size)]
    return [*found, node] if isinstance(node, Size) else found


def _shape(tensor: Tensor, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple([sizes[size.name] if isinstance(size, Size) else size for size in tensor.sizes])


# -- exact trials ---------------------------------------------------------------------------------------


def _is_rational(node: Expr) -> bool:
    """Return whether a node keeps fractions exact."""
    if isinstance(node, Product):
        return not isinstance(node.coefficient, float)
    if isinstance(node, Elementwise):
        base, exponent = as_power(node)
        return base is not node and isinstance(exponent, int)
    return not isinstance(node, Map)


def _agree_exactly(both: Sequence[Expr]) -> bool:
    for trial in range(TRIALS):
        arrays, sizes = _exact_point(both, trial)
        one, two = [evaluate(expr, arrays, sizes) for expr in both]
        if not np.all(one == two):
            return False
    return True


def _exact_point(exprs: Sequence[Expr], trial: int) -> Point:
    draw, sizes = random.Random(trial), _sizes(exprs, trial)
    arrays = {}
    for tensor in tensors_in(exprs):
        shape = _shape(tensor, sizes)
        values = [
            Fraction(draw.randint(1, LARGEST) * draw.choice((-1, 1))) for _ in range(math.prod(shape))
        ]
        arrays[tensor.name] = np.array(values, dtype=object).reshape(shape)
    return arrays, sizes


# -- trials in floating point ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a trial takes its arguments from, and how far apart two equal values may be."""

    reach: float
    signed: bool
    tolerance: float = 1e-9
    slack: float = 0.0


NEAR = (_Range(1.0, False), _Range(1.0, True), _Range(0.1, True))
"""Functions without kinks are analytic: they agree everywhere if they agree around 0."""

FAR_TRIALS = 8


def _far(exprs: Sequence[Expr]) -> list[_Range]:
    """Return ranges that reach further than any number of the expressions, so beyond every kink."""
    numbers = [1.0]
    for node in postorder(exprs):
        if isinstance(node, Elementwise):
            numbers += [abs(float(kink)) for kink in node.function.kinks(*node.parameters)]
        elif isinstance(node, Product):
            numbers.append(abs(float(node.coefficient)))
    reach = 4 * min(max(numbers), 1e6)
    return [_Range(reach, trial % 2 == 0, tolerance=1e-6, slack=1.0) for trial in range(FAR_TRIALS)]


def _has_kinks(node: Expr) -> bool:
    return isinstance(node, Elementwise) and bool(node.function.kinks(*node.parameters))


def _agree_in_floats(both: Sequence[Expr]) -> bool:
    """Compare where both sides are finite; rounding may leave a part of the largest terms behind."""
    exprs = [*both, *[_magnitude(expr) for expr in both]]
    ranges = [*NEAR, *_far(both)]
    kinked = any(map(_has_kinks, postorder(both)))
    compared = False
    for trial, chosen in enumerate(ranges):
        if trial >= len(NEAR) and compared and not kinked:
            break
        arrays, sizes = _float_point(both, trial, chosen)
        with np.errstate(all="ignore"):
            one, two, *largest = [evaluate(expr, arrays, sizes) for expr in exprs]
            allowed = chosen.tolerance * (np.maximum(*largest) + chosen.slack)
            finite = np.isfinite(one) & np.isfinite(two) & np.isfinite(allowed)
            if np.any(np.abs(one - two)[finite] > allowed[finite]):
                return False
        compared |= one.size == 0 or bool(np.any(finite))
    if not compared:
        raise BracketCalcError(
            f"{describe(both[0])} and {describe(both[1])} are not both defined at any point that was tried",
            hint="evaluate both at a point where they are",
        )
    return True


def _float_point(exprs: Sequence[Expr], trial: int, chosen: _Range) -> Point:
    draw, sizes = np.random.default_rng(trial), _sizes(exprs, trial)
    arrays = {}
    for tensor in tensors_in(exprs):
        shape = _shape(tensor, sizes)
        values = chosen.reach * draw.uniform(0.01, 1.0, shape)
        arrays[tensor.name] = values * draw.choice((-1.0, 1.0), shape) if chosen.signed else values
    return arrays, sizes


def _magnitude(expr: Expr) -> Expr:
    """Return |c| |A| |B| + ..: what the terms of an expression would amount to if none cancelled."""
    memo: dict[Expr, Expr] = {}
    for node in postorder([expr], stop=lambda node: not isinstance(node, Product | Sum)):
        if isinstance(node, Product):
            factors = [memo[factor] for factor in node.factors]
            coefficient = node.coefficient
            coefficient = -coefficient if coefficient < 0 else coefficient
            memo[node] = Product(coefficient, tuple(factors), node.labels, node.output)
        elif isinstance(node, Sum):
            memo[node] = with_children(node, tuple([memo[term] for term in node.terms]))
        else:
            memo[node] = Elementwise(ABS, (), node)
    return memo[expr]
