"""Rules that multiply out a product or open a sum where that makes it shorter: most of it cancels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import is_

from bracketcalc.expr.core import Expr, Ones, Product, Sum, product
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.powers import as_power, merge_powers
from bracketcalc.simplify.products import (
    as_product,
    contract_delta,
    drop_ones,
    open_nested,
    operands,
    without,
    zero,
)
from bracketcalc.simplify.rule import Rule, rule
from bracketcalc.simplify.sums import collected, open_sum
from bracketcalc.traverse import postorder

MAX_TERMS = 12
"""Products that would have more terms are not multiplied out."""


def written_length(expr: Expr, known: dict[Expr, int] | None = None) -> int:
    """Return how many numbers, tensors and functions are written for the products and sums at the top.

    What occurs twice is written twice, but counted once: its length is remembered.

    Args:
        expr: an expression.
        known: lengths that were found before, to which those of the parts of ``expr`` are added.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, y = tensors("x[n] y[n]")
        >>> written_length(2 * x * (x + y)), written_length(x * x + x * y)
        (4, 4)
    """
    lengths = {} if known is None else known
    for node in postorder([expr], stop=lambda node: node in lengths or not _is_opened(node)):
        if node in lengths:
            continue
        written: Sequence[Expr] = node.children if _is_opened(node) else ()
        own = int(not isinstance(node, Sum))
        if isinstance(node, Product):
            written = [factor for factor in node.factors if not isinstance(factor, Ones)]
            own = int(node.coefficient not in {1, -1} or not written)
        lengths[node] = own + sum(lengths[child] for child in written)
    return lengths[expr]


def _is_opened(node: Expr) -> bool:
    return isinstance(node, Product | Sum) or as_power(node)[0] is not node


def cancelling_rules(table: CanonicalTable) -> tuple[Rule, ...]:
    """Return the rules that compare canonical forms."""
    return (rule(cancel_opened(table), Sum), rule(cancel_multiplied(table), Product, Sum))


def cancel_opened(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that opens a sum in a sum, also a shared one, where terms of both are alike."""

    def cancel_opened(expr: Expr) -> Expr | None:
        """(a + b) - a = b, where no more terms are left than the outer sum has

        Decreases: the number of terms, those of inner sums included.
        """
        if not isinstance(expr, Sum):
            return None
        inner = [part for term in expr.terms for part in as_product(term).factors if isinstance(part, Sum)]
        if not inner or max(len(part.terms) for part in inner) > MAX_TERMS or len(expr.terms) > MAX_TERMS:
            return None
        chosen = set(expr.terms).union(inner)
        opened = open_sum(expr, chosen.__contains__)
        terms = collected(opened.terms, table)
        if len(terms) > len(expr.terms) or len(terms) == len(opened.terms):
            return None
        return Sum(terms) if terms else zero(expr.sizes)

    return cancel_opened


def cancel_multiplied(table: CanonicalTable) -> Callable[[Expr], Expr | None]:
    """Return the rule that multiplies out a product in which a factor meets its reciprocal in a sum."""
    lengths: dict[Expr, int] = {}

    def cancel_multiplied(expr: Expr) -> Expr | None:
        """x (a / x + b) = a + x b, where the result is shorter

        Decreases: the numbers, tensors and functions that are written.
        """
        if not isinstance(expr, Product):
            return None
        for place in range(len(expr.factors)):
            beside = _beside_reciprocal(expr, place)
            terms = None if beside is None else _multiplied_out(beside)
            if beside is None or terms is None:
                continue
            terms = collected(terms, table)
            result = Sum(terms) if terms else zero(beside.sizes)
            if written_length(result, lengths) < written_length(beside, lengths):
                labels = expr.labels[place]
                rest = [item for item in operands(expr) if not set(labels).issuperset(item[1])]
                return product(expr.coefficient, [*rest, (result, labels)], expr.output)
        return None

    return cancel_multiplied


def _beside_reciprocal(expr: Product, place: int) -> Product | None:
    """Return a sum times the factors on its axes, where a term of it has one of these below its bar."""
    factor, labels = expr.factors[place], expr.labels[place]
    if not isinstance(factor, Sum) or len(set(labels)) < len(labels):
        return None
    inside = [item for item in operands(expr) if set(labels).issuperset(item[1])]
    bases = {as_power(other)[0] for other, _ in inside if other != factor}
    for term in factor.terms:
        for power in as_product(term).factors:
            base, exponent = as_power(power)
            if exponent < 0 and base in bases:
                return product(1, inside, labels)
    return None


def _multiplied_out(expr: Product) -> list[Expr] | None:
    """Return the terms of a product multiplied out, powers merged first; None where they are too many."""
    found: list[Expr] = []
    stack = [expr]
    while stack:
        node = stack.pop()
        for step in (merge_powers, contract_delta, drop_ones):
            changed = step(node)
            node = changed if isinstance(changed, Product) else node
        places = [place for place, factor in enumerate(node.factors) if isinstance(factor, Sum)]
        if not places:
            found.append(node)
            continue
        if len(found) + len(stack) >= MAX_TERMS:
            return None
        # A sum without reciprocals of the others may itself meet its reciprocal in one of them.
        place = next((k for k in places if _reciprocals(node.factors[k])), places[0])
        factor, labels = operands(node)[place]
        rest = without(operands(node), place)
        for term in reversed(factor.children):
            inner = as_product(term)
            opened = product(node.coefficient, [*rest[:place], (inner, labels), *rest[place:]], node.output)
            stack.append(open_nested(opened, partial(is_, inner)))
    return found


def _reciprocals(expr: Expr) -> bool:
    terms = expr.children
    return any(as_power(factor)[1] < 0 for term in terms for factor in as_product(term).factors)
