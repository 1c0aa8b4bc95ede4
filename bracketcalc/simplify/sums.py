"""Rules for sums: nested sums, zero terms, like terms up to renaming, and common factors."""

from __future__ import annotations

from collections.abc import Callable

from bracketcalc.expr.core import Delta, Expr, OneHot, Ones, Product, Sum, product, scale
from bracketcalc.expr.number import Number, ratio
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.products import (
    Operand,
    as_product,
    is_moved_sum,
    is_zero,
    operands,
    without,
    zero,
)
from bracketcalc.simplify.rule import Rule, rule
from bracketcalc.simplify.structure import connected, is_structured

MOST_AXES = 2
"""The most axes of a sum beside which a factor stands that has no label of it: A ⊗ (B + C)."""


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


def collect_like_terms(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that adds the coefficients of terms with one canonical form."""

    def collect_like_terms(expr: Expr) -> Expr | None:
        """a X + b X = (a + b) X, for terms that are equal up to renaming and order

        Decreases: the number of terms.
        """
        if not isinstance(expr, Sum):
            return None
        total: dict[int, Number] = {}
        first: dict[int, tuple[Number, Expr]] = {}
        for term in expr.terms:
            coefficient, number = table.form(term)
            total[number] = total.get(number, 0) + coefficient
            first.setdefault(number, (coefficient, term))
        if len(first) == len(expr.terms):
            return None
        terms = [
            term if total[number] == coefficient else scale(ratio(total[number], coefficient), term)
            for number, (coefficient, term) in first.items()
            if total[number] != 0
        ]
        return Sum(terms) if terms else zero(expr.sizes)

    return collect_like_terms


def factor_common(table: CanonicalTable, private: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that takes a factor out of a sum all of whose terms have it.

    Terms that are used elsewhere (not ``private``) are left alone: they are computed anyway.
    """

    def factor_common(expr: Expr) -> Expr | None:
        """a_i.. B + a_i.. C = a_i.. (B + C), where a has the same labels in both terms

        Decreases: the number of factors.
        """
        if not isinstance(expr, Sum) or len(expr.terms) < 2:
            return None
        if not all(private(term) for term in expr.terms if isinstance(term, Product)):
            return None
        terms = [as_product(term) for term in expr.terms]
        if any(not term.factors for term in terms):
            return None
        numbers = [[table.form(factor) for factor in term.factors] for term in terms]
        common = set.intersection(*[{number for _, number in row} for row in numbers])
        for index, (_, number) in enumerate(numbers[0]):
            if number not in common or isinstance(terms[0].factors[index], Ones):
                continue
            chosen = [next(k for k, form in enumerate(row) if form[1] == number) for row in numbers]
            # Slices of one tensor are cheap, the whole tensor times a sum of one-hots is not.
            if any(_is_sliced(term, k) for term, k in zip(terms, chosen, strict=True)):
                continue
            if any(_on_diagonal(term, k) for term, k in zip(terms, chosen, strict=True)):
                continue
            ratios = [
                ratio(row[k][0], numbers[0][index][0]) for row, k in zip(numbers, chosen, strict=True)
            ]
            result = _take_out(terms, chosen, ratios)
            if result is not None:
                return result
        return None

    return factor_common


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
        number = _common_coefficient(terms)
        if number in (0, 1):
            return None
        return scale(number, Sum([_divided(term, number) for term in terms]))

    return take_out_number


def _is_sliced(term: Product, index: int) -> bool:
    """Return whether a factor is a contracted one-hot, or has an axis that is contracted with one."""
    own = set(term.labels[index]).difference(term.output)
    return any(isinstance(factor, OneHot) and names[0] in own for factor, names in operands(term))


def _take_out(terms: list[Product], chosen: list[int], ratios: list[Number]) -> Expr | None:
    """Return the sum with one factor of each term taken out, if they sit alike in their terms.

    A factor's axis is tied to the output axis that has its label, or to none; these ties, and which of
    its axes share a label, must be the same in every term. The remainders meet on the output axes that
    the factor does not carry and on those of the factor's labels that some remainder carries.
    """
    ties = {_ties(term, index) for term, index in zip(terms, chosen, strict=True)}
    if len(ties) != 1:
        return None
    lead, index = terms[0], chosen[0]
    axes = range(len(lead.labels[index]))
    carried = [
        axis
        for axis in axes
        if lead.labels[index].index(lead.labels[index][axis]) == axis
        and any(_carries(term, k, axis) for term, k in zip(terms, chosen, strict=True))
    ]
    apart = [place for place, label in enumerate(lead.output) if label not in lead.labels[index]]
    remainders = []
    for term, k, factor_ratio in zip(terms, chosen, ratios, strict=True):
        kept: list[Operand] = without(operands(term), k)
        spread_axes = [axis for axis in carried if not _carries(term, k, axis)]
        for axis in spread_axes:
            kept.append((Ones((term.factors[k].sizes[axis],)), (term.labels[k][axis],)))
        labels = [term.output[place] for place in apart] + [term.labels[k][axis] for axis in carried]
        remainders.append(product(term.coefficient * factor_ratio, kept, labels))
    inside = [lead.output[place] for place in apart] + [lead.labels[index][axis] for axis in carried]
    summed = {lead.labels[index][axis] for axis in carried}.difference(lead.output)
    ends = {inside.index(label) for label in summed}
    if summed and not all(_needed_whole(remainder, ends, lead.ndim) for remainder in remainders):
        return None
    if carried and not summed and all(map(is_structured, remainders)):
        return None
    if axes and not carried and len(inside) > MOST_AXES:
        return None
    scale_out = _common_coefficient(remainders)
    if scale_out != 1:
        remainders = [_divided(remainder, scale_out) for remainder in remainders]
    return product(
        scale_out,
        [(lead.factors[index], lead.labels[index]), (Sum(remainders), tuple(inside))],
        lead.output,
    )


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


def _needed_whole(expr: Product, ends: set[int], ndim: int) -> bool:
    """Return whether a product is needed as a whole by a factor that sums some of its axes.

    Otherwise that factor would better meet one factor of the product first: in (A B) x or (a bᵀ) x, the
    vector. It cannot where a factor has all axes. And it gains nothing in Σ_n a_ni (B_nj C_nk): where two
    factors or more have each of the summed axes, contracted labels and summed axes connect all factors,
    and the result has ``ndim`` axes, no fewer than the product.
    """
    parts = [set(labels) for factor, labels in operands(expr) if not isinstance(factor, Ones)]
    if not parts or set().union(*parts) == max(parts, key=len):
        return True
    summed = {expr.output[place] for place in ends}
    if expr.ndim > ndim or any(sum(label in part for part in parts) < 2 for label in summed):
        return False
    return len(connected(parts, set(expr.output) - summed)) == 1


def _on_diagonal(term: Product, index: int) -> bool:
    """Return whether a delta shares a label with the factor: diag(s) stays diag(s)."""
    labels = set(term.labels[index])
    return any(
        isinstance(factor, Delta) and place != index and not labels.isdisjoint(names)
        for place, (factor, names) in enumerate(operands(term))
    )


def _ties(term: Product, index: int) -> tuple[tuple[int, int], ...]:
    """Return for each axis of a factor the output position and the first axis with its label."""
    labels = term.labels[index]
    return tuple(
        (term.output.index(label) if label in term.output else -1, labels.index(label)) for label in labels
    )


def _carries(term: Product, index: int, axis: int) -> bool:
    """Return whether another factor has the label of the axis of the factor at ``index``."""
    label = term.labels[index][axis]
    return any(label in names for place, names in enumerate(term.labels) if place != index)


def _common_coefficient(terms: list[Product]) -> Number:
    """Return the coefficient of the first term if all coefficients are equal up to sign, else 1."""
    first = terms[0].coefficient
    first = -first if first < 0 else first
    return first if all(term.coefficient in (first, -first) for term in terms) else 1


def _divided(term: Product, number: Number) -> Product:
    return Product(ratio(term.coefficient, number), term.factors, term.labels, term.output)


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
