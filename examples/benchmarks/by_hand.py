"""Losses and gradients of the paper's networks in NumPy (§6.3, §6.4): the final equations, written by hand.

They are written with care for time: no array is made that is not needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.case import Array, Values


def cross_entropy(logits: Array, labels: Array, count: int) -> tuple[Any, Array]:
    """Return the loss and 1/N (s¹(O) - Y), in the place of the logits."""
    logits -= logits.max(axis=-1, keepdims=True)
    picked = np.vdot(logits, labels)
    np.exp(logits, out=logits)
    total = logits.sum(axis=-1, keepdims=True)
    loss = (np.log(total).sum() - picked) / count
    logits /= total
    logits -= labels
    logits /= count
    return loss, logits


def fcnn_by_hand(depth: int, v: Values) -> tuple[Any, ...]:
    """Return the loss and ∇_{W_j}J = Z_{j-1}ᵀ S_j, ∇_{b_j}J = S_jᵀ 𝟏 (§6.3)."""
    Z = [v["X"]]
    for j in range(1, depth + 1):
        A = Z[-1] @ v[f"W_{j}"]
        A += v[f"b_{j}"]
        Z.append(np.tanh(A, out=A) if j < depth else A)
    loss, S = cross_entropy(Z.pop(), v["Y"], len(v["X"]))
    found: list[Any] = []
    for j in range(depth, 0, -1):
        found = [Z[j - 1].T @ S, S.sum(axis=0), *found]
        if j > 1:
            S = S @ v[f"W_{j}"].T
            slope = Z[j - 1] * Z[j - 1]
            np.subtract(1, slope, out=slope)
            S *= slope
    return (loss, *found)


def rnn_by_hand(v: Values) -> tuple[Any, ...]:
    """Return the loss and the gradients of W, U, b, V, c: the final equations of §6.4."""
    X, W, U, b, V, c, Y = (v[name] for name in "XWUbVcY")
    steps, count = len(X), X.shape[1]
    Z = np.empty((steps + 1, *v["Z0"].shape), X.dtype)
    Z[0] = v["Z0"]
    E = np.empty((steps, count, len(c)), X.dtype)
    loss = 0.0
    for t in range(steps):
        A = Z[t] @ W
        A += X[t] @ U
        A += b
        np.tanh(A, out=Z[t + 1])
        part, E[t] = cross_entropy(Z[t + 1] @ V + c, Y[t], count)
        loss += part
    dW, dU, dV = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V)
    db, dc, later = np.zeros_like(b), np.zeros_like(c), np.zeros_like(Z[0])
    for t in range(steps, 0, -1):
        G = later + E[t - 1] @ V.T
        G *= 1 - Z[t] * Z[t]
        dW += Z[t - 1].T @ G
        dU += X[t - 1].T @ G
        db += G.sum(axis=0)
        dV += Z[t].T @ E[t - 1]
        dc += E[t - 1].sum(axis=0)
        later = G @ W.T
    return loss, dW, dU, db, dV, dc


def digits_by_hand(v: Values) -> tuple[Any, ...]:
    """Return the loss and its gradients, from the formulas of the derivation."""
    X, W1, b1, W2, b2, Y, lam = (v[name] for name in ("X", "W1", "b1", "W2", "b2", "Y", "lam"))
    n = len(X)
    Z1 = np.tanh(X @ W1 + b1)
    A2 = Z1 @ W2 + b2
    A2 -= A2.max(axis=1, keepdims=True)
    E = np.exp(A2)
    S = E.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * (A2 - np.log(S))) / n + lam / 2 * (np.sum(W1 * W1) + np.sum(W2 * W2))
    D2 = (E / S - Y) / n
    D1 = (D2 @ W2.T) * (1 - Z1 * Z1)
    return loss, X.T @ D1 + lam * W1, D1.sum(axis=0), Z1.T @ D2 + lam * W2, D2.sum(axis=0)
