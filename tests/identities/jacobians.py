"""Jacobians of vectors and matrices, with the axes of the function first; deltas stay symbolic.

(5.n) are the numbers of the vector-calculus chapter, (n) those of the paper; "notes" are the draft notes on
matrix calculus, "theory" those on automatic differentiation.
"""

from __future__ import annotations

from tests.identities.harness import Identity

ROWS = (
    Identity("(5.67)", "A[m,n] x[n]", "A x", "x", "A", lambda xp, A, x: A @ x, kind="jacobian"),
    Identity("(5.88)", "A[m,n] x[n]", "A x", "A", "I_{m} ⊗ x", lambda xp, A, x: A @ x, kind="jacobian"),
    Identity("(5.81)", "y[n] Φ[n,d] θ[d]", "y - Φ θ", "θ", "-Φ", lambda xp, y, F, t: y - F @ t,
             kind="jacobian"),
    Identity("(5.97)", "R[m,n]", "Rᵀ R", "R", "(I ⊗ Rᵀ)_{1342} + (Rᵀ ⊗ I)_{1324}",
             lambda xp, R: R.T @ R, kind="jacobian"),
    Identity("(35)", "x[n]", "x xᵀ", "x", "(I ⊗ x)_{132} + x ⊗ I", lambda xp, x: xp.outer(x, x),
             kind="jacobian"),
    Identity("exercise 5.5.2", "x[n] y[n]", "xᵀ y", "x", "y", lambda xp, x, y: x @ y, kind="jacobian"),
    Identity("identity", "x[n]", "x", "x", "I_{n}", lambda xp, x: x, kind="jacobian"),
    Identity("(5.98), f = AX", "A[m,n] X[n,k]", "(A X)ᵀ", "X", "(I_{k} ⊗ A)_{1342}",
             lambda xp, A, X: (A @ X).T, kind="jacobian"),
    Identity("(5.99), f = xA", "x A[n,n]", "tr(x A)", "x", "tr(A)", lambda xp, x, A: xp.trace(x * A)),
    Identity("theory, 3.3", "A[m,n] X[n,k]", "A X", "A", "dA X", lambda xp, A, X: A @ X,
             kind="differential"),
    Identity("theory, 3.4", "X[k,n] A[m,n]", "X Aᵀ", "A", "X dAᵀ", lambda xp, X, A: X @ A.T,
             kind="differential"),
    Identity("theory, 3.6", "x[n] y[n]", "xᵀ y", "x y", "dx · y + x · dy", lambda xp, x, y: x @ y,
             kind="differential"),
    Identity("notes, example 4", "u[n] v[k]", "u vᵀ", "u v", "du vᵀ + u dvᵀ",
             lambda xp, u, v: xp.outer(u, v),
             kind="differential"),
    Identity("notes, theorem 2", "A[m,n] B[n,k]", "A B", "A B", "dA B + A dB", lambda xp, A, B: A @ B,
             kind="differential"),
    Identity("notes, 15.2", "Q[n,n]", "Qᵀ Q", "Q", "dQᵀ Q + Qᵀ dQ", lambda xp, Q: Q.T @ Q,
             kind="differential"),
    Identity("notes, example 29", "A[m,n]", "‖A‖", "A", "(dA · A) / ‖A‖",
             lambda xp, A: xp.sqrt((A * A).sum()), kind="differential"),
    Identity("notes, 9.3", "A[n,n]", "A^{-1}", "A", "-(A^{-1} ⊗ A^{-T})_{1324}",
             lambda xp, A: xp.linalg.inv(A), kind="jacobian"),
    Identity("sandwich", "A[m,n] X[n,k] B[k,d]", "A X B", "X", "(A ⊗ Bᵀ)_{1324}",
             lambda xp, A, X, B: A @ X @ B, kind="jacobian"),
    Identity("quadratic map", "x[n] A[n,n]", "(xᵀ A x) x", "x", "(x · A x) I + x ((A + Aᵀ) x)ᵀ",
             lambda xp, x, A: (x @ A @ x) * x, kind="jacobian", prints=False),
    Identity("outer product by a factor", "x[n] y[k]", "x yᵀ", "y", "x ⊗ I_{k}",
             lambda xp, x, y: xp.outer(x, y),
             kind="jacobian"),
    Identity("diagonal of a matrix", "X[n,n]", "diag(X)", "X", "I_{n} ⊙_1 I_{n}",
             lambda xp, X: xp.diagonal(X), kind="jacobian"),
    Identity("§5", "a[n] x[n]", "aᵀ x", "x", "a · dx", lambda xp, a, x: a @ x, kind="differential"),
    Identity("§5", "A[n,n] x[n]", "xᵀ A x", "x", "dxᵀ (A + Aᵀ) x", lambda xp, A, x: x @ A @ x,
             kind="differential"),
    Identity("§4.1", "Y[n,k,m]", "Y_{312}", "Y", "dY_{312}", lambda xp, Y: xp.transpose(Y, (2, 0, 1)),
             kind="differential"),
    Identity("block of a resolvent", "A[n,n] b[n]", "A^{-1} b", "A", "-A^{-1} dA A^{-1} b",
             lambda xp, A, b: xp.linalg.solve(A, b), kind="differential"),
)  # fmt: skip
