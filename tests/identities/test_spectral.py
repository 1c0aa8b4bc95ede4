"""Eigenvalues, the sphere, orthogonal matrices and weighted inner products, against finite differences.

The sources are chapters 7 and 15 of the draft notes on matrix calculus and chapter 4 of those on automatic
differentiation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate

Array = npt.NDArray[Any]
RANDOM = np.random.default_rng(0)
N = 4
BASE = RANDOM.standard_normal((N, N))
SYMMETRIC = (BASE + BASE.T) / 2 + np.diag(np.arange(N) * 2.0)
MOVE = RANDOM.standard_normal((N, N))
MOVE = MOVE + MOVE.T


def difference(f: Callable[[float], Any], order: int = 1) -> Array:
    """Return f'(0), or f''(0), by central differences that are extrapolated once."""

    def at(h: float) -> Array:
        if order == 1:
            return np.asarray((f(h) - f(-h)) / (2 * h))
        return np.asarray((f(h) - 2 * f(0.0) + f(-h)) / h**2)

    return (4 * at(1e-3) - at(2e-3)) / 3


# -- eigenvalues ----------------------------------------------------------------------------------------


(S,) = bc.tensors("S[4,4]")


@pytest.mark.parametrize("i", range(N))
def test_the_gradient_of_an_eigenvalue(i: int) -> None:
    """∇λᵢ = qᵢ qᵢᵀ, and along a symmetric direction dλᵢ = qᵢᵀ dS qᵢ (15.2.1)"""
    gradient = evaluate(bc.gradient(bc.eigvalsh(S)[i], S), {"S": SYMMETRIC}, {})
    q = np.linalg.eigh(SYMMETRIC)[1][:, i]
    np.testing.assert_allclose(gradient, np.outer(q, q), atol=1e-12)
    slope = difference(lambda t: np.linalg.eigvalsh(SYMMETRIC + t * MOVE)[i])
    np.testing.assert_allclose(q @ MOVE @ q, slope, rtol=1e-8)


@pytest.mark.parametrize("i", range(N))
def test_the_second_derivative_of_an_eigenvalue(i: int) -> None:
    """d²λᵢ/dt² = 2 Σ_{k≠i} E_ik² / (λᵢ - λ_k) for S = Λ + tE (15.2.1)"""
    values = np.array([1.0, 2.5, 4.0, 7.0])
    (E,) = bc.tensors("E[4,4]")
    second = bc.directional(bc.eigvalsh(S)[i], {S: E}, 2)
    found = evaluate(second, {"S": np.diag(values), "E": MOVE}, {})
    others = np.arange(N) != i
    expected = 2 * np.sum(MOVE[i, others] ** 2 / (values[i] - values[others]))
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    by_difference = difference(lambda t: np.linalg.eigvalsh(np.diag(values) + t * MOVE)[i], order=2)
    np.testing.assert_allclose(found, by_difference, rtol=1e-6)


def test_eigenvectors_turn_by_an_antisymmetric_matrix() -> None:
    """(Qᵀ dQ)_ij = (Qᵀ dS Q)_ij / (λ_j - λ_i) for i ≠ j, and Qᵀ dQ is antisymmetric (theorem 46)"""
    turned = bc.jvp(bc.eigvecsh(S), {S: bc.tensor("dS", (N, N))})
    moved = evaluate(turned, {"S": SYMMETRIC, "dS": MOVE}, {})
    values = np.linalg.eigvalsh(SYMMETRIC)
    with np.errstate(divide="ignore"):
        gaps = np.where(np.eye(N), 0.0, 1 / (values[None, :] - values[:, None]))
    # The sign of each column is the library's choice; the rate is compared in its frame.
    frame = evaluate(bc.eigvecsh(S), {"S": SYMMETRIC}, {})
    rate = frame.T @ moved
    np.testing.assert_allclose(rate, -rate.T, atol=1e-12)
    np.testing.assert_allclose(rate, (frame.T @ MOVE @ frame) * gaps, atol=1e-11)


def test_the_trace_and_the_product_of_all_eigenvalues() -> None:
    """∇ Σλᵢ = I and ∇ Πλᵢ = det(S) S⁻¹"""
    given = {"S": SYMMETRIC}
    total = bc.gradient(bc.eigvalsh(S).sum(), S)
    np.testing.assert_allclose(evaluate(total, given, {}), np.eye(N), atol=1e-12)
    logs = bc.gradient(bc.log(bc.eigvalsh(S) ** 2).sum() / 2, S)
    np.testing.assert_allclose(evaluate(logs, given, {}), np.linalg.inv(SYMMETRIC), rtol=1e-10)


# -- the sphere and the orthogonal group ------------------------------------------------------------------


def test_the_gradient_on_the_sphere() -> None:
    """On ‖x‖ = 1 the gradient of ½ uᵀAu, u = x / ‖x‖, is (I - xxᵀ) A x (theorem 44)"""
    x, A = bc.tensors("x[4] A[4,4]")
    u = bc.define("u", x / bc.norm(x))
    point = RANDOM.standard_normal(N)
    point /= np.linalg.norm(point)
    given = {"x": point, "A": SYMMETRIC}
    found = evaluate(bc.gradient(u @ A @ u / 2, x), given, {})
    formula = bc.parse("(I - x xᵀ) A x", x=x, A=A)
    np.testing.assert_allclose(found, evaluate(formula, given, {}), atol=1e-13)
    assert abs(found @ point) < 1e-13


