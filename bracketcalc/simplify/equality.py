"""Deciding whether two expressions are equal: by canonical form, then by evaluation at random points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, as_expr
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.shapes import describe, show_sizes
from bracketcalc.reference import evaluate
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.difference import (
    are_independent,
    is_polynomial,
    remaining_terms,
    size_degree,
)
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.float_trials import agree_in_floats, check_defined
from bracketcalc.simplify.pairs import cheap_to_evaluate
from bracketcalc.simplify.points import exact_arrays, size_choices
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import zero
from bracketcalc.traverse import expand_definitions, postorder, tensors_in


def equal(left: object, right: object) -> bool:
    """Return whether two expressions have the same value for all arrays for which both are defined.

    Terms that both sides have are cancelled first. If nothing is left, they are equal; if what is left is
    a polynomial in free tensors of symbolic sizes, they are not. Else the rest is evaluated at random
    points. Products, sums and integer powers with exact numbers are evaluated exactly: agreement means
    equality but for a negligible probability. Anything else is compared in float64, to a relative 1e-9
    of the terms that are left, at arguments of about 1, and to 1e-6 beyond the kinks of its functions.
    Few values of the symbolic sizes are tried. Floats in the expressions count as equal to a relative
    1e-12.

    So functions that differ by less than these tolerances at all arguments that are tried, as exp(x) and
    exp(x + 1e-14) do, count as equal.

    Raises:
        ShapeError: if the two have different sizes, so that they could not be compared.
        BracketCalcError: if one of them is undefined at every point that was tried, or the evaluation
            would compute more than 10^8 elements.

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
    nothing = zero(left.sizes)
    terms = remaining_terms(both[0], both[1], table)
    polynomial = all(map(is_polynomial, postorder(both)))
    if terms and not (polynomial and are_independent(terms, table)):
        # One by one: rounded numbers that cancel must not be added before they are known to cancel.
        terms = remaining_terms(Sum(simplify_all(terms)), nothing, table)
    if not terms:
        return True
    if are_independent(terms, table):
        if not polynomial:
            check_defined(both)
        return False
    return _agree(both, terms)


def _agree(both: Sequence[Expr], terms: Sequence[Expr]) -> bool:
    """Return whether two expressions with these remaining terms agree at all points that are tried."""
    *both, rest = cheap_to_evaluate([*both, Sum(terms)])
    degree = size_degree(terms)
    # Arrays of fractions make an evaluation exact; an expression without a tensor has none.
    if tensors_in([rest]) and all(map(_is_rational, postorder([rest]))):
        try:
            return _vanishes_exactly(rest, degree)
        except ZeroDivisionError:
            # Every point is on a pole, as for 1 / I.
            pass
    assert isinstance(rest, Sum)
    return agree_in_floats(both, rest.terms, degree)


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


def _vanishes_exactly(rest: Expr, degree: int) -> bool:
    for trial, sizes in enumerate(size_choices([rest], degree)):
        if np.any(evaluate(rest, exact_arrays([rest], sizes, trial), sizes) != 0):
            return False
    return True
