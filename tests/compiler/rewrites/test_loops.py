"""Compiled recurrences, against the reference evaluator; what stays in the loop, and in which memory."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.expr.recurrence import Repeated
from bracketcalc.reference import evaluate
from bracketcalc.traverse import postorder, tensors_in
from tests.calculus.test_recurrences import CASES, SIZES, Z0, U, W, X, arrays, b, plain, squared


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_programs_have_the_values_of_the_reference(
    case: Callable[[], bc.Expr], sizes: tuple[int, ...], dtype: str
) -> None:
    loss = case()
    outputs = [loss, *bc.gradient(loss, [W, U, Z0, X])]
    values = {name: array.astype(dtype) for name, array in arrays(sizes).items()}
    f = bc.compile(outputs)
    found = f(**{name: values[name] for name in f.arguments})
    tolerance = 1e-12 if dtype == "float64" else 2e-4
    for output, array in zip(outputs, found, strict=True):
        expected = evaluate(output, values)
        assert array.dtype == dtype
        np.testing.assert_allclose(array, expected, atol=tolerance * (1 + np.abs(expected).max(initial=0)))


@pytest.mark.parametrize("sizes", SIZES)
def test_second_derivatives_have_the_values_of_the_reference(sizes: tuple[int, ...]) -> None:
    loss, values = plain(), arrays(sizes)
    hessian = bc.hessian(loss, W)
    f = bc.compile(hessian)
    found = f(**{name: values[name] for name in f.arguments})
    np.testing.assert_allclose(found, evaluate(hessian, values), atol=1e-11)


def test_only_what_depends_on_the_step_before_stays_in_the_loop() -> None:
    loss = plain()
    loops = {
        node.loop
        for node in postorder(prepared([loss, *bc.gradient(loss, [W, U, b])]))
        if isinstance(node, Repeated)
    }
    assert len(loops) == 2
    for loop in loops:
        names = {tensor.name for tensor in tensors_in(loop.following)}
        assert "U" not in names
        assert "b" not in names
        assert "W" in names


def test_the_slope_of_the_state_is_not_computed_from_the_matrices_again() -> None:
    f = bc.compile(bc.gradient(plain(), [W, U, b]))
    source = f.source(X=(4, 2, 3), W=(5, 5), U=(3, 5), b=(5,), Z0=(2, 5), V=(5, 2), Y=(4, 2, 2))
    assert source.count("tanh(") == 1
    assert source.count("for i") == 2


def test_states_before_and_after_the_steps_share_no_memory_in_the_results() -> None:
    Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), Z0, X)
    values = arrays(SIZES[0])
    outputs = [Z, bc.previous_state(Z), bc.final_state(Z), squared(Z)]
    f = bc.compile(outputs)
    found = f(**{name: values[name] for name in f.arguments})
    for place, (output, array) in enumerate(zip(outputs, found, strict=True)):
        np.testing.assert_allclose(array, evaluate(output, values), rtol=1e-13)
        for other in found[:place]:
            assert not np.shares_memory(array, other)
    np.testing.assert_array_equal(values["Z0"], arrays(SIZES[0])["Z0"])


def test_two_states_that_become_the_same_keep_their_own_past() -> None:
    u, v = bc.scalar("u"), bc.scalar("v")
    A, B = bc.recurrence(lambda p, q: (bc.tanh(p + q), bc.tanh(p + q)), (u, v), length=3)
    outputs = [bc.previous_state(A), A, B]
    found = bc.compile([*outputs, A + B])(u=0.25, v=0.5)
    for output, array in zip(outputs, found, strict=False):
        np.testing.assert_allclose(array, evaluate(output, {"u": 0.25, "v": 0.5}), rtol=1e-14)


def test_a_report_counts_every_step() -> None:
    Z = bc.recurrence(lambda z, x: z @ W + x, Z0, bc.tensor("X", ("t", "n", "h")))
    f = bc.compile(Z)
    short, long = (f.report(X=(t, 4, 8), W=(8, 8), Z0=(4, 8)) for t in (10, 20))
    assert long.flops == 2 * short.flops
    assert short.flops == 10 * (2 * 4 * 8 * 8 + 4 * 8)


def test_the_memory_is_that_of_the_states_and_the_pre_activations() -> None:
    length, batch, units, classes = 30, 20, 64, 16
    V, c = bc.tensors("V[h,k] c[k]")
    Y = bc.tensor("Y", ("t", "n", "k"), assume=bc.sums_to_one(axis=2))
    logits = layers.dense(layers.rnn(X, Z0, W, U, b), V, c)
    loss = -bc.dot(bc.log_softmax(logits, axis=2), Y) / Z0.sizes[0]
    parameters = [W, U, b, V, c]
    f = bc.compile([loss, *bc.gradient(loss, parameters)])
    shapes = {"X": (length, batch, 8), "W": (units, units), "U": (8, units), "b": (units,)}
    shapes |= {"Z0": (batch, units), "V": (units, classes), "c": (classes,), "Y": (length, batch, classes)}
    draw = np.random.default_rng(0)
    values = {name: draw.standard_normal(shape) / 8 for name, shape in shapes.items()}
    f(**values)
    tracemalloc.start()
    f(**values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    needed = 8 * batch * ((length + 1) * units + length * (units + classes))
    assert peak < 1.3 * needed


def check_outputs(outputs: list[bc.Expr], values: dict[str, np.ndarray]) -> str:
    """Check the values of a program and that it leaves its arguments alone; return its source."""
    f = bc.compile(outputs)
    given = {name: values[name].copy() for name in f.arguments}
    for output, found in zip(outputs, f(**given), strict=True):
        np.testing.assert_allclose(found, evaluate(output, values), rtol=1e-12, atol=1e-12)
    for name, array in given.items():
        np.testing.assert_array_equal(array, values[name])
    return f.source()


def aliases(source: str) -> int:
    """Return how many results of loops lie where a sequence was."""
    lines = [line.strip() for line in source.splitlines()]
    return sum(re.fullmatch(r"t\d+ = t\d+", line) is not None for line in lines)


def accumulated(sequence: bc.Expr) -> bc.Expr:
    """Return a state that is another value than the one that is kept."""
    states: bc.Expr = bc.recurrence(lambda z, x: bc.tanh(z @ W) + x, Z0, sequence)
    return states


def test_a_kept_value_may_lie_where_a_sequence_was() -> None:
    values = arrays(SIZES[0])
    assert aliases(check_outputs([accumulated(bc.sin(X @ U))], values)) == 1


@pytest.mark.parametrize("kind", ["argument", "used behind", "read later"])
def test_a_sequence_that_is_still_needed_is_not_written_over(kind: str) -> None:
    values = arrays(SIZES[0])
    values["X"] = np.random.default_rng(0).standard_normal((3, 2, 3))
    sequence = bc.tensor("X", ("t", "n", "h"))
    computed = bc.sin(sequence)
    if kind == "argument":
        outputs = [accumulated(sequence)]
    elif kind == "used behind":
        outputs = [accumulated(computed), bc.dot(computed, computed)]
    else:
        states = bc.recurrence(lambda z, q, x: (bc.tanh(z @ W) + x, (z + x) * q), (Z0, Z0), computed)
        outputs = list(states)
    check_outputs(outputs, values)
    if kind != "read later":
        assert aliases(check_outputs(outputs, values)) == 0
