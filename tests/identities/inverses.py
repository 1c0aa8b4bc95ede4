"""Inverses, solutions of linear systems and powers of matrices.

(5.n) are the numbers of the vector-calculus chapter, (n) those of the paper; "notes" are the draft notes on
matrix calculus, "theory" those on automatic differentiation.
"""

from __future__ import annotations

import bracketcalc as bc
from tests.identities.harness import Identity

ROWS = (
    Identity("theory, 3.8", "X[n,n]", "X^{-1}", "X", "-X^{-1} dX X^{-1}",
             lambda xp, X: xp.linalg.inv(X), kind="differential"),
    Identity("(5.101), f = AX + B", "A[n,n] X[n,n] B[n,n]", "(A X + B)^{-1}", "X",
             "-(A X + B)^{-1} A dX (A X + B)^{-1}",
             lambda xp, A, X, B: xp.linalg.inv(A @ X + B), kind="differential"),
    Identity("(5.101), x a number", "x A[n,n]", "(x I + A)^{-1}", "x", "-(x I + A)^{-1} (x I + A)^{-1}",
             lambda xp, x, A: xp.linalg.inv(x * xp.eye(4) + A), kind="jacobian"),
    Identity("(5.102)", "a[n] X[n,n] b[n]", "aᵀ X^{-1} b", "X", "-X^{-T} a bᵀ X^{-T}",
             lambda xp, a, X, b: a @ xp.linalg.inv(X) @ b),
    Identity("tr(X⁻¹)", "X[n,n]", "tr(X^{-1})", "X", "-X^{-T} X^{-T}",
             lambda xp, X: xp.trace(xp.linalg.inv(X))),
    Identity("(34)", "A[m,n] X[n,n] B[n,m]", "tr(A X^{-1} B)", "X", "-X^{-T} Aᵀ Bᵀ X^{-T}",
             lambda xp, A, X, B: xp.trace(A @ xp.linalg.inv(X) @ B)),
    Identity("tr((X + A)⁻¹)", "X[n,n] A[n,n]", "tr((X + A)^{-1})", "X", "-(X + A)^{-T} (X + A)^{-T}",
             lambda xp, X, A: xp.trace(xp.linalg.inv(X + A))),
    Identity("tr((AX)⁻¹ B)", "A[n,n] X[n,n] B[n,n]", "tr((A X)^{-1} B)", "X",
             "-Aᵀ (A X)^{-T} Bᵀ (A X)^{-T}", lambda xp, A, X, B: xp.trace(xp.linalg.inv(A @ X) @ B)),
    Identity("tr(X⁻²)", "X[n,n]", "tr(X^{-1} X^{-1})", "X", "-2 X^{-T} X^{-T} X^{-T}",
             lambda xp, X: xp.trace(xp.linalg.inv(X @ X))),
    Identity("tr((XᵀCX)⁻¹A), C = BBᵀ", "X[n,2] B[n,d] A[2,2]", "tr((Xᵀ B Bᵀ X)^{-1} A)", "X",
             "-B Bᵀ X (Xᵀ B Bᵀ X)^{-1} (A + Aᵀ) (Xᵀ B Bᵀ X)^{-1}",
             lambda xp, X, B, A: xp.trace(xp.linalg.inv(X.T @ B @ B.T @ X) @ A), prints=False),
    Identity("projection", "a[n] X[n,k]", "aᵀ X (Xᵀ X)^{-1} Xᵀ a", "X",
             "2 (a - X (Xᵀ X)^{-1} Xᵀ a) ((Xᵀ X)^{-1} Xᵀ a)ᵀ",
             lambda xp, a, X: a @ X @ xp.linalg.inv(X.T @ X) @ X.T @ a, prints=False),
    Identity("notes, 8.3", "A[n,n] b[n] c[n]", "cᵀ A^{-1} b", "b", "A^{-T} c",
             lambda xp, A, b, c: c @ xp.linalg.solve(A, b)),
    Identity("notes, 8.3, solve", "A[n,n] b[n] c[n]", lambda A, b, c: c @ bc.solve(A, b), "A",
             "-solve(Aᵀ, c) solve(A, b)ᵀ",
             lambda xp, A, b, c: c @ xp.linalg.solve(A, b)),
    Identity("squared solution", "A[n,n] b[n]", "‖A^{-1} b‖^2", "A", "-2 A^{-T} A^{-1} b bᵀ A^{-T}",
             lambda xp, A, b: (xp.linalg.solve(A, b) ** 2).sum()),
    Identity("notes, 4.2", "X[n,n]", "X^2", "X", "dX X + X dX", lambda xp, X: X @ X, kind="differential"),
    Identity("notes, example 15", "X[n,n]", "X^3", "X", "dX X X + X dX X + X X dX",
             lambda xp, X: X @ X @ X, kind="differential", prints=False),
    Identity("theory, 3.7", "X[n,n]", "X^4", "X", "dX X X X + X dX X X + X X dX X + X X X dX",
             lambda xp, X: X @ X @ X @ X, kind="differential", prints=False),
    Identity("theory, 4.11", "X[n,n] G[n,n]", "G · X^3", "X",
             "G Xᵀ Xᵀ + Xᵀ G Xᵀ + Xᵀ Xᵀ G", lambda xp, X, G: (G * (X @ X @ X)).sum()),
    Identity("aᵀX³b", "a[n] X[n,n] b[n]", "aᵀ X^3 b", "X", "a bᵀ Xᵀ Xᵀ + Xᵀ a bᵀ Xᵀ + Xᵀ Xᵀ a bᵀ",
             lambda xp, a, X, b: a @ X @ X @ X @ b),
    Identity("(Xa)ᵀ(Xb), squared", "a[k] X[n,k] b[k]", "((X a)ᵀ (X b))^2", "X",
             "2 (aᵀ Xᵀ X b) (X b aᵀ + X a bᵀ)", lambda xp, a, X, b: ((X @ a) @ (X @ b)) ** 2),
    Identity("Woodbury", "X[n,n] B[n,k] c[n]", "cᵀ (X + B Bᵀ)^{-1} c", "B",
             "(-(X + B Bᵀ)^{-1} c cᵀ (X + B Bᵀ)^{-1} - (X + B Bᵀ)^{-T} c cᵀ (X + B Bᵀ)^{-T}) B",
             lambda xp, X, B, c: c @ xp.linalg.inv(X + B @ B.T) @ c),
    Identity("resolvent", "x A[n,n] b[n]", "bᵀ (A - x I)^{-1} b", "x",
             "bᵀ (A - x I)^{-1} (A - x I)^{-1} b",
             lambda xp, x, A, b: b @ xp.linalg.inv(A - x * xp.eye(4)) @ b),
)  # fmt: skip
