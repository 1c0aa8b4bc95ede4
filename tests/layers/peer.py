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


def check_layer(
    output: bc.Expr,
    wrt: Sequence[bc.Tensor],
    values: Arrays,
    in_torch: Callable[[Any, Mapping[str, Any]], Any],
    in_jax: Callable[[Any, Mapping[str, Any]], Any],
) -> None:
    """Check a layer's value and gradients against torch's, JAX's and differences.

    Args:
        output: the layer; the loss is its product with fixed random weights, through a square.
        wrt: the tensors whose gradients are compared.
        values: the arrays.
        in_torch: ``(torch, arrays) -> output`` in torch.
        in_jax: ``(jax, arrays) -> output`` in JAX.
    """
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    sizes = bc.compile(output)(**{name: values[name] for name in bc.compile(output).arguments}).shape
    weights = np.random.default_rng(7).standard_normal(sizes)
    loss = bc.dot(output * output, bc.tensor("weights", output.sizes)) / 2
    values = {**values, "weights": weights}
    tolerance = 1e-10
    f = bc.compile([output, *bc.gradient(loss, list(wrt))])
    found = f(**{name: values[name] for name in f.arguments})

    given = {name: torch.tensor(array) for name, array in values.items()}
    for variable in wrt:
        given[variable.name].requires_grad_()
    theirs = in_torch(torch, given)
    (theirs * theirs * given["weights"]).sum().div(2).backward()
    first = [theirs.detach().numpy(), *(given[variable.name].grad.numpy() for variable in wrt)]

    def loss_in_jax(moving: Mapping[str, Any]) -> Any:
        result = in_jax(jax, {**values, **moving})
        return (result**2 * weights).sum() / 2, result

    moving = {variable.name: values[variable.name] for variable in wrt}
    gradients, result = quickly(jax, jax.grad(loss_in_jax, has_aux=True), moving)
    second = [result, *(gradients[variable.name] for variable in wrt)]
    for array, *others in zip(found, first, second, strict=True):
        for other in others:
            scale = 1 + float(np.max(np.abs(array), initial=0))
            np.testing.assert_allclose(array, np.asarray(other), atol=tolerance * scale, rtol=tolerance)
    np.testing.assert_allclose(found[0], evaluate(output, values), rtol=1e-11, atol=1e-11)
    if max(sizes, default=1):
        needed = {name: values[name] for name in f.arguments}
        for check in bc.check_gradient(loss, list(wrt), needed):
            assert check.relative < 1e-6, check


def quickly(jax: Any, function: Callable[..., Any], *given: Any) -> Any:
    """Return what a function of JAX arrays returns, compiled without optimizing it."""
    options = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    return jax.jit(function).lower(*given).compile(compiler_options=options)(*given)


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
