"""Records of the functions of a square matrix: inverse, determinant and its logarithm (paper §4.4).

They act on the last two axes. A singular matrix has no inverse: NumPy raises ``LinAlgError`` then, also
where the differential of a determinant is evaluated at a singular matrix.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.errors import ShapeError, SingularMatrixError
from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Array, ArrayNamespace, TensorFunction
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
)


def _det_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("det", sizes)
    return ()


def _det_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.linalg.det(x)


def _det_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d|X| = |X| X⁻ᵀ · dX"""
    lead = list(range(batch))
    inverse = Map(INV, x, batch)
    return product(1, [(y, lead), (inverse, [*lead, "j", "i"]), (dx, [*lead, "i", "j"])], lead)


DET = TensorFunction(
    name="det",
    ndim=2,
    result=_det_result,
    value=_det_value,
    differential=_det_differential,
    latex=r"\det",
    summary="the determinant of a square matrix",
)


def _logdet_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("logdet", sizes)
    return ()


def _logdet_value(xp: ArrayNamespace, x: Array) -> Array:
    sign, logarithm = xp.linalg.slogdet(x)
    return xp.where(sign < 0, xp.full_like(logarithm, np.nan), logarithm)


def _logdet_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d log|X| = X⁻ᵀ · dX"""
    lead = list(range(batch))
    inverse = Map(INV, x, batch)
    return product(1, [(inverse, [*lead, "j", "i"]), (dx, [*lead, "i", "j"])], lead)


LOGDET = TensorFunction(
    name="logdet",
    ndim=2,
    result=_logdet_result,
    value=_logdet_value,
    differential=_logdet_differential,
    latex=r"\operatorname{logdet}",
    summary="the logarithm of the determinant; -inf where it is 0, NaN where it is negative",
)
