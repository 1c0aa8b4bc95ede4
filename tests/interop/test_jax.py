"""Functions of JAX made of expressions: JAX's own checks of first and second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate
from tests.interop.test_torch import LOSS, SHAPES, W, b

jax = pytest.importorskip("jax")
check_grads = pytest.importorskip("jax.test_util").check_grads


def values(names: tuple[str, ...]) -> list[Any]:
    draw = np.random.default_rng(0)
    arrays = {name: draw.standard_normal(shape) for name, shape in SHAPES.items()}
    return [arrays[name] for name in names]


@pytest.mark.parametrize("expr", [LOSS, W @ W.T * 2 + bc.identity("h"), bc.inv(bc.exp(W / 9)) @ b])
def test_first_and_second_derivatives_pass_jaxs_checks(expr: bc.Expr) -> None:
    with jax.enable_x64(True):
        function = bc.jax_function(expr)
        given = [jax.numpy.asarray(value) for value in values(function.arguments)]
        check_grads(function, given, order=2, modes=["rev"])


def test_it_can_be_compiled_and_mapped() -> None:
    with jax.enable_x64(True):
        function = bc.jax_function((W @ b) @ b)
        matrix, vector = values(function.arguments)
        found = jax.jit(jax.grad(function, argnums=(0, 1)))(matrix, vector)
        named = {"W": matrix, "b": vector}
        for array, expr in zip(found, bc.gradient((W @ b) @ b, [W, b]), strict=True):
            np.testing.assert_allclose(array, evaluate(expr, named), rtol=1e-12)
        many = jax.vmap(function, in_axes=(None, 0))(matrix, np.stack([vector, 2 * vector]))
        np.testing.assert_allclose(many[1], 4 * many[0], rtol=1e-12)


def test_several_results_and_a_size() -> None:
    with jax.enable_x64(True):
        function = bc.jax_function([bc.outer(bc.ones("m"), b), (b * b).sum()])
        (vector,) = values(("b",))
        gradient = jax.grad(lambda x: function(x, 7)[0].sum() + function(x, 7)[1])(vector)
        np.testing.assert_allclose(gradient, 7 + 2 * vector, rtol=1e-12)


def test_complex_tensors_have_the_gradients_of_jax() -> None:
    """JAX's gradient of a real loss is the conjugate of the steepest ascent."""
    with jax.enable_x64(True):
        z, A = bc.tensor("z", "n", assume="complex"), bc.tensor("A", ("m", "n"), assume="complex")
        f = bc.jax_function(bc.tanh(A @ z) * 1j)
        draw = np.random.default_rng(5)
        a, v = (
            jax.numpy.asarray(draw.standard_normal(s) + 1j * draw.standard_normal(s))
            for s in ((3, 2), (2,))
        )

        def loss(compute: Any) -> Any:
            return lambda a, v: jax.numpy.sum(jax.numpy.abs(compute(a, v)) ** 2)

        found = jax.grad(loss(f), (0, 1))(a, v)
        wanted = jax.grad(loss(lambda a, v: jax.numpy.tanh(a @ v) * 1j), (0, 1))(a, v)
        for one, two in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10)
