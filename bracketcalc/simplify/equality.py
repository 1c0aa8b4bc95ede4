"""Deciding whether two expressions are equal: by canonical form, then by evaluation at random points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bracketcalc.errors import BracketCalcError, ShapeError
from bracketcalc.expr.core import Elementwise, Expr, OneHot, Product, Size, Sum, as_expr, product
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.shapes import describe, show_sizes
from bracketcalc.functions.piecewise import ABS
from bracketcalc.reference import evaluate
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.expansion import expand
from bracketcalc.simplify.points import exact_arrays, float_arrays, size_choices
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import operands
from bracketcalc.traverse import bottom_up, expand_definitions, postorder, tensors_in, with_children

MAX_COMPARED = 64
"""How many factors are looked at to find the one that is multiplied next."""


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
    if _one_form(both, table) or _one_form(expand(both, table), table):
        return True
    both = simplify_all(both)
    if _one_form(both, table) or _one_form(expand(both, table), table):
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


def _one_form(both: Sequence[Expr], table: CanonicalTable) -> bool:
    return table.form(both[0]) == table.form(both[1])


def _in_pairs(node: Expr) -> Expr:
    """Return a product of many factors as nested products of two, which are cheap to evaluate.

    The next factor is the one that leaves the fewest labels.
    """
    if not isinstance(node, Product) or len(node.factors) < 3:
        return node
    uses = Counter([*node.output, *[label for names in node.labels for label in set(names)]])
    left = operands(node)
    (factor, names) = left.pop(0)
    uses.subtract(set(names))
    while left:
        near = range(min(len(left), MAX_COMPARED))
        nexts = [_remaining(names, left[place][1], uses) for place in near]
        chosen = min(near, key=lambda place: len(nexts[place]))
        other, others = left.pop(chosen)
        uses.subtract(set(others))
        factor, names = product(1, [(factor, names), (other, others)], nexts[chosen]), nexts[chosen]
    return product(node.coefficient, [(factor, names)], node.output)


def _remaining(names: tuple[int, ...], others: tuple[int, ...], uses: Mapping[int, int]) -> tuple[int, ...]:
    """Return the labels of two factors that the rest still uses; ``uses`` counts those of the second."""
    return tuple([name for name in dict.fromkeys((*names, *others)) if uses[name] > (name in others)])


def _with_first_indices(exprs: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with the one-hots of each symbolic size at its first indices.

    Nothing else tells one index from another, so equal expressions stay equal, and small sizes do.
    """
    found = {
        node for node in postorder(exprs) if isinstance(node, OneHot) and isinstance(node.sizes[0], Size)
    }
    ranks: dict[OneHot, int] = {}
    for size in {node.sizes for node in found}:
        ordered = sorted((node for node in found if node.sizes == size), key=lambda node: node.index)
        ranks.update({node: rank for rank, node in enumerate(ordered)})

    def moved(node: Expr) -> Expr:
        return OneHot(ranks[node], node.sizes[0]) if isinstance(node, OneHot) and node in ranks else node

    return bottom_up(exprs, moved) if ranks else list(exprs)


# -- exact trials ---------------------------------------------------------------------------------------


def _is_rational(node: Expr) -> bool:
    """Return whether a node keeps fractions exact; complex ones are not tried."""
    if not node.is_real:
        return False
    if isinstance(node, Product):
        return not isinstance(node.coefficient, float)
    if isinstance(node, Elementwise):
        base, exponent = as_power(node)
        return base is not node and isinstance(exponent, int)
    return not isinstance(node, Map | Operator)


def _agree_exactly(both: Sequence[Expr]) -> bool:
    for trial, sizes in enumerate(size_choices(both)):
        arrays = exact_arrays(both, sizes, trial)
        one, two = [evaluate(expr, arrays, sizes) for expr in both]
        if not np.all(one == two):
            return False
    return True


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
    choices = size_choices(both)
    compared = False
    for trial, chosen in enumerate(ranges):
        if trial >= len(NEAR) and compared and not kinked:
            break
        sizes = choices[trial % len(choices)]
        arrays = float_arrays(both, sizes, trial, chosen.reach, chosen.signed)
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
