"""Products multiplied out over sums, so that equal polynomials in tensors have one canonical form.

This is for comparing only: what is displayed stays factored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import Operand, open_nested, operands, zero
from bracketcalc.simplify.sums import collected
from bracketcalc.traverse import consumers, postorder, with_children

MAX_TERMS = 64
"""A product that would have more terms stays as it is."""

MAX_WORK = 2000
"""After this many terms, all further products stay as they are, and sums that several sums have."""

MAX_SCALED = 20_000
"""After this many terms of sums were scaled, all further scaled sums stay as they are."""

ROUNDING = 1e-12
"""What floats leave of numbers that cancel, relative to these numbers."""

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
    order = postorder(exprs)
    uses = consumers(order)
    for expr in exprs:
        uses[expr] = uses.get(expr, 0) + 1
    expansion = _Expansion(table)
    parts = {
        term for node in order if isinstance(node, Sum) for term in node.terms if isinstance(term, Sum)
    }
    waiting = {node for node in parts if uses[node] == 1}
    memo: dict[Expr, Expr] = {}
    for node in order:
        if node in waiting:
            continue
        if isinstance(node, Sum):
            memo[node] = expansion.added(_leaves(node, waiting), memo, uses)
        else:
            memo[node] = expansion.multiplied(
                with_children(node, tuple([memo[child] for child in node.children]))
            )
    return [memo[expr] for expr in exprs]


def _leaves(node: Sum, waiting: Set[Expr]) -> list[Expr]:
    """Return the terms of a sum, and instead of the sums among them that only it uses, their terms."""
    found: list[Expr] = []
    stack = list(reversed(node.terms))
    while stack:
        term = stack.pop()
        if term in waiting:
            stack.extend(reversed(term.children))
        else:
            found.append(term)
    return found


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
    scaled: int = MAX_SCALED

    def added(self, terms: Sequence[Expr], memo: Mapping[Expr, Expr], uses: Mapping[Expr, int]) -> Expr:
        """Return the sum of some terms multiplied out; a long sum that others use too stays one term."""
        found: list[Expr] = []
        for term in terms:
            parts = _terms(memo[term])
            if len(parts) > 1 and uses[term] > 1:
                if len(parts) > min(MAX_TERMS, self.left):
                    parts = (memo[term],)
                self.left -= len(parts)
            found.extend(parts)
        return self._collected(found, terms[0])

    def multiplied(self, node: Expr) -> Expr:
        """Return a node multiplied out, whose children are so already."""
        return self._multiplied(node) if isinstance(node, Product) or _copies(node) > 1 else node

    def _multiplied(self, node: Expr) -> Expr:
        """Return a product multiplied out sum by sum; the node itself where a sum would be too long."""
        axes = tuple(range(node.ndim))
        flat = product(1, [(node, axes)], axes)
        if isinstance(node, Product):
            flat = open_nested(node, lambda _: True)
        single, sums = _split(flat)
        if not sums:
            return flat
        if not single and len(sums) == 1:
            return self._scaled(flat, node)
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

    def _scaled(self, flat: Product, node: Expr) -> Expr:
        """Return c Σ (A + B) with the number and the sums over labels in the terms: no term is added."""
        ((inner, labels),) = operands(flat)
        self.scaled -= len(_terms(inner))
        if self.scaled < 0:
            return node
        moved = [product(flat.coefficient, [(term, labels)], flat.output) for term in _terms(inner)]
        return self._collected(moved, flat)

    def _collected(self, terms: Sequence[Expr], like: Expr) -> Expr:
        """Return the sum of some terms with like ones added, and the zero of the right sizes for none."""
        flat = [open_nested(term, lambda _: True) if isinstance(term, Product) else term for term in terms]
        kept = collected(flat, self.table, ROUNDING)
        if not kept:
            return zero(like.sizes)
        return kept[0] if len(kept) == 1 else Sum(kept)
