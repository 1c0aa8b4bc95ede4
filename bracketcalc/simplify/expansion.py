"""Products multiplied out over sums, so that equal polynomials in tensors have one canonical form.

This is for comparing only: what is displayed stays factored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import Operand, open_nested, operands, zero
from bracketcalc.simplify.sums import collected
from bracketcalc.traverse import bottom_up

MAX_TERMS = 64
"""A product that would have more terms stays as it is."""

MAX_WORK = 2000
"""After this many terms, all further products stay as they are."""

MAX_POWER = 12
"""A power of a sum with a larger exponent stays as it is."""


def expand(exprs: Sequence[Expr], table: CanonicalTable) -> list[Expr]:
    """Return equal expressions in which small products of sums are sums of products, like terms collected.

    Args:
        exprs: the expressions, without definitions: those are not seen through.
        table: the forms that tell which terms are alike.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[n,n] B[n,n]")
        >>> (found,) = expand([(A + B) @ (A - B)], CanonicalTable())
        >>> len(found.children)
        4
    """
    return bottom_up(exprs, _Expansion(table).expanded)


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Sum) else (expr,)


def _copies(expr: Expr) -> int:
    """Return p where an expression is (a + b + …)^p for a small positive integer p, else 1."""
    base, exponent = as_power(expr)
    whole = isinstance(base, Sum) and is_whole(exponent) and 1 < exponent <= MAX_POWER
    return int(exponent) if whole else 1


def _split(flat: Product) -> tuple[list[Operand], list[Operand]]:
    """Return the factors that are no sums, and the sums, each as often as its power says."""
    single: list[Operand] = []
    sums: list[Operand] = []
    for factor, labels in operands(flat):
        copies = _copies(factor)
        base = as_power(factor)[0] if copies > 1 else factor
        (sums if isinstance(base, Sum) else single).extend([(base, labels)] * copies)
    return single, sums


@dataclass(slots=True)
class _Expansion:
    """The forms that tell like terms, and how many terms may still be made."""

    table: CanonicalTable
    left: int = MAX_WORK

    def expanded(self, node: Expr) -> Expr:
        """Return a node multiplied out, whose children are so already."""
        if isinstance(node, Sum):
            return self._collected([part for term in node.terms for part in _terms(term)], node)
        if isinstance(node, Product) or _copies(node) > 1:
            return self._multiplied(node)
        return node

    def _multiplied(self, node: Expr) -> Expr:
        """Return a product multiplied out sum by sum; the node itself where a sum would be too long."""
        axes = tuple(range(node.ndim))
        flat = product(1, [(node, axes)], axes)
        if isinstance(node, Product):
            flat = open_nested(node, lambda _: True)
        single, sums = _split(flat)
        if not sums:
            return flat
        held = tuple(dict.fromkeys(label for _, labels in single for label in labels))
        found: list[Expr] = [product(1, single, held)]
        for place, (factor, labels) in enumerate(sums):
            count = len(found) * len(_terms(factor))
            if count > min(MAX_TERMS, self.left):
                return node
            self.left -= count
            needed = set(flat.output).union(*[names for _, names in sums[place + 1 :]])
            kept = tuple([label for label in dict.fromkeys((*held, *labels)) if label in needed])
            pairs = [((one, held), (two, labels)) for one in found for two in _terms(factor)]
            found = [product(1, pair, kept) for pair in pairs]
            held = kept
            found = list(_terms(self._collected(found, found[0])))
        moved = [product(flat.coefficient, [(term, held)], flat.output) for term in found]
        return self._collected(moved, node)

    def _collected(self, terms: Sequence[Expr], like: Expr) -> Expr:
        """Return the sum of some terms with like ones added, and the zero of the right sizes for none."""
        flat = [open_nested(term, lambda _: True) if isinstance(term, Product) else term for term in terms]
        kept = collected(flat, self.table)
        if not kept:
            return zero(like.sizes)
        return kept[0] if len(kept) == 1 else Sum(kept)
