"""Expressions in a form in which they are cheap to evaluate at small sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bracketcalc.expr.core import Expr, OneHot, Product, Size, product
from bracketcalc.simplify.products import operands
from bracketcalc.traverse import bottom_up, postorder

MAX_COMPARED = 64
"""How many factors are looked at to find the one that is multiplied next."""


def cheap_to_evaluate(exprs: Sequence[Expr]) -> list[Expr]:
    """Return expressions that are equal where the given ones are, with products of two factors.

    One-hots of a symbolic size have its first indices: nothing else tells one index from another.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, C = tensors("A[n,m] B[m,k] C[k,n]")
        >>> both = product(1, [(A, "ij"), (B, "jk"), (C, "kl")], "il")
        >>> len(cheap_to_evaluate([both])[0].children[0].children)
        2
    """
    return _with_first_indices(bottom_up(exprs, _in_pairs))


def _in_pairs(node: Expr) -> Expr:
    """Return a product of many factors as nested products of two, which are cheap to evaluate.

    The next factor is the one that leaves the fewest labels.
    """
    if not isinstance(node, Product) or len(node.factors) < 3:
        return node
    uses = Counter([*node.output, *[label for names in node.labels for label in set(names)]])
    left = operands(node)
    (factor, names) = left.pop(0)
    uses.subtract(set(names))
    while left:
        near = range(min(len(left), MAX_COMPARED))
        nexts = [_remaining(names, left[place][1], uses) for place in near]
        chosen = min(near, key=lambda place: len(nexts[place]))
        other, others = left.pop(chosen)
        uses.subtract(set(others))
        factor, names = product(1, [(factor, names), (other, others)], nexts[chosen]), nexts[chosen]
    return product(node.coefficient, [(factor, names)], node.output)


def _remaining(names: tuple[int, ...], others: tuple[int, ...], uses: Mapping[int, int]) -> tuple[int, ...]:
    """Return the labels of two factors that the rest still uses; ``uses`` counts those of the second."""
    return tuple([name for name in dict.fromkeys((*names, *others)) if uses[name] > (name in others)])


def _with_first_indices(exprs: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with the one-hots of each symbolic size at its first indices.

    Nothing else tells one index from another, so equal expressions stay equal, and small sizes do.
    """
    found = {
        node for node in postorder(exprs) if isinstance(node, OneHot) and isinstance(node.sizes[0], Size)
    }
    ranks: dict[OneHot, int] = {}
    for size in {node.sizes for node in found}:
        ordered = sorted((node for node in found if node.sizes == size), key=lambda node: node.index)
        ranks.update({node: rank for rank, node in enumerate(ordered)})

    def moved(node: Expr) -> Expr:
        return OneHot(ranks[node], node.sizes[0]) if isinstance(node, OneHot) and node in ranks else node

    return bottom_up(exprs, moved) if ranks else list(exprs)
