"""Layers of today: loss and gradients, compiled, against torch eager and jitted JAX.

A classifier of embedded tokens, a transformer block, a batch-normalized residual network, and a small
convolutional network. All of them get the same float64 arrays and must agree before they are timed; they
run in turns, so that all see the same load of the machine. Peers that are not installed are left out.

    python examples/benchmarks/layers.py [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.traverse import tensors_in

Array = npt.NDArray[Any]
Values = dict[str, Array]
Loss = Callable[[Any, Any], Any]
"""``(peer, arrays) -> loss``, with the functions of :class:`Torch` or :class:`Jax`."""

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Case:
    """A loss, its parameters, the arrays, and the same loss for the peers."""

    name: str
    loss: bc.Expr
    parameters: Sequence[bc.Tensor]
    values: Values
    peer: Loss


class Torch:
    """The functions of torch that the losses use."""

    def __init__(self, torch: Any) -> None:
        self.torch, self.nn = torch, torch.nn.functional
        self.einsum = torch.einsum
        self.relu, self.softmax, self.gelu = torch.relu, lambda x: torch.softmax(x, -1), self.nn.gelu

    def rows(self, table: Any, indices: Any) -> Any:
        return self.nn.embedding(indices, table)

    def cross_entropy(self, logits: Any, labels: Any) -> Any:
        return self.nn.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))

    def layer_norm(self, x: Any, scale: Any, shift: Any) -> Any:
        return self.nn.layer_norm(x, scale.shape, scale, shift)

    def batch_norm(self, x: Any, scale: Any, shift: Any) -> Any:
        return self.nn.batch_norm(x, None, None, scale, shift, training=True)

    def convolution(self, x: Any, kernel: Any) -> Any:
        moved = self.nn.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), padding=1)
        return moved.permute(0, 2, 3, 1)

    def max_pool(self, x: Any) -> Any:
        return self.nn.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)

    def where(self, mask: Array, x: Any) -> Any:
        return x.masked_fill(~self.torch.from_numpy(mask), -np.inf)


class Jax:
    """The functions of JAX that the losses use."""

    def __init__(self, jax: Any) -> None:
        self.jax, self.np = jax, jax.numpy
        self.einsum = jax.numpy.einsum
        self.relu, self.softmax = jax.nn.relu, jax.nn.softmax

    def gelu(self, x: Any) -> Any:
        return self.jax.nn.gelu(x, approximate=False)

    def rows(self, table: Any, indices: Any) -> Any:
        return table[indices]

    def cross_entropy(self, logits: Any, labels: Any) -> Any:
        logs = self.jax.nn.log_softmax(logits)
        return -self.np.take_along_axis(logs, labels[..., None], -1).mean()

    def layer_norm(self, x: Any, scale: Any, shift: Any) -> Any:
        return self._norm(x, -1) * scale + shift

    def batch_norm(self, x: Any, scale: Any, shift: Any) -> Any:
        return self._norm(x, 0) * scale + shift

    def _norm(self, x: Any, axis: int) -> Any:
        centred = x - x.mean(axis, keepdims=True)
        return centred / self.np.sqrt((centred**2).mean(axis, keepdims=True) + 1e-5)

    def convolution(self, x: Any, kernel: Any) -> Any:
        return self.jax.lax.conv_general_dilated(
            x, kernel, (1, 1), [(1, 1), (1, 1)], dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    def max_pool(self, x: Any) -> Any:
        return self.jax.lax.reduce_window(x, -np.inf, self.jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def where(self, mask: Array, x: Any) -> Any:
        return self.np.where(mask, x, -np.inf)


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


def embedded(n: int, t: int, v: int, d: int) -> Case:
    """Return the next-token loss of embedded tokens and positions."""
    E, P, W, b, i, y = bc.tensors("E[v,d] P[t,d] W[d,v] b[v] i[n,t] y[n,t]")
    logits = layers.dense(layers.with_positions(layers.embedding(E, i), P), W, b)
    loss = layers.softmax_cross_entropy(logits, y)
    values = drawn(loss, {"n": n, "t": t, "v": v, "d": d}, {"i": v, "y": v})

    def peer(own: Any, given: Any) -> Any:
        logits = (own.rows(given["E"], given["i"]) + given["P"]) @ given["W"] + given["b"]
        return own.cross_entropy(logits, given["y"])

    return Case(f"embedded tokens, n={n}, t={t}, vocabulary {v}, d={d}", loss, [E, P, W, b], values, peer)


def transformer(n: int, t: int, d: int, heads: int) -> Case:
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

    name = f"transformer block, n={n}, t={t}, d={d}, {heads} heads"
    return Case(name, loss, block.parameters, values, peer)


def residual(n: int, d: int, k: int, depth: int) -> Case:
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

    name = f"residual network, n={n}, d={d}, {depth} layers with batch norm"
    return Case(name, loss, parameters, values, peer)


def convolutional(n: int, size: int, channels: int) -> Case:
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

    name = f"convolutions, n={n}, {size} by {size} pixels, {channels} channels"
    return Case(name, loss, [K, L, V], values, peer)


# -- comparing ------------------------------------------------------------------------------------------


def runs_of(case: Case) -> dict[str, Callable[[], list[Any]]]:
    """Return a call of each library that returns the loss and the gradients."""
    program = bc.compile([case.loss, *bc.gradient(case.loss, list(case.parameters))])
    given = {name: case.values[name] for name in program.arguments}
    names = [tensor.name for tensor in case.parameters]
    runs: dict[str, Callable[[], list[Any]]] = {"bracketcalc": lambda: list(program(**given))}
    if find_spec("torch"):
        runs["torch eager"] = _in_torch(case, names)
    if find_spec("jax"):
        runs["jitted JAX"] = _in_jax(case, names)
    return runs


def _in_torch(case: Case, names: Sequence[str]) -> Callable[[], list[Any]]:
    import torch  # noqa: PLC0415

    own = Torch(torch)
    given = {name: torch.from_numpy(array) for name, array in case.values.items()}
    wrt = [given[name].requires_grad_() for name in names]

    def run() -> list[Any]:
        loss = case.peer(own, given)
        return [loss.detach(), *torch.autograd.grad(loss, wrt)]

    return run


def _in_jax(case: Case, names: Sequence[str]) -> Callable[[], list[Any]]:
    import jax  # noqa: PLC0415

    jax.config.update("jax_enable_x64", True)
    own = Jax(jax)
    given = {name: jax.numpy.asarray(array) for name, array in case.values.items()}
    both = jax.jit(
        jax.value_and_grad(lambda moving, fixed: case.peer(own, {**fixed, **moving})),
    )
    moving = {name: given[name] for name in names}
    fixed = {name: array for name, array in given.items() if name not in moving}

    def run() -> list[Any]:
        loss, found = both(moving, fixed)
        jax.block_until_ready(found)
        return [loss, *(found[name] for name in names)]

    return run


def check(case: Case, runs: dict[str, Callable[[], list[Any]]]) -> None:
    """Stop where a peer has another loss or gradient."""
    ours = [np.asarray(array) for array in runs["bracketcalc"]()]
    for name, run in runs.items():
        for one, other in zip(ours, run(), strict=True):
            error = float(np.max(np.abs(one - np.asarray(other)))) / (1 + float(np.max(np.abs(one))))
            if not error < TOLERANCE:
                sys.exit(f"{case.name}: {name} differs by {error:.1e}")


def best(runs: Sequence[Callable[[], Any]], rounds: int) -> list[float]:
    """Return the shortest time of a call of each, in milliseconds, over rounds that take turns."""
    times = [float("inf")] * len(runs)
    for _ in range(rounds):
        for place, run in enumerate(runs):
            for _ in range(3):
                begun = time.perf_counter()
                run()
                times[place] = min(times[place], 1e3 * (time.perf_counter() - begun))
    return times


def main() -> None:
    """Compare the values, then the times, and print a line for each."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    quick = options.parse_args().quick

    if quick:
        cases = [embedded(2, 3, 7, 4), transformer(2, 3, 4, 2)]
        cases += [residual(5, 4, 3, 2), convolutional(2, 6, 2)]
    else:
        cases = [
            embedded(16, 32, 65, 32),
            embedded(16, 64, 5000, 64),
            transformer(4, 16, 32, 4),
            transformer(16, 64, 64, 4),
            residual(32, 32, 10, 4),
            residual(256, 128, 10, 8),
            convolutional(8, 16, 8),
            convolutional(32, 28, 16),
        ]
    for case in cases:
        runs = runs_of(case)
        check(case, runs)
        times = best(list(runs.values()), 1 if quick else 15)
        print(f"\n{case.name}")
        for name, spent in zip(runs, times, strict=True):
            print(f"  {name:<12} {spent:10.3f} ms   {spent / times[0]:8.2f} times ours")


if __name__ == "__main__":
    main()
