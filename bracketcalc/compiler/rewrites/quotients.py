"""Rewrites of products with reciprocals, which overflow or divide 0 by 0 where their limit is finite.

They are needed in the gradients of the logarithms of sigmoids and of sums with exponentials.
"""

from __future__ import annotations

from bracketcalc.expr.core import POWER, Elementwise, Expr, Ones, Product, Sum, product, scale
from bracketcalc.functions.exponential import EXP, SIGMOID
from bracketcalc.simplify.products import Operand, open_nested, operands


def is_one(expr: Expr) -> bool:
    """Return whether every element of an expression is the number 1 by its form."""
    if isinstance(expr, Ones):
        return True
    if not isinstance(expr, Product) or expr.coefficient != 1:
        return False
    carried = {label for labels in expr.labels for label in labels}
    return carried == set(expr.output) and all(isinstance(factor, Ones) for factor in expr.factors)


def beside_one(expr: Expr) -> Expr | None:
    """Return x where the expression is 1 + x."""
    if not isinstance(expr, Sum) or len(expr.terms) != 2:
        return None
    rest = [term for term in expr.terms if not is_one(term)]
    return rest[0] if len(rest) == 1 else None


def _reciprocal_of(expr: Expr) -> Expr | None:
    """Return x where the expression is 1 / x."""
    if isinstance(expr, Elementwise) and expr.function == POWER and expr.parameters[0] == -1:
        return expr.argument
    return None


def stable_reciprocal(expr: Elementwise) -> Expr | None:
    """1 / (1 + exp(x)) = sigmoid(-x)"""
    base = _reciprocal_of(expr)
    inner = None if base is None else beside_one(base)
    if not isinstance(inner, Elementwise) or inner.function != EXP:
        return None
    return Elementwise(SIGMOID, (), negated(inner.argument))


def negated(expr: Expr) -> Expr:
    """Return -x; x itself where the expression is -x."""
    if isinstance(expr, Product) and expr.coefficient == -1 and len(expr.factors) == 1:
        return expr.factors[0] if expr.labels[0] == expr.output else scale(-1, expr)
    return scale(-1, expr)


def stable_product(expr: Product) -> Expr:
    """Return the product with the quotients in it cancelled."""
    for rewrite in (_exp_sigmoid, _cancelled):
        expr = rewrite(expr)
    return expr


def _exp_sigmoid(expr: Product) -> Product:
    """exp(x) sigmoid(-x) = sigmoid(x)"""
    found = operands(expr)
    for place, (factor, labels) in enumerate(found):
        if not isinstance(factor, Elementwise) or factor.function != EXP or not factor.is_real:
            continue
        partner = Elementwise(SIGMOID, (), negated(factor.argument)), labels
        if partner in found:
            changed = Elementwise(SIGMOID, (), factor.argument)
            found[place] = (changed, labels)
            found.remove(partner)
            return _exp_sigmoid(product(expr.coefficient, found, expr.output))
    return expr


def _cancelled(expr: Product) -> Product:
    """x y (a / x + b / y) = a y + b x, for factors with the labels of the sum"""
    found = operands(expr)
    for place, (factor, labels) in enumerate(found):
        if not isinstance(factor, Sum):
            continue
        denominators = [x for term in factor.terms for x in _denominators(term)]
        together = [item for item in found if item[1] == labels and item[0] in denominators]
        if together:
            rest = [item for k, item in enumerate(found) if k != place and item not in together]
            inside = Sum([_times(together, term) for term in factor.terms])
            return product(expr.coefficient, [*rest, (inside, labels)], expr.output)
    return expr


def _denominators(term: Expr) -> list[Expr]:
    """Return each x for which the term is a product with 1 / x, on all of the term's axes in order."""
    if not isinstance(term, Product):
        alone = _reciprocal_of(term)
        return [] if alone is None else [alone]
    bases = [_reciprocal_of(factor) for factor, labels in operands(term) if labels == term.output]
    return [base for base in bases if base is not None]


def _times(factors: list[Operand], term: Expr) -> Product:
    """Return the product of factors with a term that has their axes, opened where it is a product."""
    axes = tuple(range(term.ndim))
    whole = product(1, [*((factor, axes) for factor, _ in factors), (term, axes)], axes)
    return open_nested(whole, lambda inner: inner is term)
