"""Rules for sums: nested sums, zero terms, like terms up to renaming, and common numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bracketcalc.expr.core import (
    Expr,
    Product,
    Sum,
    product,
    scale,
)
from bracketcalc.expr.number import Number, ratio
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.factoring import common_coefficient, divided, factor_common
from bracketcalc.simplify.products import (
    is_moved_sum,
    is_zero,
    operands,
    zero,
)
from bracketcalc.simplify.rule import Rule, rule


def open_sum(expr: Sum, opened: Callable[[Expr], bool]) -> Sum:
    """Return the sum with every nested sum for which ``opened`` is true merged into it.

    a + c (b + d) = a + c b + c d
    """
    terms: list[Expr] = []
    stack: list[tuple[Number, Expr]] = [(1, term) for term in reversed(expr.terms)]
    changed = False
    while stack:
        coefficient, term = stack.pop()
        inner = _scaled_sum(term, opened)
        if inner is None:
            terms.append(term if coefficient == 1 else scale(coefficient, term))
            continue
        changed = True
        stack.extend([(coefficient * inner[0], part) for part in reversed(inner[1].terms)])
    return Sum(terms) if changed else expr


def _scaled_sum(term: Expr, opened: Callable[[Expr], bool]) -> tuple[Number, Sum] | None:
    """Return the coefficient and the sum where a term is c (a + b) and may be opened."""
    if isinstance(term, Sum):
        return (1, term) if opened(term) else None
    if isinstance(term, Product) and len(term.factors) == 1 and term.labels[0] == term.output:
        inner = term.factors[0]
        if isinstance(inner, Sum) and opened(term) and opened(inner):
            return term.coefficient, inner
    return None


def drop_zero_terms(expr: Expr) -> Expr | None:
    """a + 0 = a

    Decreases: the number of terms.
    """
    if not isinstance(expr, Sum) or not any(is_zero(term) for term in expr.terms):
        return None
    terms = [term for term in expr.terms if not is_zero(term)]
    return Sum(terms) if terms else zero(expr.sizes)


def unwrap_single_term(expr: Expr) -> Expr | None:
    """The sum of one term is the term

    Decreases: the number of sums.
    """
    return expr.terms[0] if isinstance(expr, Sum) and len(expr.terms) == 1 else None


def collected(terms: Sequence[Expr], table: CanonicalTable, rounding: float = 0.0) -> list[Expr]:
    """Return the terms with like ones added, without those that cancel.

    Args:
        terms: expressions of equal sizes.
        table: the forms that tell which terms are alike.
        rounding: floats that cancel may leave this part of themselves behind.
    """
    numbers: dict[int, list[Number]] = {}
    first: dict[int, tuple[Number, Expr]] = {}
    alike = table.sketches.may_be_alike(terms)
    ways = {_way(term) for term, compared in zip(terms, alike, strict=True) if compared}
    for place, (term, compared) in enumerate(zip(terms, alike, strict=True)):
        if compared and len(ways) > 1:
            coefficient, number = table.form(term)
        else:
            # Forms have no negative numbers, so these are the forms of no other terms.
            coefficient, number = _coefficient(term), 0 if compared else -1 - place
        numbers.setdefault(number, []).append(coefficient)
        first.setdefault(number, (coefficient, term))
    found = []
    for number, (coefficient, term) in first.items():
        total = sum(numbers[number])
        if total == coefficient != 0:
            found.append(term)
        elif total != 0 and not (rounding and _is_rounding(numbers[number], rounding)):
            found.append(scale(ratio(total, coefficient), term))
    return found


def _coefficient(term: Expr) -> Number:
    return term.coefficient if isinstance(term, Product) else 1


def _way(term: Expr) -> object:
    """Return what terms have in common that are multiples of each other by their factors alone.

    Where nothing is summed, that is each factor with its places among the axes of the term.
    """
    if not isinstance(term, Product) or term.coefficient == 0:
        return term
    axes = {label: axis for axis, label in enumerate(term.output)}
    if not all(axes.keys() >= set(names) for names in term.labels):
        return term.factors, term.labels, term.output
    found = [(factor, tuple([axes[label] for label in names])) for factor, names in operands(term)]
    return frozenset(Counter(found).items())


def _is_rounding(numbers: Sequence[Number], rounding: float) -> bool:
    """Return whether numbers with a float among them add up to less than a part of themselves."""
    if not any(isinstance(number, float) for number in numbers):
        return False
    floats = [float(number) for number in numbers]
    return abs(sum(floats)) <= rounding * sum([abs(number) for number in floats])


def collect_like_terms(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that adds the coefficients of terms with one canonical form."""

    def collect_like_terms(expr: Expr) -> Expr | None:
        """a X + b X = (a + b) X, for terms that are equal up to renaming and order

        Decreases: the number of terms.
        """
        if not isinstance(expr, Sum):
            return None
        terms = collected(expr.terms, table)
        if len(terms) == len(expr.terms):
            return None
        return Sum(terms) if terms else zero(expr.sizes)

    return collect_like_terms


def take_out_number(private: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that takes out of a sum the number that all of its terms have.

    Terms that are used elsewhere (not ``private``) are left alone: they are computed anyway.
    """

    def take_out_number(expr: Expr) -> Expr | None:
        """c A ± c B = c (A ± B)

        Decreases: the number of coefficients other than 1 and -1.
        """
        if not isinstance(expr, Sum) or len(expr.terms) < 2:
            return None
        terms = [term for term in expr.terms if isinstance(term, Product) and private(term)]
        if len(terms) != len(expr.terms):
            return None
        number = common_coefficient(terms)
        if number in (0, 1):
            return None
        return scale(number, Sum([divided(term, number) for term in terms]))

    return take_out_number


def permute_terms(private: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that moves the axes of the terms instead of those of their sum."""

    def permute_terms(expr: Expr) -> Expr | None:
        """(A + B)ᵀ = Aᵀ + Bᵀ, for any order of any number of axes

        Decreases: the terms below products of one factor.
        """
        if not isinstance(expr, Product) or not is_moved_sum(expr) or not private(expr.factors[0]):
            return None
        moved = [product(1, [(term, expr.labels[0])], expr.output) for term in expr.factors[0].children]
        return scale(expr.coefficient, Sum(moved))

    return permute_terms


SUM_RULES = (rule(drop_zero_terms, Sum, Product), rule(unwrap_single_term, Sum))
"""The rules for sums that need no table, in the order in which they are tried."""


def sum_rules(table: CanonicalTable, private: Callable[[Expr], bool]) -> tuple[Rule, ...]:
    """Return the rules for sums that compare canonical forms."""
    return (
        rule(collect_like_terms(table), Sum),
        rule(factor_common(table, private), Sum),
        rule(take_out_number(private), Sum, Product),
        rule(permute_terms(private), Product, Sum),
    )
