"""Eigenvalues and eigenvectors of symmetric matrices, against torch and at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jvp
from bracketcalc.errors import ArgumentError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.matrix_symmetric import EIGVALSH, EIGVECSH, INVERSE_GAPS
from bracketcalc.reference import evaluate

Array = np.ndarray[Any, Any]
SHAPES = [(1, 1), (5, 5), (3, 4, 4), (2, 3, 2, 2)]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_eigenvalues_and_their_gradient_against_torch(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    x, weights = normal(shape), normal(shape[:-1], 1)
    X, w = Tensor("X", shape), Tensor("w", shape[:-1])
    values = Map(EIGVALSH, X, len(shape) - 2)
    point = torch.tensor(x, requires_grad=True)
    expected = torch.linalg.eigvalsh(0.5 * (point + point.mT))
    (expected * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(evaluate(values, {"X": x}), expected.detach().numpy(), atol=1e-13)
    found = evaluate(gradient(dot(w, values), X), {"X": x, "w": weights})
    np.testing.assert_allclose(found, point.grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_eigenvectors_and_their_gradient_against_torch(shape: tuple[int, ...]) -> None:
    """The signs are a convention; an even function of the vectors does not depend on them."""
    torch = pytest.importorskip("torch")
    x, weights = normal(shape), normal(shape, 1)
    X, W = Tensor("X", shape), Tensor("W", shape)
    vectors = Map(EIGVECSH, X, len(shape) - 2)
    point = torch.tensor(x, requires_grad=True)
    values, expected = torch.linalg.eigh(0.5 * (point + point.mT))
    (expected**2 * torch.tensor(weights)).sum().backward()
    u = evaluate(vectors, {"X": x})
    np.testing.assert_allclose(np.abs(u), np.abs(expected.detach().numpy()), atol=1e-13)
    rebuilt = u * values.detach().numpy()[..., None, :] @ np.swapaxes(u, -1, -2)
    np.testing.assert_allclose(rebuilt, 0.5 * (x + np.swapaxes(x, -1, -2)), atol=1e-13)
    found = evaluate(gradient(dot(W, vectors * vectors), X), {"X": x, "W": weights})
    np.testing.assert_allclose(found, point.grad.numpy(), rtol=1e-9, atol=1e-10)


def test_the_signs_of_the_eigenvectors() -> None:
    """The first component above 0.3 times the largest is positive."""
    np.testing.assert_allclose(
        EIGVECSH.value(np, np.array([[2.0, 1], [1, 2]])),
        np.array([[1, 1], [-1, 1]]) / np.sqrt(2),
        rtol=1e-14,
    )
    np.testing.assert_array_equal(EIGVECSH.value(np, np.diag([1.0, 2, 3])), np.eye(3))
    u = EIGVECSH.value(np, normal((50, 4, 4)))
    for column in u.swapaxes(-1, -2).reshape(-1, 4):
        lengths = np.abs(column)
        assert column[np.flatnonzero(lengths > 0.3 * lengths.max())[0]] > 0


@pytest.mark.parametrize("record", [EIGVALSH, EIGVECSH])
def test_the_adjoint_of_the_differential(record: Any) -> None:
    """⟨G, df⟩ = ⟨(df)* G, dX⟩"""
    X, V = (tensor(name, ("b", "n", "n")) for name in "XV")
    F = Map(record, X, 1)
    G = Tensor("G", F.sizes)
    arrays = {"X": normal((3, 4, 4)), "V": normal((3, 4, 4), 1), "G": normal((3, 4, 4)[: F.ndim], 2)}
    forward = evaluate(dot(G, jvp(F, {X: V})), arrays)
    backward = evaluate(dot(V, gradient(dot(G, F), X)), arrays)
    np.testing.assert_allclose(forward, backward, rtol=1e-11)


def test_a_repeated_eigenvalue() -> None:
    """The gradient of the sum of all is I also then; the differential of the vectors is an error."""
    X = tensor("X", ("n", "n"))
    total = Map(EIGVALSH, X, 0).sum()
    for x in (np.eye(3), np.ones((3, 3))):
        np.testing.assert_allclose(evaluate(gradient(total, X), {"X": x}), np.eye(3), atol=1e-14)
        first = Map(EIGVECSH, X, 0)[0].sum()
        with pytest.raises(SingularMatrixError, match="two eigenvalues of a matrix are equal"):
            evaluate(gradient(first, X), {"X": x})
        with pytest.raises(SingularMatrixError, match="two eigenvalues"):
            evaluate(hessian(dot(Map(EIGVALSH, X, 0), Map(EIGVALSH, X, 0)), X), {"X": x})


def test_inverse_gaps() -> None:
    found = INVERSE_GAPS.value(np, np.array([1.0, 3, 7]))
    np.testing.assert_allclose(found, [[0, 1 / 2, 1 / 6], [-1 / 2, 0, 1 / 4], [-1 / 6, -1 / 4, 0]])
    assert INVERSE_GAPS.value(np, np.zeros((4, 1))).tolist() == [[[0.0]]] * 4


def test_other_bad_arguments() -> None:
    for record in (EIGVALSH, EIGVECSH):
        with pytest.raises(ArgumentError, match=f"{record.name} is a function of real matrices"):
            record.value(np, np.eye(2, dtype=complex))
        with pytest.raises(ShapeError, match=f"{record.name} takes a square matrix"):
            Map(record, Tensor("X", (3, 2)), 0)
