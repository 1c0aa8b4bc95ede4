"""Derivatives through recurrences, against differences; all values from the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.expr.core import Product
from bracketcalc.expr.recurrence import Recurrence, Repeated
from bracketcalc.reference import evaluate
from bracketcalc.traverse import postorder

X, W, U, b, Z0, V, Y, C0 = bc.tensors("X[t,n,d] W[h,h] U[d,h] b[h] Z0[n,h] V[h,k] Y[t,n,k] C0[n,h]")
DIRECTION = bc.tensor("D", ("h", "h"))
SIZES = [(3, 2, 2, 3, 4), (1, 2, 1, 3, 2), (0, 2, 2, 3, 2), (2, 0, 2, 3, 2), (2, 3, 1, 1, 2)]


def arrays(sizes: tuple[int, ...]) -> dict[str, np.ndarray]:
    t, n, d, h, k = sizes
    shapes = {"X": (t, n, d), "W": (h, h), "U": (d, h), "b": (h,), "Z0": (n, h), "V": (h, k)}
    shapes |= {"Y": (t, n, k), "C0": (n, h), "D": (h, h)}
    draw = np.random.default_rng(7)
    return {name: draw.standard_normal(shape) for name, shape in shapes.items()}


def squared(expr: bc.Expr) -> bc.Expr:
    return (expr**2).sum() / 2


def plain() -> bc.Expr:
    def step(z: bc.Expr, x: bc.Expr) -> bc.Expr:
        return bc.tanh(bc.define("A", z @ W + x @ U + bc.outer(bc.ones("n"), b)))

    Z = bc.define("Z", bc.recurrence(step, Z0, X))
    return squared(Z @ V - Y)


def gated() -> bc.Expr:
    def step(h: bc.Expr, c: bc.Expr, x: bc.Expr) -> tuple[bc.Expr, bc.Expr]:
        gate = bc.sigmoid(h @ W + x @ U)
        cell = gate * c + bc.tanh(x @ U + h)
        return gate * bc.tanh(cell), cell

    hidden, cells = bc.recurrence(step, (Z0, C0), X)
    return squared(hidden @ V - Y) + squared(bc.final_state(cells)) + (bc.previous_state(hidden) ** 3).sum()


def backward() -> bc.Expr:
    return squared(bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X, backward=True))


def nested() -> bc.Expr:
    def outer(q: bc.Expr, y: bc.Expr) -> bc.Expr:
        inner = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U + q), Z0, X)
        return bc.final_state(inner) + y @ V.T / 2

    return squared(bc.recurrence(outer, C0, Y))


CASES: list[Callable[[], bc.Expr]] = [plain, gated, backward, nested]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_are_those_of_differences(case: Callable[[], bc.Expr], sizes: tuple[int, ...]) -> None:
    loss = case()
    used = [v for v in (W, U, b, Z0, C0, X, V) if v in postorder([loss])]
    for check in bc.check_gradient(loss, used, arrays(sizes)):
        assert check.relative < 1e-8, check


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("sizes", SIZES[:3])
def test_second_derivatives_are_those_of_the_gradient(
    case: Callable[[], bc.Expr], sizes: tuple[int, ...]
) -> None:
    loss, values = case(), arrays(sizes)
    gradient = bc.gradient(loss, W)

    def at(step: float) -> np.ndarray:
        return evaluate(gradient, {**values, "W": values["W"] + step * values["D"]})

    expected = (at(1e-6) - at(-1e-6)) / 2e-6
    scale = 1 + np.abs(expected).max(initial=0)
    product = evaluate(bc.hvp(loss, W, DIRECTION), values)
    np.testing.assert_allclose(product, expected, atol=2e-8 * scale)
    hessian = evaluate(bc.hessian(loss, W), values)
    np.testing.assert_allclose(np.tensordot(hessian, values["D"], 2), product, atol=1e-12 * scale)


def test_a_jacobian_has_the_axes_of_both() -> None:
    Z, values = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X), arrays(SIZES[0])
    found = evaluate(bc.jacobian(Z, W), values)
    assert found.shape == (3, 2, 3, 3, 3)
    moved = [evaluate(Z, {**values, "W": values["W"] + sign * 1e-6 * values["D"]}) for sign in (1, -1)]
    np.testing.assert_allclose(np.tensordot(found, values["D"], 2), (moved[0] - moved[1]) / 2e-6, atol=1e-8)


def test_the_work_of_deriving_does_not_depend_on_the_length() -> None:
    def nodes(length: int | str) -> int:
        sequence = bc.tensor("X", (length, "n", "d"))
        Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, sequence)
        return len(postorder(bc.gradient(squared(Z), [W, U])))

    assert nodes("t") == nodes(5000)


def test_all_parameters_share_one_backward_loop() -> None:
    loss = gated()
    found = postorder(bc.gradient(loss, [W, U, Z0, C0, X]))
    against = {node.loop.following for node in found if isinstance(node, Repeated) and node.loop.backward}
    assert len(against) == 1


def test_a_parameter_gradient_is_one_contraction_over_time_and_batch() -> None:
    gradient = bc.gradient(squared(bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X)), W)
    assert isinstance(gradient, Product)
    previous, cotangent = gradient.factors
    assert isinstance(previous, Recurrence)
    assert previous.output == previous.loop.states[0]
    assert isinstance(cotangent, Recurrence)
    assert gradient.labels[0][:2] == gradient.labels[1][:2]
    assert gradient.sizes == W.sizes


def test_what_no_state_reaches_has_a_gradient_of_zeros() -> None:
    values = arrays(SIZES[0])
    Z = bc.recurrence(lambda z, x: bc.tanh(z + x @ U), Z0, X)
    gradient = bc.gradient(squared(Z), W)
    np.testing.assert_array_equal(evaluate(gradient, values, {"h": 3}), np.zeros((3, 3)))
