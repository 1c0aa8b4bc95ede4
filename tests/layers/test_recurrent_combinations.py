"""Masks, limited gradients and several states in one step, and recurrences beside other layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.layers import Windows
from bracketcalc.reference import evaluate
from tests.interop.source.test_module import loaded
from tests.layers.peer import Arrays, check_second_order, random_arrays

S, Z0, C0, W, U, V, E, b = bc.tensors("S[t,n,d] Z0[n,h] C0[n,h] W[h,h] U[d,h] V[h,h] E[v,d] b[h]")
r, p, i, k, q0 = bc.tensors("r[t,n] p[t] i[t,n] k[3] q0[9]")
WRT = [Z0, C0, W, V, U, S]
SIZES = {"t": 3, "n": 2, "d": 4, "h": 5, "v": 6}


def gated(z: Any, c: Any, x: Any, m: Any, q: Any) -> Any:
    """One step of two states that is masked, and through which gradients pass only where q is 1."""
    old, cells = layers.truncated(q, z), layers.truncated(q, c)
    gate = bc.define("F", bc.sigmoid(old @ W + x @ U))
    new_cells = gate * cells + (1 - gate) * bc.tanh(old @ V)
    new = gate * bc.tanh(new_cells)
    return layers.keep_where(m, new, z), layers.keep_where(m, new_cells, c)


def in_torch(torch: Any, values: Arrays) -> tuple[Any, list[Any], Any]:
    """Return the loss, its gradients, which can be differentiated, and W."""
    given = {name: torch.tensor(array, requires_grad=name not in "rp") for name, array in values.items()}
    z, c, total = given["Z0"], given["C0"], torch.zeros((), dtype=torch.float64)
    for t in range(len(values["S"])):
        q, m = given["p"][t], given["r"][t][:, None]
        old, cells = (q * x + (1 - q) * x.detach() for x in (z, c))
        gate = torch.sigmoid(old @ given["W"] + given["S"][t] @ given["U"])
        new_cells = gate * cells + (1 - gate) * torch.tanh(old @ given["V"])
        new = gate * torch.tanh(new_cells)
        z, c = m * new + (1 - m) * z, m * new_cells + (1 - m) * c
        total = total + (z**2).sum() / 2
    loss = total + (c * z).sum()
    tensors = [given[tensor.name] for tensor in WRT]
    found = torch.autograd.grad(loss, tensors, create_graph=True, materialize_grads=True)
    return loss, list(found), given["W"]


def test_masks_and_limits_on_several_states() -> None:
    torch = pytest.importorskip("torch")
    states, cells = bc.recurrence(gated, (Z0, C0), (S, r, p))
    loss = (states**2).sum() / 2 + bc.dot(bc.final_state(cells), bc.final_state(states))
    direction = bc.tensor("D", W.sizes)
    results = [loss, *bc.gradient(loss, WRT), bc.hvp(loss, W, direction)]
    program = bc.compile(results)
    draw = np.random.default_rng(0)
    for t, n in ((6, 3), (1, 2), (0, 2), (2, 0)):
        values = random_arrays(results[:-1], {**SIZES, "t": t, "n": n})
        values["r"] = layers.running(draw.integers(0, t + 1, n), t)
        values["p"] = (np.arange(t) % 2).astype(float)
        turn = draw.standard_normal((5, 5))
        *found, second = program(**values, D=turn)
        expected, gradients, weights = in_torch(torch, values)
        for array, tensor in zip(found, [expected, *gradients], strict=True):
            np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=1e-10, atol=1e-12)
        along = (gradients[2] * torch.tensor(turn)).sum()
        twice = torch.zeros(5, 5)
        if along.requires_grad:
            (twice,) = torch.autograd.grad(along, weights, materialize_grads=True)
        np.testing.assert_allclose(second, twice.numpy(), rtol=1e-9, atol=1e-12)
        for array, expr in zip(found, results, strict=False):
            np.testing.assert_allclose(array, evaluate(expr, values), rtol=1e-10, atol=1e-12)


def _run(inputs: bc.Expr, weights: bc.Expr = W, *, backward: bool = False) -> bc.Expr:
    found: bc.Expr = bc.recurrence(lambda z, x: bc.tanh(z @ weights + x @ U), Z0, inputs, backward=backward)
    return found


def _nested() -> bc.Expr:
    def outer(z: bc.Expr, x: bc.Expr) -> bc.Expr:
        inner = bc.recurrence(lambda q, y: bc.tanh(q @ V + y @ U), z, S)
        return bc.tanh(bc.final_state(inner) @ W + x @ U)

    found: bc.Expr = bc.recurrence(outer, Z0, S)
    return found


def _looked_up() -> bc.Expr:
    step: Callable[..., bc.Expr] = lambda z, j: bc.tanh(z @ W + layers.embedding(E, j) @ U)  # noqa: E731
    found: bc.Expr = bc.recurrence(step, Z0, i)
    return found


def _convolved() -> bc.Expr:
    seen = layers.window(9, 9, 3, Windows(1, 1, 1))
    found: bc.Expr = bc.recurrence(lambda q: bc.tanh(bc.einsum("i,iop,p->o", q, seen, k)), q0, length=4)
    return found


def _attended() -> bc.Expr:
    states = _run(S).transpose(1, 0, 2)
    return layers.attention(states, states, states, layers.causal_mask("t"))


def _normed() -> bc.Expr:
    found: bc.Expr = bc.recurrence(lambda z, x: bc.tanh(layers.layer_norm(z @ W + x @ U, b, b)), Z0, S)
    return found


CASES: dict[str, tuple[Callable[[], bc.Expr], list[bc.Tensor]]] = {
    "stacked": (
        lambda: bc.recurrence(lambda z, x: bc.tanh(z @ V + x @ W), Z0, bc.define("Z", _run(S))),
        [W, U, V, S, Z0],
    ),
    "both directions": (lambda: _run(S) * _run(S, V, backward=True), [W, V, U, S]),
    "nested": (_nested, [W, V, U, Z0]),
    "looked up before": (lambda: _run(layers.embedding(E, i)), [E, W, U]),
    "looked up inside": (_looked_up, [E, W, U]),
    "attended": (_attended, [W, U]),
    "convolved inside": (_convolved, [k, q0]),
    "normed inside": (_normed, [W, U, b]),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_recurrences_beside_other_layers(name: str, tmp_path: Path) -> None:
    output, wrt = CASES[name][0](), CASES[name][1]
    loss = bc.dot(output, output)
    results = [loss, *bc.gradient(loss, wrt)]
    values = random_arrays(results, SIZES)
    if "i" in values:
        values["i"] = np.array([[0, 5], [2, 2], [1, 0]])
    program = bc.compile(results)
    found = program(**values)
    written = loaded(bc.to_source(results), tmp_path)(*[values[name] for name in program.arguments])
    for array, other, expr in zip(found, written, results, strict=True):
        np.testing.assert_allclose(array, evaluate(expr, values), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(other, array, rtol=1e-10, atol=1e-12)
    for check in bc.check_gradient(loss, wrt, values):
        assert check.relative < 1e-7, check
    check_second_order(loss, wrt[0], values)
