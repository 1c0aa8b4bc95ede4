"""Records of the determinant and of the logarithm of its absolute value (paper §4.4).

The gradient |X| X⁻ᵀ of the determinant is finite at singular matrices too: a program computes it as the
transposed adjugate. Its own derivatives are written with X⁻¹ and raise SingularMatrixError there; those of
``adjugate`` are finite. The logarithm has no derivative at a singular matrix, and its gradient X⁻ᵀ raises.
"""

from __future__ import annotations

from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import HOLOMORPHIC, Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.square_matrix import INV, check_square


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
    on_complex=HOLOMORPHIC,
)


def _logdet_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("logdet", sizes)
    return ()


def _logdet_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.linalg.slogdet(x)[1]


def _logdet_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d log |det X| = X⁻ᵀ · dX"""
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
    summary="the logarithm of the absolute value of the determinant; -inf where it is 0",
)
