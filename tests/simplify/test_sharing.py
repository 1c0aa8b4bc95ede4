"""What is written in several ways becomes one expression, with the same value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc import layers
from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Size
from bracketcalc.functions.forms import exp, relu, tanh
from bracketcalc.simplify.sharing import shared_forms
from bracketcalc.traverse import postorder
from tests.strategies import assert_same_value, expressions, products, rewritten

A, B, x, y, z = tensors("A[n,n] B[n,n] x[n] y[n] z[n]")


@given(st.lists(expressions((Size("n"), 4), depth=2), min_size=2, max_size=4), st.data())
@settings(max_examples=40)
def test_values_and_axes_stay(exprs: list[Expr], data: st.DataObject) -> None:
    product = data.draw(products((Size("n"), 4)))
    exprs = [*exprs, tanh(product), exp(data.draw(rewritten(product)))]
    found = shared_forms(exprs)
    for one, other in zip(exprs, found, strict=True):
        assert_same_value(other, one)
    assert len(postorder(found)) <= len(postorder(exprs))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (x * y * z, z * (y * x)),
        (tanh(x * y * z), tanh(z * (y * x))),
        (A @ B @ x, A @ (B @ x)),
        ((A + B) * A, A * (B + A)),
        (tanh(exp(x * y) + z), tanh(z + exp(y * x))),
        ((x - y) / z, z**-1 * (x - y)),
    ],
)
def test_the_last_way_is_kept(one: Expr, other: Expr) -> None:
    assert one != other
    assert shared_forms([one, other]) == [other, other]
    assert shared_forms([other, one]) == [one, one]


def test_what_only_looks_alike_stays() -> None:
    exprs = [A @ B, B @ A, A * B, tanh(A @ B), tanh(B @ A), 2 * x, 3 * x, x * y, tensor("x", (4,)) ** 2]
    assert shared_forms(exprs) == exprs
    named = [define("p", x * y) * z, define("q", y * x) * z]
    assert shared_forms(named) == named


def test_layers_with_normalization_are_computed_once() -> None:
    X = tensor("X", ("n", "d"))
    value: Expr = X
    weights = []
    for place in range(3):
        W, g, b = tensors(f"W{place}[d,d] g{place}[d] b{place}[d]")
        value = value + relu(layers.batch_norm(value @ W, g, b))
        weights += [W, g, b]
    loss = (value * value).sum()
    nodes = postorder(prepared([loss, *gradient(loss, weights)]))
    inputs = [node for node in nodes if isinstance(node, Product) and weights[-3] in node.factors]
    assert len([node for node in inputs if node.ndim == 2 and node.labels[-1][0] not in node.output]) == 1


def test_long_chains_of_what_is_written_twice() -> None:
    one: Expr = x
    other: Expr = x
    for _ in range(300):
        one, other = tanh(one * y * z), tanh(z * (y * other))
    (found, again) = shared_forms([one, other])
    assert found == again == other
