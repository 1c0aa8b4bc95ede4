"""Records of the eigenvalues and the eigenvectors of a symmetric matrix.

They are functions of all square matrices: they take the symmetric part (X + Xᵀ)/2, which is X itself for
a symmetric X, so their gradients are symmetric.

An eigenvalue that is repeated has no derivative of its own. ``eigvalsh`` then uses the eigenvectors that
it found, which is right for every function of the eigenvalues that does not depend on their order, such
as their sum. The derivative of an eigenvector divides by differences of eigenvalues: with a repeated one
it raises SingularMatrixError, and so do second derivatives of eigenvalues.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.errors import SingularMatrixError
from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.matrix_cholesky import symmetric_part, symmetrized
from bracketcalc.functions.square_matrix import check_square

_LARGE = 0.3
"""A component of an eigenvector fixes its sign if it is larger than this part of the largest one."""


def _inverse_gaps_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return (sizes[0], sizes[0])


def _inverse_gaps_value(xp: ArrayNamespace, x: Array) -> Array:
    size = x.shape[-1]
    gaps = x[..., None, :] - x[..., :, None]
    diagonal = xp.eye(size, dtype=bool)
    if size > 1:
        scale = xp.abs(x).max(axis=-1)[..., None, None]
        rounding = size * np.finfo(x.dtype).eps * scale
        if bool(((xp.abs(gaps) <= rounding) & ~diagonal).any()):
            raise SingularMatrixError(
                "two eigenvalues of a matrix are equal, and the derivative of its eigenvectors divides "
                "by their difference",
                hint="use other values, or a function of the matrix that needs no eigenvectors",
            )
    return xp.where(diagonal, xp.zeros_like(gaps), 1 / xp.where(diagonal, xp.ones_like(gaps), gaps))


def _inverse_gaps_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """dF_ik = F_ik² (dλ_i - dλ_k) with F_ik = 1/(λ_k - λ_i)"""
    lead = list(range(batch))
    matrix = [*lead, "i", "k"]
    return product(1, [(y, matrix), (y, matrix), (dx, [*lead, "i"])], matrix) - product(
        1, [(y, matrix), (y, matrix), (dx, [*lead, "k"])], matrix
    )


INVERSE_GAPS = TensorFunction(
    name="inverse_gaps",
    ndim=1,
    result=_inverse_gaps_result,
    value=_inverse_gaps_value,
    differential=_inverse_gaps_differential,
    latex=r"\operatorname{inverse\_gaps}",
    summary="the matrix of 1/(x_k - x_i) in row i and column k, with zeros on the diagonal",
)


def _eigvecsh_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("eigvecsh", sizes)
    return sizes


def _eigvecsh_value(xp: ArrayNamespace, x: Array) -> Array:
    vectors = xp.linalg.eigh(symmetric_part("eigvecsh", xp, x))[1]
    if x.shape[-1] == 0:
        return vectors
    lengths = xp.abs(vectors)
    first = (lengths > _LARGE * lengths.max(axis=-2, keepdims=True)).argmax(axis=-2)
    chosen = xp.take_along_axis(vectors, first[..., None, :], axis=-2)
    return xp.where(chosen < 0, -vectors, vectors)


def _eigvecsh_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """dU = U (F ⊙ Uᵀ dX U) with F_ik = 1/(λ_k - λ_i) outside the diagonal"""
    lead = list(range(batch))
    inverse = Map(INVERSE_GAPS, Map(EIGVALSH, x, batch), batch)
    return product(
        1,
        [
            (y, [*lead, "a", "i"]),
            (inverse, [*lead, "i", "k"]),
            (y, [*lead, "b", "i"]),
            (symmetrized(dx, batch), [*lead, "b", "c"]),
            (y, [*lead, "c", "k"]),
        ],
        [*lead, "a", "k"],
    )


EIGVECSH = TensorFunction(
    name="eigvecsh",
    ndim=2,
    result=_eigvecsh_result,
    value=_eigvecsh_value,
    differential=_eigvecsh_differential,
    latex=r"\operatorname{eigvecsh}",
    summary=(
        "the unit eigenvectors of (X + Xᵀ)/2 as columns, in the order of the eigenvalues; "
        "the first large component of each is positive"
    ),
)


def _eigvalsh_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("eigvalsh", sizes)
    return sizes[:1]


def _eigvalsh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.linalg.eigvalsh(symmetric_part("eigvalsh", xp, x))


def _eigvalsh_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """dλ_k = u_k u_kᵀ · dX with the eigenvector u_k"""
    lead = list(range(batch))
    vectors = Map(EIGVECSH, x, batch)
    return product(
        1,
        [(vectors, [*lead, "a", "k"]), (vectors, [*lead, "b", "k"]), (dx, [*lead, "a", "b"])],
        [*lead, "k"],
    )


EIGVALSH = TensorFunction(
    name="eigvalsh",
    ndim=2,
    result=_eigvalsh_result,
    value=_eigvalsh_value,
    differential=_eigvalsh_differential,
    latex=r"\operatorname{eigvalsh}",
    summary="the eigenvalues of (X + Xᵀ)/2 in ascending order",
)
