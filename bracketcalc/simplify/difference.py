"""What is left of two expressions after the terms that both have are cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.expr.core import Delta, Expr, Ones, Product, Size, Sum, Tensor, scale
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.expansion import ROUNDING, expand
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import as_product, open_nested
from bracketcalc.simplify.sums import collected


def remaining_terms(left: Expr, right: Expr, table: CanonicalTable) -> list[Expr]:
    """Return the terms of left - right, multiplied out, without those that cancel.

    Numbers that floats rounded cancel if they are 0 up to rounding.

    Args:
        left: an expression without definitions.
        right: another one of the same sizes.
        table: the forms that tell which terms are alike.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[n,n] B[n,n]")
        >>> remaining_terms((A + B) @ A + 1e-20 * B, A @ A + B @ A, CanonicalTable()) == [1e-20 * B]
        True
    """
    one, two = expand([left, right], table)
    negated = [scale(-1, term) for term in _terms(two)]
    return collected([*_terms(one), *negated], table, ROUNDING)


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Sum) else (expr,)


def _flat(term: Expr) -> Product:
    return open_nested(as_product(term), lambda _: True)


def are_independent(terms: Sequence[Expr], table: CanonicalTable) -> bool:
    """Return whether a sum of terms is not zero because none of them is made of the others.

    Terms are so where they are products of powers of free tensors and all sizes are large enough, as
    symbolic ones may be: let each label of the term with the most labels have an index of its own. The
    elements at these indices show which product it is, and no other term has their product. A single term
    is not zero at positive elements, whatever the sizes are.

    Args:
        terms: terms with different forms, and numbers other than 0.
        table: the forms of the terms.
    """
    named: dict[str, Tensor] = {}
    products = [_flat(term) for term in terms]
    least = max(len({label for names in flat.labels for label in names}) for flat in products)
    least = least if len(products) > 1 else 1
    for flat in products:
        if flat.coefficient == 0 or (len(terms) > 1 and not table.is_canonical(flat)):
            return False
        for factor in flat.factors:
            base, exponent = as_power(factor)
            if not is_whole(exponent) or exponent < 1:
                return False
            if not all(isinstance(size, Size) or size >= least for size in base.sizes):
                return False
            if isinstance(base, Tensor):
                if base.facts or named.setdefault(base.name, base) != base:
                    return False
            elif not isinstance(base, Size) and not isinstance(factor, Ones | Delta):
                return False
    return True


def is_polynomial(node: Expr) -> bool:
    """Return whether a node is defined everywhere and keeps exact numbers exact: no function, no 1 / x."""
    base, exponent = as_power(node)
    if base is not node:
        return is_whole(exponent) and exponent >= 0
    return isinstance(node, Tensor | Product | Sum | Ones | Size | Delta)


def size_degree(terms: Sequence[Expr]) -> int:
    """Return a degree that no term exceeds as a polynomial in the sizes that stand as factors."""

    def degree(factor: Expr) -> int:
        base, exponent = as_power(factor)
        if isinstance(base, Size):
            return int(exponent) if is_whole(exponent) and exponent > 0 else 0
        return 0

    return max(sum(map(degree, _flat(term).factors)) for term in terms)
