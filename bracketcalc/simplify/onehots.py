"""Rules for products with one-hot vectors e: contracted with an axis, e is an index (paper §4.3.3).

In the form that the rules lead to, every e belongs to one axis: it is contracted with one axis of one
other factor, or it is alone on a free label.
"""

from __future__ import annotations

from collections import Counter

from bracketcalc.expr.core import Delta, Expr, OneHot, Product, product
from bracketcalc.simplify.products import Operand, operands, zero
from bracketcalc.simplify.rule import rule


def has_onehot(expr: Expr) -> bool:
    """Return whether an expression is a product with a one-hot among its factors."""
    return isinstance(expr, Product) and any(isinstance(factor, OneHot) for factor in expr.factors)


def pin_delta(expr: Expr) -> Expr | None:
    """e_i δ_ij.. = e_i e_j .., all with 1 at the same index

    Decreases: the number of deltas.
    """
    if not isinstance(expr, Product) or not has_onehot(expr):
        return None
    pins = {names[0]: factor for factor, names in operands(expr) if isinstance(factor, OneHot)}
    found: list[Operand] = []
    changed = False
    for factor, names in operands(expr):
        pinned = next((name for name in names if name in pins), None)
        if not isinstance(factor, Delta) or pinned is None:
            found.append((factor, names))
            continue
        changed = True
        for name in dict.fromkeys(names):
            if name != pinned:
                found.append((pins[pinned], (name,)))
    return product(expr.coefficient, found, expr.output) if changed else None


def meet_onehots(expr: Expr) -> Expr | None:
    """e ⊙ e = e, and e ⊙ e' = 0 for e' with 1 at another index

    Decreases: the number of one-hots.
    """
    if not isinstance(expr, Product) or not has_onehot(expr):
        return None
    first: dict[int, Expr] = {}
    found: list[Operand] = []
    for factor, names in operands(expr):
        if isinstance(factor, OneHot):
            if names[0] in first and first[names[0]] != factor:
                return zero(expr.sizes)
            if names[0] in first:
                continue
            first[names[0]] = factor
        found.append((factor, names))
    return None if len(found) == len(expr.factors) else product(expr.coefficient, found, expr.output)


def separate_onehots(expr: Expr) -> Expr | None:
    """A_..j e_j = (Σ_k A_..k e_k) e_j, Σ_j A_j B_j e_j = (Σ_j A_j e_j) (Σ_k B_k e_k), and Σ_j e_j = 1

    Decreases: the axes of other factors that share a label with a one-hot and with anything else, then
    the one-hots that nothing is contracted with.
    """
    if not isinstance(expr, Product) or not has_onehot(expr):
        return None
    pins = {names[0]: factor for factor, names in operands(expr) if isinstance(factor, OneHot)}
    uses = Counter(name for factor, names in operands(expr) for name in names)
    free = set(expr.output)
    if max(Counter(n[0] for f, n in operands(expr) if isinstance(f, OneHot)).values()) > 1:
        return None
    fresh = 1 + max(uses)
    found: list[Operand] = []
    for factor, names in operands(expr):
        if isinstance(factor, OneHot):
            if names[0] in free or uses[names[0]] > 1:
                found.append((factor, names))
            continue
        renamed: list[int] = []
        added: list[Operand] = []
        for name in names:
            if name not in pins or (name not in free and uses[name] == 2):
                renamed.append(name)
                continue
            # The last axis that shares a summed label with the one-hot keeps it.
            uses[name] -= 1
            renamed.append(fresh)
            added.append((pins[name], (fresh,)))
            fresh += 1
        found += [(factor, tuple(renamed)), *added]
    result = product(expr.coefficient, found, expr.output)
    return None if result == expr else result


ONEHOT_RULES = (
    rule(pin_delta, Product, OneHot),
    rule(meet_onehots, Product, OneHot),
    rule(separate_onehots, Product, OneHot),
)
"""The rules for products with one-hots, in the order in which they are tried."""
