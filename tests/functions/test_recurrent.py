"""Recurrences from Python steps: what is built, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.recurrence import Recurrence
from bracketcalc.reference import evaluate

X, W, U, b, z0 = bc.tensors("X[t,d] W[h,h] U[d,h] b[h] z0[h]")


def step(z: bc.Expr, x: bc.Expr) -> bc.Expr:
    return bc.tanh(z @ W + x @ U + b)


def arrays(length: int = 4) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    shapes = {"X": (length, 3), "W": (2, 2), "U": (3, 2), "b": (2,), "z0": (2,)}
    return {name: draw.standard_normal(shape) for name, shape in shapes.items()}


def by_hand(values: dict[str, np.ndarray], backward: bool = False) -> np.ndarray:
    z, found = values["z0"], np.zeros((len(values["X"]), 2))
    times = range(len(found))
    for time in reversed(times) if backward else times:
        z = np.tanh(z @ values["W"] + values["X"][time] @ values["U"] + values["b"])
        found[time] = z
    return found


@pytest.mark.parametrize("length", [0, 1, 4])
@pytest.mark.parametrize("backward", [False, True])
def test_the_states_are_those_of_the_loop(length: int, backward: bool) -> None:
    values = arrays(length)
    Z = bc.recurrence(step, z0, X, backward=backward)
    expected = by_hand(values, backward)
    np.testing.assert_allclose(evaluate(Z, values), expected, rtol=1e-14)
    final = expected[0 if backward else -1] if length else values["z0"]
    np.testing.assert_allclose(evaluate(bc.final_state(Z), values), final, rtol=1e-14)
    previous = evaluate(bc.previous_state(Z), values)
    assert previous.shape == expected.shape
    if length:
        np.testing.assert_allclose(previous[-1 if backward else 0], values["z0"])


def test_several_states_run_together() -> None:
    F = bc.recurrence(lambda a, c: (c, a + c), (bc.scalar("a"), bc.scalar("c")), length=6)
    assert isinstance(F, tuple)
    np.testing.assert_array_equal(evaluate(F[0], {"a": 0, "c": 1}), [1, 1, 2, 3, 5, 8])


def test_the_step_is_written_once() -> None:
    calls = []

    def counted(z: bc.Expr, x: bc.Expr) -> bc.Expr:
        calls.append((z, x))
        return step(z, x)

    Z = bc.recurrence(counted, z0, X)
    assert len(calls) == 1
    assert Z.sizes == (X.sizes[0], z0.sizes[0])
    assert isinstance(Z, Recurrence)
    assert str(Z) == "recurrence(z_{t} = tanh(Wᵀ z_{t-1} + Uᵀ x_{t} + b); z_{0} = z0; x_{t}: X)"


def test_a_printed_recurrence_explains_the_names_of_its_step() -> None:
    Z = bc.recurrence(lambda z, x: bc.tanh(bc.define("A", z @ W + x @ U)), z0, X)
    assert str(Z) == "recurrence(A = Wᵀ z_{t-1} + Uᵀ x_{t}; z_{t} = tanh(A); z_{0} = z0; x_{t}: X)"
    latex = bc.to_latex(Z)
    assert "W^{T} z_{t-1} + U^{T} x_{t}" in latex
    for text in (str(Z), latex):
        with pytest.raises(bc.ParseError, match="the text of a recurrence is not read"):
            bc.parse(text, X=X, W=W, U=U, z0=z0)


def test_a_definition_outside_is_a_constant() -> None:
    V = bc.define("V", W @ W)
    Z = bc.recurrence(lambda z, x: bc.tanh(z @ V + x @ U), z0, X)
    assert Z.constants == (V, U)


def test_wrong_steps_are_refused() -> None:
    with pytest.raises(ArgumentError, match="returns 2 states, but it is given 1"):
        bc.recurrence(lambda z, x: (z, z), z0, X)
    with pytest.raises(ShapeError, match="the next value of z"):
        bc.recurrence(lambda z, x: x, z0, X)
    with pytest.raises(ShapeError, match="not a sequence of t steps"):
        bc.recurrence(lambda z, x, y: z, z0, (X, bc.tensor("Y", ("s", "d"))))
    with pytest.raises(ShapeError, match="b is a scalar, not a sequence"):
        bc.recurrence(lambda z, x: z, z0, bc.scalar("b"))
    with pytest.raises(ArgumentError, match="has no length"):
        bc.recurrence(lambda z: z, z0)
    with pytest.raises(ArgumentError, match="not the sequence of states"):
        bc.previous_state(X)


def test_a_name_with_two_meanings_is_refused() -> None:
    other = bc.tensor("x_{t}", ("d",))
    with pytest.raises(ArgumentError, match="name of a symbol"):
        bc.recurrence(lambda z, x: bc.tanh(z @ W + (x + other) @ U), z0, X)


@pytest.mark.parametrize("place", [0, 1])
def test_a_symbol_of_a_step_has_no_value_outside(place: int) -> None:
    A, X, z0 = bc.tensors("A[n,n] X[t,n] z0[n]")
    kept: list[bc.Expr] = []

    def step(z: bc.Expr, x: bc.Expr) -> bc.Expr:
        kept[:] = [z, x]
        return bc.tanh(bc.gradient(bc.dot(z @ A, x), z) + x)

    states = bc.recurrence(step, z0, X)
    assert bc.compile(states)(A=np.eye(2), X=np.ones((3, 2)), z0=np.ones(2)).shape == (3, 2)
    leaked = kept[place] @ A
    name = ("z_{t-1}", "x_{t}")[place]
    for run in (
        lambda: bc.compile(leaked),
        lambda: bc.compile([states, leaked], compressed=True),
        lambda: bc.evaluate(leaked, A=np.eye(2)),
        lambda: bc.compile(bc.gradient(leaked.sum(), A)),
        lambda: bc.to_source(leaked, target="numpy"),
    ):
        with pytest.raises(ArgumentError, match="has a value only inside the step") as caught:
            run()
        assert caught.value.message.startswith(name)
