"""The terms of an expression that is linear in differentials."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from bracketcalc.calculus.marks import grouped
from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import as_product, is_zero, open_nested, operands
from bracketcalc.traverse import depends_on, postorder


class Term(NamedTuple):
    """A term, and how it is written: with parentheses around what was a term of a sum inside a product."""

    plain: Expr
    shown: Expr


class _Part(NamedTuple):
    """A part of a term, and the products around it, the outermost first, with its place in each."""

    expr: Expr
    around: tuple[tuple[Product, int], ...]


def linear_terms(expr: Expr, symbols: Container[Expr]) -> list[Term]:
    """Return terms whose sum is an expression that is linear in the symbols; each term holds them once.

    A product is multiplied out where a factor is a sum that holds symbols.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, dx = tensors("A[n] B[n] dx[n]")
        >>> for term in linear_terms(A * (dx + B * dx), [dx]):
        ...     print(term.plain)
        A ⊙ dx
        A ⊙ B ⊙ dx
    """
    order = postorder([expr], stop=is_definition)
    active = depends_on(order, [node for node in order if node in symbols])
    found: list[Term] = []
    stack = [_Part(expr, ())]
    while stack:
        node, around = stack.pop()
        if isinstance(node, Sum):
            stack += [_Part(term, around) for term in reversed(node.terms)]
            continue
        if isinstance(node, Product):
            node = open_nested(node, lambda _: True)
            place = next((k for k, factor in enumerate(node.factors) if factor in active), None)
            if place is not None and isinstance(node.factors[place], Sum):
                stack.append(_Part(node.factors[place], (*around, (node, place))))
                continue
        if not is_zero(node):
            found.append(_term(node, around))
    return found


def _term(part: Expr, around: tuple[tuple[Product, int], ...]) -> Term:
    plain = shown = part
    for outer, place in reversed(around):
        plain, shown = _with_factor(outer, place, plain), _with_factor(outer, place, grouped(shown))
    return Term(open_nested(as_product(plain), lambda _: True), shown)


def _with_factor(outer: Product, place: int, factor: Expr) -> Product:
    found = operands(outer)
    found[place] = (factor, found[place][1])
    return product(outer.coefficient, found, outer.output)
