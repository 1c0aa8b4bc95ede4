"""Opening sums inside products where it saves much work: (I + A Aᵀ) w = w + A (Aᵀ w).

Which is cheaper depends on the sizes, so it is decided when a program is made for them. Where X and y are
known beforehand, Xᵀ (X w - y) = (Xᵀ X) w - Xᵀ y leaves one small product to each call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from bracketcalc.compiler.paths.cost import MOVED, path_cost
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.steps import count
from bracketcalc.expr.core import (
    Delta,
    Expr,
    Extent,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    product,
)
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.products import contract_delta, drop_ones, open_nested, operands
from bracketcalc.traverse import consumers, postorder, with_children

LEAST_GAIN = 4
"""How many times less work it must be: less is not worth other roundings, and a sum of products with equal
rows, as for centred data, is more exact closed."""

STRUCTURE = (Ones, Delta, OneHot, Size)
"""Factors that are no arrays."""

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


def known_among(order: Sequence[Expr], constants: Collection[str]) -> set[Expr]:
    """Return the nodes that are computed of constants alone."""
    found: set[Expr] = set()
    for node in order:
        if isinstance(node, Tensor):
            if node.name in constants:
                found.add(node)
        elif isinstance(node, (*STRUCTURE, ImaginaryUnit)) or found.issuperset(node.children):
            found.add(node)
    return found


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
        return (
            any(set(labels) == set(term.output) for labels in arrays_of(term)) and len(arrays_of(term)) == 1
        )
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


def arrays_of(node: Product) -> list[tuple[int, ...]]:
    """Return the labels of the factors that are arrays."""
    return [
        tuple(dict.fromkeys(labels))
        for factor, labels in operands(node)
        if labels and not isinstance(factor, STRUCTURE)
    ]


class Work:
    """The work of products and sums of known sizes, in the unit of ``path_cost``."""

    def __init__(self, sizes: Mapping[str, int], paths: PathTable, known: Set[Expr]) -> None:
        self._sizes = sizes
        self._paths = paths
        self._known = known

    def of(self, node: Product) -> int:
        """Return the work of a product whose factors are there, in each call."""
        if all(factor in self._known for factor in node.factors):
            return 0
        arrays = arrays_of(node)
        sizes = {x: self._size(size) for x, size in label_sizes(node.factors, node.labels).items()}
        if len(arrays) < 2:
            return MOVED * sum(count(tuple([sizes[label] for label in labels])) for labels in arrays)
        present = {label for labels in arrays for label in labels}
        output = [label for label in node.output if label in present]
        factors = [
            factor for factor, labels in operands(node) if labels and not isinstance(factor, STRUCTURE)
        ]
        known = [place for place, factor in enumerate(factors) if factor in self._known]
        path = self._paths.find(arrays, output, sizes, known)
        positive = {x: max(size, 1) for x, size in sizes.items()}
        return path_cost(path, arrays, frozenset(output), positive, known)

    def of_sum(self, node: Sum) -> int:
        """Return the work of a sum and of its products."""
        inside = sum(self.of(term) for term in node.terms if isinstance(term, Product))
        return inside + self.of_adding(node, len(node.terms))

    def of_adding(self, expr: Expr, terms: int) -> int:
        """Return the work of adding terms with the axes of an expression."""
        return MOVED * count(tuple(map(self._size, expr.sizes))) * (terms + 1)

    def _size(self, extent: Extent) -> int:
        return extent if isinstance(extent, int) else self._sizes[extent.name]
