"""Canonical forms: every expression is a number times a canonical form, equal for equal meanings.

Forms are numbered by a :class:`CanonicalTable`, which one simplification owns. Two expressions with the
same number and coefficient are equal; what the table does not see through, it keeps apart. A definition is
a name, which is not seen through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bracketcalc.expr.core import Delta, Expr, Extent, OneHot, Ones, Product, Size, Sum, product
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number, ratio, times_if_fits
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.labelling import canonical_items
from bracketcalc.simplify.onehots import meet_onehots, pin_delta, separate_onehots
from bracketcalc.simplify.powers import as_power, is_whole, number_power
from bracketcalc.simplify.products import (
    as_product,
    contract_delta,
    drop_ones,
    is_moved_sum,
    open_nested,
)
from bracketcalc.traverse import postorder

MAX_FACTORS = 64
"""Products with more factors than this are compared as they are written."""

Form = tuple[Number, int]
"""A coefficient and the number of a canonical form."""


class CanonicalTable:
    """Numbers for canonical forms, and the form of every expression seen so far."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._forms: dict[Expr, Form] = {}
        self._sums: dict[int, tuple[tuple[int, Number], ...]] = {}

    def form(self, expr: Expr) -> Form:
        """Return the coefficient and the number of the canonical form of an expression.

        Example:
            >>> from bracketcalc.expr.build import tensors
            >>> A, B = tensors("A[i,j] B[j,k]")
            >>> table = CanonicalTable()
            >>> table.form((A @ B).T) == table.form(B.T @ A.T)
            True
        """
        for node in postorder([expr], stop=self._is_leaf):
            if node not in self._forms:
                self._forms[node] = self._form_of(node)
        return self._forms[expr]

    def _is_leaf(self, node: Expr) -> bool:
        return isinstance(node, Definition) or node in self._forms

    def _number(self, key: Any) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _form_of(self, node: Expr) -> Form:
        if isinstance(node, Definition):
            return 1, self._number(("definition", node))
        if isinstance(node, Sum):
            return self._sum_form([self._forms[term] for term in node.terms], node.sizes)
        if is_moved_sum(node):
            (labels,), (inner,) = node.data[1], node.children
            moved = [product(node.data[0], [(term, labels)], node.data[2]) for term in inner.children]
            return self._sum_form([self._product_form(term) for term in moved], node.sizes)
        if isinstance(node, Product) or as_power(node)[0] is not node:
            return self._product_form(as_product(node))
        if isinstance(node, Ones | Size):
            return self._product_form(as_product(node))
        if isinstance(node, Delta | OneHot):
            return 1, self._leaf(node)
        children = tuple([self._forms[child] for child in node.children])
        return 1, self._number((type(node).__name__, node.data, children))

    def _product_form(self, node: Product) -> Form:
        opened = _opened(node)
        coefficient = opened.coefficient
        groups: dict[tuple[int, tuple[int, ...]], Number] = {}
        for factor, labels in zip(opened.factors, opened.labels, strict=True):
            scale, number, exponent = self._factor_form(factor)
            merged = times_if_fits(coefficient, scale)
            if merged is None:
                number, exponent = self._number(("scaled", scale, number, exponent)), 1
            else:
                coefficient = merged
            groups[number, labels] = groups.get((number, labels), 0) + exponent
        if coefficient == 0:
            return 0, self._number(("zero", node.sizes))
        sizes = label_sizes(opened.factors, opened.labels)
        items = [
            ((number, exponent), labels)
            for (number, labels), exponent in groups.items()
            if exponent != 0 or labels
        ]
        key = canonical_items(items, opened.output)
        extents = tuple([sizes[label] for label in opened.output])
        if len(items) == 1 and items[0][0][1] == 1 and items[0][1] == opened.output:
            return coefficient, items[0][0][0]
        return coefficient, self._number(("product", key, extents))

    def _factor_form(self, factor: Expr) -> tuple[Number, int, Number]:
        """Return a coefficient, a form and an exponent whose power is the factor."""
        base, exponent = _innermost_power(factor)
        if isinstance(factor, Delta | OneHot | Ones | Size):
            return 1, self._leaf(factor), 1
        coefficient, number = self._forms[base]
        if base is factor or coefficient == 1:
            return coefficient, number, exponent
        power = number_power(coefficient, exponent) if is_whole(exponent) else None
        if power is not None:
            return power, number, exponent
        return 1, self._number(("power", coefficient, number, exponent)), 1

    def _leaf(self, node: Delta | OneHot | Ones | Size) -> int:
        """Return the number of a node that opening a product may have made."""
        return self._number((type(node).__name__, node.data))

    def _sum_form(self, forms: Iterable[Form], extents: tuple[Extent, ...]) -> Form:
        collected: dict[int, Number] = {}
        for form in forms:
            for number, value in self._parts(*form):
                collected[number] = collected.get(number, 0) + value
        terms = sorted((number, value) for number, value in collected.items() if value != 0)
        if not terms:
            return 0, self._number(("zero", extents))
        lead = terms[0][1]
        if len(terms) == 1:
            return lead, terms[0][0]
        relative = tuple([(number, ratio(value, lead)) for number, value in terms])
        number = self._number(("sum", relative))
        if len(relative) <= MAX_FACTORS:
            self._sums[number] = relative
        return lead, number

    def _parts(self, coefficient: Number, number: int) -> list[tuple[int, Number]]:
        """Return the multiples of forms that a multiple of a form is the sum of."""
        parts = []
        for inner, scale in self._sums.get(number, ()):
            value = times_if_fits(coefficient, scale)
            if value is None:
                return [(number, coefficient)]
            parts.append((inner, value))
        return parts or [(number, coefficient)]


def _innermost_power(expr: Expr) -> tuple[Expr, Number]:
    """(x^p)^q = x^(p q) for an integer q: return the base and the exponent of powers of powers."""
    base, exponent = as_power(expr)
    while is_whole(exponent):
        inner, power = as_power(base)
        merged = times_if_fits(power, exponent)
        if inner is base or merged is None:
            break
        base, exponent = inner, merged
    return base, exponent


def _opened(node: Product) -> Product:
    """Return the product with its nested products opened, as long as it stays small."""
    opened = node
    if _factor_count(node) <= MAX_FACTORS:
        opened = open_nested(node, lambda _: True)
    for step in (contract_delta, drop_ones, pin_delta, meet_onehots, separate_onehots):
        changed = step(opened)
        if isinstance(changed, Product):
            opened = changed
    return opened


def _factor_count(node: Product) -> int:
    """Count the factors of all nested products, stopping just above the limit."""
    count, stack = 0, [node]
    while stack and count <= MAX_FACTORS:
        for factor in stack.pop().factors:
            count += 1
            if isinstance(factor, Product):
                stack.append(factor)
    return count
