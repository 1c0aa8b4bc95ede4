"""Canonical forms: every expression is a number times a canonical form, equal for equal meanings.

Forms are numbered by a :class:`CanonicalTable`, which one simplification owns. Two expressions with the
same number and coefficient are equal; what the table does not see through, it keeps apart. A definition is
a name, which is not seen through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bracketcalc.expr.core import (
    Delta,
    Elementwise,
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
from bracketcalc.expr.facts import Fact
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number, ratio, times_if_fits
from bracketcalc.expr.parts import CONJ, IMAG, REAL
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.assumed import cancel_orthogonal, on_diagonals, sum_to_one
from bracketcalc.simplify.colours import Item
from bracketcalc.simplify.conjugates import conjugated, is_part
from bracketcalc.simplify.known import is_inverse, known_facts
from bracketcalc.simplify.labelling import numbered_items
from bracketcalc.simplify.onehots import meet_onehots, pin_delta, separate_onehots
from bracketcalc.simplify.powers import as_power, is_whole, number_power
from bracketcalc.simplify.products import (
    as_product,
    contract_delta,
    drop_ones,
    is_moved_sum,
    open_nested,
)
from bracketcalc.simplify.sketch import SketchTable
from bracketcalc.traverse import postorder

MAX_FACTORS = 64
"""Products with more factors than this are compared as they are written."""

ON_DIAGONALS = frozenset({Fact.DIAGONAL, Fact.ORTHOGONAL})
"""Facts by which an atom alone is a product: D_ij = D_ii δ_ij, (Q⁻¹)_ij = Q_ji."""

Form = tuple[Number, int]
"""A coefficient and the number of a canonical form."""

Place = tuple[int, tuple[int, ...]]
"""The number of a form, and the labels of its axes."""


class CanonicalTable:
    """Numbers for canonical forms, and the form of every expression seen so far."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._forms: dict[Expr, Form] = {}
        self._sums: dict[int, tuple[tuple[int, Number], ...]] = {}
        self._atoms: dict[Expr, int] = {}
        self._symmetric: set[int] = set()
        self._as_written: set[int] = set()
        self._conjugates: dict[Expr, Expr] = {}
        self.sketches = SketchTable()

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

    def is_canonical(self, product: Product) -> bool:
        """Return whether all ways to write the factors of a product have its form.

        A product that is too large and too regular has the form of the way in which it is written.
        """
        return self.form(product)[1] not in self._as_written

    def _is_leaf(self, node: Expr) -> bool:
        return isinstance(node, Definition) or node in self._forms

    def _number(self, key: Any) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _form_of(self, node: Expr) -> Form:
        if isinstance(node, Sum):
            return self._sum_form([self._forms[term] for term in node.terms], node.sizes)
        if is_moved_sum(node):
            (labels,), (inner,) = node.data[1], node.children
            moved = [product(node.data[0], [(term, labels)], node.data[2]) for term in inner.children]
            return self._sum_form([self._product_form(term) for term in moved], node.sizes)
        if isinstance(node, Delta | OneHot):
            return 1, self._leaf(node)
        if isinstance(node, Product | Ones | Size | ImaginaryUnit) or as_power(node)[0] is not node:
            return self._product_form(as_product(node))
        if isinstance(node, Elementwise) and is_part(node):
            return self._part_form(node)
        self._atoms[node] = self._atom(node)
        if known_facts(node) & ON_DIAGONALS:
            return self._product_form(as_product(node))
        return 1, self._atoms[node]

    def _atom(self, node: Expr) -> int:
        """Return the number of a node that is no product and no sum, and keep whether it is symmetric."""
        if isinstance(node, Definition):
            number = self._number(("definition", node))
        else:
            children = tuple([self._forms[child] for child in node.children])
            number = self._number((type(node).__name__, node.data, children))
        function = isinstance(node, Elementwise) or is_inverse(node)
        if Fact.SYMMETRIC in known_facts(node) or (function and self._is_symmetric(node.children[0])):
            self._symmetric.add(number)
        return number

    def _is_symmetric(self, matrix: Expr) -> bool:
        """Return whether a product or a sum has the form of its transpose."""
        if matrix.ndim != 2 or matrix.sizes[0] != matrix.sizes[1] or isinstance(matrix, Tensor):
            return False
        turned = product(1, [(matrix, (0, 1))], (1, 0))
        form = self._form_of(turned) if is_moved_sum(turned) else self._product_form(turned)
        return form == self._forms[matrix]

    def _part_form(self, node: Elementwise) -> Form:
        """real(z) = real(conj z) and imag(z) = -imag(conj z); conj goes into products and sums."""
        if node.argument.is_real:
            return self._zero(node) if node.function == IMAG else self._forms[node.argument]
        mirrored = conjugated(node.argument, self._conjugates)
        inner = self._forms[node.argument]
        if mirrored == node:
            return 1, self._symmetric_as(inner[1], self._number(("conj", inner)))
        if node.function == CONJ:
            return self.form(mirrored)
        (scale, number), (other, lower) = inner, self.form(mirrored)
        if lower == number:
            # z is its conjugate or the negative of it.
            if (other == scale) == (node.function == IMAG):
                return self._zero(node)
            if node.function == REAL:
                return scale, number
        if lower < number:
            scale, number = -other if node.function == IMAG else other, lower
        return scale, self._symmetric_as(number, self._number((node.function.name, number)))

    def _symmetric_as(self, number: int, part: int) -> int:
        """Return the number of a part of a form, which is symmetric where the form is."""
        if number in self._symmetric:
            self._symmetric.add(part)
        return part

    def _zero(self, node: Expr) -> Form:
        return 0, self._number(("zero", node.sizes))

    def _product_form(self, node: Product) -> Form:
        opened = _opened(node)
        coefficient = opened.coefficient
        groups: dict[Place, Number] = {}
        for factor, labels in zip(opened.factors, opened.labels, strict=True):
            scale, number, exponent = self._factor_form(factor)
            merged = times_if_fits(coefficient, scale)
            if merged is None:
                number, exponent = self._number(("scaled", scale, number, exponent)), 1
            else:
                coefficient = merged
            place = (number, self._ordered(number, labels))
            groups[place] = groups.get(place, 0) + exponent
        if coefficient == 0:
            return self._zero(node)
        if not node.is_real and self._turn(groups):
            coefficient = -coefficient
        items = _without_trivial(groups)
        if len(items) == 1:
            ((number, labels), exponent) = items[0]
            if exponent == 1 and labels == self._ordered(number, opened.output):
                return coefficient, number
        sizes = label_sizes(opened.factors, opened.labels)
        extents = tuple([sizes[label] for label in opened.output])
        key, certain = numbered_items(self._as_items(items, sizes), opened.output)
        number = self._number(("product", key, extents))
        if not certain:
            self._as_written.add(number)
        return coefficient, number

    def _ordered(self, number: int, labels: tuple[int, ...]) -> tuple[int, ...]:
        """Return labels with the last two in order where exchanging them changes nothing."""
        return (*labels[:-2], *sorted(labels[-2:])) if number in self._symmetric else labels

    def _as_items(self, powers: Iterable[tuple[Place, Number]], labels: Iterable[int]) -> list[Item]:
        """Return powers of forms as items to be numbered.

        A symmetric S_..ij is three items that share a label of its own: one with i, one with j, one with
        the rest. So the numbering cannot tell i from j.
        """
        items: list[Item] = []
        own = 1 + max(labels, default=0)
        for (number, names), exponent in powers:
            if number not in self._symmetric:
                items.append(((0, number, exponent), names))
                continue
            items += [((1, number, exponent), (own, name)) for name in names[-2:]]
            if len(names) > 2:
                items.append(((2, number, exponent), (own, *names[:-2])))
            own += 1
        return items

    def _turn(self, groups: dict[tuple[int, tuple[int, ...]], Number]) -> bool:
        """i² = -1: leave i to the power 0 or 1, and return whether the sign changes."""
        unit = (self._number((ImaginaryUnit.__name__, ())), ())
        turns = groups.pop(unit, 0) % 4
        if turns % 2:
            groups[unit] = 1
        return turns >= 2

    def _factor_form(self, factor: Expr) -> tuple[Number, int, Number]:
        """Return a coefficient, a form and an exponent whose power is the factor."""
        base, exponent = _innermost_power(factor)
        if isinstance(factor, Delta | OneHot | Ones | Size | ImaginaryUnit):
            return 1, self._leaf(factor), 1
        if base in self._atoms:
            return 1, self._atoms[base], exponent
        coefficient, number = self._forms[base]
        if base is factor or coefficient == 1:
            return coefficient, number, exponent
        power = number_power(coefficient, exponent) if is_whole(exponent) else None
        if power is not None:
            return power, number, exponent
        return 1, self._number(("power", coefficient, number, exponent)), 1

    def _leaf(self, node: Delta | OneHot | Ones | Size | ImaginaryUnit) -> int:
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


