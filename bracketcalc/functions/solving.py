"""Solving linear systems: A⁻¹ B by a factorization of A, never by its inverse.

The differential is A⁻¹ (dB - dA A⁻¹ B), the adjoint solves with Aᵀ. So the gradient of a function of
x = A⁻¹ b costs one more solve: v = A⁻ᵀ ∇ₓJ, ∇_b J = v, ∇_A J = -v xᵀ.
"""

from __future__ import annotations

from math import prod

from bracketcalc.errors import ShapeError, SingularMatrixError
from bracketcalc.expr.core import Expr, Extent, as_expr, product
from bracketcalc.expr.nodes import Operator
from bracketcalc.expr.records import HOLOMORPHIC, Array, ArrayNamespace, LinearOperator
from bracketcalc.expr.shapes import describe, show_size
from bracketcalc.functions.square_matrix import check_square


def transposed(stack: Expr, batch: int, count: int = 1) -> Expr:
    """Return every matrix of a stack transposed; axes behind the matrices stay.

    With ``count`` axes in the place of rows, and as many in the place of columns, both are exchanged.
    """
    axes = list(range(stack.ndim))
    middle, end = batch + count, batch + 2 * count
    return product(1, [(stack, axes)], [*axes[:batch], *axes[middle:end], *axes[batch:middle], *axes[end:]])


def _solve_result(matrix: tuple[Extent, ...], right: tuple[Extent, ...]) -> tuple[Extent, ...]:
    count = len(right)
    for rows, columns in zip(matrix[:count], matrix[count:], strict=True):
        check_square("solve", (rows, columns))
    for rows, size in zip(matrix, right, strict=False):
        if rows != size:
            raise ShapeError(
                f"solve takes a right side with as many rows as the matrix: "
                f"{show_size(size)} against {show_size(rows)}",
                hint="give the right side the axes of the stack, then the axis to solve for",
            )
    return right


def _solve_value(xp: ArrayNamespace, a: Array, b: Array) -> Array:
    count = a.ndim - b.ndim + 1
    batch = a.shape[: a.ndim - 2 * count]
    rows = prod(a.shape[a.ndim - count :])
    try:
        result = xp.linalg.solve(a.reshape((*batch, rows, rows)), b.reshape((*batch, rows, b.shape[-1])))
    except xp.linalg.LinAlgError:
        raise SingularMatrixError(
            f"solve with an array of shape {a.shape}: a matrix is singular",
            hint="add a multiple of the identity, or use other values",
        ) from None
    return result.reshape(b.shape)


def _solve_adjoint(node: Operator, place: int, cotangent: Expr) -> Expr:
    """G · (A⁻¹ dB) = (A⁻ᵀ G) · dB"""
    flipped = transposed(node.parameter, node.batch, node.operator.operands[0])
    return Operator(node.operator, flipped, (cotangent,), node.batch)


def _solve_differential(node: Operator, da: Expr) -> Expr:
    """d(A⁻¹ B) = -A⁻¹ dA A⁻¹ B for a constant B"""
    batch, count = node.batch, node.operator.operands[0]
    lead = list(range(batch))
    rows, columns = [("i", axis) for axis in range(count)], [("j", axis) for axis in range(count)]
    rest = [("rest", axis) for axis in range(batch + count, node.ndim)]
    moved = product(
        -1, [(da, [*lead, *rows, *columns]), (node, [*lead, *columns, *rest])], [*lead, *rows, *rest]
    )
    return Operator(node.operator, node.parameter, (moved,), batch)


def _record(count: int) -> LinearOperator:
    name = "solve" if count == 1 else f"solve{count}"
    axes = "" if count == 1 else f", for {count} axes at once"
    return LinearOperator(
        name=name,
        ndim=2 * count,
        operands=(count,),
        result=_solve_result,
        value=_solve_value,
        adjoint=_solve_adjoint,
        differential=_solve_differential,
        latex=rf"\operatorname{{{name}}}",
        summary=f"the solution X of A X = B{axes}",
        on_complex=HOLOMORPHIC,
    )


MOST_AXES = 4
"""The most axes that one equation can be solved for."""

SOLVES = tuple([_record(count) for count in range(1, MOST_AXES + 1)])
"""Solving for one axis, for two, and so on: ``solve2`` is A_ijkl X_kl = B_ij."""

SOLVE = SOLVES[0]


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


def solve_axes(tensor: object, right: object, count: int) -> Expr:
    """Return the X with A ·_k X = B for a tensor A with 2k axes: k equations, then k unknowns.

    Args:
        tensor: A. With k = 1, it is a square matrix; with k = 0, a number.
        right: B, with the k axes of the equations, then any others.
        count: k.

    Returns:
        An expression with the axes of ``right``.

    Raises:
        ShapeError: if the axes do not fit, or there are too many.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[m,n,m,n] B[m,n,k]")
        >>> solve_axes(A, B, 2).sizes == B.sizes
        True
    """
    tensor, right = as_expr(tensor), as_expr(right)
    if count > MOST_AXES:
        raise ShapeError(f"an equation is solved for at most {MOST_AXES} axes at once, not for {count}")
    return right / tensor if count == 0 else Operator(SOLVES[count - 1], tensor, (right,), 0)
