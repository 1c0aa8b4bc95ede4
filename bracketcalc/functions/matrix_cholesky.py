"""Records of the lower triangle of a matrix and of the Cholesky factor.

``cholesky`` is a function of all square matrices, so that its derivative has no constraint: it takes the
symmetric part (X + Xᵀ)/2, which is X itself for a symmetric X. Its gradients are symmetric.
"""

from __future__ import annotations

from bracketcalc.errors import ArgumentError, SingularMatrixError
from bracketcalc.expr.core import Delta, Expr, Extent, Ones, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import HOLOMORPHIC, Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.square_matrix import INV, check_square


def symmetric_part(name: str, xp: ArrayNamespace, x: Array) -> Array:
    """Return (X + Xᵀ)/2 for every matrix of a real array, for the function with the given name.

    Raises:
        ArgumentError: for a complex array, where X + Xᵀ is not Hermitian.
    """
    if xp.iscomplexobj(x):
        raise ArgumentError(
            f"{name} is a function of real matrices, but its argument is complex",
            hint="pass real arrays",
        )
    return 0.5 * (x + xp.swapaxes(x, -1, -2))


def symmetrized(dx: Expr, batch: int) -> Expr:
    """Return (dX + dXᵀ)/2 for every matrix behind the batch axes, as an expression."""
    axes = list(range(batch + 2))
    exchanged = [*axes[:batch], axes[-1], axes[-2]]
    return 0.5 * dx + product(0.5, [(dx, axes)], exchanged)


def _tril_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def _tril_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.tril(x)


def _tril_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d tril(X) = tril(𝟏𝟏ᵀ) ⊙ dX"""
    lead = list(range(batch))
    mask = Map(TRIL, Ones(dx.sizes[batch:]), 0)
    return product(1, [(mask, ["i", "j"]), (dx, [*lead, "i", "j"])], [*lead, "i", "j"])


TRIL = TensorFunction(
    name="tril",
    ndim=2,
    result=_tril_result,
    value=_tril_value,
    differential=_tril_differential,
    latex=r"\operatorname{tril}",
    summary="the lower triangle of a matrix, with zeros above the diagonal",
    on_complex=HOLOMORPHIC,
)


def _cholesky_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    check_square("cholesky", sizes)
    return sizes


def _cholesky_value(xp: ArrayNamespace, x: Array) -> Array:
    symmetric = symmetric_part("cholesky", xp, x)
    try:
        return xp.linalg.cholesky(symmetric)
    except xp.linalg.LinAlgError:
        raise SingularMatrixError(
            f"cholesky of an array of shape {x.shape}: a matrix is not positive definite",
            hint="add a multiple of the identity, or use other values",
        ) from None


def _cholesky_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """dL = L Φ(L⁻¹ dX L⁻ᵀ), where Φ keeps the lower triangle and half of the diagonal"""
    lead = list(range(batch))
    size = dx.sizes[-1]
    half = Map(TRIL, Ones((size, size)), 0) - 0.5 * Delta(size, 2)
    inverse = Map(INV, y, batch)
    return product(
        1,
        [
            (y, [*lead, "i", "j"]),
            (half, ["j", "k"]),
            (inverse, [*lead, "j", "a"]),
            (symmetrized(dx, batch), [*lead, "a", "b"]),
            (inverse, [*lead, "k", "b"]),
        ],
        [*lead, "i", "k"],
    )


CHOLESKY = TensorFunction(
    name="cholesky",
    ndim=2,
    result=_cholesky_result,
    value=_cholesky_value,
    differential=_cholesky_differential,
    latex=r"\operatorname{cholesky}",
    summary="the lower triangular L with L Lᵀ = (X + Xᵀ)/2 and a positive diagonal",
)
