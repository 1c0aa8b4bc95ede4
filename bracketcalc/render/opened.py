"""Products as the printers see them: nested products opened, deltas of higher order as identities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise
from typing import TypeGuard

from bracketcalc.expr.core import POWER, Delta, Elementwise, Expr, Extent, Ones, Product, product
from bracketcalc.expr.number import Number, ratio, times
from bracketcalc.simplify.products import Operand, as_product, drop_ones, operands

MAX_FACTORS = 64
"""A nested product stays a formula of its own where opening it would give more factors than this."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A factor of an opened product.

    Attributes:
        expr: the factor, or what it is 1 over.
        labels: its labels.
        under: whether the product is divided by ``expr``, element by element.
    """

    expr: Expr
    labels: tuple[int, ...]
    under: bool

    @property
    def value(self) -> Expr:
        """Return the factor."""
        return Elementwise(POWER, (-1,), self.expr) if self.under else self.expr


@dataclass(frozen=True, slots=True)
class Opened:
    """A product without nested products: a number, the factors, the labels of the result."""

    coefficient: Number
    leaves: tuple[Leaf, ...]
    output: tuple[int, ...]

    @property
    def sizes(self) -> dict[int, Extent]:
        """Return the size of each label."""
        pairs = [zip(leaf.labels, leaf.expr.sizes, strict=True) for leaf in self.leaves]
        return {label: size for pair in pairs for label, size in pair}

    @property
    def spread(self) -> Expr | None:
        """Return the scalar that is repeated over all axes of the result, None if it is none."""
        if not all(isinstance(leaf.expr, Ones) or not leaf.labels for leaf in self.leaves):
            return None
        scalars = [leaf.value for leaf in self.leaves if not leaf.labels]
        return product(self.coefficient, [(scalar, ()) for scalar in scalars], ())


def opened(expr: Expr) -> Opened:
    """Return an expression as one product over factors that are no products.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, C = tensors("A[i,j] B[j,k] C[k,l]")
        >>> [leaf.expr.name for leaf in opened(A @ (B @ C)).leaves]
        ['A', 'B', 'C']
    """
    result = _few_opened(as_product(expr))
    changed = drop_ones(result)
    result = changed if isinstance(changed, Product) else result
    coefficient = result.coefficient
    leaves: list[Leaf] = []
    for factor, labels in operands(result):
        base = reciprocal_of(factor)
        if base is None or isinstance(base, Ones | Delta):
            leaves += _leaves(factor, labels)
        elif _is_scalar_product(base) and base.coefficient != 0:
            coefficient = ratio(coefficient, base.coefficient)
            leaves += [_under(inner) for inner in base.factors]
        else:
            leaves.append(Leaf(base, labels, under=True))
    return Opened(coefficient, tuple(leaves), result.output)


def _is_scalar_product(expr: Expr) -> TypeGuard[Product]:
    return isinstance(expr, Product) and not any(expr.labels)


def _under(factor: Expr) -> Leaf:
    """Return the leaf for 1 / factor."""
    base = reciprocal_of(factor)
    return Leaf(factor, (), under=True) if base is None else Leaf(base, (), under=False)


def _few_opened(expr: Product) -> Product:
    """Open nested products, the outer ones first, while there are few factors."""
    coefficient, found = expr.coefficient, operands(expr)
    fresh = count(1 + max((label for labels in expr.labels for label in labels), default=0))
    while True:
        room = MAX_FACTORS - len(found)
        level: list[Operand] = []
        settled = True
        for factor, labels in found:
            if isinstance(factor, Product) and len(factor.factors) - 1 <= room:
                room -= len(factor.factors) - 1
                coefficient = times(coefficient, factor.coefficient)
                level += _inside(factor, labels, fresh)
                settled = False
            else:
                level.append((factor, labels))
        if settled:
            return product(coefficient, found, expr.output)
        found = level


def _inside(expr: Product, labels: tuple[int, ...], fresh: Iterator[int]) -> list[Operand]:
    """Return the operands of a nested product with the labels of the product around it."""
    names = dict(zip(expr.output, labels, strict=True))
    inside: list[Operand] = []
    for factor, own in operands(expr):
        for label in own:
            if label not in names:
                names[label] = next(fresh)
        inside.append((factor, tuple([names[label] for label in own])))
    return inside


def _leaves(factor: Expr, labels: tuple[int, ...]) -> list[Leaf]:
    """Return a factor; ones as vectors, a delta of higher order as identity matrices."""
    if isinstance(factor, Ones):
        sizes = zip(factor.sizes, labels, strict=True)
        return [Leaf(Ones((size,)), (label,), under=False) for size, label in sizes]
    if isinstance(factor, Delta):
        identity = Delta(factor.sizes[0], 2)
        return [Leaf(identity, pair, under=False) for pair in pairwise(labels)]
    return [Leaf(factor, labels, under=False)]


def reciprocal_of(expr: Expr) -> Expr | None:
    """Return x for an expression x^(-p) with a power p > 0 of x, otherwise None.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (x,) = tensors("x[n]")
        >>> reciprocal_of(x**-1) == x, reciprocal_of(x**-2) == x**2, reciprocal_of(x)
        (True, True, None)
    """
    if not isinstance(expr, Elementwise) or expr.function != POWER or expr.parameters[0] >= 0:
        return None
    exponent = -expr.parameters[0]
    return expr.argument if exponent == 1 else Elementwise(POWER, (exponent,), expr.argument)
