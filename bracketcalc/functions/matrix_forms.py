"""Functions of matrices that are expressions in others: powers, the 2-norm, f(X) for symmetric X.

They act on the last axes; axes in front of them select the matrices of a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import index
from typing import SupportsIndex

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import POWER, Delta, Elementwise, Expr, Ones, as_expr, product, scale
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.shapes import describe
from bracketcalc.functions.matrix_symmetric import EIGVALSH, EIGVECSH
from bracketcalc.functions.square_matrix import INV, check_square

_HALF = Fraction(1, 2)


def matrix_power(matrix: object, exponent: SupportsIndex) -> Expr:
    """Return Aᵏ as a product of k factors, of inverses for a negative k, or the identity for k = 0.

    Args:
        matrix: A, a square matrix, or a stack of them.
        exponent: an integer k; the expression has as many factors.

    Raises:
        ShapeError: if the matrix is not square.
        ArgumentError: if the exponent is not an integer.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (A,) = tensors("A[n,n]")
        >>> matrix_power(A, 3).factors == (A, A, A)
        True
    """
    matrix = _matrices("matrix_power", matrix)
    try:
        count = index(exponent)
    except TypeError:
        raise ArgumentError(
            f"the exponent of a matrix power is an integer, got {exponent!r}",
            hint="write A ** p for the power of every element",
        ) from None
    batch = matrix.ndim - 2
    lead = [("lead", axis) for axis in range(batch)]
    if count == 0:
        one = Delta(matrix.sizes[-1], 2)
        if not batch:
            return one
        stack = Ones(matrix.sizes[:batch])
        return product(1, [(stack, lead), (one, [0, 1])], [*lead, 0, 1])
    factor = matrix if count > 0 else Map(INV, matrix, batch)
    steps = range(abs(count))
    return product(1, [(factor, [*lead, step, step + 1]) for step in steps], [*lead, 0, abs(count)])


def norm2(matrix: object) -> Expr:
    """Return the 2-norm of a matrix, its largest singular value: √λ with the largest eigenvalue λ of XᵀX.

    Its gradient is u vᵀ with the singular vectors of that value. Where several singular values are the
    largest, the norm has no derivative, and the gradient is that of one of them; at X = 0 it is NaN.

    Args:
        matrix: any real matrix, or a stack of them.

    Returns:
        A scalar, or one number for each matrix of the stack.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, S = tensors("X[n,k] S[m,n,k]")
        >>> norm2(X).ndim, norm2(S).ndim
        (0, 1)
    """
    matrix = as_expr(matrix)
    if matrix.ndim < 2:
        raise ShapeError(f"norm2 takes a matrix, but {describe(matrix)} has {matrix.ndim} axes")
    rows, columns = matrix.sizes[-2:]
    batch = matrix.ndim - 2
    lead = list(range(batch))
    wide = isinstance(rows, int) and isinstance(columns, int) and rows < columns
    one, two = (["i", "s"], ["j", "s"]) if wide else (["s", "i"], ["s", "j"])
    gram = product(1, [(matrix, [*lead, *one]), (matrix, [*lead, *two])], [*lead, "i", "j"])
    # In ascending order, the first eigenvalue of -XᵀX is the largest of XᵀX with the other sign.
    smallest = Map(EIGVALSH, scale(-1, gram), batch)[..., 0]
    return Elementwise(POWER, (_HALF,), scale(-1, smallest))


def symmetric_function(function: Callable[[Expr], Expr], matrix: object) -> Expr:
    """Return f(X) = U diag(f(λ)) Uᵀ for the eigenvalues λ and eigenvectors U of (X + Xᵀ)/2.

    The derivative is for a simple spectrum: it raises SingularMatrixError where an eigenvalue is repeated.

    Args:
        function: an element-wise function such as ``log`` or ``sqrt``.
        matrix: X, a square matrix, or a stack of them.

    Returns:
        An expression with the axes of ``matrix``.

    Raises:
        ShapeError: if the matrix is not square, or the function changes the axes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,n]")
        >>> symmetric_function(lambda values: values**-1, X).sizes == X.sizes
        True
    """
    matrix = _matrices("symmetric_function", matrix)
    batch = matrix.ndim - 2
    lead = list(range(batch))
    vectors = Map(EIGVECSH, matrix, batch)
    eigenvalues = as_expr(function(Map(EIGVALSH, matrix, batch)))
    return product(
        1,
        [(vectors, [*lead, "i", "k"]), (eigenvalues, [*lead, "k"]), (vectors, [*lead, "j", "k"])],
        [*lead, "i", "j"],
    )


def _matrices(name: str, value: object) -> Expr:
    """Return an expression after checking that its last two axes are those of square matrices."""
    matrix = as_expr(value)
    if matrix.ndim < 2:
        raise ShapeError(f"{name} takes a square matrix, but {describe(matrix)} has {matrix.ndim} axes")
    check_square(name, matrix.sizes[-2:])
    return matrix
