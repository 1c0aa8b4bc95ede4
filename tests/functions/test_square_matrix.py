"""Inverse and determinants at the edges: singular, negative, of size 1."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.errors import SingularMatrixError
from bracketcalc.functions.determinant import DET, LOGDET
from bracketcalc.functions.square_matrix import INV


def test_known_values() -> None:
    x = np.array([[4.0, 7], [2, 6]])
    np.testing.assert_allclose(INV.value(np, x), [[0.6, -0.7], [-0.2, 0.4]], rtol=1e-14)
    np.testing.assert_allclose(DET.value(np, x), 10, rtol=1e-14)
    np.testing.assert_allclose(LOGDET.value(np, x), np.log(10), rtol=1e-14)


def test_logdet_of_a_negative_and_of_no_determinant() -> None:
    x = np.array([[[0.0, 1], [1, 0]], [[1, 2], [2, 4]], [[1, 0], [0, 1]]])
    np.testing.assert_array_equal(LOGDET.value(np, x), [0, -np.inf, 0])


def test_logdet_where_the_determinant_overflows() -> None:
    np.testing.assert_allclose(LOGDET.value(np, 1e10 * np.eye(50)), 50 * np.log(1e10), rtol=1e-14)


def test_a_singular_matrix_has_no_inverse() -> None:
    with pytest.raises(SingularMatrixError, match=r"shape \(3, 2, 2\): a matrix is singular"):
        INV.value(np, np.ones((3, 2, 2)))
    np.testing.assert_allclose(DET.value(np, np.ones((2, 2))), 0, atol=1e-15)
