"""Functions on sub-tensors and their gradients ∇f, whose values are written in NumPy (paper §4.3.4)."""

from __future__ import annotations

import numpy as np

import bracketcalc as bc
from tests.paper.rows import Array, Names


def _softmax_slope(xp: object, x: Array) -> Array:
    """Return ∇s_{ji} = s_i δ_{ij} - s_i s_j."""
    weights = np.exp(x)
    s = weights / weights.sum(axis=-1, keepdims=True)
    found: Array = s[..., None] * np.eye(x.shape[-1]) - s[..., :, None] * s[..., None, :]
    return found


def _squares_slope(xp: object, x: Array) -> Array:
    """Return ∇q_{jki} = 2 M_{jk} δ_{ij} for q(M)_i = Σ_k M_{ik}²."""
    found: Array = 2 * x[..., None] * np.eye(x.shape[-2])[:, None, :]
    return found


def _pairs_slope(xp: object, x: Array) -> Array:
    """Return ∇t_{jab} = δ_{ja} v_b + v_a δ_{jb} for t(v) = v vᵀ."""
    eye = np.eye(x.shape[-1])
    one: Array = np.einsum("ja,...b->...jab", eye, x)
    return one + np.swapaxes(one, -1, -2)


def _pairs_differential(x: bc.Expr, y: bc.Expr, dx: bc.Expr, batch: int) -> bc.Expr:
    lead = "pqrs"[:batch]
    equation = f"{lead}i,{lead}j->{lead}ij"
    return bc.einsum(equation, dx, x) + bc.einsum(equation, x, dx)


FUNCTIONS: Names = {
    "s": bc.softmax,
    "∇s": bc.subtensor_function("∇s", 1, lambda sizes: sizes * 2, _softmax_slope),
    "q": bc.subtensor_function(
        "q",
        2,
        lambda sizes: sizes[:1],
        lambda xp, x: (x**2).sum(axis=-1),
        lambda x, y, dx, batch: (2 * x * dx).sum(axis=-1),
    ),
    "∇q": bc.subtensor_function("∇q", 2, lambda sizes: (*sizes, sizes[0]), _squares_slope),
    "t": bc.subtensor_function(
        "t",
        1,
        lambda sizes: sizes * 2,
        lambda xp, x: x[..., :, None] * x[..., None, :],
        _pairs_differential,
    ),
    "∇t": bc.subtensor_function("∇t", 1, lambda sizes: sizes * 3, _pairs_slope),
}
