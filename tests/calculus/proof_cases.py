"""Expressions whose full derivations are checked: layers, norms, inverses, functions of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import (
    apply_to,
    cholesky,
    exp,
    expm,
    inv,
    log,
    log_softmax,
    logdet,
    logsumexp,
    relu,
    sigmoid,
    sign,
    sin,
    softmax,
    sqrt,
    tanh,
)

SIZES = {"n": 4, "d": 3, "k": 2, "m": 5}
X, W, b, Y, V, c = tensors("X[n,d] W[d,k] b[k] Y[n,k] V[k,m] c[m]")
A, B, x, y, w, lam, mu = tensors("A[d,d] B[d,d] x[d] y[d] w[d] lam mu")
T, S = tensors("T[n,d,k] S[k,d]")
e = ones("n")

A1 = define("A_1", X @ W + outer(e, b))
Z1 = define("Z_1", tanh(A1))
A2 = define("A_2", Z1 @ V + outer(e, c))
P = define("P", softmax(A2, axis=1))
(Q,) = tensors("Q[n,m]")
MODEL = -(log(P) * Q).sum() / Q.sizes[0] + lam / 2 * (dot(W, W) + dot(V, V))


def recurrent(steps: int) -> tuple[Expr, list[Expr]]:
    """Return the loss of paper §6.4 with its parameters, which all steps share."""
    R, U, C, o, Z, *data = tensors(
        "R[k,k] U[d,k] C[k,m] o[m] Z_0[n,k] "
        + " ".join(f"X_{t}[n,d] Y_{t}[n,m]" for t in range(1, steps + 1))
    )
    state: Expr = Z
    loss: Expr | None = None
    for t in range(1, steps + 1):
        inputs, labels = data[2 * t - 2 : 2 * t]
        state = define(f"Z_{t}", tanh(define(f"A_{t}", state @ R + inputs @ U + outer(e, b))))
        out = define(f"O_{t}", state @ C + outer(e, o))
        term = -dot(log_softmax(out, axis=1), labels) / R.sizes[0]
        loss = term if loss is None else loss + term
    assert loss is not None
    return loss, [R, U, b, C, o]


H = define("H", inv(A @ A.T + lam * einsum("i,ij->ij", ones("d"), diag(ones("d")))))
CASES: Mapping[str, tuple[Expr, list[Expr]]] = MappingProxyType(
    {
        "classifier": (MODEL, [W, b, V, c, X, lam]),
        "one line": (norm(Y - X @ W) ** 2 / 2, [W]),
        "least squares": (norm(Y[:, 0] - X @ w) ** 2 / 2 + lam * dot(w, w), [w, lam]),
        "norm": (norm(X @ w), [X, w]),
        "single layer": (
            dot(sigmoid(X @ W + outer(e, b)) - Y, sigmoid(X @ W + outer(e, b)) - Y) / 2,
            [W, b],
        ),
        "softmax in one line": (-dot(log(softmax(X @ W, axis=1)), Y), [W]),
        "log softmax": (-dot(log_softmax(X @ W, axis=1), Y), [W, Y]),
        "columns": (dot(softmax(X @ W, axis=0), Y), [W]),
        "logsumexp": (logsumexp(X @ w), [X, w]),
        "recurrent": recurrent(3),
        "inverse": (trace(A @ inv(B)), [A, B]),
        "named inverse": (trace(H @ B) + dot(x, H @ y), [A, B, x, y]),
        "determinant": (logdet(A @ A.T + B @ B.T), [A, B]),
        "quadratic": (x @ A @ x + dot(x, y), [x, A]),
        "both sides": (x @ X.T @ X @ x, [x, X]),
        "trace": (trace(A @ B @ A.T) + trace(A), [A, B]),
        "diagonal": (dot(diag(x) @ A @ y, x), [x, A]),
        "powers": ((x**3).sum() + sqrt(dot(x, x) + 1), [x]),
        "quotient": (x @ A @ x / dot(x, x), [x]),
        "element by element": ((sin(exp(x * y)) / (1 + x * x)).sum(), [x, y]),
        "kinks": (relu(X @ W).sum(), [X, W]),
        "three axes": (einsum("ijk,kj,i->", T, S, e), [T, S]),
        "tensor function": (einsum("ijk,kj->", tanh(T) * T, S), [T, S]),
        "slices": (dot(X[0], w) + X[1, 2] * w[0], [X, w]),
        "scalars": (lam * mu**2 * dot(x, y) + lam * mu, [lam, mu, x]),
        "third order": (einsum("i,i,i,ij->", x, x, x, A), [x]),
        "matrix functions": (expm(A).sum() + dot(cholesky(A @ A.T), B), [A]),
        "sub-tensors behind": (dot(apply_to(softmax, X, (1,)), X.T), [X]),
        "shared": (dot(Z1, Z1) + (A1 * Z1).sum(), [W, b]),
        "definitions as variables": (MODEL, [A2, c]),
        "both": (MODEL, [W, Z1, A1]),
        "linear": (dot(x, y), [x]),
        "unused": (dot(x, y) + lam, [x, W]),
        "constant": (dot(x, y) * 0 + 3, [lam]),
        "flat": (sign(x).sum() + dot(define("h", sign(y)), x), [x, y]),
    }
)
