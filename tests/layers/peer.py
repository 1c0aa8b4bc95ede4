"""Comparing a loss and its gradients with those of torch, and with the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate
from bracketcalc.traverse import tensors_in

Arrays = dict[str, np.ndarray[Any, Any]]


def check_against_torch(
    loss: bc.Expr,
    peer: Callable[[Mapping[str, Any]], Any],
    wrt: Sequence[bc.Tensor],
    values: Arrays,
    tolerance: float = 1e-10,
) -> None:
    """Check the value and the gradients of a loss, compiled, against torch's in float64."""
    torch = pytest.importorskip("torch")
    f = bc.compile([loss, *bc.gradient(loss, wrt)])
    found = f(**{name: values[name] for name in f.arguments})
    given = {name: torch.tensor(array) for name, array in values.items()}
    for variable in wrt:
        given[variable.name].requires_grad_()
    expected = peer(given)
    expected.backward()
    results = [expected.detach(), *(given[variable.name].grad for variable in wrt)]
    for array, result in zip(found, results, strict=True):
        scale = 1 + float(abs(result).max()) if result.numel() else 1.0
        np.testing.assert_allclose(array, result.numpy(), atol=tolerance * scale, rtol=tolerance)
    np.testing.assert_allclose(found[0], evaluate(loss, values), rtol=1e-12, atol=1e-12)


def check_second_order(loss: bc.Expr, variable: bc.Tensor, values: Arrays) -> None:
    """Check a Hessian-vector product against central differences of the gradient."""
    direction = bc.tensor("direction", variable.sizes)
    draw = np.random.default_rng(3).standard_normal(values[variable.name].shape)
    gradient = bc.compile(bc.gradient(loss, variable))
    needed = {name: values[name] for name in gradient.arguments}

    def at(step: float) -> np.ndarray[Any, Any]:
        moved = {**needed, variable.name: values[variable.name] + step * draw}
        return np.asarray(gradient(**{name: moved[name] for name in gradient.arguments}))

    expected = (at(1e-5) - at(-1e-5)) / 2e-5
    product = bc.compile(bc.hvp(loss, variable, direction))
    given = {**values, "direction": draw}
    found = product(**{name: given[name] for name in product.arguments})
    np.testing.assert_allclose(found, expected, atol=1e-6 * (1 + abs(expected).max(initial=0)))


def random_arrays(tensors: Sequence[bc.Expr], sizes: Mapping[str, int], seed: int = 0) -> Arrays:
    """Return a normal array for each tensor of the expressions, of the given sizes."""
    draw = np.random.default_rng(seed)
    return {
        tensor.name: draw.standard_normal(
            tuple([size if isinstance(size, int) else sizes[size.name] for size in tensor.sizes])
        )
        for tensor in tensors_in(tensors)
    }
