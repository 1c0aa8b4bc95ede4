"""Rewrites that keep a program finite where the formula as written would overflow or cancel.

Each is an identity for real numbers, and used where the arguments are real; they are applied to whole
programs only, because a derivation should show the formula that was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.rewrites.quotients import beside_one, negated, stable_product, stable_reciprocal
from bracketcalc.expr.core import POWER, Elementwise, Expr, Product, scale
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.error_function import ERFC, GELU, normal_distribution
from bracketcalc.functions.exponential import EXP, LOG, LOG1P, SIGMOID, SOFTPLUS
from bracketcalc.functions.softmax import LOG_SOFTMAX, SOFTMAX
from bracketcalc.traverse import bottom_up, postorder, substitute

UNSTABLE = (POWER, EXP, LOG, LOG1P, GELU)
"""The functions of which each formula has one that may overflow or cancel."""


def stabilized(roots: Sequence[Expr]) -> list[Expr]:
    """Return the roots with logarithms of softmax and sigmoid, and their gradients, in stable form.

    Example:
        >>> from bracketcalc.expr.core import Tensor
        >>> x = Tensor("x", (3,))
        >>> stabilized([Elementwise(LOG, (), Map(SOFTMAX, x, 0))]) == [Map(LOG_SOFTMAX, x, 0)]
        True
    """
    order = postorder(roots)
    if any(_stable(node) is not node for node in order):
        roots = bottom_up(roots, _stable)
        order = postorder(roots)
    return _sharing_normal(roots, order)


def _sharing_normal(roots: Sequence[Expr], order: Sequence[Expr]) -> list[Expr]:
    """gelu(x) = x ⊙ Φ(x), where Φ(x) is needed anyway: in the derivative"""
    functions = [node for node in order if isinstance(node, Elementwise)]
    known = {node for node in functions if node.function == ERFC}
    shared: dict[Expr, Expr] = {}
    for node in functions if known else ():
        if node.function == GELU:
            normal = normal_distribution(node.argument)
            if not known.isdisjoint(postorder([normal])):
                shared[node] = node.argument * normal
    return substitute(roots, shared) if shared else list(roots)


def _stable(node: Expr) -> Expr:
    if isinstance(node, Product):
        return stable_product(node)
    if not isinstance(node, Elementwise) or not node.argument.is_real:
        return node
    return _stable_function(node) or node


def _stable_function(node: Elementwise) -> Expr | None:
    if node.function == LOG:
        return _log_inside(node.argument)
    return _log1p_exp(node.argument) if node.function == LOG1P else stable_reciprocal(node)


def _log1p_exp(argument: Expr) -> Expr | None:
    """log1p(exp(x)) = softplus(x)"""
    if isinstance(argument, Elementwise) and argument.function == EXP:
        return Elementwise(SOFTPLUS, (), argument.argument)
    return None


def _log_inside(argument: Expr) -> Expr | None:
    """log of permuted axes = the axes of the log permuted, where the log has a stable form"""
    wrappers: list[Product] = []
    while isinstance(argument, Product) and _is_permutation(argument):
        wrappers.append(argument)
        (argument,) = argument.factors
    result = _log_of(argument)
    if result is None:
        return None
    for wrapper in reversed(wrappers):
        result = Product(1, (result,), wrapper.labels, wrapper.output)
    return result


def _is_permutation(expr: Product) -> bool:
    """Return whether a product only puts the axes of one expression in another order."""
    return (
        expr.coefficient == 1
        and len(expr.factors) == 1
        and len(expr.output) == len(expr.labels[0])
        and len(set(expr.labels[0])) == len(expr.labels[0])
    )


def _log_of(argument: Expr) -> Expr | None:
    """log softmax(x) = log_softmax(x), log sigmoid(x) = -softplus(-x), log exp(x) = x"""
    if isinstance(argument, Map) and argument.function == SOFTMAX:
        return Map(LOG_SOFTMAX, argument.argument, argument.batch)
    if isinstance(argument, Elementwise) and argument.function == SIGMOID:
        return scale(-1, Elementwise(SOFTPLUS, (), negated(argument.argument)))
    if isinstance(argument, Elementwise) and argument.function == EXP:
        return argument.argument
    return _log_of_sum(argument)


def _log_of_sum(argument: Expr) -> Expr | None:
    """log(1 - sigmoid(x)) = -softplus(x), log(1 + exp(x)) = softplus(x)"""
    term = beside_one(argument)
    if isinstance(term, Elementwise) and term.function == EXP:
        return Elementwise(SOFTPLUS, (), term.argument)
    rest = None if term is None else negated(term)
    if isinstance(rest, Elementwise) and rest.function == SIGMOID:
        return scale(-1, Elementwise(SOFTPLUS, (), rest.argument))
    return None
