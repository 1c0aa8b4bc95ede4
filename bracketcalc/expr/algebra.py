"""The function forms of the algebra: ⊗, ⊙ and · with positions, einsum, trace, diag, norm.

Arguments called ``axis`` or ``axes`` count from 0, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from bracketcalc.errors import ArgumentError, ParseError, ShapeError, Span
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    Extent,
    Product,
    as_expr,
    conjugate,
    product,
)
from bracketcalc.expr.node import made
from bracketcalc.expr.number import Number
from bracketcalc.expr.parts import REAL
from bracketcalc.expr.read import read_equation
from bracketcalc.expr.shapes import axis_tuple, describe, mismatch, numbered


def outer(*operands: object) -> Expr:
    """Return the Kronecker product A ⊗ B ⊗ …: the axes of each operand, in order (paper §2.2).

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> a, b = tensors("a[n] b[k]")
        >>> outer(a, b).ndim
        2
    """
    factors = []
    labels: list[tuple[int, ...]] = []
    sizes: tuple[Extent, ...] = ()
    for operand in operands:
        factor = operand if isinstance(operand, Expr) else as_expr(operand)
        factors.append(factor)
        count = len(sizes)
        sizes += factor.sizes
        labels.append(tuple(range(count, len(sizes))))
    return made(Product, (1, tuple(labels), tuple(range(len(sizes)))), tuple(factors), sizes)


Axes = int | Sequence[int]
"""One axis, or several."""


def odot(left: object, right: object, axes: tuple[Axes, Axes] | None = None, sum: Axes = ()) -> Expr:
    """Return A^P ⊙^Q B, with the positions of ``sum`` summed (paper (3) and the barred form).

    Args:
        left: a tensor with N axes, or a number.
        right: a tensor with M axes, or a number.
        axes: the axes P of ``left`` and Q of ``right`` that are multiplied in pairs; all by default.
        sum: those axes of P (counted in ``left``) that are summed.

    Returns:
        The axes of ``left`` in order without the summed ones, then the axes of ``right`` outside Q.

    Raises:
        ShapeError: for lists of different lengths, an axis twice or out of range, unequal sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[i,j,k]")
        >>> odot(A, B, axes=((0, 1), (0, 1)), sum=(1,)).sizes == (A.sizes[0], B.sizes[2])
        True
    """
    left, right = as_expr(left), as_expr(right)
    chosen, partners = _paired_axes(left, right, axes, "⊙")
    summed = axis_tuple(sum, left.ndim)
    for axis in summed:
        if axis not in chosen:
            raise ShapeError(f"axis {axis} is summed but is not among the multiplied axes {chosen}")
    return paired(left, right, chosen, partners, summed)


def paired(
    left: Expr, right: Expr, chosen: Sequence[int], partners: Sequence[int], summed: Sequence[int]
) -> Expr:
    """Return :func:`odot` for axes that are known to fit: different ones, in range, of equal sizes.

    Args:
        left: the left operand.
        right: the right operand.
        chosen: the axes of ``left`` that are multiplied.
        partners: their partners, axes of ``right``.
        summed: those of ``chosen`` that are summed.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> paired(A, B, (1,), (0,), (1,)) == A @ B
        True
    """
    ours, theirs = left.sizes, right.sizes
    output = [axis for axis in range(len(ours)) if axis not in summed]
    sizes = [ours[axis] for axis in output]
    labels = dict(zip(partners, chosen, strict=True))
    new = len(ours)
    for axis, size in enumerate(theirs):
        if axis not in labels:
            labels[axis] = new
            output.append(new)
            sizes.append(size)
            new += 1
    second = tuple([labels[axis] for axis in range(len(theirs))])
    data = (1, (tuple(range(len(ours))), second), tuple(output))
    return made(Product, data, (left, right), tuple(sizes))


def fitting_product(
    coefficient: Number,
    operands: Iterable[tuple[Expr, Iterable[Any]]],
    output: Iterable[Any],
    sizes: tuple[Extent, ...],
) -> Product:
    """Return :func:`product` for operands that are known to fit, as parts of an expression do.

    Args:
        coefficient: a number.
        operands: as for a product; axes with one label have one size.
        output: the labels of the result's axes, all different.
        sizes: the sizes of these axes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> fitting_product(1, [(A, "ij"), (B, "jk")], "ik", (A.sizes[0], B.sizes[1])) == A @ B
        True
    """
    factors, labels, result = numbered(operands, output)
    return made(Product, (coefficient, labels, result), factors, sizes)


def _paired_axes(
    left: Expr, right: Expr, axes: Any, operator: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes of both sides that an operator pairs, after checking that their sizes are equal."""
    if axes is None:
        if left.ndim != right.ndim:
            raise ShapeError(
                f"{operator} without positions needs equal numbers of axes: {describe(left)} has "
                f"{left.ndim}, {describe(right)} has {right.ndim}",
                hint="name the axes to multiply",
            )
        every = tuple(range(left.ndim))
        _check_pairs(left, right, every, every)
        return every, every
    if not isinstance(axes, Sequence) or len(axes) != 2:
        raise ArgumentError(
            f"axes is a pair, axes of the left and axes of the right operand, got {axes!r}",
            hint="write axes=((1,), (0,))",
        )
    chosen, partners = axis_tuple(axes[0], left.ndim), axis_tuple(axes[1], right.ndim)
    if len(chosen) != len(partners):
        raise ShapeError(
            f"{len(chosen)} axes of {describe(left)} are paired with {len(partners)} axes of "
            f"{describe(right)}",
            hint="both lists of positions must have one length",
        )
    _check_pairs(left, right, chosen, partners)
    return chosen, partners


