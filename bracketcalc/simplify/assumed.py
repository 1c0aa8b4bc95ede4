"""Rules that use what was declared of tensors: symmetric, diagonal, orthogonal, sums of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from bracketcalc.expr.core import POWER, Delta, Elementwise, Expr, Ones, Product, product
from bracketcalc.expr.facts import Fact, SumsToOne
from bracketcalc.expr.nodes import Map
from bracketcalc.simplify.known import is_inverse, known_facts
from bracketcalc.simplify.products import Operand, operands, without
from bracketcalc.simplify.rule import rule


def has_facts(expr: Expr) -> bool:
    """Return whether something is known of a child of a node."""
    return any(map(known_facts, expr.children))


def symmetric_axes(expr: Expr) -> Expr | None:
    """S_ji = S_ij for a symmetric S

    Decreases: the symmetric factors whose axes are not in the order of their neighbours.
    """
    if not isinstance(expr, Product):
        return None
    for place, factor in enumerate(expr.factors):
        if Fact.SYMMETRIC in known_facts(factor):
            turned = turned_to_neighbours(expr, place)
            if turned is not None:
                return turned
    return None


def turned_to_neighbours(expr: Product, place: int) -> Product | None:
    """Return the product with the last two axes of a factor exchanged, if the labels around suggest it."""
    found = operands(expr)
    factor, (*lead, row, column) = found[place]
    others = [label for k, (_, labels) in enumerate(found) if k != place for label in labels]
    chain = [*expr.output[:1], *others, *expr.output[1:]]
    order = {label: k for k, label in enumerate(dict.fromkeys(chain))}
    if order.get(row, len(order)) <= order.get(column, len(order)):
        return None
    found[place] = (factor, (*lead, column, row))
    return product(expr.coefficient, found, expr.output)


def orthogonal_inverse(expr: Expr) -> Expr | None:
    """Q⁻¹ = Qᵀ for an orthogonal Q

    Decreases: the number of inverses.
    """
    if not isinstance(expr, Map) or not is_inverse(expr):
        return None
    if Fact.ORTHOGONAL not in known_facts(expr.argument):
        return None
    (*lead, row, column) = range(expr.ndim)
    return product(1, [(expr.argument, (*lead, row, column))], (*lead, column, row))


def cancel_orthogonal(expr: Expr) -> Expr | None:
    """Σ_j Q_ij Q_kj = δ_ik and Σ_i Q_ij Q_ik = δ_jk for an orthogonal Q

    Decreases: the number of orthogonal factors.
    """
    if not isinstance(expr, Product):
        return None
    places = [k for k, factor in enumerate(expr.factors) if Fact.ORTHOGONAL in known_facts(factor)]
    if len(places) < 2:
        return None
    found = operands(expr)
    uses = Counter(label for labels in (*expr.labels, expr.output) for label in labels)
    for one, two in combinations(places, 2):
        (factor, labels), (other, others) = found[one], found[two]
        if other != factor or labels[:-2] != others[:-2]:
            continue
        for met, ends in _meetings(found[one], found[two]):
            if uses[met] == 2:
                rest = [item for k, item in enumerate(found) if k not in (one, two)]
                rest.append((Delta(factor.sizes[-1], 2), ends))
                if factor.ndim > 2:
                    rest.append((Ones(factor.sizes[:-2]), labels[:-2]))
                return product(expr.coefficient, rest, expr.output)
    return None


def _meetings(one: Operand, two: Operand) -> Iterator[tuple[int, tuple[int, int]]]:
    """Return the labels on which two orthogonal matrices meet axis by axis, and the labels left over."""
    (factor, (*_, row, column)), (_, (*_, other_row, other_column)) = one, two
    if row == other_row:
        yield row, (column, other_column)
    if column == other_column:
        yield column, (row, other_row)
    if Fact.SYMMETRIC in known_facts(factor):
        if row == other_column:
            yield row, (column, other_row)
        if column == other_row:
            yield column, (row, other_column)


def sum_to_one(expr: Expr) -> Expr | None:
    """Σ_j Y_ij = 1_i for a Y whose sums over j are 1

    Decreases: the number of factors that are not ones.
    """
    if not isinstance(expr, Product) or not has_facts(expr):
        return None
    uses = Counter(label for labels in (*expr.labels, expr.output) for label in labels)
    for place, (factor, labels) in enumerate(operands(expr)):
        for fact in known_facts(factor):
            if isinstance(fact, SumsToOne) and uses[labels[fact.axis]] == 1:
                axes = [axis for axis in range(factor.ndim) if axis != fact.axis]
                ones = (Ones([factor.sizes[axis] for axis in axes]), tuple([labels[axis] for axis in axes]))
                found = operands(expr)
                found[place : place + 1] = [ones] if axes else []
                return product(expr.coefficient, found, expr.output)
    return None


def diagonal_sum(expr: Expr) -> Expr | None:
    """Σ_j D_ij = D_ii for a diagonal D

    Decreases: the number of labels.
    """
    if not isinstance(expr, Product) or not has_facts(expr):
        return None
    uses = Counter(label for labels in (*expr.labels, expr.output) for label in labels)
    for place, (factor, labels) in enumerate(operands(expr)):
        if Fact.DIAGONAL not in known_facts(factor):
            continue
        for axis, other in ((-1, -2), (-2, -1)):
            if uses[labels[axis]] == 1:
                found = operands(expr)
                found[place] = (factor, (*labels[:-2], labels[other], labels[other]))
                return product(expr.coefficient, found, expr.output)
    return None


def diagonal_delta(expr: Expr) -> Expr | None:
    """D_ii δ_ij = D_ij for a diagonal D

    Decreases: the number of deltas.
    """
    if not isinstance(expr, Product):
        return None
    deltas = [
        (k, labels) for k, (f, labels) in enumerate(operands(expr)) if isinstance(f, Delta) and f.ndim == 2
    ]
    for place, (factor, labels) in enumerate(operands(expr)):
        if not deltas or Fact.DIAGONAL not in known_facts(factor) or labels[-1] != labels[-2]:
            continue
        for at, ends in deltas:
            if labels[-1] in ends:
                found = operands(expr)
                found[place] = (factor, (*labels[:-2], *ends))
                return product(expr.coefficient, without(found, at), expr.output)
    return None


def on_diagonals(expr: Expr) -> Expr | None:
    """D_ij = D_ii δ_ij and (D⁻¹)_ij = 1 / D_ii δ_ij for a diagonal D, (Q⁻¹)_ij = Q_ji for an orthogonal Q

    This leads to a form for comparing only: a product of matrices is easier to read.
    """
    if not isinstance(expr, Product):
        return None
    found: list[Operand] = []
    for factor, labels in operands(expr):
        facts = known_facts(factor)
        if Fact.ORTHOGONAL in facts and isinstance(factor, Map):
            found.append((factor.argument, (*labels[:-2], labels[-1], labels[-2])))
        elif Fact.DIAGONAL in facts and (isinstance(factor, Map) or labels[-1] != labels[-2]):
            value = Elementwise(POWER, (-1,), factor.argument) if isinstance(factor, Map) else factor
            found.append((value, (*labels[:-1], labels[-2])))
            found.append((Delta(factor.sizes[-1], 2), labels[-2:]))
        else:
            found.append((factor, labels))
    return (
        None
        if len(found) == len(expr.factors) and found == operands(expr)
        else product(expr.coefficient, found, expr.output)
    )


FACT_RULES = (
    rule(orthogonal_inverse, Map, needs=has_facts),
    rule(cancel_orthogonal, Product, needs=has_facts),
    rule(sum_to_one, Product, needs=has_facts),
    rule(diagonal_sum, Product, needs=has_facts),
    rule(diagonal_delta, Product, Delta, needs=has_facts),
    rule(symmetric_axes, Product, needs=has_facts),
)
"""The rules for tensors with facts, in the order in which they are tried."""
