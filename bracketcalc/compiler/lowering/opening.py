"""Opening sums inside products where it saves much work: (I + A Aᵀ) w = w + A (Aᵀ w).

Which is cheaper depends on the sizes, so it is decided when a program is made for them. Where X and y are
known beforehand, Xᵀ (X w - y) = (Xᵀ X) w - Xᵀ y leaves one small product to each call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from bracketcalc.compiler.lowering.work import STRUCTURE, Work, arrays_of, known_among
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.simplify.products import contract_delta, drop_ones, open_nested, operands
from bracketcalc.traverse import consumers, postorder, with_children

LEAST_GAIN = 4
"""How many times less work it must be: less is not worth other roundings, and a sum of products with equal
rows, as for centred data, is more exact closed."""

MOST_TERMS = 6
"""The most terms of a sum that is opened."""

MOST_SUMS = 3
"""How many sums in one product are opened at most."""


def with_opened_sums(
    roots: Sequence[Expr], sizes: Mapping[str, int], paths: PathTable, constants: Collection[str] = ()
) -> list[Expr]:
    """Return the roots with sums in products opened where that takes much less work.

    Only sums that nothing else needs are opened, and only if nothing else needs their products.

    Args:
        roots: the expressions.
        sizes: the value of each symbolic size.
        paths: the paths found so far.
        constants: the names of the tensors that are known before any call.
    """
    order = postorder(roots)
    if not paths.regroups or not any(isinstance(node, Sum) for node in order):
        return list(roots)
    uses = consumers(order)
    for root in roots:
        uses[root] = uses.get(root, 0) + 1
    known = known_among(order, constants) if constants else set()
    private = {
        factor
        for node in order
        if isinstance(node, Product)
        for factor in node.factors
        if isinstance(factor, Sum) and _is_private(factor, uses, known)
    }
    if not private:
        return list(roots)
    work = Work(sizes, paths, known)
    memo: dict[Expr, Expr] = {}
    for node in order:
        rebuilt = with_children(node, tuple([memo[child] for child in node.children]))
        inside = [memo[factor] for factor in node.children if factor in private]
        if inside and isinstance(rebuilt, Product):
            rebuilt, _ = _opened(rebuilt, inside[:MOST_SUMS], work)
        memo[node] = rebuilt
        if node in known:
            known.add(rebuilt)
    return [memo[root] for root in roots]


def _is_private(factor: Sum, uses: Mapping[Expr, int], known: Set[Expr]) -> bool:
    """Return whether a sum is used once, as are its products, one of them a real one."""
    if factor in known or uses[factor] > 1 or len(factor.terms) > MOST_TERMS:
        return False
    # The residual p qᵀ - D may be small beside its terms: opened it loses digits, to save a few passes.
    if any(_is_whole_array(term) and term not in known for term in factor.terms):
        return False
    products = [term for term in factor.terms if isinstance(term, Product) and len(arrays_of(term)) > 1]
    return bool(products) and all(uses[term] == 1 for term in products)


def _is_whole_array(term: Expr) -> bool:
    """Return whether a term is an array with all of its axes, perhaps times a number."""
    if isinstance(term, Product):
        arrays = arrays_of(term)
        return len(arrays) == 1 and set(arrays[0]) == set(term.output)
    return not isinstance(term, STRUCTURE)


def _opened(node: Product, private: Sequence[Expr], work: Work) -> tuple[Expr, int]:
    """Return a product with private sums opened where that is much less work, and the work."""
    sums = [factor for factor in private if isinstance(factor, Sum) and factor in node.factors]
    closed = work.of(node) + sum(work.of_sum(factor) for factor in sums)
    for factor in sums:
        place = node.factors.index(factor)
        rest = [pair for k, pair in enumerate(operands(node)) if k != place]
        left = [other for other in private if other != factor]
        terms: list[Expr] = []
        total = work.of_adding(node, len(factor.terms))
        for term in factor.terms:
            if LEAST_GAIN * total >= closed:
                break
            best, needed = _opened(_with_term(node, rest, term, node.labels[place]), left, work)
            terms.append(best)
            total += needed
        if LEAST_GAIN * total < closed:
            return Sum(terms), total
    return node, closed


def _with_term(
    node: Product, rest: Sequence[tuple[Expr, tuple[int, ...]]], term: Expr, labels: tuple[int, ...]
) -> Product:
    """Return a product with one term in the place of a sum."""
    opened = open_nested(
        product(node.coefficient, [*rest, (term, labels)], node.output), lambda inner: inner is term
    )
    for step in (contract_delta, drop_ones):
        changed = step(opened)
        opened = changed if isinstance(changed, Product) else opened
    return opened
