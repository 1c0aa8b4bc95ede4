"""Programs of every kind, with the sizes at which their memory is measured."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.traverse import tensors_in

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Case:
    """Expressions, the sizes of their tensors, and which tensors are indices below which number."""

    exprs: Sequence[bc.Expr]
    sizes: Mapping[str, int]
    indices: Mapping[str, int]
    spread: bool = True

    def values(self, dtype: Any = np.float64) -> dict[str, Array]:
        """Return an array for each tensor: numbers near 1, or indices."""
        draw = np.random.default_rng(0)
        values: dict[str, Array] = {}
        for tensor in tensors_in(self.exprs):
            shape = [x if isinstance(x, int) else self.sizes[x.name] for x in tensor.sizes]
            if tensor.name in self.indices:
                values[tensor.name] = draw.integers(0, self.indices[tensor.name], shape)
                continue
            array = 0.1 + 0.1 * draw.random(shape)
            if len(shape) > 1 and shape[-1] == shape[-2] and self.spread:
                array += 2 * np.eye(shape[-1])
            if not tensor.is_real:
                array = array + 0.1j * draw.random(shape)
            values[tensor.name] = array.astype(
                np.result_type(dtype, np.complex64) if array.dtype.kind == "c" else dtype
            )
        return values


def case(
    exprs: bc.Expr | Sequence[bc.Expr], indices: Mapping[str, int] | None = None, /, **sizes: int
) -> Case:
    """Return a case."""
    return Case([exprs] if isinstance(exprs, bc.Expr) else list(exprs), sizes, indices or {})


def trained(
    loss: bc.Expr, wrt: Sequence[bc.Tensor], indices: Mapping[str, int] | None = None, /, **sizes: int
) -> Case:
    """Return the case of a loss with its gradients."""
    return case([loss, *bc.gradient(loss, list(wrt))], indices, **sizes)


def squared(expr: bc.Expr) -> bc.Expr:
    """Return half the sum of squares."""
    return bc.dot(expr, expr) / 2


def contractions() -> dict[str, Case]:
    X, Y, W, v, w = bc.tensors("X[n,d] Y[n,d] W[d,k] v[k] w[n]")
    A, B, C, D = bc.tensors("A[a,b,c] B[c,f,d] C[d,b,e] D[e,f,a]")
    T, U, V = bc.tensors("T[i,j,k] U[j,r] V[k,r]")
    s = {"n": 400, "d": 60, "k": 50}
    six = dict.fromkeys("abcdef", 12)
    return {
        "product": case(X @ W, **s),
        "chain": case(X @ W @ v, **s),
        "gram": case(X.T @ X, **s),
        "weighted gram": case(bc.einsum("ni,n,nj->ij", X, w, X), **s),
        "gradient of a layer": case([bc.tanh(X @ W), X.T @ (1 - bc.tanh(X @ W) ** 2)], **s),
        "row dots": case(bc.einsum("nd,nd->n", X, Y), n=20000, d=20),
        "column dots": case(bc.einsum("nd,nd->d", X + 1, Y), n=2000, d=40),
        "bilinear": case(bc.einsum("nd,dk,nk->n", X, W, bc.tensor("Z", ("n", "k"))), **s),
        "outer": case(bc.outer(w, w), n=300),
        "transposed": case(bc.einsum("abc,dbe->aecd", A, C), **six),
        "ring": case(bc.einsum("abc,cfd,dbe,efa->", A, B, C, D), **six),
        "mttkrp": case(bc.einsum("ijk,jr,kr->ir", T, U, V), i=30, j=40, k=50, r=20),
        "batch": case(bc.einsum("bij,bjk->bik", *bc.tensors("P[b,i,j] Q[b,j,k]")), b=20, i=30, j=40, k=50),
        "batch last": case(bc.einsum("ijb,jkb->ikb", *bc.tensors("P[i,j,b] Q[j,k,b]")),
                           b=20, i=30, j=40, k=50),
        "trace": case(bc.einsum("iij,jk->ik", bc.tensor("T", ("i", "i", "j")), bc.tensor("P", ("j", "k"))),
                      i=30, j=40, k=500),
        "sum of many": case(bc.einsum("nd,dk->nk", X, W) + bc.outer(w, v) + 2, **s),
        "permuted copy": case(bc.tensor("T", ("i", "j", "k")).transpose(2, 0, 1), i=30, j=40, k=50),
        "scatter": case(bc.outer(X, bc.identity("k")),
                        n=30, d=20, k=10),
        "add to a diagonal": case(X.T @ X + bc.identity("d"), n=100, d=200),
    }  # fmt: skip


def layer_cases() -> dict[str, Case]:
    X, Y, W, b, y = bc.tensors("X[n,d] Y[n,k] W[d,k] b[k] y[n]")
    g, h = bc.tensors("g[d] h[d]")
    Q, K, V = bc.tensors("Q[t,e] K[s,e] V[s,d]")
    E, P, i, z = bc.tensors("E[v,d] P[t,d] i[n,t] z[n,t]")
    logits = layers.dense(X, W, b)
    s = {"n": 300, "d": 60, "k": 40}
    image, kernel, bias = (
        bc.tensor("I", ("n", 16, 16, 4)),
        bc.tensor("K", (3, 3, 4, 8)),
        bc.tensor("b", (8,)),
    )
    padded = layers.Windows(padding=1)
    convolved = layers.convolution(image, kernel, bias, padded)
    block = layers.transformer_block(
        bc.tensor("X", ("n", "t", 16)), layers.Widths(heads=4, hidden=64), layers.causal_mask("t")
    )
    network = layers.fully_connected(X, [50, 40, "k"], [bc.tanh, bc.relu, None])
    embedded = layers.dense(
        layers.with_positions(layers.embedding(E, i), P), bc.tensor("W", ("d", "v")), bc.tensor("b", ("v",))
    )
    return {
        "dense": trained(squared(bc.tanh(logits)), [W, b], **s),
        "network": trained(layers.mean_squared_error(network.output, Y), network.parameters, **s),
        "cross entropy": trained(layers.softmax_cross_entropy(logits, y), [W, b], {"y": 40}, **s),
        "cross entropy of rows": trained(layers.softmax_cross_entropy(logits, Y), [W, b], **s),
        "cross entropy of softmax": trained(layers.cross_entropy(bc.softmax(logits, 1), Y), [W, b], **s),
        "binary": trained(layers.binary_cross_entropy(logits, Y), [W, b], **s),
        "hinge": trained(layers.hinge(logits, Y), [W, b], **s),
        "huber": trained(layers.huber(logits, Y), [W, b], **s),
        "kl": trained(layers.kl_divergence(logits, Y), [W, b], **s),
        "penalty": trained(layers.mean_squared_error(logits, Y) + layers.l2_penalty([W]), [W], **s),
        "layer norm": trained(squared(layers.layer_norm(X, g, h)), [X, g, h], **s),
        "batch norm": trained(squared(layers.batch_norm(X, g, h)), [X, g, h], **s),
        "residual": trained(squared(layers.residual(X, lambda x: bc.relu(x * 2))), [X], **s),
        "dropout": trained(squared(layers.dropout(X, bc.tensor("M", ("n", "d")), 0.5) @ W), [W], **s),
        "attention": trained(squared(layers.attention(Q, K, V)), [Q, K, V], t=120, s=130, e=20, d=30),
        "masked attention": trained(
            squared(layers.attention(Q, bc.tensor("K", ("t", "e")), bc.tensor("V", ("t", "d")),
                                     layers.causal_mask("t"))), [Q], t=120, e=20, d=30),
        "transformer": trained(squared(block.output), block.parameters, n=4, t=30),
        "convolution": trained(squared(convolved), [image, kernel, bias], n=8),
        "strided convolution": trained(
            squared(layers.convolution(image, kernel, None, layers.Windows(stride=2))), [image, kernel],
            n=8),
        "average pool": trained(squared(layers.average_pool(image, (2, 2))), [image], n=8),
        "max pool": trained(squared(layers.max_pool(bc.relu(convolved), (2, 2))), [kernel], n=8),
        "embedding": trained(layers.softmax_cross_entropy(embedded, z), [E, P], {"i": 50, "z": 50},
                             n=20, t=12, v=50, d=16),
        "look-up": trained(squared(layers.embedding(E, i)), [E], {"i": 50}, n=60, t=20, v=50, d=16),
        "sgd": case(layers.sgd(W, W * 2, 0.1), d=200, k=100),
        "clipped": case(layers.clipped_by_norm([W, W * 2], 1.0), d=200, k=100),
    }  # fmt: skip


def recurrences() -> dict[str, Case]:
    X, Z0 = bc.tensors("X[20,n,d] Z0[n,h]")
    W, U, b = bc.tensors("W[h,h] U[d,h] b[h]")
    C0 = bc.tensor("C0", ("n", "h"))
    s = {"n": 30, "d": 16, "h": 24}

    def three(letter: str, shape: str, count: int) -> tuple[bc.Tensor, ...]:
        return tuple([bc.tensor(f"{letter}{k}", tuple(shape)) for k in range(count)])

    weights = three("W", "hh", 4), three("U", "dh", 4), three("b", "h", 4)
    plain = layers.rnn(X, Z0, W, U, b)
    gru = layers.gru(X, Z0, *[part[:3] for part in weights])  # type: ignore[arg-type]
    states, cells = layers.lstm(X, (Z0, C0), *weights)  # type: ignore[arg-type]
    return {
        "rnn": case(plain, **s),
        "rnn gradient": trained(squared(plain), [W, U, b], **s),
        "last state": trained(squared(plain[19]), [W, U, Z0], **s),
        "gru": trained(squared(gru), [*weights[0][:3], *weights[1][:3]], **s),
        "lstm": trained(squared(states), [*weights[0], *weights[1]], **s),
        "lstm cells": case([states, cells], **s),
    }


def others() -> dict[str, Case]:
    X, W, V = bc.tensors("X[n,d] W[d,k] V[d,k]")
    S, R = bc.tensors("S[m,m] R[m,p]")
    loss = squared(bc.tanh(X @ W))
    mean = layers.softmax_cross_entropy(X @ W, bc.tensor("Y", ("n", "k")))
    H = bc.tensor("H", ("i", "j"), assume="complex")
    G = bc.tensor("G", ("j", "k"), assume="complex")
    real = bc.tensor("r", ("j", "k"))
    s = {"n": 200, "d": 8, "k": 6}
    m = {"m": 120, "p": 90}
    return {
        "hessian": case(bc.hessian(loss, W), n=200, d=20, k=12),
        "hessian of cross entropy": case(bc.hessian(mean, W), n=200, d=20, k=12),
        "hessian times vector": case(bc.jvp(bc.gradient(loss, W), {W: V}), n=2000, d=20, k=10),
        "jacobian": case(bc.jacobian(bc.softmax(X @ W, axis=1), W), **s),
        "jacobian of tanh": case(bc.jacobian(bc.tanh(X @ W), W), **s),
        "complex product": case(H @ G, i=100, j=90, k=80),
        "mixed product": case(H @ real, i=100, j=90, k=80),
        "complex and real": case([H @ G, bc.tanh(real), bc.real(H @ G)], i=100, j=90, k=80),
        "complex gradient": trained(bc.real(bc.dot(H @ G, bc.conj(H @ G))), [G], i=100, j=90, k=80),
        "solve": case(bc.solve(S, R), **m),
        "inverse": trained(bc.trace(bc.inverse(S)), [S], **m),
        "log determinant": trained(bc.logdet(S), [S], **m),
        "exponential": case(bc.expm(S), **m),
        "activations": case([bc.silu(X), bc.softplus(X), bc.elu(X), bc.leaky_relu(X, 0.1)], n=2000, d=20),
        "error functions": case([bc.erf(X), bc.erfc(X.T), bc.gelu(X)], n=2000, d=20),
    }


def all_cases() -> dict[str, Case]:
    """Return all of them."""
    return {**contractions(), **layer_cases(), **recurrences(), **others()}


def measured(f: Any, values: dict[str, Any]) -> int:
    """Return the most bytes that a call holds beside its arguments, results included."""
    f(**values)
    tracemalloc.start()
    try:
        f(**values)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
