"""The matrix exponential and its derivative, against SciPy and torch and at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import linalg

from bracketcalc.calculus.derivatives import gradient, jvp
from bracketcalc.errors import ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.matrix_exponential import EXPM
from bracketcalc.reference import evaluate

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("scale", [1e-9, 0.1, 1, 5.4, 30])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_value_against_scipy(scale: float, size: int) -> None:
    x = normal((size, size)) * scale
    expected = linalg.expm(x)
    np.testing.assert_allclose(EXPM.value(np, x), expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_each_matrix_of_a_stack_has_its_own_scale() -> None:
    x = normal((4, 3, 3)) * np.array([1e-3, 1, 10, 40])[:, None, None]
    one_by_one = np.stack([EXPM.value(np, matrix) for matrix in x])
    np.testing.assert_allclose(EXPM.value(np, x), one_by_one, rtol=1e-13)


def test_nilpotent_rotation_and_complex() -> None:
    np.testing.assert_allclose(EXPM.value(np, np.array([[0.0, 3], [0, 0]])), [[1, 3], [0, 1]], rtol=1e-15)
    turn = EXPM.value(np, np.array([[0, -np.pi / 3], [np.pi / 3, 0]]))
    np.testing.assert_allclose(turn, [[0.5, -np.sqrt(0.75)], [np.sqrt(0.75), 0.5]], rtol=1e-15)
    x = normal((3, 3)) + 1j * normal((3, 3), 1)
    np.testing.assert_allclose(EXPM.value(np, x), linalg.expm(x), rtol=1e-13)


def test_beyond_the_largest_number() -> None:
    assert EXPM.value(np, np.array([[1e4]])).tolist() == [[np.inf]]
    assert EXPM.value(np, np.array([[-1e4]])).tolist() == [[0]]
    assert np.isnan(EXPM.value(np, np.array([[np.nan, 0], [0, 1]]))).any()


@pytest.mark.parametrize("scale", [1e-6, 1, 8, 20, 60])
def test_differential_against_the_block_form(scale: float) -> None:
    """The upper right block of expm([[A, E], [0, A]]) is L(A, E)."""
    a, e = normal((4, 4)), normal((4, 4), 1)
    a = scale * a / np.linalg.norm(a, 2)
    A, E = tensor("A", ("n", "n")), tensor("E", ("n", "n"))
    found = evaluate(jvp(Map(EXPM, A, 0), {A: E}), {"A": a, "E": e})
    expected = linalg.expm(np.block([[a, e], [np.zeros((4, 4)), a]]))[:4, 4:]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("angle", [28, 100, 1000])
def test_differential_at_fast_rotations(angle: float) -> None:
    """Skew, with the eigenvalues ±angle i; against the closed form in the basis of its eigenvectors."""
    a, e = np.array([[0.0, -angle], [angle, 0]]), normal((2, 2), 1)
    A, E = tensor("A", ("n", "n")), tensor("E", ("n", "n"))
    found = evaluate(jvp(Map(EXPM, A, 0), {A: E}), {"A": a, "E": e})
    values, vectors = np.linalg.eig(a)
    one, two = np.meshgrid(values, values, indexing="ij")
    same = np.eye(2, dtype=bool)
    gaps = np.where(same, np.exp(one), (np.exp(one) - np.exp(two)) / np.where(same, 1, one - two))
    inverse = np.linalg.inv(vectors)
    expected = (vectors @ (gaps * (inverse @ e @ vectors)) @ inverse).real
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12 * angle)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 4, 4), (2, 2, 3, 3)])
def test_value_and_gradient_against_torch(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x, weights = normal(shape), normal(shape, 1)
    X, W = Tensor("X", shape), Tensor("W", shape)
    F = Map(EXPM, X, len(shape) - 2)
    point = torch.tensor(x, requires_grad=True)
    expected = torch.linalg.matrix_exp(point)
    (expected * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(evaluate(F, {"X": x}), expected.detach().numpy(), rtol=1e-11, atol=1e-12)
    found = evaluate(gradient(dot(W, F), X), {"X": x, "W": weights})
    np.testing.assert_allclose(found, point.grad.numpy(), rtol=1e-11, atol=1e-12)


def test_the_adjoint_is_the_differential_at_the_transpose() -> None:
    """(d expm)_A^* = (d expm)_{Aᵀ}"""
    A, G = tensor("A", ("n", "n")), tensor("G", ("n", "n"))
    a, g = normal((4, 4)), normal((4, 4), 1)
    adjoint = evaluate(gradient(dot(G, Map(EXPM, A, 0)), A), {"A": a, "G": g})
    transposed = evaluate(jvp(Map(EXPM, A, 0), {A: G}), {"A": a.T, "G": g})
    np.testing.assert_allclose(adjoint, transposed, rtol=1e-12, atol=1e-13)


def test_a_large_multiple_of_the_identity() -> None:
    X = tensor("X", ("n", "n"))
    slope = gradient(Map(EXPM, X, 0).sum(), X)
    np.testing.assert_allclose(
        evaluate(slope, {"X": -100 * np.eye(2)}), np.full((2, 2), np.exp(-100)), rtol=1e-12
    )


def test_bad_arguments() -> None:
    with pytest.raises(ShapeError, match="expm takes a square matrix"):
        Map(EXPM, Tensor("X", (3, 2)), 0)
