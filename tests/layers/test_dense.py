"""Fully connected networks: the printed systems of equations are those of the paper (§6.2, §6.3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.calculus.derivation import Derivation, StepKind
from bracketcalc.errors import ArgumentError
from bracketcalc.reference import evaluate

X, LAM = bc.tensors("X[N,d] λ")
COUNT = X.sizes[0]
f_prime = bc.function("f′", lambda xp, x: xp.cos(x) + 1)
f = bc.function("f", lambda xp, x: xp.sin(x) + x, f_prime)
DEPTHS = range(1, 6)


def network(depth: int, last: Callable[[bc.Expr], bc.Expr] | None) -> layers.Network:
    return layers.fully_connected(X, [f"m{j}" for j in range(1, depth + 1)], [*[f] * (depth - 1), last])


def regression(net: layers.Network, Y: bc.Expr) -> bc.Expr:
    """Return 1/(2N) (Z_L - Y) · (Z_L - Y) + ½ λ Σ W_j · W_j."""
    error = net.output - Y
    return bc.dot(error, error) / (2 * COUNT) + layers.l2_penalty(net.parameters[::2], LAM)


def final_equations(found: Derivation) -> dict[str, bc.Expr]:
    kinds = (StepKind.COTANGENT, StepKind.GRADIENT)
    return {step.left: step.right for step in found.steps if step.kind in kinds}


def stages(net: layers.Network) -> tuple[list[bc.Expr], list[bc.Expr]]:
    """Return A_1 … A_L and Z_0 … Z_L."""
    named = {stage.name: stage for stage in net.stages}
    depth = len(net.parameters) // 2
    A: list[bc.Expr] = [named[f"A_{j}"] for j in range(1, depth + 1)]
    return A, [X, *[named.get(f"Z_{j}", A[-1]) for j in range(1, depth + 1)]]


def backward(net: layers.Network, top: bc.Expr, S: bc.Expr) -> dict[str, bc.Expr]:
    """Return the paper's equations below the last layer, from S_L or E; every name as a definition."""
    A, Z = stages(net)
    depth = len(A)
    expected = {f"∇_{{Z_{depth}}}J": top}
    for j in range(depth, 0, -1):
        W, b = net.parameters[2 * j - 2 : 2 * j]
        expected[f"S_{j}"] = S
        expected[f"∇_{{{W.name}}}J"] = Z[j - 1].T @ S + LAM * W
        expected[f"∇_{{{b.name}}}J"] = S.T @ bc.ones("N")
        if j > 1:
            above = expected[f"∇_{{Z_{j - 1}}}J"] = S @ W.T
            S = above * f_prime(A[j - 2])
    return expected


def assert_the_system(found: Derivation, expected: dict[str, bc.Expr]) -> None:
    """Assert that every equation is printed with the paper's name and right side, and no other."""
    equations = final_equations(found)
    assert set(equations) == set(expected)
    for name, right in expected.items():
        assert bc.equal(equations[name], right), name


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_system_of_a_regression(depth: int) -> None:
    net, Y = network(depth, f), bc.tensor("Y", ("N", f"m{depth}"))
    loss = bc.dot(net.output - Y, net.output - Y) / (2 * COUNT) + layers.l2_penalty(
        net.parameters[::2], LAM
    )
    A, Z = stages(net)
    top = (Z[-1] - Y) / COUNT
    found = bc.derive(loss, net.parameters, detail="result", names="S")
    assert_the_system(found, backward(net, top, top * f_prime(A[-1])))


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_regression_is_written_as_in_the_paper(depth: int) -> None:
    net, Y = network(depth, f), bc.tensor("Y", ("N", f"m{depth}"))
    loss = bc.dot(net.output - Y, net.output - Y) / (2 * COUNT) + layers.l2_penalty(
        net.parameters[::2], LAM
    )
    texts = {
        name: str(right)
        for name, right in final_equations(bc.derive(loss, net.parameters, names="S")).items()
    }
    assert texts.pop(f"∇_{{Z_{depth}}}J") == f"1/N (Z_{depth} - Y)"
    for j in range(1, depth + 1):
        assert texts.pop(f"S_{j}") == f"∇_{{Z_{j}}}J ⊙ f′(A_{j})"
        below = "X" if j == 1 else f"Z_{j - 1}"
        assert texts.pop(f"∇_{{W_{j}}}J") == f"{below}ᵀ S_{j} + λ W_{j}"
        assert texts.pop(f"∇_{{b_{j}}}J") == f"S_{j}ᵀ 𝟏"
        if j < depth:
            assert texts.pop(f"∇_{{Z_{j}}}J") == f"S_{j + 1} W_{j + 1}ᵀ"
    assert not texts


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_system_of_a_classification(depth: int, known: bool) -> None:
    """E takes the place of S_L: 1/N (Z_L - Y), or 1/N (Z_L ⊙ (Y 𝟏 𝟏ᵀ) - Y) where nothing is known of Y"""
    net = network(depth, lambda logits: bc.softmax(logits, axis=1))
    Y = bc.tensor("Y", ("N", f"m{depth}"), assume=bc.sums_to_one(axis=1) if known else ())
    loss = layers.cross_entropy(net.output, Y) + layers.l2_penalty(net.parameters[::2], LAM)
    Z = stages(net)[1][-1]
    E = (Z - Y) / COUNT if known else bc.parse("1/N (Z ⊙ (Y 𝟏 𝟏ᵀ) - Y)", Z=Z, Y=Y, N=COUNT)
    expected = backward(net, -Y / Z / COUNT, E)
    del expected[f"∇_{{Z_{depth}}}J"]
    found = bc.derive(loss, net.parameters, detail="result", names="S")
    assert_the_system(found, expected)


def test_a_system_with_a_wrong_equation_is_not_the_same() -> None:
    net, Y = network(2, f), bc.tensor("Y", ("N", "m2"))
    loss = layers.squared_error(net.output, Y) / COUNT
    found = bc.derive(loss, net.parameters, detail="result", names="S")
    A, Z = stages(net)
    top = (Z[-1] - Y) / COUNT
    with pytest.raises(AssertionError, match="W_2"):
        assert_the_system(found, backward(net, top, top * f_prime(A[-1])))


def test_activations_are_one_for_each_width() -> None:
    with pytest.raises(ArgumentError, match="2 layers were given 1 activations"):
        layers.fully_connected(X, [3, 4], [f])


def test_gradients_are_those_of_differences() -> None:
    net = network(3, lambda logits: bc.softmax(logits, axis=1))
    Y = bc.tensor("Y", ("N", "m3"))
    loss = layers.cross_entropy(net.output, Y) + layers.l2_penalty(net.parameters[::2], LAM)
    draw, sizes = np.random.default_rng(0), {"N": 3, "d": 2, "m1": 4, "m2": 5, "m3": 3}
    values = {
        p.name: draw.standard_normal([sizes[str(size)] for size in p.sizes]) for p in (X, *net.parameters)
    }
    values |= {"Y": np.eye(3), "λ": np.array(0.3)}
    for check in bc.check_gradient(loss, net.parameters, values):
        assert check.relative < 1e-8
    np.testing.assert_allclose(bc.evaluate(loss, **values), evaluate(loss, values), rtol=1e-13)
