"""The principal square root and logarithm: residuals, SciPy, stacks, and matrices that have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import linalg

from bracketcalc.errors import ArgumentError, SingularMatrixError
from bracketcalc.functions.matrix_roots import LOGM, SQRTM

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def matrices() -> list[Array]:
    """Return matrices of several sizes: random, triangular, almost turned by π, large, tiny, rotations."""
    q = np.linalg.qr(normal((4, 4)))[0]
    turn = np.kron(np.eye(2), [[np.cos(3.1), np.sin(3.1)], [-np.sin(3.1), np.cos(3.1)]])
    return [
        np.array([[3.0]]),
        normal((4, 4)) + 4 * np.eye(4),
        normal((20, 20)) + 10 * np.eye(20),
        np.triu(10 * normal((4, 4)), 1) + np.diag([1, 0.1, 2.0, 3]),
        q @ np.diag([1, 1e-2, 1e-4, 1e-6]) @ q.T,
        1e150 * (normal((3, 3)) + 4 * np.eye(3)),
        1e-150 * (normal((3, 3)) + 4 * np.eye(3)),
        turn,
        np.eye(3),
    ]


@pytest.mark.parametrize("number", range(len(matrices())))
def test_residuals(number: int) -> None:
    x = matrices()[number]
    largest = np.abs(x).max()
    root = SQRTM.value(np, x)
    size = np.abs(root) @ np.abs(root)
    assert np.abs(root @ root - x).max() < 1e-13 * size.max()
    assert (np.linalg.eigvals(root).real > 0).all()
    logarithm = LOGM.value(np, x)
    assert np.abs(linalg.expm(logarithm) - x).max() < 1e-13 * largest * (1 + np.abs(logarithm).max())
    assert (np.abs(np.linalg.eigvals(logarithm).imag) < np.pi).all()


def test_against_scipy() -> None:
    x = matrices()[2]
    np.testing.assert_allclose(SQRTM.value(np, x), linalg.sqrtm(x), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(LOGM.value(np, x), linalg.logm(x), rtol=1e-11, atol=1e-13)
    z = normal((4, 4)) + 1j * normal((4, 4), 1) + 4 * np.eye(4)
    np.testing.assert_allclose(SQRTM.value(np, z), linalg.sqrtm(z), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(LOGM.value(np, z), linalg.logm(z), rtol=1e-12, atol=1e-13)


def test_each_matrix_of_a_stack_has_its_own_steps() -> None:
    x = np.stack([4.0**k * (normal((3, 3), abs(k)) + 4 * np.eye(3)) for k in (-20, 0, 3, 40)])
    for record in (SQRTM, LOGM):
        one_by_one = np.stack([record.value(np, matrix) for matrix in x])
        np.testing.assert_allclose(record.value(np, x), one_by_one, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("record", [SQRTM, LOGM], ids=lambda record: record.name)
@pytest.mark.parametrize("bad", [np.diag([1.0, -1]), np.diag([1.0, -4, 9]), np.full((2, 2), np.nan)])
def test_no_principal_value(record: Any, bad: Array) -> None:
    with pytest.raises((ArgumentError, SingularMatrixError), match=f"{record.name} of an array of shape"):
        record.value(np, bad)


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.array([[0.0, 1], [0, 0]]), np.diag([0.0, 1])])
def test_no_logarithm_of_a_singular_matrix(bad: Array) -> None:
    with pytest.raises((ArgumentError, SingularMatrixError), match="logm of an array of shape"):
        LOGM.value(np, bad)