def _without_trivial(groups: Mapping[Place, Number]) -> list[tuple[Place, Number]]:
    """Return the powers without those to 0 all of whose labels another factor has."""
    carried = {label for (_, labels), exponent in groups.items() if exponent != 0 for label in labels}
    return [
        (place, exponent)
        for place, exponent in groups.items()
        if exponent != 0 or not carried.issuperset(place[1])
    ]


def _opened(node: Product) -> Product:
    """Return the product with its nested products opened, as long as it stays small."""
    opened = node
    if _factor_count(node) <= MAX_FACTORS:
        opened = open_nested(node, lambda _: True)
    opened = _stepped(opened, (contract_delta, drop_ones, pin_delta, meet_onehots, separate_onehots))
    while any(map(known_facts, opened.factors)):
        changed = _stepped(opened, (on_diagonals, cancel_orthogonal, sum_to_one, contract_delta, drop_ones))
        if changed == opened:
            break
        opened = changed
    return opened


def _stepped(node: Product, steps: Iterable[Callable[[Expr], Expr | None]]) -> Product:
    for step in steps:
        changed = step(node)
        if isinstance(changed, Product):
            node = changed
    return node


def _factor_count(node: Product) -> int:
    """Count the factors of all nested products, stopping just above the limit."""
    count, stack = 0, [node]
    while stack and count <= MAX_FACTORS:
        for factor in stack.pop().factors:
            count += 1
            if isinstance(factor, Product):
                stack.append(factor)
    return count
