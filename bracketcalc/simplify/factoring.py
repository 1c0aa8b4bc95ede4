"""The rule that takes a common factor out of a sum."""

from __future__ import annotations

from collections.abc import Callable

from bracketcalc.expr.core import POWER, Delta, Elementwise, Expr, OneHot, Ones, Product, Sum, product
from bracketcalc.expr.number import Number, as_number, ratio
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import Operand, as_product, operands, without
from bracketcalc.simplify.structure import connected, is_structured

MOST_AXES = 2
"""The most axes of a sum beside which a factor stands that has no label of it: A ⊗ (B + C)."""


def factor_common(table: CanonicalTable, private: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that takes a factor out of a sum all of whose terms have it.

    Terms that are used elsewhere (not ``private``) are left alone: they are computed anyway.
    """

    def factor_common(expr: Expr) -> Expr | None:
        """a_i.. B + a_i.. C = a_i.. (B + C), where a has the same labels in both terms, and a² = a a

        Decreases: the number of factors, powers to 2, 3, … counted as often.
        """
        if not isinstance(expr, Sum) or len(expr.terms) < 2:
            return None
        if not all(private(term) for term in expr.terms if isinstance(term, Product)):
            return None
        terms = [as_product(term) for term in expr.terms]
        if any(not term.factors for term in terms) or _have_nothing_in_common(table, terms):
            return None
        rows = [[_base_form(table, factor) for factor in term.factors] for term in terms]
        common = set.intersection(*[{number for number, _, _ in row} for row in rows])
        for index, (number, _, _) in enumerate(rows[0]):
            if number not in common or isinstance(terms[0].factors[index], Ones):
                continue
            chosen = [next(k for k, base in enumerate(row) if base[0] == number) for row in rows]
            # Slices of one tensor are cheap, the whole tensor times a sum of one-hots is not.
            if any(_is_sliced(term, k) for term, k in zip(terms, chosen, strict=True)):
                continue
            if any(_on_diagonal(term, k) for term, k in zip(terms, chosen, strict=True)):
                continue
            split = _with_least_power(terms, chosen, [row[k] for row, k in zip(rows, chosen, strict=True)])
            result = None if split is None else _take_out(split[0], chosen, split[1])
            if result is not None:
                return result
        return None

    return factor_common


def _have_nothing_in_common(table: CanonicalTable, terms: list[Product]) -> bool:
    """Return whether the sketches of the bases of the factors show that no factor is in all terms."""
    common: set[int | None] | None = None
    for term in terms:
        found = {table.sketches.sketch(_base(factor)[0]) for factor in term.factors}
        if None in found:
            return False
        common = found if common is None else common & found
    return not common


Base = tuple[int, Number, Number]
"""The number of the form of a base, its coefficient, and the exponent."""


def _base(factor: Expr) -> tuple[Expr, Number]:
    """Return a factor as a power to 1, 2, …; any other power is a base of its own."""
    base, exponent = as_power(factor)
    return (base, exponent) if is_whole(exponent) and exponent > 1 else (factor, 1)


def _base_form(table: CanonicalTable, factor: Expr) -> Base:
    base, exponent = _base(factor)
    coefficient, number = table.form(base)
    return number, coefficient, exponent


def _with_least_power(
    terms: list[Product], chosen: list[int], bases: list[Base]
) -> tuple[list[Product], list[Number]] | None:
    """Return the terms with x^m x^(p-m) instead of a chosen x^p, and the ratios of the factors x^m.

    Where exponents differ, some term must be x^m alone: s - s² is s (1 - s), and x² + 3 x y² stays.
    """
    least = min(exponent for _, _, exponent in bases)
    apart = any(exponent != least for _, _, exponent in bases)
    if apart and all(
        len(term.factors) > 1 or p != least for term, (_, _, p) in zip(terms, bases, strict=True)
    ):
        return None
    ratios = [ratio(coefficient, bases[0][1]) for _, coefficient, _ in bases]
    if any(exponent != 1 for _, _, exponent in bases) and any(value != 1 for value in ratios):
        return None
    split = []
    for term, k, (_, _, exponent) in zip(terms, chosen, bases, strict=True):
        found = operands(term)
        if exponent != least:
            base, labels = as_power(found[k][0])[0], found[k][1]
            found[k] = (_power(base, least), labels)
            found.insert(k + 1, (_power(base, as_number(exponent - least)), labels))
        split.append(product(term.coefficient, found, term.output))
    return split, ratios


def _power(base: Expr, exponent: Number) -> Expr:
    return base if exponent == 1 else Elementwise(POWER, (exponent,), base)


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
    inside = _in_order(lead, index, apart, carried)
    remainders = [
        _remainder(term, k, factor_ratio, carried, [_label(term, k, at) for at in inside])
        for term, k, factor_ratio in zip(terms, chosen, ratios, strict=True)
    ]
    lead_labels = [_label(lead, index, at) for at in inside]
    ends = {lead_labels.index(lead.labels[index][axis]) for axis in carried}
    ends = {place for place in ends if lead_labels[place] not in lead.output}
    if ends and not all(_needed_whole(remainder, ends, lead.ndim) for remainder in remainders):
        return None
    if carried and not ends and all(map(is_structured, remainders)):
        return None
    if axes and not carried and len(inside) > MOST_AXES:
        return None
    scale_out = common_coefficient(remainders)
    if scale_out != 1:
        remainders = [divided(remainder, scale_out) for remainder in remainders]
    taken = (lead.factors[index], lead.labels[index])
    return product(scale_out, [taken, (Sum(remainders), tuple(lead_labels))], lead.output)


Meeting = tuple[bool, int]
"""An axis where the factor and the remainders meet: an output position, or an axis of the factor."""


def _label(term: Product, index: int, meeting: Meeting) -> int:
    """Return the label of a meeting in a term whose factor at ``index`` is taken out."""
    of_output, place = meeting
    return term.output[place] if of_output else term.labels[index][place]


def _remainder(
    term: Product, index: int, factor_ratio: Number, carried: list[int], labels: list[int]
) -> Product:
    """Return a term without the factor at ``index``, with the given labels as its axes."""
    kept: list[Operand] = without(operands(term), index)
    for axis in carried:
        if not _carries(term, index, axis):
            kept.append((Ones((term.factors[index].sizes[axis],)), (term.labels[index][axis],)))
    return product(term.coefficient * factor_ratio, kept, labels)


def _in_order(lead: Product, index: int, apart: list[int], carried: list[int]) -> list[Meeting]:
    """Return the meetings as axes of the remainders that need few transpositions.

    Free axes are in the order of the result. The axes that the factor sums come first in Xᵀ (A + B), where
    the free axes of the factor come first in the result, and last in (A + B) X.
    """
    free = {label: place for place, label in enumerate(lead.output)}
    own = [free[label] for label in lead.labels[index] if label in free]
    meetings = [*[(True, place) for place in apart], *[(False, axis) for axis in carried]]
    ends = -1 if own and apart and max(own) < min(apart) else len(free)
    return sorted(meetings, key=lambda at: free.get(_label(lead, index, at), ends))


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


def common_coefficient(terms: list[Product]) -> Number:
    """Return the coefficient of the first term if all coefficients are equal up to sign, else 1."""
    first = terms[0].coefficient
    first = -first if first < 0 else first
    return first if all(term.coefficient in (first, -first) for term in terms) else 1


def divided(term: Product, number: Number) -> Product:
    """Return a product with its coefficient divided by a number."""
    return Product(ratio(term.coefficient, number), term.factors, term.labels, term.output)
