"""torch and JAX by one set of names, so that a loss is written once for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.case import Array, Setting, Values
from bracketcalc.testing.timing import Run

Loss = Callable[[Any, Mapping[str, Any]], Any]
"""``(library, arrays) -> loss``, with the functions of :class:`Torch` or :class:`Jax`."""


class Torch:
    """What the losses use of torch, which runs each operation when it is called."""

    name = "torch"

    def __init__(self, device: str) -> None:
        self.torch, self.device = import_module("torch"), device
        self.nn = self.torch.nn.functional
        self.einsum, self.stack = self.torch.einsum, self.torch.stack
        self.tanh, self.relu, self.gelu = self.torch.tanh, self.torch.relu, self.nn.gelu
        self.log, self.exp, self.logaddexp = self.torch.log, self.torch.exp, self.torch.logaddexp

    def array(self, value: Array) -> Any:
        return self.torch.tensor(value, device=self.device)

    def prepared(self, function: Callable[..., Any], *arguments: Any) -> Run:
        """Return a call of a function."""
        return lambda: function(*arguments)

    def gradients(self, loss: Loss, values: Values, wrt: Sequence[str]) -> Run:
        """Return a call that computes a loss and its gradients."""
        given = {name: self.array(value) for name, value in values.items()}
        leaves = [given[name].requires_grad_() for name in wrt]

        def run() -> list[Any]:
            found = loss(self, given)
            return [found.detach(), *self.torch.autograd.grad(found, leaves)]

        return run

    def hessian(self, loss: Loss, values: Values, wrt: str) -> Run:
        """Return a call that computes the Hessian with respect to one array."""
        given = {name: self.array(value) for name, value in values.items()}
        twice = self.torch.func.hessian(lambda moved: loss(self, {**given, wrt: moved}))
        return lambda: twice(given[wrt])

    def softmax(self, x: Any) -> Any:
        return self.torch.softmax(x, -1)

    def log_softmax(self, x: Any) -> Any:
        return self.torch.log_softmax(x, -1)

    def states(self, step: Callable[[Any, Any], Any], first: Any, over: Any) -> Any:
        found = []
        for x in over:
            first = step(first, x)
            found.append(first)
        return self.stack(found)

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
        return x.masked_fill(self.array(~mask), -np.inf)


class Jax:
    """What the losses use of JAX, whose functions are compiled by ``jit``."""

    name = "JAX jit"

    def __init__(self) -> None:
        self.jax = import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.np = self.jax.numpy
        self.einsum, self.tanh, self.relu = self.np.einsum, self.np.tanh, self.jax.nn.relu
        self.log, self.exp, self.logaddexp = self.np.log, self.np.exp, self.np.logaddexp
        self.softmax, self.log_softmax = self.jax.nn.softmax, self.jax.nn.log_softmax

    def array(self, value: Array) -> Any:
        return self.np.asarray(value)

    def prepared(self, function: Callable[..., Any], *arguments: Any) -> Run:
        """Return a call of a function, compiled, that waits for its results."""
        jitted = self.jax.jit(function)
        return lambda: self.jax.block_until_ready(jitted(*arguments))

    def gradients(self, loss: Loss, values: Values, wrt: Sequence[str]) -> Run:
        """Return a call that computes a loss and its gradients."""
        given = {name: self.array(value) for name, value in values.items()}
        moving = {name: given.pop(name) for name in wrt}
        both = self.jax.value_and_grad(lambda moved, fixed: loss(self, {**fixed, **moved}))

        def function(moved: Any, fixed: Any) -> list[Any]:
            found, slopes = both(moved, fixed)
            return [found, *(slopes[name] for name in wrt)]

        return self.prepared(function, moving, given)

    def hessian(self, loss: Loss, values: Values, wrt: str) -> Run:
        """Return a call that computes the Hessian with respect to one array."""
        given = {name: self.array(value) for name, value in values.items()}
        return self.prepared(self.jax.hessian(lambda moved: loss(self, {**given, wrt: moved})), given[wrt])

    def gelu(self, x: Any) -> Any:
        return self.jax.nn.gelu(x, approximate=False)

    def states(self, step: Callable[[Any, Any], Any], first: Any, over: Any) -> Any:
        def both(z: Any, x: Any) -> tuple[Any, Any]:
            after = step(z, x)
            return after, after

        return self.jax.lax.scan(both, first, over)[1]

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


def has(name: str) -> bool:
    """Return whether a library is installed."""
    return find_spec(name) is not None


def libraries(setting: Setting) -> list[Torch | Jax]:
    """Return those of torch and JAX that are installed and reach the device."""
    found: list[Torch | Jax] = []
    if has("torch") and (setting.device == "cpu" or import_module("torch").cuda.is_available()):
        found.append(Torch(setting.device))
    if has("jax") and (setting.device == "cpu" or import_module("jax").default_backend() == "gpu"):
        found.append(Jax())
    return found