def test_a_curve_on_the_circle_is_orthogonal_to_its_radius() -> None:
    """xᵀ dx = 0 for x = (cos θ, sin θ) (15.1.1)"""
    angle = bc.scalar("θ")
    change = bc.cos(angle) * bc.gradient(bc.cos(angle), angle)
    change += bc.sin(angle) * bc.gradient(bc.sin(angle), angle)
    assert bc.equal(change, 0)


def test_a_curve_of_orthogonal_matrices() -> None:
    """Qᵀ dQ is antisymmetric for Q = exp(K - Kᵀ) (theorem 46)"""
    (K,) = bc.tensors("K[4,4]")
    Q = bc.expm(K - K.T)
    change = bc.jvp(Q, {K: bc.tensor("dK", (N, N))})
    arrays = {"K": BASE, "dK": RANDOM.standard_normal((N, N))}
    frame, moved = evaluate(Q, arrays, {}), evaluate(change, arrays, {})
    np.testing.assert_allclose(frame.T @ frame, np.eye(N), atol=1e-12)
    rate = frame.T @ moved
    np.testing.assert_allclose(rate, -rate.T, atol=1e-11)
    assert np.abs(rate).max() > 0.1


# -- functions of matrices --------------------------------------------------------------------------------


def test_the_block_form_of_the_exponential() -> None:
    """exp of the blocks (A E; 0 A) holds d exp(A)[E] in its corner (theorem 3.11)"""
    A, E = bc.tensors("A[4,4] E[4,4]")
    given = {"A": BASE / 2, "E": MOVE}
    found = evaluate(bc.jvp(bc.expm(A), {A: E}), given, {})
    blocks = np.block([[BASE / 2, MOVE], [np.zeros((N, N)), BASE / 2]])
    (B,) = bc.tensors("B[8,8]")
    corner = evaluate(bc.expm(B), {"B": blocks}, {})[:N, N:]
    np.testing.assert_allclose(found, corner, rtol=1e-10, atol=1e-10)


def test_the_adjoint_of_an_analytic_function_is_its_differential_at_the_transpose() -> None:
    """(df)_A* = (df)_{Aᵀ} (example 4.12), for exp and for powers"""
    A, G = bc.tensors("A[4,4] G[4,4]")
    given = {"A": BASE / 2, "G": MOVE + np.triu(MOVE)}
    for f in (bc.expm, bc.inv, lambda X: X @ X @ X):
        adjoint = evaluate(bc.vjp(f(A), A, G), given, {})
        forward = evaluate(bc.jvp(f(A), {A: G}), {**given, "A": BASE.T / 2}, {})
        np.testing.assert_allclose(adjoint, forward, rtol=1e-10, atol=1e-10)


def test_the_trace_of_the_exponential() -> None:
    """∇ tr(exp(X)) = exp(X)ᵀ"""
    (X,) = bc.tensors("X[4,4]")
    found = evaluate(bc.gradient(bc.trace(bc.expm(X)), X), {"X": BASE}, {})
    np.testing.assert_allclose(found, evaluate(bc.expm(X), {"X": BASE}, {}).T, rtol=1e-10, atol=1e-12)


def test_the_exponential_solves_its_differential_equation() -> None:
    """d exp(tA) / dt = A exp(tA)"""
    t, A = bc.scalar("t"), bc.tensor("A", (N, N))
    given = {"t": np.array(0.7), "A": BASE / 2}
    found = evaluate(bc.jacobian(bc.expm(t * A), t), given, {})
    np.testing.assert_allclose(found, evaluate(A @ bc.expm(t * A), given, {}), rtol=1e-10, atol=1e-10)


# -- other inner products ---------------------------------------------------------------------------------


def test_the_gradient_depends_on_the_inner_product() -> None:
    """With ⟨x, y⟩ = xᵀWy, W symmetric, the gradient of xᵀAx is W⁻¹(A + Aᵀ)x (example 28)"""
    x, A, W = bc.tensors("x[n] A[n,n] W[n,n]")
    found = bc.linear_map(x @ A @ x, x).adjoint(bc.parse("1"), W)
    assert bc.equal(found, bc.parse("W^{-1} (A + Aᵀ) x", x=x, A=A, W=W))


def test_adjoints_of_products() -> None:
    """R_X* = R_{Xᵀ}, and L_X* = L_{H⁻¹XᵀH} with ⟨A, B⟩ = tr(AᵀHB) (examples 4.7 and 4.8)"""
    A, X, G, H = bc.tensors("A[n,n] X[n,n] G[n,n] H[n,n]")
    right, left = bc.linear_map(A @ X, A), bc.linear_map(X @ A, A)
    assert bc.equal(right.adjoint(G), G @ X.T)
    assert bc.equal(left.adjoint(G), X.T @ G)
    assert bc.equal(right.adjoint(G, H, H), G @ X.T)
    assert bc.equal(left.adjoint(G, H, H), bc.inv(H) @ X.T @ H @ G)
