"""The Kronecker form of a linear map between matrices: A dX B is (Bᵀ ⊗ A) vec(dX)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bracketcalc.errors import DerivativeError, ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.core import Delta, Expr, Extent, Ones, Product, Sum, Tensor, product
from bracketcalc.expr.number import Number
from bracketcalc.expr.shapes import describe, label_sizes, show_sizes
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.simplify.products import Operand, flatten, is_zero, operands, zero
from bracketcalc.traverse import depends_on, postorder

MAX_TERMS = 1000
"""The most terms that a Kronecker form may have: shared sums multiplied out can have a great many."""


@dataclass(frozen=True, slots=True)
class KroneckerForm:
    """The matrix K with d vec F = K d vec X, as a sum of Kronecker products L ⊗ R.

    vec stacks columns: element (i, j) of a matrix with m rows is element i + m j of its vec. A term
    A dX B of the differential is the pair L = Bᵀ, R = A, because vec(A X B) = (Bᵀ ⊗ A) vec X.

    Attributes:
        terms: the pairs (L, R). Each L has as many rows and columns as F and X have columns, each R as
            many as they have rows. Those with the fewest factors behind dX come first.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,n]")
        >>> dX = Tensor("dX", X.sizes)
        >>> [left == X.T for left, right in kronecker_form(X @ dX @ X + dX @ X, dX).terms]
        [True, True]
    """

    terms: tuple[tuple[Expr, Expr], ...]

    @property
    def tensor(self) -> Expr:
        """Return K with four axes: (column of F, row of F, column of X, row of X).

        The matrix K is its value with the first two and the last two axes merged, in NumPy
        ``value.reshape(q * p, n * m)`` for a p × q matrix F and an m × n matrix X.
        """
        return simplify(
            Sum([product(1, [(left, "ac"), (right, "bd")], "abcd") for left, right in self.terms])
        )

    def __str__(self) -> str:
        return str(Sum([outer(left, right) for left, right in self.terms]))


def kronecker_form(linear: Expr, symbol: Tensor) -> KroneckerForm:
    """Return the matrix K with vec(linear) = K vec(symbol) as a sum of Kronecker products.

    Args:
        linear: a matrix, linear in ``symbol``.
        symbol: a matrix.

    Raises:
        ShapeError: if one of them is not a matrix.
        DerivativeError: if a term is not A dX B, such as one with dXᵀ.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, dX = tensors("A[m,n] B[k,p] dX[n,k]")
        >>> kronecker_form(A @ dX @ B, dX).terms == ((B.T, A),)
        True
    """
    if symbol.ndim != 2 or linear.ndim != 2:
        raise ShapeError(
            f"a Kronecker form is for matrices: the argument has sizes {show_sizes(symbol.sizes)}, "
            f"the value {show_sizes(linear.sizes)}",
            hint="use the Jacobian, which has an axis for every axis of both",
        )
    found = [_pair(term, symbol) for term in _expanded(linear, symbol)]
    terms = sorted(found, key=lambda pair: _length(pair[0]))
    if not terms:
        (rows, columns), (value_rows, value_columns) = symbol.sizes, linear.sizes
        terms = [(zero((value_columns, columns)), zero((value_rows, rows)))]
    return KroneckerForm(tuple(terms))


def _expanded(linear: Expr, symbol: Tensor) -> list[Product]:
    """Return the terms of an expression linear in a symbol: products that have it as a factor."""
    order = postorder([linear])
    active = depends_on(order, [symbol])
    axes = tuple(range(symbol.ndim))
    terms: dict[Expr, list[Product]] = {symbol: [Product(1, (symbol,), (axes,), axes)]}
    for node in order:
        if node in active and node != symbol:
            terms[node] = _terms_of(node, terms)
            if len(terms[node]) > MAX_TERMS:
                raise DerivativeError(
                    f"the differential has more than {MAX_TERMS} terms", hint="use the Jacobian"
                )
    return [flatten(term) for term in terms.get(linear, []) if not is_zero(term)]


def _terms_of(node: Expr, terms: dict[Expr, list[Product]]) -> list[Product]:
    """Return the terms of a node from those of its children that contain the symbol."""
    if isinstance(node, Sum):
        constants = [term for term in node.terms if term not in terms and not is_zero(term)]
        if not constants:
            return [part for term in node.terms for part in terms.get(term, [])]
    if isinstance(node, Product):
        places = [place for place, factor in enumerate(node.factors) if factor in terms]
        if len(places) == 1:
            found = []
            for term in terms[node.factors[places[0]]]:
                factors = [*node.factors[: places[0]], term, *node.factors[places[0] + 1 :]]
                found.append(Product(node.coefficient, tuple(factors), node.labels, node.output))
            return found
    raise DerivativeError(
        f"{describe(node)} is not a sum of products with one differential each", hint="use the Jacobian"
    )


def _pair(term: Product, symbol: Tensor) -> tuple[Expr, Expr]:
    """Return (Bᵀ, A) of a term A dX B."""
    place = term.factors.index(symbol)
    row, column = term.labels[place]
    above, beside = term.output
    others = [item for number, item in enumerate(operands(term)) if number != place]
    groups = _connected(others)
    if not _separates({above, row}, {beside, column}, groups):
        raise _not_kronecker(term, symbol, _separates({above, column}, {beside, row}, groups))
    sizes = label_sizes(term.factors, term.labels)
    right = [item for labels, group in groups if labels & {above, row} for item in group]
    left = [item for labels, group in groups if not labels & {above, row} for item in group]
    # The coefficient and factors without a label of dX or F stand in front, with Bᵀ.
    pair = [
        _matrix(term.coefficient, left, (beside, column), sizes),
        _matrix(1, right, (above, row), sizes),
    ]
    first, second = simplify_all(pair)
    return first, second


def _length(expr: Expr) -> int:
    """Return how many factors an expression has, none for an identity."""
    if isinstance(expr, Product):
        return sum(not isinstance(factor, Delta) for factor in expr.factors)
    return 0 if isinstance(expr, Delta) else 1


_Group = tuple[set[int], list[Operand]]
"""Factors that are connected by labels, with all of their labels."""


def _connected(items: list[Operand]) -> list[_Group]:
    """Return the factors in groups that have no label in common."""
    groups: list[_Group] = []
    for item in items:
        labels, members = set(item[1]), [item]
        apart = []
        for group in groups:
            if labels.isdisjoint(group[0]):
                apart.append(group)
            else:
                labels |= group[0]
                members = [*group[1], *members]
        groups = [*apart, (labels, members)]
    return groups


def _separates(one: set[int], two: set[int], groups: list[_Group]) -> bool:
    """Return whether no group of factors, and no label, belongs to both sets."""
    return one.isdisjoint(two) and not any(labels & one and labels & two for labels, _ in groups)


def _matrix(
    coefficient: Number, items: list[Operand], axes: tuple[int, int], sizes: Mapping[int, Extent]
) -> Expr:
    """Return the product of the factors as a matrix with the given labels on its axes."""
    first, second = axes
    items = list(items)
    if first == second:
        second = -1
        items.append((Delta(sizes[first], 2), (first, second)))
    carried = {label for _, labels in items for label in labels}
    items += [(Ones((sizes[label],)), (label,)) for label in (first, second) if label not in carried]
    return product(coefficient, items, (first, second))


def _not_kronecker(term: Product, symbol: Tensor, transposed: bool) -> DerivativeError:
    if transposed:
        return DerivativeError(
            f"a term of the differential is A {symbol.name}ᵀ B: its Kronecker form needs the commutation "
            f"matrix, with which vec({symbol.name}ᵀ) is written as a matrix times vec({symbol.name})",
            hint="use the Jacobian",
        )
    return DerivativeError(
        f"{describe(term)} is not of the form A {symbol.name} B, so it is not a Kronecker product",
        hint="use the Jacobian",
    )
