"""The adjugate of a square matrix: the derivative of its determinant, at singular matrices too.

adj(X) is det(X) X⁻¹ where X has an inverse. Like the determinant it is a polynomial in the elements, so it
and its derivatives are defined everywhere. With the singular value decomposition X = U Σ Vᵀ they are those
at Σ, where each is a sum of products of singular values that none of the directions touches.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from bracketcalc.expr.records import Array, ArrayNamespace
from bracketcalc.functions.analytic import exponent_of, matrix_record, two_to

REGULAR = 1e4
"""The condition number up to which det(X) X⁻¹ is accurate enough."""


def _adjugate_value(xp: ArrayNamespace, x: Array) -> Array:
    size = x.shape[-1]
    if x.size == 0:
        return x.copy()
    exponent = exponent_of(xp, x)
    scaled = two_to(xp, -exponent, x) * x
    with np.errstate(over="ignore", invalid="ignore"):
        return two_to(xp, exponent * (size - 1), x) * _of_scaled(xp, scaled)


def _of_scaled(xp: ArrayNamespace, x: Array) -> Array:
    try:
        inverse = xp.linalg.inv(x)
    except xp.linalg.LinAlgError:
        return _by_singular_values(xp, x)
    condition = _norm(xp, x) * _norm(xp, inverse)
    regular = (condition < REGULAR)[..., None, None]
    direct = xp.linalg.det(x)[..., None, None] * inverse
    if bool(regular.all()) or not bool(xp.isfinite(x).all()):
        return direct
    return xp.where(regular, direct, _by_singular_values(xp, x))


def _norm(xp: ArrayNamespace, x: Array) -> Array:
    return xp.amax(xp.abs(x).sum(axis=-2), axis=-1)


def _by_singular_values(xp: ArrayNamespace, x: Array) -> Array:
    left, values, right = xp.linalg.svd(x)
    sign = xp.linalg.det(left) * xp.linalg.det(right)
    others = _products_of_others(xp, values, 1)
    columns = xp.swapaxes(right.conj(), -1, -2) * others[..., None, :]
    return sign[..., None, None] * (columns @ xp.swapaxes(left.conj(), -1, -2))


def _products_of_others(xp: ArrayNamespace, values: Array, count: int) -> Array:
    """Return at each of n^count indices the product of the values at all others, 0 where two are equal."""
    size = values.shape[-1]
    grid = np.indices((size,) * count)
    lead = values.shape[:-1]
    result = xp.ones((*lead, *grid.shape[1:]), dtype=values.dtype)
    for one in range(count):
        for other in range(one):
            result = xp.where(xp.asarray(grid[one] == grid[other]), xp.zeros_like(result), result)
    for place in range(size):
        taken = xp.asarray((grid == place).any(axis=0))
        value = values[..., place].reshape((*lead, *(1,) * count))
        result = result * xp.where(taken, xp.ones_like(value), value)
    return result


def _adjugate_derivative(xp: ArrayNamespace, a: Array, *directions: Array) -> Array:
    """Return the k-th derivative of the adjugate along k directions.

    The (k+1)-th derivative of det(Σ) along F₀, .., F_k is the sum over k + 1 different indices i and
    their permutations π of sgn π Π_a (F_a)_{i_a i_π(a)} times the singular values at the other indices.
    That of the adjugate is the coefficient of (F₀)ᵀ.
    """
    if a.size == 0:
        return a.copy()
    left, values, right = xp.linalg.svd(a)
    sign = xp.linalg.det(left) * xp.linalg.det(right)
    back, forth = xp.swapaxes(right.conj(), -1, -2), xp.swapaxes(left.conj(), -1, -2)
    turned = [forth @ e @ back for e in directions]
    others = _products_of_others(xp, values, 1 + len(directions))
    total = xp.zeros_like(a)
    diagonal = xp.eye(a.shape[-1], dtype=a.dtype)
    letters = "abcdefghijklm"[: 1 + len(directions)]
    for order in permutations(range(len(letters))):
        inside = [f"...{letters[k]}{letters[order[k]]}" for k in range(1, len(letters))]
        first, second = letters[order[0]], letters[0]
        result = f"...{first}{second}" if first != second else f"...{first}"
        part = xp.einsum(",".join([f"...{letters}", *inside]) + "->" + result, others, *turned)
        part = part if first != second else part[..., None] * diagonal
        total = total + (part if _is_even(order) else -part)
    return sign[..., None, None] * (back @ total @ forth)


def _is_even(order: tuple[int, ...]) -> bool:
    exchanged = sum(one > other for place, one in enumerate(order) for other in order[place + 1 :])
    return exchanged % 2 == 0


ADJUGATE = matrix_record(
    name="adjugate",
    value=_adjugate_value,
    latex=r"\operatorname{adjugate}",
    summary="the adjugate of a square matrix: det(X) times the inverse, defined for singular matrices too",
    derivative=_adjugate_derivative,
)
