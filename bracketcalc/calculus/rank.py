"""Bounds of a rank that follow from the structure of an expression, with the factors that prove them.

A product of factors with labelled axes is cut in two: the factors on one side carry the rows, those on
the other the columns. It is then a matrix product over the labels that both sides have, so its rank is at
most the product of their sizes. The smallest cut gives the bound; the rank of a sum is at most the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Delta, Expr, Extent, Ones, Product, Size, Sum, as_expr, product
from bracketcalc.expr.shapes import axis_tuple, describe, label_sizes
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.products import Operand, as_product, is_zero, open_nested, operands
from bracketcalc.traverse import expand_definitions

MOST_FACTORS = 12
"""With more factors, only the cuts along one walk through them are looked at."""

Sizes = tuple[Extent, ...]
"""Sizes that are multiplied: a number unless it is 1, then symbols in order."""


@dataclass(frozen=True, slots=True)
class RankBound:
    """An upper bound of the rank of a tensor, read as a matrix with some axes as rows, others as columns.

    Attributes:
        terms: for each term of the tensor the sizes whose products bound its rank, alternatives.
        limits: the sizes of the rows, and those of the columns.
        factors: for each term (L, R): the term is L ·_k R, where k is the number of ``shared`` axes.
        shared: for each term how many axes its L has behind the rows, and its R before the columns.
    """

    terms: tuple[tuple[Sizes, ...], ...]
    limits: tuple[Sizes, Sizes]
    factors: tuple[tuple[Expr, Expr], ...]
    shared: tuple[int, ...]

    def value(self, **sizes: int) -> int:
        """Return the bound for given sizes.

        Raises:
            ArgumentError: for a size that is needed and not given.
        """
        total = sum(min(_value(one, sizes) for one in term) for term in self.terms)
        return min(total, *[_value(limit, sizes) for limit in self.limits])

    def __str__(self) -> str:
        # Where a term reaches the rows or the columns, so does the sum: then they are the bound.
        kept = [[one for one in term if not self._is_limit(one)] for term in self.terms]
        single = kept[0] if len(kept) == 1 else []
        candidates = dict.fromkeys([*self.limits, *single])
        found = [_written(one) for one in _smallest(candidates)]
        if len(kept) != 1 and all(kept):
            texts = [_minimum(list(map(_written, term))) for term in kept]
            known = sum(int(text) for text in texts if text.isdecimal())
            rest = [text for text in texts if not text.isdecimal()]
            found.append(" + ".join([*rest, *([str(known)] if known or not rest else [])]))
        return _minimum(found)

    def _is_limit(self, sizes: Sizes) -> bool:
        return any(_divides(limit, sizes) for limit in self.limits)


def rank_bound(
    x: Expr, rows: int | Sequence[int] = 0, cols: int | Sequence[int] | None = None
) -> RankBound:
    """Return an upper bound of the rank of a tensor, read as a matrix.

    Args:
        x: any expression with at least two axes.
        rows: the axes that are the rows, counted from 0.
        cols: the axes that are the columns; by default all others.

    Returns:
        The bound, whose text is for example ``min(n, d)``, with the factors that prove it.

    Raises:
        ShapeError: if an axis does not exist, or rows and columns are not all axes.

    Example:
        >>> from bracketcalc.calculus.derivatives import gradient
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import tanh
        >>> A, x, b, X = tensors("A[m,n] x[n] b[m] X[n,s]")
        >>> print(rank_bound(gradient(tanh(A @ x + b).sum(), A)))
        1
        >>> print(rank_bound(gradient(tanh(A @ X).sum(), A)))
        min(m, n, s)
    """
    x = as_expr(x)
    lead = axis_tuple(rows, x.ndim)
    rest = tuple([axis for axis in range(x.ndim) if axis not in lead])
    behind = rest if cols is None else axis_tuple(cols, x.ndim)
    if sorted((*lead, *behind)) != list(range(x.ndim)):
        raise ShapeError(
            f"the rows {lead} and the columns {behind} are not the {x.ndim} axes of {describe(x)}",
            hint="name every axis once",
        )
    opened = simplify(expand_definitions([x])[0])
    terms = opened.terms if isinstance(opened, Sum) else (opened,)
    cuts = [_Cut.of(term, lead, behind) for term in terms if not is_zero(term)]
    limits = _sizes(x.sizes[axis] for axis in lead), _sizes(x.sizes[axis] for axis in behind)
    return RankBound(
        tuple([cut.alternatives for cut in cuts]),
        limits,
        tuple([cut.factors for cut in cuts]),
        tuple([cut.shared for cut in cuts]),
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    """The bounds of one term, and the factors of the first."""

    alternatives: tuple[Sizes, ...]
    factors: tuple[Expr, Expr]
    shared: int

    @classmethod
    def of(cls, x: Expr, lead: tuple[int, ...], behind: tuple[int, ...]) -> _Cut:
        expr = _with_vectors_of_ones(open_nested(as_product(x), lambda _: True))
        sizes = label_sizes(expr.factors, expr.labels)
        rows = {expr.output[axis] for axis in lead}
        columns = {expr.output[axis] for axis in behind}
        found: dict[Sizes, tuple[int, ...]] = {}
        for chosen in _sides(expr, rows):
            shared = _shared(expr, chosen, rows, columns)
            found.setdefault(_sizes(sizes[label] for label in shared), chosen)
        best = _smallest(found)
        limits = [_sizes(x.sizes[axis] for axis in axes) for axes in (lead, behind)]
        best.sort(key=lambda one: (one in limits, len(one), prod(n for n in one if isinstance(n, int))))
        chosen = found[best[0]]
        shared = _shared(expr, chosen, rows, columns)
        factors = _factors(expr, chosen, shared, (lead, behind))
        return cls(tuple(best), factors, len(shared))


def _with_vectors_of_ones(expr: Product) -> Product:
    """1_ij = 1_i 1_j: each axis of ones can stand on either side"""
    found: list[Operand] = []
    for factor, labels in operands(expr):
        if isinstance(factor, Ones):
            found += [(Ones((size,)), (label,)) for size, label in zip(factor.sizes, labels, strict=True)]
        else:
            found.append((factor, labels))
    return product(expr.coefficient, found, expr.output)


def _sides(expr: Product, rows: set[int]) -> Iterator[tuple[int, ...]]:
    """Yield the factors that stand on the side of the rows: all choices, or those of one walk."""
    numbers = range(len(expr.factors))
    if len(numbers) <= MOST_FACTORS:
        for count in range(len(numbers) + 1):
            yield from combinations(numbers, count)
        return
    reached, taken = set(rows), list[int]()
    yield ()
    while len(taken) < len(numbers):
        rest = [number for number in numbers if number not in taken]
        number = next((one for one in rest if not reached.isdisjoint(expr.labels[one])), rest[0])
        taken.append(number)
        reached.update(expr.labels[number])
        yield tuple(sorted(taken))


def _shared(expr: Product, chosen: tuple[int, ...], rows: set[int], columns: set[int]) -> list[int]:
    """Return the labels on both sides of a cut, where rows and columns are on their own sides."""
    near, far = set(rows), set(columns)
    for number, labels in enumerate(expr.labels):
        (near if number in chosen else far).update(labels)
    return sorted(near & far)


def _factors(
    expr: Product, chosen: tuple[int, ...], shared: list[int], axes: tuple[tuple[int, ...], tuple[int, ...]]
) -> tuple[Expr, Expr]:
    """Return L and R: a label of a row that is shared gets an identity, as does one of a column."""
    sizes = label_sizes(expr.factors, expr.labels)
    sides: list[Expr] = []
    for near, positions in enumerate(axes):
        free = [expr.output[axis] for axis in positions]
        found: list[tuple[Expr, Sequence[Any]]] = [
            one for number, one in enumerate(operands(expr)) if (number in chosen) == (near == 0)
        ]
        names: list[Any] = []
        for label in shared:
            names.append(("shared", label) if label in free else label)
            if label in free:
                found.append((Delta(sizes[label], 2), (label, ("shared", label))))
        output = [*free, *names] if near == 0 else [*names, *free]
        sides.append(simplify(product(expr.coefficient if near == 0 else 1, found, output)))
    return sides[0], sides[1]


# -- sizes that are multiplied --------------------------------------------------------------------------


def _sizes(extents: Iterable[Extent]) -> Sizes:
    """Return sizes with one form for each product: the known number unless it is 1, then the symbols."""
    known, symbols = 1, list[Size]()
    for size in extents:
        if isinstance(size, Size):
            symbols.append(size)
        else:
            known *= size
    return (*([known] if known != 1 else []), *sorted(symbols, key=lambda size: size.name))


def _smallest(found: Iterable[Sizes]) -> list[Sizes]:
    """Return the products of sizes that are not always at least as large as another."""
    found = list(found)
    return [one for one in found if not any(_divides(other, one) for other in found if other != one)]


def _divides(one: Sizes, other: Sizes) -> bool:
    """Return whether a product of sizes is never larger than another that is not the same."""
    symbols, others = (Counter(size for size in some if isinstance(size, Size)) for some in (one, other))
    known, limit = (prod(size for size in some if isinstance(size, int)) for some in (one, other))
    return symbols <= others and known <= limit


def _value(sizes: Sizes, given: dict[str, int]) -> int:
    total = 1
    for size in sizes:
        if isinstance(size, Size) and size.name not in given:
            raise ArgumentError(f"the size {size.name} is not known", hint=f"write value({size.name}=…)")
        total *= given[size.name] if isinstance(size, Size) else size
    return total


def _written(sizes: Sizes) -> str:
    known = prod(size for size in sizes if isinstance(size, int))
    symbols = [size.name for size in sizes if isinstance(size, Size)]
    return " ".join([*([str(known)] if known != 1 or not symbols else []), *symbols])


def _minimum(texts: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(texts))
    numbers = [int(text) for text in distinct if text.isdecimal()]
    kept = [text for text in distinct if not text.isdecimal()]
    ordered = [*([str(min(numbers))] if numbers else []), *sorted(kept)]
    return ordered[0] if len(ordered) == 1 or ordered[0] in {"0", "1"} else f"min({', '.join(ordered)})"
