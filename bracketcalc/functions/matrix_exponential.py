"""Records of the matrix exponential and of the quadrature in its derivative.

The derivative of the exponential is the integral d e^A = ∫₀¹ e^(tA) dA e^((1-t)A) dt. A Gauss-Legendre rule
with :data:`NODES` nodes gives it to rounding error while the largest singular value of A - (tr A / n) I is
at most :data:`LARGEST`; beyond that, ``bounded`` raises. As a sum of products it has an adjoint, the
same expression with Aᵀ in the place of A, and derivatives of every order.
"""

from __future__ import annotations

import numpy as np

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Extent, Ones, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.records import Array, ArrayNamespace, TensorFunction
from bracketcalc.functions.square_matrix import _check_square

NODES = 32
"""How many nodes the quadrature has: it is exact for polynomials of degree 63."""

LARGEST = 28
"""The largest norm of a matrix for which the error of the quadrature is a rounding error.

The integrand is exp(t Z) applied to a matrix, where Z has a norm of at most 2 · 28, and the best polynomial
of degree 63 on [0, 1] differs from exp(t Z) by about 14⁶⁴ / 64! < 2e-16.
"""

_PADE = (
    64764752532480000,
    32382376266240000,
    7771770303897600,
    1187353796428800,
    129060195264000,
    10559470521600,
    670442572800,
    33522128640,
    1323241920,
    40840800,
    960960,
    16380,
    182,
    1,
)
_SMALL = 4.25
"""The norm up to which the Padé approximant of degree 13 has the accuracy of double precision."""


def _expm_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    _check_square("expm", sizes)
    return sizes


def _expm_value(xp: ArrayNamespace, x: Array) -> Array:
    """Return the exponential by scaling, a Padé approximant and squaring; each matrix has its own scale."""
    if x.size == 0:
        return x.copy()
    # Beyond the largest number the result is inf or NaN, as for the exponential of a number.
    with np.errstate(over="ignore", invalid="ignore"):
        norm = xp.abs(x).sum(axis=-2).max(axis=-1)
        exponent = xp.frexp(norm / _SMALL)[1]
        squarings = xp.where(xp.isfinite(norm), xp.maximum(exponent, 0), 0)
        result = _pade(xp, x * xp.ldexp(xp.ones_like(norm), -squarings)[..., None, None])
        for step in range(int(squarings.max())):
            result = xp.where((step < squarings)[..., None, None], result @ result, result)
    return result


def _pade(xp: ArrayNamespace, x: Array) -> Array:
    """Return the Padé approximant of degree 13 of the exponential of matrices of norm 4.25 at most."""
    b = [coefficient / _PADE[0] for coefficient in _PADE]
    one = xp.eye(x.shape[-1], dtype=x.dtype)
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x2 @ x4
    odd = x6 @ (b[13] * x6 + b[11] * x4 + b[9] * x2) + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one
    even = x6 @ (b[12] * x6 + b[10] * x4 + b[8] * x2) + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * one
    odd = x @ odd
    return xp.linalg.solve(even - odd, even + odd)


def _expm_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d e^A = Σ_q w_q e^(t_q A) dA e^((1-t_q) A), the quadrature of the integral over t"""
    lead = list(range(batch))
    ones = Ones((NODES,))
    nodes, weights = Map(GAUSS_NODES, ones, 0), Map(GAUSS_WEIGHTS, ones, 0)
    matrix = Map(BOUNDED, x, batch)
    ahead, behind = (
        Map(EXPM, product(1, [(t, ["q"]), (matrix, [*lead, "i", "j"])], [*lead, "q", "i", "j"]), batch + 1)
        for t in (nodes, ones - nodes)
    )
    return product(
        1,
        [
            (weights, ["q"]),
            (ahead, [*lead, "q", "i", "j"]),
            (dx, [*lead, "j", "k"]),
            (behind, [*lead, "q", "k", "l"]),
        ],
        [*lead, "i", "l"],
    )


EXPM = TensorFunction(
    name="expm",
    ndim=2,
    result=_expm_result,
    value=_expm_value,
    differential=_expm_differential,
    latex=r"\operatorname{expm}",
    summary="the exponential of a square matrix, I + X + X X/2 + …",
)


def _bounded_result(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    _check_square("bounded", sizes)
    return sizes


def _bounded_value(xp: ArrayNamespace, x: Array) -> Array:
    size = x.shape[-1]
    if x.size and bool(xp.isfinite(x).all()):
        mean = xp.trace(x, axis1=-2, axis2=-1) / size
        centred = x - mean[..., None, None] * xp.eye(size, dtype=x.dtype)
        norm = float(xp.linalg.svd(centred, compute_uv=False).max())
        if norm > LARGEST:
            raise ArgumentError(
                f"the derivative of expm is computed for matrices with a norm of at most {LARGEST} "
                f"around their mean eigenvalue, but a norm is {norm:.3g}",
                hint="write expm(A) as a power of expm(A / k)",
            )
    return x.copy()


def _bounded_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d bounded(X) = dX"""
    return dx


BOUNDED = TensorFunction(
    name="bounded",
    ndim=2,
    result=_bounded_result,
    value=_bounded_value,
    differential=_bounded_differential,
    latex=r"\operatorname{bounded}",
    summary="the matrix itself, where the derivative of its exponential can be computed",
)


def _same(sizes: tuple[Extent, ...]) -> tuple[Extent, ...]:
    return sizes


def _gauss(xp: ArrayNamespace, x: Array) -> tuple[Array, Array]:
    """Return the nodes and the weights of the Gauss-Legendre rule on [0, 1] with a node per element."""
    if x.shape[-1] == 0:
        return x, x
    nodes, weights = np.polynomial.legendre.leggauss(x.shape[-1])
    return xp.asarray((1 + nodes) / 2, dtype=x.dtype), xp.asarray(weights / 2, dtype=x.dtype)


def _gauss_nodes_value(xp: ArrayNamespace, x: Array) -> Array:
    return x * _gauss(xp, x)[0]


def _gauss_nodes_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d(t ⊙ x) = t ⊙ dx with the nodes t = gauss_nodes(𝟏)"""
    return _times(Map(GAUSS_NODES, Ones(dx.sizes[-1:]), 0), dx, batch)


GAUSS_NODES = TensorFunction(
    name="gauss_nodes",
    ndim=1,
    result=_same,
    value=_gauss_nodes_value,
    differential=_gauss_nodes_differential,
    latex=r"\operatorname{gauss\_nodes}",
    summary="x times the nodes of the Gauss-Legendre rule on [0, 1], element by element",
)


def _gauss_weights_value(xp: ArrayNamespace, x: Array) -> Array:
    return x * _gauss(xp, x)[1]


def _gauss_weights_differential(x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
    """d(w ⊙ x) = w ⊙ dx with the weights w = gauss_weights(𝟏)"""
    return _times(Map(GAUSS_WEIGHTS, Ones(dx.sizes[-1:]), 0), dx, batch)


GAUSS_WEIGHTS = TensorFunction(
    name="gauss_weights",
    ndim=1,
    result=_same,
    value=_gauss_weights_value,
    differential=_gauss_weights_differential,
    latex=r"\operatorname{gauss\_weights}",
    summary="x times the weights of the Gauss-Legendre rule on [0, 1], element by element",
)


def _times(vector: Expr, dx: Expr, batch: int) -> Expr:
    """Return vector ⊙ dx for each vector behind the batch axes."""
    lead = list(range(batch))
    return product(1, [(vector, ["j"]), (dx, [*lead, "j"])], [*lead, "j"])
