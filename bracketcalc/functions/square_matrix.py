"""The record of the inverse of a square matrix (paper §4.4), and the check that a matrix is square."""

from __future__ import annotations

from bracketcalc.errors import ShapeError, SingularMatrixError
from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.records import HOLOMORPHIC, Array, ArrayNamespace, TensorFunction
from bracketcalc.expr.shapes import show_size


def check_square(name: str, sizes: tuple[Extent, ...]) -> None:
    """Raise a ShapeError unless two sizes are those of a square matrix, for the function with a name."""
    rows, columns = sizes
    if rows != columns:
        symbolic = not (isinstance(rows, int) and isinstance(columns, int))
        raise ShapeError(
            f"{name} takes a square matrix, but there are {show_size(rows)} rows "
            f"and {show_size(columns)} columns",
            hint=(
                "give both axes one name if their sizes are always equal"
                if symbolic
                else "multiply with the transpose first, or choose other axes"
            ),
        )


def _inv_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("inv", sizes)
    return sizes


def _inv_value(xp: ArrayNamespace, x: Array) -> Array:
    try:
        return xp.linalg.inv(x)
    except xp.linalg.LinAlgError:
        raise SingularMatrixError(
            f"inv of an array of shape {x.shape}: a matrix is singular",
            hint="add a multiple of the identity, or use other values",
        ) from None


def _inv_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d(X⁻¹) = -X⁻¹ dX X⁻¹"""
    lead = list(range(batch))
    return product(
        -1, [(y, [*lead, "i", "j"]), (dx, [*lead, "j", "k"]), (y, [*lead, "k", "l"])], [*lead, "i", "l"]
    )


INV = TensorFunction(
    name="inv",
    ndim=2,
    result=_inv_result,
    value=_inv_value,
    differential=_inv_differential,
    latex=r"\operatorname{inv}",
    summary="the inverse of a square matrix",
    on_complex=HOLOMORPHIC,
)
