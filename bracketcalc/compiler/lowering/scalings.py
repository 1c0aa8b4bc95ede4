"""Opening products with smaller factors inside other products: Σ_i x_ij (g_j y_ij) = g_j Σ_i x_ij y_ij.

A value that is scaled by a row, say, is often needed in several products. Each of them can be scaled
itself: behind its sum, where it has fewer elements, or by scaling another small factor. Then the scaled
value is not computed at all. Which is cheaper depends on the sizes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bracketcalc.compiler.lowering.work import Work, arrays_of, known_among
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.expr.core import Expr, Product
from bracketcalc.simplify.products import open_nested
from bracketcalc.traverse import postorder, with_children

CALL = 4000
"""How many multiplications of a matrix product take as long as one call beside its work."""

MOST_FACTORS = 8
"""The most factors of a product with a scaled value opened in it."""


def with_opened_scalings(
    roots: Sequence[Expr],
    sizes: Mapping[str, int],
    paths: PathTable,
    constants: Collection[str] = (),
) -> list[Expr]:
    """Return the roots with scaled values opened in all products that need them, where that is less work.

    Args:
        roots: the expressions.
        sizes: the value of each symbolic size.
        paths: the paths found so far.
        constants: the names of the tensors that are known before any call.
    """
    order = postorder(roots)
    users = _users(order, roots)
    if not paths.regroups or not users:
        return list(roots)
    known = known_among(order, constants) if constants else set()
    work = Work(sizes, paths, known)
    opened = {node for node in users if node not in known and _is_worthwhile(node, users[node], work)}
    if not opened:
        return list(roots)
    memo: dict[Expr, Expr] = {}
    for node in order:
        changed = with_children(node, tuple([memo[child] for child in node.children]))
        if isinstance(node, Product) and isinstance(changed, Product):
            inside = {memo[factor] for factor in node.factors if factor in opened}
            changed = open_nested(changed, inside.__contains__) if inside else changed
        memo[node] = changed
    return [memo[root] for root in roots]


def _users(order: Sequence[Expr], roots: Sequence[Expr]) -> dict[Product, list[Product]]:
    """Return the scaled values that several products need, and nothing else, with those products."""
    users: dict[Product, list[Product]] = {
        node: [] for node in order if isinstance(node, Product) and _is_scaling(node)
    }
    for root in roots:
        if isinstance(root, Product):
            users.pop(root, None)
    for node in order if users else ():
        for child in node.children:
            if isinstance(child, Product) and child in users:
                if isinstance(node, Product) and len(node.factors) < MOST_FACTORS:
                    users[child].append(node)
                else:
                    del users[child]
    return {node: found for node, found in users.items() if len(found) > 1}


def _is_scaling(node: Product) -> bool:
    """Return whether a product is one array times others with fewer axes each, without a sum."""
    arrays = arrays_of(node)
    whole = [labels for labels in arrays if set(labels) == set(node.output)]
    summed = {label for labels in node.labels for label in labels} - set(node.output)
    repeated = any(len(set(labels)) < len(labels) for labels in (*node.labels, node.output))
    return (
        len(whole) == 1 < len(arrays) and len(arrays) == len(node.factors) and not summed and not repeated
    )


def _is_worthwhile(node: Product, users: Sequence[Product], work: Work) -> bool:
    """Return whether less is to be done where the products that need a value scale for themselves."""
    closed, opened = _work(node, work), 0
    for user in dict.fromkeys(users):
        closed += _work(user, work)
        opened += _work(open_nested(user, lambda inner: inner is node), work)
    return opened < closed


def _work(node: Product, work: Work) -> int:
    return work.of(node) + CALL * max(len(arrays_of(node)) - 1, 1)
