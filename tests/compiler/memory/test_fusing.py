"""Fused kernels: what runs as one kernel has the values of the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.memory.cost import program_cost
from bracketcalc.compiler.memory.fusing import Fused
from bracketcalc.compiler.plan import Plan
from bracketcalc.compiler.program.steps import Kind
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import ones, tensor, tensors
from bracketcalc.expr.core import Elementwise, Expr, Size
from bracketcalc.expr.records import ElementwiseFunction
from bracketcalc.functions.forms import (
    elu,
    erf,
    exp,
    gelu,
    leaky_relu,
    log,
    relu,
    sigmoid,
    sign,
    silu,
    softmax,
    softplus,
    sqrt,
    tanh,
)
from bracketcalc.functions.recurrent import recurrence
from bracketcalc.reference import evaluate
from tests.backends.compiled_kernels import COMPILED, COMPILER
from tests.compiler.test_random_programs import SIZES, Source

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")

X, Y, W, b = tensors("X[n,d] Y[n,d] W[d,d] b[d]")
B = outer(ones("n"), b)
Z = tanh(X @ W + B)


def fused(exprs: Sequence[Expr], dtype: Any = np.float64, **shapes: Any) -> Plan:
    """Return the plan with fused kernels; arrays may be given that it does not need."""
    program = compile(exprs)
    needed = {name: shapes[name] for name in program.arguments}
    return program._planner.whole_plan(needed, dtype).on(COMPILED)


def results_of(exprs: Sequence[Expr], arrays: Mapping[str, Any], dtype: Any = np.float64) -> Any:
    plan = fused(exprs, dtype, **arrays)
    return plan.function(COMPILED)(*[arrays[name] for name in plan.names])


def values(n: int = 5, d: int = 3, dtype: Any = np.float64) -> dict[str, Any]:
    draw = np.random.default_rng(n + d)
    shapes = {"X": (n, d), "Y": (n, d), "W": (d, d), "b": (d,)}
    return {name: draw.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}


def kernels(plan: Plan) -> list[str]:
    """Return what the kernels of a plan are called."""
    return [step.parameters[0].name for step in plan.program.steps if step.kind is Kind.CHAIN]


CASES: dict[str, tuple[list[Expr], list[str]]] = {
    "a layer and its slope": ([Z, (1 - Z * Z) * Y], ["kernel of 5"]),
    "an intermediate value is a result": ([exp(X), exp(X) * Y, exp(X) * Y + X], ["kernel of 3"]),
    "functions with branches": ([relu(X) * Y + sigmoid(Y), silu(X) - elu(Y, 2) * leaky_relu(X, 0.5)], []),
    "functions made of series": ([softplus(X) * Y - gelu(X * Y), erf(Y) + 1], []),
    "powers": ([sqrt(X * X + 1) / (Y * Y + 2) ** 3, (X * X + 1) ** 0.75], []),
    "a product between": ([exp(X) * (tanh(X) @ W) + exp(X)], ["kernel of 2", "kernel of 2"]),
    "a softmax between": ([softmax(X * Y + B, axis=1) * X + X * Y], []),
    "transposed operands": ([tanh(X * Y).T + exp((X * Y).T)], []),
    "a gradient": (gradient((log(1 + Z * Z) * Y).sum(), [W, b]), []),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    (exprs, expected), arrays = CASES[name], values()
    before = {key: array.copy() for key, array in arrays.items()}
    found = kernels(fused(exprs, **arrays))
    assert found == expected if expected else found
    for expr, result in zip(exprs, results_of(exprs, arrays), strict=True):
        np.testing.assert_allclose(result, evaluate(expr, arrays), rtol=1e-12, atol=1e-12)
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, before[key])


@pytest.mark.parametrize("shape", [(1, 7), (8, 1), (0, 3), (4, 0)])
def test_axes_of_size_zero_and_one(shape: tuple[int, int]) -> None:
    exprs, arrays = [Z, (1 - Z * Z) * Y, exp(X) * B + X], values(*shape)
    for expr, result in zip(exprs, results_of(exprs, arrays), strict=True):
        np.testing.assert_allclose(result, evaluate(expr, arrays), rtol=1e-12, atol=1e-12)


def test_single_precision_stays_single() -> None:
    exprs, arrays = [gelu(X) * Y / 3, tanh(Z) + 0.1], values(dtype=np.float32)
    for expr, result in zip(exprs, results_of(exprs, arrays, np.float32), strict=True):
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, evaluate(expr, arrays), rtol=1e-5, atol=1e-6)


def test_special_values_are_those_of_numpy() -> None:
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 800.0, -800.0, 1e-300]
    arrays = {"X": np.array([special]), "Y": np.ones((1, len(special)))}
    exprs = [f(X) * Y for f in (relu, sigmoid, softplus, tanh, erf, sign)] + [leaky_relu(X, 0.5) * Y]
    with np.errstate(all="ignore"):
        for expr, result in zip(exprs, results_of(exprs, arrays), strict=True):
            np.testing.assert_allclose(result, evaluate(expr, arrays), rtol=1e-12)


def test_loops_hold_kernels() -> None:
    Z0, S = tensor("Z0", ("n", "d")), tensor("S", ("t", "n", "d"))
    states = recurrence(lambda z, x: tanh(z @ W + x) * z, Z0, S)
    arrays = {**values(), "S": np.random.default_rng(3).standard_normal((4, 5, 3)), "Z0": np.ones((5, 3))}
    exprs = [states, *gradient((states * states).sum(), [W, Z0])]
    loops = [step for step in fused(exprs, **arrays).program.steps if step.kind is Kind.LOOP]
    assert loops
    for loop in loops:
        assert any(step.kind is Kind.CHAIN for step in loop.parameters[0].program.steps)
    for expr, result in zip(exprs, results_of(exprs, arrays), strict=True):
        np.testing.assert_allclose(result, evaluate(expr, arrays), rtol=1e-11, atol=1e-12)


def aliased(xp: Any, x: Any) -> Any:
    y = xp.exp(x)
    z = y
    y += 1
    return z * y


USERS: dict[str, Any] = {
    "the mean of the array": lambda xp, x: x - xp.mean(x),
    "its size": lambda xp, x: x * np.size(x),
    "its kind": lambda xp, x: x if isinstance(x, np.ndarray) else 2 * x,
    "equality": lambda xp, x: xp.where(x == 0, 1.0, x),
    "a sum of comparisons": lambda xp, x: ((x > 0) + (x > -1)) * x,
    "an alias that is written to": aliased,
}


@pytest.mark.parametrize("name", USERS)
def test_a_users_function_is_called_with_arrays(name: str) -> None:
    record = ElementwiseFunction("users", USERS[name], lambda x: ones(*x.sizes))
    expr, arrays = exp(Elementwise(record, (), X)) * Y, values()
    arrays["X"][0, 0] = 0
    assert kernels(fused([expr], **arrays)) == ["kernel of 2"]
    np.testing.assert_allclose(results_of([expr], arrays)[0], evaluate(expr, arrays), rtol=1e-12)


def test_complex_programs_have_no_kernels() -> None:
    C = tensor("C", ("n", "d"), assume="complex")
    assert kernels(fused([exp(C) * C + 1], np.complex128, C=(3, 4))) == []


def test_a_kernel_needs_no_memory_but_its_results() -> None:
    plan = fused([tanh(exp(X) * Y + X) * X], X=(50, 40), Y=(50, 40))
    assert kernels(plan) == ["kernel of 5"]
    assert program_cost(plan.program).peak == 50 * 40 * 8
    assert isinstance(plan.program.steps[2].parameters[0], Fused)
    assert issubclass(Fused, Chain)


def test_a_kernel_takes_no_more_arrays_than_fit() -> None:
    many = tensors(" ".join(f"T{k}[n,d]" for k in range(40)))
    expr = tanh(sum(many[1:], many[0]) * X)
    arrays = values() | {t.name: np.full((5, 3), float(k)) for k, t in enumerate(many)}
    plan = fused([expr], **arrays)
    assert len(kernels(plan)) > 1
    for step in plan.program.steps:
        if step.kind is Kind.CHAIN:
            program = step.parameters[0].program
            assert len(program.shapes) + len(program.outputs) <= 32
    np.testing.assert_allclose(results_of([expr], arrays)[0], evaluate(expr, arrays), rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_random_programs(seed: int) -> None:
    compare(Random(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4, 44))
def test_more_random_programs(seed: int) -> None:
    compare(Random(seed))


def compare(random: Random) -> None:
    source = Source(random, SIZES)
    exprs = source.grow(random.randint(2, 8), others=True)
    names = {node.name: SIZES[node] for node in SIZES if isinstance(node, Size)}
    for expr, result in zip(exprs, results_of(exprs, {**source.arrays, **names}), strict=True):
        expected = evaluate(expr, source.arrays, names)
        largest = np.max(np.abs(expected), initial=1.0)
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-11 * largest)
