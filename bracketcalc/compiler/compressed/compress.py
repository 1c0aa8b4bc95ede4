"""Taking an expression apart into small tensors, and deltas and ones between the axes of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Delta, Expr, Ones, Product, Sum, product
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.products import (
    Operand,
    as_product,
    contract_delta,
    drop_ones,
    is_zero,
    open_nested,
    operands,
)
from bracketcalc.simplify.structure import is_structured
from bracketcalc.traverse import expand_definitions

MOST_TERMS = 64
"""A sum inside a product stays one tensor where multiplying it out would give more terms than this."""

MOST_FACTORS = 64
"""Nested products stay one tensor where opening them would give more factors than this."""

Labels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One small tensor, with one label for each axis, all different."""

    expr: Expr
    labels: Labels


@dataclass(frozen=True, slots=True)
class Term:
    """The product of small tensors, placed on the axes of the result.

    Attributes:
        parts: at least one tensor; a scalar where the term is a number times deltas and ones.
        axes: one label for each axis of the result. Axes with one label have a delta between them; the
            element is the same along an axis whose label no tensor has.
    """

    parts: tuple[Part, ...]
    axes: Labels


def compressed_terms(exprs: Sequence[Expr]) -> list[tuple[Term, ...]]:
    """Return for each expression the terms whose sum it is.

    Example:
        >>> from bracketcalc.expr.algebra import diag, outer
        >>> from bracketcalc.expr.build import tensors
        >>> (x,) = tensors("x[n]")
        >>> first, second = compressed_terms([diag(x) + outer(x, x)])[0]
        >>> first.axes, [part.labels for part in first.parts]
        ((0, 0), [(0,)])
        >>> second.axes, [part.labels for part in second.parts]
        ((0, 1), [(0,), (1,)])
    """
    simple = simplify_all(expand_definitions(exprs))
    return [tuple([_term(product) for product in _products(expr)]) for expr in simple]


def _products(expr: Expr) -> list[Product]:
    """Return the products whose sum is the expression."""
    done: list[Product] = []
    pending = [_opened(as_product(expr))]
    while pending:
        term = pending.pop()
        place = _place_of_sum(term)
        inner = () if place is None else term.factors[place].children
        if place is None or len(done) + len(pending) + len(inner) > MOST_TERMS:
            done.append(term)
            continue
        found = operands(term)
        for part in reversed(inner):
            found[place] = (part, term.labels[place])
            pending.append(_opened(product(term.coefficient, found, term.output)))
    nonzero = [term for term in done if not is_zero(term)]
    return nonzero or done[:1]


def _place_of_sum(term: Product) -> int | None:
    """Return the place of a sum that is better multiplied out: it stands alone, or its terms are small."""
    for place, (factor, labels) in enumerate(operands(term)):
        if not isinstance(factor, Sum):
            continue
        alone = all(
            number == place or not names or isinstance(other, Ones)
            for number, (other, names) in enumerate(operands(term))
        )
        small = all(map(is_structured, factor.terms))
        if small or (alone and len(set(labels)) == len(labels) and set(labels) <= set(term.output)):
            return place
    return None


def _opened(term: Product) -> Product:
    """Return the product with nested products of small parts opened, and deltas contracted."""
    opened = term
    while len(opened.factors) <= MOST_FACTORS:
        deeper = open_nested(opened, is_structured)
        if deeper is opened:
            break
        opened = deeper
    for step in (contract_delta, drop_ones):
        changed = step(opened)
        if isinstance(changed, Product):
            opened = changed
    return opened


def _term(expr: Product) -> Term:
    """Return a product as tensors that no contracted label connects."""
    same: dict[int, int] = {}
    for factor, labels in operands(expr):
        if isinstance(factor, Delta):
            same.update(dict.fromkeys(labels, labels[0]))
    place = {label: axis for axis, label in reversed(list(enumerate(expr.output)))}
    number = {label: place[same.get(label, label)] for label in expr.output}
    kept = [item for item in operands(expr) if not isinstance(item[0], Delta | Ones)]
    groups = _groups(kept, set(expr.output))
    scalars = [item for names, group in groups if not names for item in group]
    tensors = _absorbed([(names, group) for names, group in groups if names])
    if not tensors:
        tensors = [(set(), [])]
    smallest = min(range(len(tensors)), key=lambda k: len(tensors[k][0]))
    parts = []
    for k, (names, group) in enumerate(tensors):
        order = sorted(names, key=number.__getitem__)
        items = [*scalars, *group] if k == smallest else group
        made = product(expr.coefficient if k == smallest else 1, items, order)
        parts.append(Part(made, tuple([number[label] for label in order])))
    return Term(tuple(parts), tuple([number[label] for label in expr.output]))


_Group = tuple[set[int], list[Operand]]
"""Factors, and the labels of the result that they carry."""


def _groups(items: Sequence[Operand], free: set[int]) -> list[_Group]:
    """Return the factors in groups that no contracted label connects."""
    groups: list[_Group] = []
    for item in items:
        labels, members = set(item[1]), [item]
        apart = []
        for group in groups:
            if (labels & group[0]) - free:
                labels |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (labels, members)]
    return [(labels & free, members) for labels, members in groups]


def _absorbed(groups: list[_Group]) -> list[_Group]:
    """Return the groups, each multiplied into one that has all of its labels where there is one."""
    kept: list[_Group] = []
    for names, members in sorted(groups, key=lambda group: -len(group[0])):
        larger = next((group for group in kept if names <= group[0]), None)
        if larger is None:
            kept.append((names, list(members)))
        else:
            larger[1].extend(members)
    return kept
