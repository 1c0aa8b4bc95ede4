"""A loss for each layer of the package, with what it is differentiated by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.layers import AdamState, Heads, Widths, Windows
from bracketcalc.traverse import tensors_in

SIZES = {"n": 3, "t": 3, "d": 5, "h": 2, "e": 3, "k": 6, "v": 7, "c": 2, "m": 4}

X, W, b, Y, M = bc.tensors("X[n,d] W[d,k] b[k] Y[n,k] M[n,d]")
S, Z0, C0, R, U = bc.tensors("S[t,n,d] Z0[n,k] C0[n,k] R[k,k] U[d,k]")
Q, Wq, Wk, Wv, Wo, P = bc.tensors("Q[n,t,d] Wq[d,h,e] Wk[d,h,e] Wv[d,h,e] Wo[h,e,d] P[n,t]")
IMAGE, KERNEL, m = bc.tensors("I[n,7,5,c] K[3,2,c,m] m[m]")
TABLE, y, w, g, s = bc.tensors("E[v,d] y[n] w[n,t] g[d] s[d]")
V, D, step, p, r = bc.tensors("V[d,k] D[d,k] i p[t] r[t,n]")
HEADS = Heads(Wq, Wk, Wv, Wo)
BLOCK_INPUTS = bc.tensor("B", ("n", "t", 6))


def _square(value: bc.Expr) -> bc.Expr:
    return bc.dot(value, value) / 2


def _gated(letters: str, name: str) -> tuple[tuple[bc.Expr, ...], ...]:
    recurrent, weights, biases = (
        tuple([bc.tensor(f"{kind}{letter}", sizes) for letter in letters])
        for kind, sizes in (("W", ("k", "k")), ("U", ("d", "k")), ("b", ("k",)))
    )
    return recurrent, weights, biases


def _gru() -> bc.Expr:
    return _square(layers.gru(S, Z0, *_gated("rfn", "gru")))  # type: ignore[arg-type]


def _lstm() -> bc.Expr:
    states, cells = layers.lstm(S, (Z0, C0), *_gated("ifog", "lstm"))  # type: ignore[arg-type]
    return _square(states) + bc.final_state(cells).sum()


def _with_lengths() -> bc.Expr:
    def one(z: bc.Expr, x: bc.Expr, running: bc.Expr) -> bc.Expr:
        return layers.keep_where(running, bc.tanh(z @ R + x @ U), z)

    return _square(bc.final_state(bc.recurrence(one, Z0, (S, r))))


def _truncated() -> bc.Expr:
    def one(z: bc.Expr, x: bc.Expr, passes: bc.Expr) -> bc.Expr:
        return bc.tanh(layers.truncated(passes, z) @ R + x @ U)

    return _square(bc.recurrence(one, Z0, (S, p)))


def _attended(mask: bc.Expr | None) -> bc.Expr:
    return _square(layers.multi_head_attention(Q, HEADS, mask))


def _transformer() -> tuple[bc.Expr, list[bc.Expr]]:
    block = layers.transformer_block(BLOCK_INPUTS, Widths(heads=2, hidden="k"), layers.causal_mask("t"))
    return _square(block.output), [BLOCK_INPUTS, *block.parameters]


def _network() -> tuple[bc.Expr, list[bc.Expr]]:
    network = layers.fully_connected(X, ["h", "k"], [bc.relu, None])
    loss = layers.softmax_cross_entropy(network.output, y) + layers.l2_penalty(network.parameters, 0.1)
    return bc.define("J", loss), list(network.parameters)


def _pooled(places: Windows | None) -> bc.Expr:
    image = layers.convolution(IMAGE, KERNEL, m, Windows(1, 1, 1))
    return _square(layers.max_pool(bc.relu(image), (2, 3), places))


LOSSES: Mapping[str, Callable[[], Any]] = {
    "dense": lambda: (_square(layers.dense(X, W, b)), [X, W, b]),
    "fully_connected": _network,
    "l2_penalty": lambda: (layers.l2_penalty([W, b], 3), [W, b]),
    "squared_error": lambda: (layers.squared_error(X @ W, Y), [X, W]),
    "mean_squared_error": lambda: (layers.mean_squared_error(X @ W, Y), [X, W]),
    "huber": lambda: (layers.huber(X @ W, Y, 0.7), [X, W]),
    "binary_cross_entropy": lambda: (layers.binary_cross_entropy(X @ W, bc.sigmoid(Y)), [X, W]),
    "hinge": lambda: (layers.hinge(X @ W, bc.sign(Y)), [X, W]),
    "kl_divergence": lambda: (layers.kl_divergence(X @ W, bc.softmax(Y, axis=1)), [X, W]),
    "cross_entropy": lambda: (layers.cross_entropy(bc.softmax(X @ W, axis=1), Y), [X, W]),
    "softmax_cross_entropy": lambda: (layers.softmax_cross_entropy(X @ W, y), [X, W]),
    "one_hot": lambda: (_square(layers.one_hot(w, "v") @ TABLE), [TABLE]),
    "embedding": lambda: (_square(bc.tanh(layers.embedding(TABLE, w))), [TABLE]),
    "with_positions": lambda: (_square(layers.with_positions(Q, bc.outer(p, g))), [Q, p, g]),
    "rnn": lambda: (_square(layers.rnn(S, Z0, R, U, b)), [S, Z0, R, U, b]),
    "gru": lambda: (_gru(), [S, Z0]),
    "lstm": lambda: (_lstm(), [S, Z0, C0]),
    "keep_where": lambda: (_with_lengths(), [S, Z0, R, U]),
    "truncated": lambda: (_truncated(), [S, Z0, R, U]),
    "held": lambda: (_square(X * layers.held(X * M)), [X, M]),
    "attention": lambda: (_square(layers.attention(Q, Q + 1, Q**2, layers.causal_mask("t"))), [Q]),
    "causal_mask": lambda: (
        _square(layers.multi_head_attention(Q, HEADS, layers.causal_mask("t"))),
        [Q, Wk],
    ),
    "padding_mask": lambda: (
        _square(layers.multi_head_attention(Q, HEADS, layers.padding_mask(P))),
        [Q, Wo],
    ),
    "multi_head_attention": lambda: (_square(layers.multi_head_attention(Q, HEADS)), [Q, Wq, Wk, Wv, Wo]),
    "feed_forward": lambda: (_square(layers.feed_forward(X, (W, b), (R, b))), [X, W, b, R]),
    "transformer_block": _transformer,
    "mean": lambda: (_square(layers.mean(Q, (0, 1))), [Q]),
    "standardized": lambda: (bc.dot(layers.standardized(X, 0), M), [X]),
    "layer_norm": lambda: (bc.dot(layers.layer_norm(Q, g, s), Q**2), [Q, g, s]),
    "batch_norm": lambda: (bc.dot(layers.batch_norm(Q, g, s), Q**2), [Q, g, s]),
    "batch_norm_with": lambda: (_square(layers.batch_norm_with(X, (s, s**2), g, s)), [X, g, s]),
    "residual": lambda: (_square(layers.residual(X, lambda x: bc.gelu(x) * M)), [X]),
    "dropout": lambda: (_square(layers.dropout(X, M, 0.25)), [X]),
    "convolution": lambda: (
        _square(layers.convolution(IMAGE, KERNEL, m, (Windows(2, 1, 1), Windows(1, 2, 2)))),
        [IMAGE, KERNEL, m],
    ),
    "window": lambda: (_square(bc.einsum("iop,np->ino", layers.window(9, 4, "t"), P)), [P]),
    "average_pool": lambda: (_square(layers.average_pool(IMAGE, (2, 2), Windows(2, 1, 1))), [IMAGE]),
    "max_pool": lambda: (_pooled(None) + _pooled(Windows(2, 1, 1)), [IMAGE, KERNEL, m]),
    "sgd": lambda: (_square(layers.sgd(W, V, 0.1)), [W, V]),
    "momentum": lambda: (_square(layers.momentum(W, V, D, 0.1)[0]), [W, V, D]),
    "adam": lambda: (_square(layers.adam(W, AdamState(V, D**2), V, step)[0]), [W, V, D]),
    "clipped_by_norm": lambda: (_square(layers.clipped_by_norm([V, X], 0.5)[0]), [V, X]),
}
"""From the name of a layer to a function that makes a loss and the tensors it is differentiated by."""

INDICES = {"y": "k", "w": "v"}
"""The tensors of indices, and the size below which they are."""


def outputs(name: str) -> list[bc.Expr]:
    """Return the loss of a layer and its gradients."""
    loss, wrt = LOSSES[name]()
    return [loss, *bc.gradient(loss, wrt)]


def arrays(exprs: list[bc.Expr], seed: int = 0) -> dict[str, Any]:
    """Return an array for each tensor of the expressions."""
    draw = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for tensor in tensors_in(exprs):
        shape = tuple([size if isinstance(size, int) else SIZES[size.name] for size in tensor.sizes])
        if tensor.name in INDICES:
            found[tensor.name] = draw.integers(0, SIZES[INDICES[tensor.name]], shape)
        elif tensor.name in ("P", "p", "r"):
            found[tensor.name] = (draw.random(shape) < 0.7).astype(float)
        else:
            found[tensor.name] = draw.standard_normal(shape) + (tensor.name == "i") * 5
    return found
