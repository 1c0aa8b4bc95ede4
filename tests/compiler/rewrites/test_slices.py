"""Indices are taken before functions and sums are computed, and the value stays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.rewrites.slices import MAX_LEVELS, sliced_first
from bracketcalc.expr.build import onehot, tensors
from bracketcalc.expr.core import Elementwise, Expr, Size, Sum
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.forms import exp, softmax, tanh
from bracketcalc.simplify.engine import simplify
from bracketcalc.traverse import postorder
from tests.strategies import FILLED, SIZES, Sizes, arrays_for, expressions, shapes, value

A, X, v = tensors("A[n,n] X[n,d] v[n]")


def sizes_below(expr: Expr) -> list[int]:
    """Return the numbers of axes of the functions and sums below an expression."""
    return [node.ndim for node in postorder([expr]) if isinstance(node, Elementwise | Map | Sum)]


def test_functions_and_sums_are_computed_at_the_index() -> None:
    expr = softmax(tanh(A @ X + 2 * X), axis=1)[1]
    assert sizes_below(expr) == [2, 2, 2]
    moved = simplify(sliced_first([simplify(expr)])[0])
    assert sizes_below(moved) == [1, 1, 1]


def test_what_is_needed_as_a_whole_is_computed_once() -> None:
    whole = tanh(A @ X)
    first, second = sliced_first([whole[1], whole])
    assert first == whole[1]
    assert second == whole


def test_an_index_along_the_axis_of_a_function_on_sub_tensors_stays() -> None:
    expr = simplify(softmax(A, axis=1)[:, 2])
    assert sliced_first([expr]) == [expr]
    both = simplify(softmax(A, axis=1)[1, 2])
    assert sizes_below(simplify(sliced_first([both])[0])) == [1]


def test_without_one_hots_nothing_changes() -> None:
    expr = tanh(A @ X) + X
    assert sliced_first([expr])[0] is expr


def test_deep_nesting_ends() -> None:
    expr: Expr = v
    for _ in range(2 * MAX_LEVELS):
        expr = tanh(expr) + v
    assert compile(expr[1])(v=np.ones(3)) == compile(expr)(v=np.ones(3))[1]


def test_long_chains_of_sums_are_not_slow() -> None:
    expr: Expr = v
    for _ in range(3000):
        expr = exp(expr - 1)
    np.testing.assert_allclose(compile(expr[0])(v=np.ones(2)), 1.0)


@given(st.data(), shapes(1, 3, FILLED))
@settings(max_examples=120, deadline=None)
def test_slices_of_random_expressions_keep_their_value(data: st.DataObject, sizes: Sizes) -> None:
    expr = data.draw(expressions(sizes, depth=2))
    known = [SIZES[size.name] if isinstance(size, Size) else size for size in sizes]
    key = tuple([data.draw(st.sampled_from([slice(None), *range(size)])) for size in known])
    sliced = expr[key]
    arrays = arrays_for([expr])
    f = compile(sliced)
    found = f(**{name: arrays.get(name, SIZES.get(name)) for name in f.arguments})
    expected = value(expr, arrays)[key]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_row_of_a_one_hot_product() -> None:
    expr = (onehot(1, "n") * v + A @ v)[1]
    np.testing.assert_allclose(
        compile(expr)(v=np.array([1.0, 2.0]), A=np.array([[1.0, 2.0], [3.0, 4.0]])), 2 + 11
    )
