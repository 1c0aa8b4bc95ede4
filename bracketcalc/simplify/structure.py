"""Sums of small parts: deltas and outer products, which as an array would be larger than all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product as choices
from math import prod

from bracketcalc.expr.core import Delta, Expr, Ones, Product, Sum, product
from bracketcalc.expr.number import times_if_fits
from bracketcalc.simplify.products import Operand, is_zero, operands
from bracketcalc.simplify.rule import Rule, rule

MOST_TERMS = 8
"""A product stays where multiplying it out would give more terms than this."""


def is_structured(expr: Expr) -> bool:
    """Return whether an expression has a delta between its axes, or is an outer product of smaller parts.

    Parts are the factors that contracted labels connect; ones are no part.

    Example:
        >>> from bracketcalc.expr.algebra import diag, outer
        >>> from bracketcalc.expr.build import tensors
        >>> A, s = tensors("A[n,n] s[n]")
        >>> [is_structured(x) for x in (diag(s), outer(s, s), A, A @ A)]
        [True, True, False, False]
    """
    if isinstance(expr, Delta):
        return True
    if not isinstance(expr, Product) or expr.ndim < 2 or is_zero(expr):
        return False
    free = set(expr.output)
    found = operands(expr)
    if any(isinstance(factor, Delta) and len(free.intersection(labels)) > 1 for factor, labels in found):
        return True
    parts = connected([set(labels) for factor, labels in found if not isinstance(factor, Ones)], free)
    return all(not free <= part for part in parts)


def connected(groups: Iterable[set[int]], free: set[int]) -> list[set[int]]:
    """Return the unions of the sets of labels that have labels in common which are not free.

    Example:
        >>> connected([{0, 1}, {1, 2}, {2, 3}], {0, 2, 3})
        [{0, 1, 2}, {2, 3}]
    """
    parts: list[set[int]] = []
    for group in groups:
        joined = set(group)
        apart = []
        for part in parts:
            if (part & joined) - free:
                joined |= part
            else:
                apart.append(part)
        parts = [*apart, joined]
    return parts


def multiply_out(private: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that multiplies sums of structured terms out where a factor scales them.

    Sums that are used elsewhere (not ``private``) are left alone: they are computed anyway.
    """

    def multiply_out(expr: Expr) -> Expr | None:
        """s_i (δ_ij + u_i v_j) = s_i δ_ij + s_i u_i v_j, where all terms of the sum are structured

        Some label of the sum is on two other factors, or on one and on the result: a matrix product with
        the sum stays as it is, and so does a product with a factor that has all of the sum's axes.
        Decreases: the sums of structured terms that are scaled.
        """
        if not isinstance(expr, Product) or len(expr.factors) < 2:
            return None
        places = _scaled_sums(expr, private)
        if not places or prod(len(expr.factors[place].children) for place in places) > MOST_TERMS:
            return None
        terms = [
            _with_terms(expr, dict(zip(places, chosen, strict=True)))
            for chosen in choices(*[expr.factors[place].children for place in places])
        ]
        found = [term for term in terms if term is not None]
        return Sum(found) if len(found) == len(terms) else None

    return multiply_out


def _scaled_sums(expr: Product, private: Callable[[Expr], bool]) -> list[int]:
    """Return the places of the sums of structured terms of which a factor scales some axis."""
    carriers = Counter(
        label for factor, labels in operands(expr) if not isinstance(factor, Ones) for label in set(labels)
    )
    carriers.update(expr.output)
    places = []
    for place, (factor, labels) in enumerate(operands(expr)):
        if not isinstance(factor, Sum) or not private(factor) or not all(map(is_structured, factor.terms)):
            continue
        covered = any(
            number != place and set(labels) <= set(names) for number, names in enumerate(expr.labels)
        )
        if not covered and any(carriers[label] > 2 for label in labels):
            places.append(place)
    return places


def _with_terms(expr: Product, chosen: dict[int, Expr]) -> Product | None:
    """Return the product with one term in the place of each sum; None if its coefficient does not fit."""
    coefficient = expr.coefficient
    found: list[Operand] = []
    for place, (factor, labels) in enumerate(operands(expr)):
        term = chosen.get(place, factor)
        if place not in chosen or not isinstance(term, Product):
            found.append((term, labels))
            continue
        merged = times_if_fits(coefficient, term.coefficient)
        if merged is None:
            return None
        coefficient = merged
        renamed = dict(zip(term.output, labels, strict=True))
        for inner, names in operands(term):
            found.append((inner, tuple([renamed.get(name, ("inside", place, name)) for name in names])))
    return product(coefficient, found, expr.output)


def structure_rules(private: Callable[[Expr], bool]) -> tuple[Rule, ...]:
    """Return the rules for products with sums of structured terms."""
    return (rule(multiply_out(private), Product, Sum),)
