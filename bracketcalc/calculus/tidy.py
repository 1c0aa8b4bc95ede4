"""The small changes that a line of a derivation makes without saying so: numbers, zeros, ones, parentheses.

Terms are neither collected nor reordered: that is a step of its own.
"""

from __future__ import annotations

from bracketcalc.calculus.marks import grouped, is_change, is_group, scaled, split_scalars
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.powers import power_of_power, trivial_power
from bracketcalc.simplify.products import PRODUCT_RULES, open_nested
from bracketcalc.simplify.rule import Rule, rule
from bracketcalc.simplify.sums import SUM_RULES
from bracketcalc.traverse import bottom_up, postorder, with_children

RULES = (*PRODUCT_RULES, *SUM_RULES)
_POWERS = (rule(power_of_power, Elementwise), rule(trivial_power, Elementwise))


def tidied(expr: Expr) -> Expr:
    """Return an equal expression without products inside products, zeros, ones and idle parentheses.

    What is inside d(…) and inside definitions stays as it is.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> tidied(2 * (A @ x) * 3 + 0 * (A @ x)) == 6 * (A @ x)
        True
    """
    order = postorder([expr], stop=_is_closed)
    apart = {expr}
    for node in order:
        if not _is_closed(node):
            apart.update([child for child in node.children if not _is_opened_by(node, child)])
    # What is opened from outside is left alone: opening it at each level would take n² steps.
    whole: dict[Expr, Expr] = {}
    for node in order:
        if not _is_closed(node):
            node_now = with_children(node, tuple([whole[child] for child in node.children]))
            whole[node] = _small_changes(node_now) if node in apart else node_now
        else:
            whole[node] = node
    return _without_idle_group(whole[expr])


def without_powers_of_powers(expr: Expr) -> Expr:
    """Return an equal expression in which powers of powers are one power: ‖x‖² is x · x.

    Example:
        >>> from bracketcalc.expr.algebra import dot, norm
        >>> from bracketcalc.expr.build import tensors
        >>> (x,) = tensors("x[n]")
        >>> without_powers_of_powers(norm(x) ** 2) == dot(x, x)
        True
    """
    return bottom_up(
        [expr], lambda node: _settled(node, _POWERS) if _is_power(node) else node, is_definition
    )[0]


def _is_power(node: Expr) -> bool:
    return power_of_power(node) is not None


def _is_closed(node: Expr) -> bool:
    return is_definition(node) or is_change(node)


def _is_opened_by(node: Expr, child: Expr) -> bool:
    return isinstance(node, Product | Sum) and type(node) is type(child)


def _small_changes(node: Expr) -> Expr:
    if is_group(node):
        return grouped(node.argument)
    if isinstance(node, Product):
        return _settled(open_nested(node, lambda _: True), RULES)
    if isinstance(node, Sum):
        node = _open_sum(node)
    kept = tuple([_without_idle_group(child) for child in node.children])
    return _settled(with_children(node, kept), RULES)


def _open_sum(node: Sum) -> Sum:
    """Return the sum of all terms of sums in it; c (a + b) stays."""
    terms: list[Expr] = []
    stack: list[Expr] = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Sum):
            stack += reversed(one.terms)
        else:
            terms.append(one)
    return Sum(terms)


def _without_idle_group(expr: Expr) -> Expr:
    """Return the argument of parentheses that stand alone, maybe behind a number and scalars."""
    if is_group(expr):
        return expr.argument
    if isinstance(expr, Product):
        outside, inside = split_scalars(expr)
        if len(inside) == 1 and is_group(inside[0][0]) and inside[0][1] == expr.output:
            whole = scaled(expr.coefficient, outside, inside[0][0].argument, expr.output)
            assert isinstance(whole, Product)
            return open_nested(whole, lambda _: True)
    return expr


def _settled(node: Expr, rules: tuple[Rule, ...]) -> Expr:
    """Return the node after the rules were applied until none of them does anything."""
    while True:
        changed = next((found for rule in rules if (found := rule.apply(node)) is not None), None)
        if changed is None:
            return node
        node = changed
