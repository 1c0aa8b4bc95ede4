"""The record of the matrix exponential; its derivatives are those of an analytic function of matrices."""

from __future__ import annotations

import numpy as np

from bracketcalc.expr.records import Array, ArrayNamespace
from bracketcalc.functions.analytic import matrix_record

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


def _expm_value(xp: ArrayNamespace, x: Array) -> Array:
    """Return the exponential by scaling, a Padé approximant and squaring; each matrix has its own scale."""
    if x.size == 0:
        return x.copy()
    # Beyond the largest number the result is inf or NaN, as for the exponential of a number.
    with np.errstate(over="ignore", invalid="ignore"):
        norm = xp.amax(xp.abs(x).sum(axis=-2), axis=-1)
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


EXPM = matrix_record(
    name="expm",
    value=_expm_value,
    latex=r"\operatorname{expm}",
    summary="the exponential of a square matrix, I + X + X X/2 + …",
)