def _check_pairs(left: Expr, right: Expr, chosen: tuple[int, ...], partners: tuple[int, ...]) -> None:
    for one, two in zip(chosen, partners, strict=True):
        ours, theirs = left.sizes[one], right.sizes[two]
        if ours is not theirs and ours != theirs:
            raise mismatch(left, one, right, two)


def dot(left: object, right: object, axes: tuple[Axes, Axes] | None = None) -> Expr:
    """Return A^P ·^Q B: the axes P of ``left`` multiplied with Q of ``right`` and summed.

    Without ``axes`` both tensors have the same number of axes and all are summed.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> dot(A, B, axes=((1,), (0,))) == A @ B
        True
    """
    left, right = as_expr(left), as_expr(right)
    chosen, partners = _paired_axes(left, right, axes, "·")
    return inner(left, right) if axes is None else paired(left, right, chosen, partners, chosen)


def inner(left: Expr, right: Expr) -> Expr:
    """Return A · B for tensors that are known to have equal axes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[i,j]")
        >>> inner(A, B) == dot(A, B)
        True
    """
    axes = tuple(range(len(left.sizes)))
    return made(Product, (1, (axes, axes), ()), (left, right), ())


def einsum(equation: str, *operands: object) -> Expr:
    """Return a product written as an einsum equation with an explicit output.

    Raises:
        ParseError: for an equation of another form.
        ShapeError: for sizes or numbers of axes that do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, v = tensors("X[n,i] v[n]")
        >>> einsum("ni,n,nj->ij", X, v, X).sizes == (X.sizes[1], X.sizes[1])
        True
    """
    inputs, output = read_equation(equation)
    if len(inputs) != len(operands):
        raise ParseError(
            f"the equation has {len(inputs)} operands, but {len(operands)} were given",
            spans=[Span(equation, 0, len(equation))],
        )
    return product(1, list(zip([as_expr(x) for x in operands], inputs, strict=True)), output)


def trace(matrix: object) -> Expr:
    """Return tr(X) = X · I for a matrix (paper §4.4).

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,n]")
        >>> trace(X).ndim
        0
    """
    matrix = _with_ndim(matrix, (2,), "tr")
    return product(1, [(matrix, "ii")], "")


def diag(expr: object) -> Expr:
    """Return the diagonal matrix of a vector, or the diagonal of a matrix.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (s,) = tensors("s[n]")
        >>> diag(s).ndim, diag(diag(s)).ndim
        (2, 1)
    """
    expr = _with_ndim(expr, (1, 2), "diag")
    if expr.ndim == 2:
        return product(1, [(expr, "ii")], "i")
    return product(1, [(expr, "i"), (Delta(expr.sizes[0], 2), "ij")], "ij")


def norm(expr: object) -> Expr:
    """Return the Euclidean (Frobenius) norm √(X · X), for a complex tensor √(Re conj(X) · X).

    It has no derivative at X = 0: there the gradient X / ‖X‖ is NaN, with a warning from NumPy.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,d]")
        >>> norm(X).ndim
        0
    """
    expr = as_expr(expr)
    square = inner(conjugate(expr), expr)
    if not expr.is_real:
        square = Elementwise(REAL, (), square)
    return made(Elementwise, (POWER, (_HALF,)), (square,), ())


_HALF = Fraction(1, 2)


def _with_ndim(value: object, allowed: tuple[int, ...], name: str) -> Expr:
    expr = as_expr(value)
    if expr.ndim not in allowed:
        wanted = " or ".join(str(number) for number in allowed)
        raise ShapeError(f"{name} takes {wanted} axes, but {describe(expr)} has {expr.ndim}")
    return expr


def is_number(expr: Any) -> bool:
    """Return whether an expression is a scalar constant."""
    return isinstance(expr, Product) and not expr.factors
