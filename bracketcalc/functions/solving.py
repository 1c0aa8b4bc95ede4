"""Solving linear systems: A⁻¹ B by a factorization of A, never by its inverse.

The differential is A⁻¹ (dB - dA A⁻¹ B), the adjoint solves with Aᵀ. So the gradient of a function of
x = A⁻¹ b costs one more solve: v = A⁻ᵀ ∇ₓJ, ∇_b J = v, ∇_A J = -v xᵀ.
"""

from __future__ import annotations

from bracketcalc.errors import ShapeError, SingularMatrixError
from bracketcalc.expr.core import Expr, Extent, as_expr, product
from bracketcalc.expr.nodes import Operator
from bracketcalc.expr.records import Array, ArrayNamespace, LinearOperator
from bracketcalc.expr.shapes import describe, show_size
from bracketcalc.functions.square_matrix import check_square


def transposed(stack: Expr, batch: int) -> Expr:
    """Return every matrix of a stack transposed; axes behind the matrices stay."""
    axes = list(range(stack.ndim))
    exchanged = [*axes[:batch], batch + 1, batch, *axes[batch + 2 :]]
    return product(1, [(stack, axes)], exchanged)


def _solve_result(matrix: tuple[Extent, ...], right: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("solve", matrix)
    if matrix[0] != right[0]:
        raise ShapeError(
            f"solve takes a right side with as many rows as the matrix: "
            f"{show_size(right[0])} against {show_size(matrix[0])}",
            hint="give the right side the axes of the stack, then the axis to solve for",
        )
    return right


def _solve_value(xp: ArrayNamespace, a: Array, b: Array) -> Array:
    try:
        return xp.linalg.solve(a, b)
    except xp.linalg.LinAlgError:
        raise SingularMatrixError(
            f"solve with an array of shape {a.shape}: a matrix is singular",
            hint="add a multiple of the identity, or use other values",
        ) from None


def _solve_adjoint(node: Operator, place: int, cotangent: Expr) -> Expr:
    """G · (A⁻¹ dB) = (A⁻ᵀ G) · dB"""
    return Operator(SOLVE, transposed(node.parameter, node.batch), (cotangent,), node.batch)


def _solve_differential(node: Operator, da: Expr) -> Expr:
    """d(A⁻¹ B) = -A⁻¹ dA A⁻¹ B for a constant B"""
    batch = node.batch
    lead = list(range(batch))
    rest = [("rest", axis) for axis in range(batch + 1, node.ndim)]
    moved = product(-1, [(da, [*lead, "i", "j"]), (node, [*lead, "j", *rest])], [*lead, "i", *rest])
    return Operator(SOLVE, node.parameter, (moved,), batch)


SOLVE = LinearOperator(
    name="solve",
    ndim=2,
    operands=(1,),
    result=_solve_result,
    value=_solve_value,
    adjoint=_solve_adjoint,
    differential=_solve_differential,
    latex=r"\operatorname{solve}",
    summary="the solution X of A X = B",
)


def solve(matrix: object, right: object) -> Expr:
    """Return A⁻¹ B, the solution X of A X = B.

    It is computed by a factorization of A. A derivative in B costs one more solve with A or Aᵀ, and so
    does the gradient in A; the inverse is never formed.

    Args:
        matrix: A, a square matrix, or a stack of them.
        right: B, with the axes of the stack, then an axis that A is solved for, then any others.

    Returns:
        An expression with the axes of ``right``. Where A is singular, evaluating it raises
        SingularMatrixError.

    Raises:
        ShapeError: if the matrix is not square, or the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, b = tensors("A[n,n] B[n,k] b[n]")
        >>> solve(A, b).sizes == b.sizes, solve(A, B).sizes == B.sizes
        (True, True)
    """
    matrix, right = as_expr(matrix), as_expr(right)
    if matrix.ndim < 2:
        raise ShapeError(f"solve takes a square matrix, but {describe(matrix)} has {matrix.ndim} axes")
    check_square("solve", matrix.sizes[-2:])
    return Operator(SOLVE, matrix, (right,), matrix.ndim - 2)
