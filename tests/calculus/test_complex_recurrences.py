"""Recurrences whose states are complex: values, gradients, second derivatives, programs elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate
from tests.interop.source.test_module import called, converted, loaded
from tests.layers.peer import quickly

Z0 = bc.tensor("Z0", ("n", "h"), assume="complex")
W = bc.tensor("W", ("h", "h"), assume="complex")
Q = bc.tensor("Q", ("t", "n", "h"), assume="complex")
X, U, R0 = bc.tensors("X[t,n,d] U[d,h] R0[n,h]")


def _square(states: bc.Expr) -> bc.Expr:
    sizes = bc.abs(states)
    return bc.dot(sizes, sizes)


def _both() -> bc.Expr:
    states, real = bc.recurrence(
        lambda z, r, x: (z @ W * 0.3 + 1j * r, bc.real(z) * r + x @ U), (Z0, R0), X
    )
    return _square(states) + bc.Expr.sum(real**3)


def _backward() -> bc.Expr:
    states = bc.recurrence(lambda z, x: bc.conj(z) @ W + x @ U, Z0, X, backward=True)
    return _square(states) + bc.abs(bc.previous_state(states) + 2).sum()


def _plain() -> bc.Expr:
    states = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X)
    return _square(states) + bc.real(1j * bc.final_state(states)).sum()


CASES: dict[str, tuple[Callable[[], bc.Expr], list[bc.Tensor]]] = {
    "plain": (_plain, [W, Z0, X, U]),
    "real start": (lambda: _square(bc.recurrence(lambda z, q: bc.tanh(z @ W) / 2 + q, R0, Q)), [W, R0, Q]),
    "both": (_both, [W, Z0, R0, X, U]),
    "backward": (_backward, [W, Z0, X, U]),
}


def arrays(t: int) -> dict[str, Any]:
    draw = np.random.default_rng(t)
    sizes = {"t": t, "n": 2, "h": 3, "d": 4}
    found: dict[str, Any] = {}
    for tensor in (Z0, W, Q, X, U, R0):
        shape = tuple([sizes[size.name] for size in tensor.sizes if isinstance(size, bc.Size)])
        found[tensor.name] = draw.standard_normal(shape)
        if not tensor.is_real:
            found[tensor.name] = found[tensor.name] + 1j * draw.standard_normal(shape)
    return found


def exprs(name: str) -> list[bc.Expr]:
    loss, wrt = CASES[name][0](), CASES[name][1]
    return [loss, *bc.gradient(loss, wrt)]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("t", [0, 1, 3])
def test_programs_have_the_values_and_types_of_the_reference(name: str, t: int) -> None:
    values, results = arrays(t), exprs(name)
    program = bc.compile(results)
    found = program(**{argument: values[argument] for argument in program.arguments})
    for array, expr in zip(found, results, strict=True):
        expected = evaluate(expr, values)
        assert array.dtype == expected.dtype
        np.testing.assert_allclose(array, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_differences(name: str) -> None:
    loss, wrt = CASES[name][0](), CASES[name][1]
    for check in bc.check_gradient(loss, wrt, arrays(2)):
        assert check.relative < 1e-7, check


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_are_those_of_differences(name: str) -> None:
    loss, values = CASES[name][0](), arrays(3)
    direction = bc.tensor("D", W.sizes, assume="complex")
    gradient, product = bc.compile(bc.gradient(loss, W)), bc.compile(bc.hvp(loss, W, direction))
    d = values["D"] = values["W"][::-1] * 1j

    def at(step: float) -> Any:
        moved = {**values, "W": values["W"] + step * d}
        return gradient(**{argument: moved[argument] for argument in gradient.arguments})

    found = product(**{argument: values[argument] for argument in product.arguments})
    expected = (at(1e-6) - at(-1e-6)) / 2e-6
    np.testing.assert_allclose(found, expected, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("library", ["torch", pytest.param("jax", marks=pytest.mark.long)])
def test_other_libraries_and_written_modules(name: str, library: str, tmp_path: Path) -> None:
    module = pytest.importorskip(library)
    values, results = arrays(3), exprs(name)
    program = bc.compile(results)
    expected = program(**{argument: values[argument] for argument in program.arguments})
    given = [converted(library, values[argument]) for argument in program.arguments]

    def run(*moved: Any) -> Any:
        return program(**dict(zip(program.arguments, moved, strict=True)))

    once = quickly(module, run, *given) if library == "jax" else run(*given)
    written = called(loaded(bc.to_source(results, library), tmp_path), library, given)
    for one, two, array in zip(once, written, expected, strict=True):
        for found in (one, two):
            plain = found.resolve_conj() if library == "torch" else found
            np.testing.assert_allclose(np.asarray(plain), array, rtol=1e-10, atol=1e-12)


def test_the_gradient_of_torch() -> None:
    torch = pytest.importorskip("torch")
    values = arrays(3)
    z, w, x, u = (torch.tensor(values[name], requires_grad=True) for name in ("Z0", "W", "X", "U"))
    state, total = z, torch.zeros(())
    for t in range(3):
        state = torch.tanh(state @ w + (x[t] @ u).to(w.dtype))
        total = total + (state.abs() ** 2).sum()
    (total + (1j * state).real.sum()).backward()
    loss, wrt = CASES["plain"][0](), [Z0, W, X, U]
    program = bc.compile(bc.gradient(loss, wrt))
    found = program(**{argument: values[argument] for argument in program.arguments})
    for array, tensor in zip(found, (z, w, x, u), strict=True):
        np.testing.assert_allclose(array, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_step_is_written_again_for_a_state_that_becomes_complex() -> None:
    states = bc.recurrence(lambda z, q: bc.conj(z) + q, R0, Q)
    assert "conj" in str(states)
    assert not states.is_real
    assert bc.recurrence(lambda r, q: bc.abs(r + q), R0, Q).is_real


def test_a_complex_sequence_does_not_fit_a_real_loop() -> None:
    run = bc.recurrence(lambda r, x: r + x @ U, R0, X)
    assert isinstance(run, bc.Expr)
    with pytest.raises(bc.ArgumentError, match=r"x_\{t\} is real, but the product of X, … is complex"):
        type(run).build(run.data, (R0, 1j * X, U))
