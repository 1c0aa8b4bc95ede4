"""Records of the principal square root and the principal logarithm of a square matrix.

Both exist, and are unique, where no eigenvalue is 0 or a negative number. Elsewhere evaluating them raises.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bracketcalc.errors import ArgumentError, SingularMatrixError
from bracketcalc.expr.records import Array, ArrayNamespace
from bracketcalc.functions.analytic import matrix_record, two_to

STEPS = 100
"""The most Newton steps. They converge quadratically; far from the root, each one halves the distance."""

SMALL = 1e-30
"""Where the steps end: far below rounding, so that small eigenvalues are right too and 0 is noticed."""

ROOTS = 60
"""The most square roots that bring a matrix close to I: the exponents of floating numbers ask for fewer."""

NEAR = 0.25
"""How far from I the Padé approximant of degree :data:`DEGREE` of the logarithm is exact to rounding."""

DEGREE = 7


def _sqrtm_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.size == 0:
        return x.copy()
    with np.errstate(all="ignore"):
        return _guarded("sqrtm", xp, x, lambda: _square_root(xp, x))


def _square_root(xp: ArrayNamespace, x: Array) -> Array:
    # An even power of two, whose root is exact, brings the largest element near 1.
    half = xp.frexp(xp.amax(xp.abs(x), axis=(-2, -1), keepdims=True))[1] // 2
    return two_to(xp, half, x) * _newton(xp, two_to(xp, -2 * half, x) * x)


def _newton(xp: ArrayNamespace, x: Array) -> Array:
    """Return the limit of X ← X + E, E ← -½ E X⁻¹ E from X = A, E = ½ (I - A).

    It is Newton's method with the increment carried along, which keeps it stable (B. Iannazzo, *A note on
    computing the matrix square root*, Calcolo 40, 2003).
    """
    root, increment = x, 0.5 * (xp.eye(x.shape[-1], dtype=x.dtype) - x)
    for _ in range(STEPS):
        root = root + increment
        increment = -0.5 * increment @ xp.linalg.solve(root, increment)
        if bool((_largest(xp, increment) <= SMALL * _largest(xp, root)).all()):
            return root
    raise ArgumentError("no convergence")


def _largest(xp: ArrayNamespace, x: Array) -> Array:
    return xp.amax(xp.abs(x), axis=(-2, -1))


def _guarded(name: str, xp: ArrayNamespace, x: Array, compute: Callable[[], Array]) -> Array:
    """Return what is computed, and say of which function the argument has no principal value."""
    try:
        return compute()
    except xp.linalg.LinAlgError:
        raise SingularMatrixError(
            f"{name} of an array of shape {x.shape}: a matrix is singular, or the method met one",
            hint="add a multiple of the identity, or use other values",
        ) from None
    except ArgumentError:
        raise ArgumentError(
            f"{name} of an array of shape {x.shape}: no principal value was found",
            hint="no eigenvalue may be 0 or a negative number; pass finite numbers",
        ) from None


SQRTM = matrix_record(
    name="sqrtm",
    value=_sqrtm_value,
    latex=r"\operatorname{sqrtm}",
    summary="the principal square root of a square matrix: R R = X, with eigenvalues in the right half",
)


def _logm_value(xp: ArrayNamespace, x: Array) -> Array:
    if x.size == 0:
        return x.copy()
    with np.errstate(all="ignore"):
        return _guarded("logm", xp, x, lambda: _by_roots(xp, x))


def _by_roots(xp: ArrayNamespace, x: Array) -> Array:
    """log A = 2^s log A^(1/2^s), each matrix of a stack with its own s"""
    one = xp.eye(x.shape[-1], dtype=x.dtype)
    root = x
    count = xp.zeros(x.shape[:-2], dtype=int)
    for _ in range(ROOTS):
        far = ~(xp.amax(xp.abs(root - one).sum(axis=-2), axis=-1) <= NEAR)
        if not bool(far.any()):
            return two_to(xp, count, x)[..., None, None] * _log_near_one(xp, root - one)
        root = xp.where(far[..., None, None], _square_root(xp, root), root)
        count = count + far
    raise ArgumentError("no convergence")


def _log_near_one(xp: ArrayNamespace, x: Array) -> Array:
    """Return the Padé approximant of log(I + X): the Gauss-Legendre rule for ∫₀¹ X (I + t X)⁻¹ dt."""
    nodes, weights = np.polynomial.legendre.leggauss(DEGREE)
    one = xp.eye(x.shape[-1], dtype=x.dtype)
    total = xp.zeros_like(x)
    for node, weight in zip((1 + nodes) / 2, weights / 2, strict=True):
        total = total + float(weight) * xp.linalg.solve(one + float(node) * x, x)
    return total


LOGM = matrix_record(
    name="logm",
    value=_logm_value,
    latex=r"\operatorname{logm}",
    summary="the principal logarithm of a square matrix: its exponential is X",
)
