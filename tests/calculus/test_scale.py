"""The cost of deriving: linear in the number of layers, without recursion."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus import cotangents as reverse
from bracketcalc.calculus import tangents as forward
from bracketcalc.calculus.cotangents import cotangents
from bracketcalc.calculus.derivatives import differential, gradient, jacobian, jvp
from bracketcalc.calculus.tangents import tangents
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr, Sum, constant, product
from bracketcalc.expr.node import Node
from bracketcalc.functions.forms import log_softmax, softmax, tanh
from bracketcalc.reference import evaluate
from bracketcalc.traverse import postorder
from tests.calculus.numeric import size_of

x, W, U, b, V = tensors("x[n] W[n,n] U[n,n] b[n] V[n,n]")
Function = Callable[[Expr], Expr]


def recurrence(steps: int, function: Function, named: bool = False) -> Expr:
    """Return z · z after z = f(W z + U x + b) was repeated, with the same parameters in all steps."""
    z: Expr = x
    for step in range(steps):
        z = function(W @ z + U @ x + b)
        if named:
            z = define(f"z_{step}", z)
    return dot(z, z)


DERIVATIVES: dict[str, Callable[[Expr], list[Expr]]] = {
    "gradient": lambda J: gradient(J, [W, U, b, x]),
    "differential": lambda J: [differential(J, [W, b])],
    "jvp": lambda J: [jvp(J, {W: V})],
    "jacobian": lambda J: [jacobian(J * x, b)],
}


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("function", [tanh, softmax, log_softmax])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_results_grow_by_the_same_for_each_step(name: str, function: Function, named: bool) -> None:
    take = DERIVATIVES[name]
    counts = [size_of(*take(recurrence(steps, function, named))) for steps in (5, 9, 13)]
    assert counts[2] - counts[1] == counts[1] - counts[0]
    assert counts[1] - counts[0] <= 64


@pytest.mark.parametrize("function", [tanh, softmax])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_work_grows_by_the_same_for_each_step(
    name: str, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Count the nodes that are built, and the nodes that the two modes visit."""
    work = 0
    build, visit = Node.__init__, postorder

    def counted_build(self: Node, *arguments: Any) -> None:
        nonlocal work
        work += 1
        build(self, *arguments)

    def counted_visit(*arguments: Any, **named: Any) -> list[Expr]:
        nonlocal work
        order = visit(*arguments, **named)
        work += len(order)
        return order

    monkeypatch.setattr(Node, "__init__", counted_build)
    for module in (reverse, forward):
        monkeypatch.setattr(module, "postorder", counted_visit)
    counts = []
    for steps in (100, 150, 200):
        J = recurrence(steps, function)
        work = 0
        DERIVATIVES[name](J)
        counts.append(work)
    growth = (counts[2] - counts[1]) / (counts[1] - counts[0])
    assert 0.9 < growth < 1.03


def test_both_modes_take_5000_steps() -> None:
    J = recurrence(5000, softmax)
    assert sys.getrecursionlimit() < 5000
    found = cotangents({J: constant(1)}, [W, U, b, x])
    assert [found[v].sizes for v in (W, U, b, x)] == [W.sizes, U.sizes, b.sizes, x.sizes]
    (tangent,) = tangents([J], {W: V}, 0)
    assert tangent is not None
    assert len(postorder([*found.values(), tangent])) < 40 * 5000


def test_gradient_of_a_long_recurrence() -> None:
    steps = 600
    assert sys.getrecursionlimit() < 3 * steps
    found = gradient(recurrence(steps, tanh), W)
    assert size_of(found) <= 10 * steps
    check_against_a_loop(found, steps)


def check_against_a_loop(found: Expr, steps: int) -> None:
    """Compare the gradient by W with the loop that a person writes for it."""
    rng = np.random.default_rng(0)
    n = 3
    arrays = {"W": rng.standard_normal((n, n)), "U": rng.standard_normal((n, n))}
    arrays |= {"b": rng.standard_normal(n), "x": rng.standard_normal(n)}
    states = [arrays["x"]]
    for _ in range(steps):
        states.append(np.tanh(arrays["W"] @ states[-1] + arrays["U"] @ arrays["x"] + arrays["b"]))
    cotangent, expected = 2 * states[-1], np.zeros((n, n))
    for before, after in zip(states[-2::-1], states[:0:-1], strict=True):
        inner = cotangent * (1 - after**2)
        expected += np.outer(inner, before)
        cotangent = arrays["W"].T @ inner
    np.testing.assert_allclose(evaluate(found, arrays), expected, rtol=1e-10, atol=1e-13)


@pytest.mark.long
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_5000_steps(name: str, named: bool) -> None:
    J = recurrence(5000, tanh, named)
    found = DERIVATIVES[name](J)
    assert size_of(*found) <= 5000 * (25 if named else 15)
    if name == "gradient" and not named:
        check_against_a_loop(found[0], 5000)


def test_heavy_sharing_does_not_multiply_paths() -> None:
    """Each step uses the last one twice: 2⁶⁰ paths, 60 steps of work."""
    z: Expr = x
    for _ in range(60):
        z = tanh(z * (W @ z))
    counts = size_of(gradient(z.sum(), x)), size_of(jvp(z, {x: b}))
    assert max(counts) <= 60 * 14


def test_wide_sums_and_products() -> None:
    """A sum of 3000 terms, and a product of 200 factors."""
    terms = [product(1, [(tanh(x * k), "n"), (W, "nm")], "m") for k in range(3000)]
    found = cotangents({Sum(terms): b}, [W])[W]
    assert len(postorder([found])) < 20 * 3000
    factors = product(1, [(tanh(x * k), "n") for k in range(200)], "n")
    (tangent,) = tangents([factors], {x: b}, 0)
    assert isinstance(tangent, Sum)
    assert len(tangent.terms) == 200
    value = evaluate(cotangents({factors: b}, [x])[x], {"x": [0.01], "b": [1.0]})
    assert np.isfinite(value).all()


def test_shared_parameters_in_all_layers_keep_one_sum() -> None:
    """§6.4: ∇_W J is one sum of one outer product for each step."""
    found = gradient(recurrence(6, tanh, named=True), W)
    assert isinstance(found, Sum)
    assert len(found.terms) == 6
    assert found.sizes == outer(x, x).sizes
