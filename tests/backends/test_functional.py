"""Programs on torch and JAX arrays: the values of NumPy, and derivatives through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Elementwise
from bracketcalc.functions.table import ELEMENTWISE
from bracketcalc.reference import evaluate

X, W, U, b, Z0, Y = bc.tensors("X[t,n,d] W[h,h] U[d,h] b[h] Z0[n,h] Y[t,n,h]")
STATES = layers.rnn(X, Z0, W, U, b)
LOSS = layers.softmax_cross_entropy(STATES, Y)
OUTPUTS = [
    LOSS,
    *bc.gradient(LOSS, [W, U, b, Z0, X]),
    bc.final_state(STATES),
    bc.previous_state(STATES),
    bc.jacobian(W @ W.T, W),
    bc.diag(b) + W,
    W[0] * W[:, 1],
    bc.relu(W) / (1 + bc.norm(b)),
    bc.einsum("ij,jk,ik->ki", W, W, W),
]
SHAPES = {"X": (3, 2, 4), "W": (5, 5), "U": (4, 5), "b": (5,), "Z0": (2, 5), "Y": (3, 2, 5)}


def arrays(steps: int = 3) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    found: dict[str, Any] = {name: draw.standard_normal(shape) for name, shape in SHAPES.items()}
    return found | {name: found[name][:steps] for name in "XY"}


def _torch(value: Any) -> Any:
    return pytest.importorskip("torch").tensor(value)


def _jax(value: Any) -> Any:
    return pytest.importorskip("jax").numpy.asarray(value)


LIBRARIES = [pytest.param(_torch, id="torch"), pytest.param(_jax, id="jax")]


@pytest.fixture(autouse=True)
def _double() -> Any:
    """JAX computes in float64 inside."""
    try:
        import jax
    except ImportError:
        yield
        return
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("steps", [3, 1, 0])
@pytest.mark.parametrize("convert", LIBRARIES)
def test_the_values_are_those_of_numpy(convert: Callable[[Any], Any], steps: int) -> None:
    outputs = OUTPUTS if steps else OUTPUTS[6:8]
    f = bc.compile(outputs)
    given = {name: value for name, value in arrays(steps).items() if name in f.arguments}
    expected = f(**given)
    found = f(**{name: convert(value) for name, value in given.items()})
    for array, other in zip(found, expected, strict=True):
        assert type(array) is type(convert(0.0))
        np.testing.assert_allclose(np.asarray(array), other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("convert", LIBRARIES)
@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_every_function_has_the_values_of_numpy(convert: Callable[[Any], Any], name: str) -> None:
    record = ELEMENTWISE[name]
    parameters = tuple([0.5] * len(record.parameters))
    x = bc.tensor("x", "n")
    low, high = record.domain(*parameters)
    points = np.linspace(max(low, -2) + 0.1, min(high, 3) - 0.1, 7)
    f = bc.compile(Elementwise(record, parameters, x))
    np.testing.assert_allclose(np.asarray(f(x=convert(points))), f(x=points), rtol=1e-11, atol=1e-13)


def test_torch_differentiates_through_a_program() -> None:
    torch = pytest.importorskip("torch")
    f = bc.compile(LOSS)
    given = {name: torch.tensor(value, requires_grad=name == "W") for name, value in arrays().items()}
    f(**given).backward()
    expected = evaluate(bc.gradient(LOSS, W), arrays())
    np.testing.assert_allclose(given["W"].grad.numpy(), expected, rtol=1e-10, atol=1e-12)


def test_jax_compiles_and_differentiates_a_program() -> None:
    jax = pytest.importorskip("jax")
    f = bc.compile(LOSS)
    given = {name: jax.numpy.asarray(value) for name, value in arrays().items()}
    found = jax.jit(jax.grad(lambda w: f(**{**given, "W": w})))(given["W"])
    expected = evaluate(bc.gradient(LOSS, W), arrays())
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_a_first_call_that_jax_traces_leaves_a_program_for_others() -> None:
    jax = pytest.importorskip("jax")
    A, x = bc.tensors("A[n,n] x[n]")
    f = bc.compile(bc.exp(A).sum(axis=0) * x, constants={"A": jax.numpy.zeros((3, 3))})
    given = jax.numpy.ones(3)
    for transform in (jax.jit, lambda f: f, jax.grad, jax.jit):
        transform(lambda x: f(x=x).sum())(given)
    np.testing.assert_allclose(f(x=given), np.full(3, 3.0), rtol=1e-6)


def test_a_program_with_constants_of_torch_is_differentiated_again_and_again() -> None:
    torch = pytest.importorskip("torch")
    A, x = bc.tensors("A[n,n] x[n]")
    expr = bc.exp(A).sum(axis=0) * x * x
    f = bc.compile(expr, constants={"A": torch.zeros(3, 3)})
    with torch.inference_mode():
        f(x=torch.ones(3))
    for _ in range(2):
        given = torch.ones(3, requires_grad=True)
        f(x=given).sum().backward()
        assert given.grad.tolist() == [6.0] * 3
    with pytest.raises(ArgumentError, match=r"the constant A records gradients.*\n.*pass A.detach\(\)"):
        bc.compile(expr, constants={"A": torch.zeros(3, 3, requires_grad=True)})


def test_tensors_and_types_that_no_program_runs_on_are_refused() -> None:
    torch = pytest.importorskip("torch")
    X = bc.tensor("X", ("n", "m"))
    f, dense = bc.compile(bc.exp(X)), torch.ones(2, 3)
    with pytest.raises(ArgumentError, match=r"X is not an array: its layout is torch.sparse_coo, but"):
        f(X=dense.to_sparse())
    with pytest.raises(ArgumentError, match=r"the type torch.bfloat16 has no counterpart in NumPy"):
        f(X=dense.bfloat16())


def test_types_of_jax_that_numpy_has_not_are_refused() -> None:
    jax = pytest.importorskip("jax")
    f = bc.compile(bc.exp(bc.scalar("x")))
    with pytest.raises(ArgumentError, match=r"the type key<fry> has no counterpart in NumPy"):
        f(x=jax.random.key(0))
    with pytest.raises(ArgumentError, match=r"the type bfloat16 has no counterpart in NumPy"):
        f(x=jax.numpy.ones((), jax.numpy.bfloat16))


def test_integers_count_as_32_bits_where_jax_has_no_more() -> None:
    jax = pytest.importorskip("jax")
    X, w = bc.tensors("X[n,d] w[d]")
    f = bc.compile([bc.exp(X) @ w, bc.diag(w), 2 * X])
    for wide, kind in ((False, "float32"), (True, "float64")):
        with jax.enable_x64(wide):
            x = jax.numpy.ones((2, 3), "int32")
            results = f(X=x, w=jax.numpy.ones(3, "float32")), f(X=x, w=x[0])
        assert {str(result.dtype) for result in [*results[0], *results[1]]} == {kind}
        np.testing.assert_allclose(results[0][0], 3 * np.exp(1), rtol=1e-6)


def test_arrays_of_two_libraries_are_refused() -> None:
    given = {**arrays(), "W": _torch(arrays()["W"])}
    f = bc.compile(LOSS)
    with pytest.raises(ArgumentError, match=r"belongs to .* but"):
        f(**{name: given[name] for name in f.arguments})
