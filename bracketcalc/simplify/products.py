"""Rules for products: nested terms, deltas, ones, and the products that are no products.

The rules keep the order in which factors were written; :mod:`bracketcalc.simplify.canonical` decides
which products are equal whatever their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bracketcalc.expr.algebra import fitting_product, is_number
from bracketcalc.expr.core import (
    Delta,
    Expr,
    Extent,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    constant,
    product,
    spread,
)
from bracketcalc.expr.number import Number, times, times_if_fits
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.simplify.rule import rule

Operand = tuple[Expr, tuple[Any, ...]]

STRUCTURE = (Ones, Delta, OneHot, Size, ImaginaryUnit)
"""The factors that hold no tensor: rules move, remove and make them."""


def operands(expr: Product) -> list[Operand]:
    """Return the pairs of a factor and its labels."""
    return list(zip(expr.children, expr.data[1], strict=True))


def zero(sizes: tuple[Extent, ...]) -> Expr:
    """Return the zero tensor: the number 0 spread over the sizes."""
    return spread(constant(0), sizes)


def is_zero(expr: Expr) -> bool:
    """Return whether an expression is a product with coefficient 0."""
    return isinstance(expr, Product) and expr.coefficient == 0


def open_nested(expr: Product, opened: Callable[[Product], bool]) -> Product:
    """Return the product with every nested product for which ``opened`` is true merged into it.

    (Σ_k A_ik B_kj) C_jl = Σ_k A_ik B_kj C_jl: contracted labels of the inner product get new names. A
    product stays closed where its coefficient times the others would overflow or vanish.
    """
    if not any(isinstance(factor, Product) and opened(factor) for factor in expr.factors):
        return expr
    coefficient: Number = expr.coefficient
    found: list[Operand] = []
    fresh = 1 + max((label for labels in expr.labels for label in labels), default=0)
    stack = operands(expr)[::-1]
    while stack:
        factor, labels = stack.pop()
        merged = None
        if isinstance(factor, Product) and opened(factor):
            merged = times_if_fits(coefficient, factor.coefficient)
        if merged is None or not isinstance(factor, Product):
            found.append((factor, labels))
            continue
        coefficient = merged
        renamed = dict(zip(factor.output, labels, strict=True))
        for inner in reversed(operands(factor)):
            names = []
            for label in inner[1]:
                if label not in renamed:
                    renamed[label] = fresh
                    fresh += 1
                names.append(renamed[label])
            stack.append((inner[0], tuple(names)))
    return fitting_product(coefficient, found, expr.output, expr.sizes)


def contract_delta(expr: Expr) -> Expr | None:
    """Σ_j δ_ij A_j.. = A_i.., δ_ij A_j.. = δ_ij A_i.. for free labels, and δ_ij δ_jk = δ_ijk

    The labels that deltas tie together form classes. Every other factor carries the first free label of
    its class, and one delta is left for each class with several free labels.
    Decreases: the axes of deltas, then the labels that a delta shares with other factors.
    """
    if not isinstance(expr, Product) or not any(isinstance(f, Delta) for f in expr.factors):
        return None
    classes = _delta_classes(expr)
    leader = {label: group[0] for group in classes for label in group}
    pending = {group[0]: group for group in classes}
    free = set(expr.output)
    found: list[Operand] = []
    for factor, names in operands(expr):
        if not isinstance(factor, Delta):
            found.append((factor, tuple([leader.get(label, label) for label in names])))
            continue
        group = pending.pop(leader[names[0]], None)
        if group is None:
            continue
        kept = tuple([label for label in group if label in free]) or (group[0],)
        size = factor.sizes[0]
        found.append((Ones((size,)) if len(kept) == 1 else Delta(size, len(kept)), kept))
    result = product(expr.coefficient, found, expr.output)
    return None if result == expr else result


def _delta_classes(expr: Product) -> list[list[int]]:
    """Return the classes of labels that deltas tie together, free labels first in output order."""
    parent: dict[int, int] = {}

    def find(label: int) -> int:
        while parent.setdefault(label, label) != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for factor, names in operands(expr):
        if isinstance(factor, Delta):
            for label in names[1:]:
                parent[find(label)] = find(names[0])
    place = {label: position for position, label in enumerate(expr.output)}
    classes: dict[int, list[int]] = {}
    for label in sorted(parent, key=lambda label: (place.get(label, len(place)), label)):
        classes.setdefault(find(label), []).append(label)
    return list(classes.values())


def drop_ones(expr: Expr) -> Expr | None:
    """1_i A_i.. = A_i.., and Σ_i 1_i = n

    Ones stay only on free labels that no other factor carries: one vector for each label, or one tensor
    where nothing else is left.
    Decreases: the number of axes of ones, then of ones beside other factors.
    """
    if not isinstance(expr, Product) or not any(isinstance(f, Ones) for f in expr.factors):
        return None
    sizes = label_sizes(expr.factors, expr.labels)
    given = operands(expr)
    carried = {label for factor, names in given if not isinstance(factor, Ones) for label in names}
    coefficient: Number = expr.coefficient
    found: list[Operand] = []
    placed: set[Any] = set()
    for factor, names in given:
        if not isinstance(factor, Ones):
            found.append((factor, names))
            continue
        for label in names:
            if label in carried or label in placed:
                continue
            placed.add(label)
            size = sizes[label]
            if label in expr.output:
                found.append((factor if len(names) == 1 else Ones((size,)), (label,)))
            elif isinstance(size, Size):
                found.append((size, ()))
            else:
                coefficient = times(coefficient, size)
    if placed.issuperset(expr.output) and len(found) == len(expr.output) > 1:
        found = [(Ones([sizes[label] for label in expr.output]), expr.output)]
    if found == given:
        return None
    result = product(coefficient, found, expr.output)
    return None if result == expr else result


def fold_numbers(expr: Expr) -> Expr | None:
    """(a) (b A) = (a b) A for numbers a and b

    Decreases: the number of factors.
    """
    if not isinstance(expr, Product) or not any(is_number(factor) for factor in expr.factors):
        return None
    result = open_nested(expr, is_number)
    return None if result == expr else result


def zero_product(expr: Expr) -> Expr | None:
    """0 A B .. = 0, of the same sizes

    Decreases: the number of factors that are not ones.
    """
    if not isinstance(expr, Product):
        return None
    if expr.coefficient != 0 and not any(is_zero(factor) for factor in expr.factors):
        return None
    result = zero(expr.sizes)
    return None if result == expr else result


def unwrap_single_factor(expr: Expr) -> Expr | None:
    """1 A_ij.. with output ij.. = A

    Decreases: the number of products.
    """
    if not isinstance(expr, Product) or expr.coefficient != 1 or len(expr.factors) != 1:
        return None
    return expr.factors[0] if expr.labels[0] == expr.output else None


def is_moved_sum(expr: Expr) -> bool:
    """Return whether an expression is a sum with its axes in another order, possibly times a number."""
    if not isinstance(expr, Product) or len(expr.factors) != 1 or not isinstance(expr.factors[0], Sum):
        return False
    labels = expr.labels[0]
    return labels != expr.output and sorted(labels) == sorted(expr.output)


def is_scaling(expr: Expr) -> bool:
    """Return whether an expression is one tensor, scaled, moved, sliced or spread, or holds no tensor.

    Sharing such an expression saves nothing.
    """
    if not isinstance(expr, Product):
        return False
    if all(isinstance(factor, STRUCTURE) for factor in expr.children):
        return True
    given = operands(expr)
    free = {*expr.output, *(names[0] for factor, names in given if isinstance(factor, OneHot))}
    carriers = 0
    for factor, names in given:
        if not free.issuperset(names) or len(set(names)) != len(names):
            return False
        carriers += bool(names) and not isinstance(factor, STRUCTURE)
    return carriers <= 1


def flatten(expr: Product) -> Product:
    """Return the product with every nested product opened, and deltas and ones eliminated.

    Definitions are not opened. The value and the axes are kept. What is left of ones is one vector for
    each free label that no other factor carries (one tensor of ones where there is no other factor); a
    contracted ones is a number or a size.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, C = tensors("A[i,j] B[j,k] C[k,l]")
        >>> len(flatten((A @ B) @ C).factors)
        3
    """
    result = open_nested(expr, lambda _: True)
    for step in (contract_delta, drop_ones):
        changed = step(result)
        if isinstance(changed, Product):
            result = changed
    return result


def as_product(expr: Expr) -> Product:
    """Return a product with the value of ``expr``: itself, or itself as the only factor."""
    if isinstance(expr, Product):
        return expr
    axes = tuple(range(expr.ndim))
    return Product(1, (expr,), (axes,), axes)


def without(items: Iterable[Operand], index: int) -> list[Operand]:
    """Return the operands except the one at ``index``."""
    return [item for place, item in enumerate(items) if place != index]


PRODUCT_RULES = (
    rule(zero_product, Product),
    rule(fold_numbers, Product, Product),
    rule(contract_delta, Product, Delta),
    rule(drop_ones, Product, Ones),
    rule(unwrap_single_factor, Product),
)
"""The rules for products, in the order in which they are tried."""
