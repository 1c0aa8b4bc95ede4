"""Layers and losses of §6 of the paper, and the exercises on networks of the notes on differentiation.

Exercises 4.13 to 4.15 ("theory"), on the rank of a gradient, are in ``test_rank.py``.
"""

from __future__ import annotations

from tests.identities.harness import Identity

ROWS = (
    Identity("§6.1", "X[n,d] W[d,k] b[k] Y[n,k]", "1/2 ‖tanh(X W + 𝟏 bᵀ) - Y‖^2", "W",
             "Xᵀ ((tanh(X W + 𝟏 bᵀ) - Y) ⊙ (1 - tanh²(X W + 𝟏 bᵀ)))",
             lambda xp, X, W, b, Y: ((xp.tanh(X @ W + b) - Y) ** 2).sum() / 2),
    Identity("§6.1", "X[n,d] W[d,k] b[k] Y[n,k]", "1/2 ‖exp(X W + 𝟏 bᵀ) - Y‖^2", "b",
             "((exp(X W + 𝟏 bᵀ) - Y) ⊙ exp(X W + 𝟏 bᵀ))ᵀ 𝟏",
             lambda xp, X, W, b, Y: ((xp.exp(X @ W + b) - Y) ** 2).sum() / 2),
    Identity("§6.2, two layers", "X[n,d] W[d,k] V[k,m] Y[n,m]", "1/2 ‖sigmoid(X W) V - Y‖^2", "W",
             "Xᵀ (((sigmoid(X W) V - Y) Vᵀ) ⊙ (sigmoid(X W) ⊙ (1 - sigmoid(X W))))",
             lambda xp, X, W, V, Y: ((1 / (1 + xp.exp(-X @ W)) @ V - Y) ** 2).sum() / 2),
    Identity("§6.2, two layers", "X[n,d] W[d,k] V[k,m] Y[n,m]", "1/2 ‖sigmoid(X W) V - Y‖^2", "V",
             "sigmoid(X W)ᵀ (sigmoid(X W) V - Y)",
             lambda xp, X, W, V, Y: ((1 / (1 + xp.exp(-X @ W)) @ V - Y) ** 2).sum() / 2),
    Identity("§6.2, weight decay", "X[n,d] W[d,k] λ", "λ (W · W) / 2 + 𝟏ᵀ X W 𝟏", "W", "λ W + Xᵀ 𝟏 𝟏ᵀ",
             lambda xp, X, W, r: r * (W * W).sum() / 2 + (X @ W).sum()),
    Identity("§6.3", "X[n,d] W[d,k] b[k] Y[n,k]", "-(Y · log_softmax^{1}(X W + 𝟏 bᵀ))", "b",
             "softmax^{1}(X W + 𝟏 bᵀ)ᵀ Y 𝟏 - Yᵀ 𝟏",
             lambda xp, X, W, b, Y: -(
                 Y * (X @ W + b - xp.log(xp.exp(X @ W + b).sum(axis=1))[:, None])
             ).sum(), prints=False),
    Identity("§6.3", "A[n,k] Y[n,k]", "-(Y · log(softmax^{1}(A)))", "A",
             "diag(Y 𝟏) softmax^{1}(A) - Y",
             lambda xp, A, Y: -(Y * (A - xp.log(xp.exp(A).sum(axis=1))[:, None])).sum(), prints=False),
    Identity("§6.4, one step", "Z[n,k] W[k,k] X[n,d] U[d,k]", "𝟏ᵀ tanh(Z W + X U) 𝟏", "W",
             "Zᵀ (1 - tanh²(Z W + X U))",
             lambda xp, Z, W, X, U: xp.tanh(Z @ W + X @ U).sum()),
    Identity("(5.113), one layer", "A[m,n] x[n] b[m] y[m]", "‖y - tanh(A x + b)‖^2", "A",
             "-2 ((y - tanh(A x + b)) ⊙ (1 - tanh²(A x + b))) xᵀ",
             lambda xp, A, x, b, y: ((y - xp.tanh(A @ x + b)) ** 2).sum()),
    Identity("theory, exercise 4.16", "A[m,n] x[n] b[m] B[k,m] c[k] y[k]",
             "‖sigmoid(B sigmoid(A x + b) + c) - y‖^2", "c",
             "2 (sigmoid(B sigmoid(A x + b) + c) - y) ⊙ sigmoid(B sigmoid(A x + b) + c) "
             "⊙ (1 - sigmoid(B sigmoid(A x + b) + c))",
             lambda xp, A, x, b, B, c, y: (
                 (1 / (1 + xp.exp(-B @ (1 / (1 + xp.exp(-A @ x - b))) - c)) - y) ** 2
             ).sum()),
    Identity("attention scores", "Q[n,k] K[m,k] V[m,d]", "𝟏ᵀ Q Kᵀ V 𝟏", "Q", "𝟏_{n} 𝟏ᵀ Vᵀ K",
             lambda xp, Q, K, V: (Q @ K.T @ V).sum()),
    Identity("kernel", "x[n] y[n]", "exp(-‖x - y‖^2 / 2)", "x", "-exp(-‖x - y‖^2 / 2) (x - y)",
             lambda xp, x, y: xp.exp(-((x - y) ** 2).sum() / 2), prints=False),
)  # fmt: skip
