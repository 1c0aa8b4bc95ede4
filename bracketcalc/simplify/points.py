"""Random points at which two expressions are compared: sizes, and arrays that have the declared facts."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.core import Expr, OneHot, Product, Size, Tensor
from bracketcalc.expr.facts import AnyFact
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.fact_values import with_facts
from bracketcalc.traverse import postorder, tensors_in

PALETTES = ((2, 3, 5, 4, 7, 6), (2, 3, 5, 4), (2, 3), (1, 2))
"""Values for symbolic sizes; a later palette is taken where an earlier one makes arrays too large."""

TRIALS = 3
LARGEST = 10**6
"""Random integers for the exact trials are at most this large."""

MAX_ELEMENTS = 30_000
"""What the products of an evaluation may compute where there is a choice of sizes: a few milliseconds."""

MAX_LARGE = 3_000_000
"""The same where all sizes but 1 and 2 are larger: some seconds of exact arithmetic."""

MAX_COST = 10**8
"""Nothing is evaluated beyond: with floats, it would take a gigabyte."""

Arrays = dict[str, Any]
"""The array of each tensor, by name."""


def size_choices(exprs: Sequence[Expr], degree: int = 0) -> list[dict[str, int]]:
    """Return small values for the symbolic sizes, at least three times.

    Any two sizes differ in one of the choices. Where a one-hot has its 1 at a larger index, the size is
    larger by that index.

    Args:
        exprs: expressions that will be evaluated.
        degree: a degree of polynomials in the sizes; each size has more values than that, as long as
            little is computed for them.

    Raises:
        BracketCalcError: if an evaluation would take minutes or more memory than there is.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> size_choices(tensors("A[n,m]"))
        [{'m': 2, 'n': 3}, {'m': 3, 'n': 3}, {'m': 5, 'n': 5}]
    """
    nodes = postorder(exprs)
    least = {size.name: 0 for node in nodes for size in _symbols(node)}
    for node in nodes:
        if isinstance(node, OneHot):
            for size in _symbols(node):
                least[size.name] = max(least[size.name], node.index)
    products = [node for node in nodes if isinstance(node, Product)]
    limits = [MAX_ELEMENTS] * (len(PALETTES) - 2) + [MAX_LARGE, MAX_COST]
    for palette, limit in zip(PALETTES, limits, strict=True):
        choices = _choices(least, palette)
        if all(_elements(products, sizes) <= limit for sizes in choices):
            break
    else:
        raise BracketCalcError(
            f"the expressions cannot be compared: more than {MAX_COST} elements would be computed",
            hint="compare parts of them",
        )
    larger = [_larger(least, trial) for trial in range(1, degree + 1)] if least else []
    return [*choices, *[sizes for sizes in larger if _elements(products, sizes) <= MAX_ELEMENTS]]


def _larger(least: Mapping[str, int], trial: int) -> dict[str, int]:
    """Return sizes beyond the palettes, all different in two trials."""
    return {
        name: max(PALETTES[0]) + trial * (1 + k % 3) + least[name] for k, name in enumerate(sorted(least))
    }


def _choices(least: Mapping[str, int], palette: Sequence[int]) -> list[dict[str, int]]:
    """Return sizes from a palette: the digits of its number tell a size from all others."""
    base = len(palette)
    digits = next(k for k in count(TRIALS) if base**k >= len(least))
    return [
        {
            name: palette[(k // base ** (trial % digits) + trial) % base] + least[name]
            for k, name in enumerate(sorted(least))
        }
        for trial in range(digits)
    ]


def _elements(products: Sequence[Product], sizes: Mapping[str, int]) -> int:
    """Return how many elements the reference evaluator computes for some products."""
    return sum(
        math.prod(_values(label_sizes(node.factors, node.labels).values(), sizes)) for node in products
    )


def _symbols(node: Expr) -> list[Size]:
    found = [size for size in node.sizes if isinstance(size, Size)]
    return [*found, node] if isinstance(node, Size) else found


def _values(extents: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple([sizes[size.name] if isinstance(size, Size) else size for size in extents])


def _tensors_by_name(exprs: Sequence[Expr]) -> Iterator[tuple[Tensor, frozenset[AnyFact]]]:
    """Return one tensor for each name, and the facts of all tensors with the name."""
    facts: dict[str, frozenset[AnyFact]] = {}
    found: dict[str, Tensor] = {}
    for tensor in tensors_in(exprs):
        facts[tensor.name] = facts.get(tensor.name, frozenset()) | tensor.facts
        found[tensor.name] = tensor
    return ((tensor, facts[name]) for name, tensor in found.items())


def exact_arrays(exprs: Sequence[Expr], sizes: Mapping[str, int], seed: int) -> Arrays:
    """Return arrays of random integers, or fractions where a fact needs them; none is 0 but by a fact.

    Raises:
        BracketCalcError: if no array with the facts of a tensor is found.
    """
    draw = random.Random(seed)
    arrays = {}
    for tensor, facts in _tensors_by_name(exprs):
        shape = _values(tensor.sizes, sizes)
        values = [draw.randint(1, LARGEST) * draw.choice((-1, 1)) for _ in range(math.prod(shape))]
        array = np.array(values, dtype=object).reshape(shape)
        arrays[tensor.name] = with_facts(tensor.name, facts, array, draw)
    return arrays


def float_arrays(
    exprs: Sequence[Expr], sizes: Mapping[str, int], seed: int, reach: float, signed: bool
) -> Arrays:
    """Return arrays of random numbers from 1 % of ``reach`` up to it, with both signs if ``signed``.

    Where a fact asks for it, numbers may be smaller, or larger by a small factor.

    Raises:
        BracketCalcError: if no array with the facts of a tensor is found.
    """
    draw, signs = np.random.default_rng(seed), random.Random(seed)
    arrays = {}
    for tensor, facts in _tensors_by_name(exprs):
        shape = _values(tensor.sizes, sizes)
        values = reach * draw.uniform(0.01, 1.0, shape)
        values = values * draw.choice((-1.0, 1.0), shape) if signed else values
        if not tensor.is_real:
            values = values + 1j * reach * draw.uniform(-1.0, 1.0, shape)
        arrays[tensor.name] = with_facts(tensor.name, facts, values, signs)
    return arrays
