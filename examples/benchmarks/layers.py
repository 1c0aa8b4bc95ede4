"""Layers of today: loss and gradients.

A classifier of embedded tokens, a transformer block, a batch-normalized residual network, and a small
convolutional network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import bracketcalc as bc
from benchmarks.case import Case, Setting, Values
from benchmarks.networks import Network, network_case
from bracketcalc import layers
from bracketcalc.traverse import tensors_in


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the layers, in each type."""
    for dtype in setting.dtypes:
        for network in small() if setting.quick else full():
            yield network_case(typed(network, dtype), setting)


def small() -> Iterator[Network]:
    """Yield each layer with sizes that take no time."""
    yield embedded(2, 3, 7, 4)
    yield transformer(2, 3, 4, 2)
    yield residual(5, 4, 3, 2)
    yield convolutional(2, 6, 2)


def full() -> Iterator[Network]:
    """Yield each layer with two sizes."""
    yield embedded(16, 32, 65, 32)
    yield embedded(16, 64, 5000, 64)
    yield transformer(4, 16, 32, 4)
    yield transformer(16, 64, 64, 4)
    yield residual(32, 32, 10, 4)
    yield residual(256, 128, 10, 8)
    yield convolutional(8, 16, 8)
    yield convolutional(32, 28, 16)


def typed(network: Network, dtype: str) -> Network:
    """Return a network whose numbers have a type; indices stay integers."""
    values = {
        name: value.astype(dtype) if value.dtype.kind == "f" else value
        for name, value in network.values.items()
    }
    return replace(network, values=values)


def drawn(loss: bc.Expr, sizes: dict[str, int], indices: dict[str, int]) -> Values:
    """Return an array for each tensor of a loss: normal numbers, or indices below a bound."""
    draw = np.random.default_rng(0)
    values: Values = {}
    for tensor in tensors_in([loss]):
        shape = [size if isinstance(size, int) else sizes[size.name] for size in tensor.sizes]
        bound = indices.get(tensor.name)
        scale = 1 / np.sqrt(max(shape[0], 1)) if len(shape) > 1 else 1.0
        values[tensor.name] = (
            scale * draw.standard_normal(shape) if bound is None else draw.integers(0, bound, shape)
        )
    return values


def embedded(n: int, t: int, v: int, d: int) -> Network:
    """Return the next-token loss of embedded tokens and positions."""
    E, P, W, b, i, y = bc.tensors("E[v,d] P[t,d] W[d,v] b[v] i[n,t] y[n,t]")
    logits = layers.dense(layers.with_positions(layers.embedding(E, i), P), W, b)
    loss = layers.softmax_cross_entropy(logits, y)
    values = drawn(loss, {"n": n, "t": t, "v": v, "d": d}, {"i": v, "y": v})

    def peer(own: Any, given: Any) -> Any:
        logits = (own.rows(given["E"], given["i"]) + given["P"]) @ given["W"] + given["b"]
        return own.cross_entropy(logits, given["y"])

    return Network(f"embedded tokens, {v} words", loss, [E, P, W, b], values, peer)


def transformer(n: int, t: int, d: int, heads: int) -> Network:
    """Return the squared output of a causal transformer block."""
    X = bc.tensor("X", ("n", "t", d))
    widths = layers.Widths(heads=heads, hidden=4 * d)
    block = layers.transformer_block(X, widths, layers.causal_mask("t"))
    loss = layers.mean_squared_error(block.output, bc.tensor("T", X.sizes))
    values = drawn(loss, {"n": n, "t": t}, {})
    mask = np.tril(np.ones((t, t))) > 0

    def peer(own: Any, given: Any) -> Any:
        first = own.layer_norm(given["X"], given["γ_a1"], given["β_a1"])
        q, k, v = (own.einsum("ntd,dhe->nhte", first, given[f"W{letter}_1"]) for letter in "qkv")
        logits = own.einsum("nhie,nhje->nhij", q, k) / np.sqrt(d // heads)
        weights = own.softmax(own.where(mask, logits))
        mixed = own.einsum("nhij,nhje->nihe", weights, v)
        middle = given["X"] + own.einsum("nihe,hed->nid", mixed, given["Wo_1"])
        second = own.layer_norm(middle, given["γ_b1"], given["β_b1"])
        inner = own.gelu(second @ given["Wh_1"] + given["bh_1"])
        output = middle + inner @ given["Wz_1"] + given["bz_1"]
        return ((output - given["T"]) ** 2).mean()

    name = f"transformer block, {n} by {t} by {d}"
    return Network(name, loss, block.parameters, values, peer)


def residual(n: int, d: int, k: int, depth: int) -> Network:
    """Return the loss of a network of batch-normalized residual layers."""
    X, y, V = bc.tensors("X[n,d] y[n] V[d,k]")
    parameters: list[bc.Tensor] = [V]
    value: bc.Expr = X
    for place in range(depth):
        W, g, b = bc.tensors(f"W{place}[d,d] g{place}[d] b{place}[d]")
        parameters += [W, g, b]
        value = value + bc.relu(layers.batch_norm(value @ W, g, b))
    loss = layers.softmax_cross_entropy(value @ V, y)
    values = drawn(loss, {"n": n, "d": d, "k": k}, {"y": k})

    def peer(own: Any, given: Any) -> Any:
        x = given["X"]
        for place in range(depth):
            normed = own.batch_norm(x @ given[f"W{place}"], given[f"g{place}"], given[f"b{place}"])
            x = x + own.relu(normed)
        return own.cross_entropy(x @ given["V"], given["y"])

    name = f"residual network, {n} by {d}"
    return Network(name, loss, parameters, values, peer)


def convolutional(n: int, size: int, channels: int) -> Network:
    """Return the loss of two convolutions with pooling, and a dense layer."""
    X = bc.tensor("X", ("n", size, size, 3))
    K, L = bc.tensor("K", (3, 3, 3, "c")), bc.tensor("L", (3, 3, "c", "c"))
    V, y = bc.tensors("V[c,10] y[n]")
    padded = layers.Windows(padding=1)
    first = layers.max_pool(bc.relu(layers.convolution(X, K, None, padded)), (2, 2))
    second = bc.relu(layers.convolution(first, L, None, padded))
    loss = layers.softmax_cross_entropy(layers.mean(second, (1, 2)) @ V, y)
    values = drawn(loss, {"n": n, "c": channels}, {"y": 10})

    def peer(own: Any, given: Any) -> Any:
        first = own.max_pool(own.relu(own.convolution(given["X"], given["K"])))
        second = own.relu(own.convolution(first, given["L"]))
        return own.cross_entropy(second.mean((1, 2)) @ given["V"], given["y"])

    name = f"convolutions, {n} images"
    return Network(name, loss, [K, L, V], values, peer)
