"""The one-hot e: its checks, its value, what the simplifier, the calculus, the printers and programs do."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import differential, gradient, jacobian, jvp
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import identity, onehot, ones, tensor, tensors
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    OneHot,
    Product,
    Size,
    Sum,
    constant,
    product,
)
from bracketcalc.functions.forms import exp, softmax, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.einsum import to_einsum
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import tensors_in

A, X, v = tensors("A[n,n] X[n,d] v[n]")
n = v.sizes[0]
e, other = onehot(2, "n"), onehot(0, "n")
SIZES = {"n": 4, "d": 3}
RNG = np.random.default_rng(7)
ARRAYS = {"A": RNG.normal(size=(4, 4)), "X": RNG.normal(size=(4, 3)), "v": RNG.normal(size=4)}


def value(expr: Expr) -> npt.NDArray[Any]:
    """Return the reference value for the fixed arrays."""
    return evaluate(expr, ARRAYS, SIZES)


def run(expr: Expr) -> npt.NDArray[Any]:
    """Return what the program of an expression gives for the fixed arrays."""
    f = compile(expr)
    given = {name: ARRAYS.get(name, SIZES.get(name)) for name in f.arguments}
    found = f(**given)
    assert isinstance(found, np.ndarray)
    assert not any(np.shares_memory(found, array) for array in ARRAYS.values())
    return found


# -- the node -------------------------------------------------------------------------------------------


def test_the_value_is_one_at_the_index_and_zero_elsewhere() -> None:
    np.testing.assert_array_equal(evaluate(onehot(1, 3), {}), [0, 1, 0])
    np.testing.assert_array_equal(evaluate(onehot(0, 1), {}), [1])
    np.testing.assert_array_equal(evaluate(onehot(1, "n"), {}, {"n": 2}), [0, 1])


def test_several_indices_are_an_outer_product() -> None:
    expected = np.zeros((2, 4, 3))
    expected[1, 0, 2] = 1
    np.testing.assert_array_equal(evaluate(onehot((1, 0, -1), (2, 4, 3)), {}), expected)
    assert onehot((1, 0), ("n", 3)) == outer(onehot(1, "n"), onehot(0, 3))
    assert onehot((), ()).sizes == ()
    assert evaluate(onehot((), ()), {}) == 1
    assert onehot((2,), (n,)) == e


@pytest.mark.parametrize(
    ("index", "size", "error"),
    [
        (3, 3, ShapeError),
        (-4, 3, ShapeError),
        (0, 0, ShapeError),
        (-1, "n", ShapeError),
        ((0, 1), 3, ShapeError),
        (0, (2, 3), ShapeError),
        (1.0, 3, ArgumentError),
        (True, 3, ArgumentError),
        ("i", "n", ArgumentError),
    ],
)
def test_indices_that_are_none_are_refused(index: Any, size: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        onehot(index, size)


def test_numpy_integers_are_indices_and_count_from_the_end() -> None:
    assert onehot(np.int64(2), 5) == onehot(2, 5) == onehot(-3, 5)
    assert isinstance(onehot(np.int64(2), 5).data[0], int)


def test_the_node_is_immutable_data() -> None:
    assert e == OneHot(2, Size("n"))
    assert e != onehot(2, "m")
    assert e != other
    assert len({e, OneHot(2, n), other}) == 2
    assert pickle.loads(pickle.dumps(e)) == e
    assert OneHot.build(e.data, ()) == e
    for wrong in (-1, 1.0):
        with pytest.raises(ShapeError):
            OneHot(wrong, 3)  # type: ignore[arg-type]


def test_an_index_beyond_a_symbolic_size_is_an_error_as_soon_as_the_size_is_known() -> None:
    message = r"the index 7, counted from 0, is out of range: the size n is 4"
    with pytest.raises(ShapeError, match=message):
        value(X[7])
    for expr in (X[7], onehot(7, "n") @ v, v + onehot(7, n) @ onehot(7, n)):
        f = compile(expr)
        with pytest.raises(ShapeError, match=message):
            f(**{name: ARRAYS[name] for name in f.arguments})


# -- simplification -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "simple"),
    [
        (e @ e, constant(1)),
        (e @ other, constant(0)),
        (e * e, e),
        (e * other, 0 * ones("n")),
        (e.sum(), constant(1)),
        (e @ ones("n"), constant(1)),
        (identity("n") @ e, e),
        (identity("n")[2], e),
        (identity("n", 3)[2], outer(e, e)),
        (identity("n")[2, 2], constant(1)),
        (identity("n")[2, 0], constant(0)),
        (ones("n", "d")[2], ones("d")),
        (A @ identity("n") @ e, A @ e),
        (Elementwise(POWER, (2,), e), e),
        (v * e, v[2] * e),
        (outer(e, e) @ A, outer(e, A[2])),
        (X[2][1], X[2, 1]),
        (X[:, 1][2], X[2, 1]),
        ((A @ X)[2], A[2] @ X),
        ((A @ A)[:, 2], A @ (A @ e)),
        (A.T[2], A[:, 2]),
        (product(1, [(A, "ii"), (e, "i")], ""), A[2, 2]),
        (product(1, [(A, "ij"), (A, "jk"), (e, "j")], "ik"), outer(A[:, 2], A[2])),
        (product(1, [(A, "ij"), (e, "j")], "ij"), outer(A[:, 2], e)),
        ((A + X @ X.T)[2], A[2] + X[2] @ X.T),
        (tanh(X)[2], tanh(X[2])),
        (softmax(X, axis=1)[2], softmax(X[2])),
    ],
)
def test_products_with_one_hots_are_equal(expr: Expr, simple: Expr) -> None:
    assert equal(expr, simple)
    np.testing.assert_allclose(value(expr), value(simple), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(run(expr), value(simple), rtol=1e-12, atol=1e-15)


def test_what_differs_in_an_index_is_not_equal() -> None:
    assert not equal(X[0], X[1])
    assert not equal(e, other)
    assert not equal(A[0, 1], A[1, 0])
    assert not equal(X[5000], X[5001])
    assert equal(X[5000] + X[7], X[7] + X[5000])


def test_slices_have_one_canonical_form() -> None:
    table = CanonicalTable()
    pairs = [
        (X[2][1], X[:, 1][2]),
        (product(1, [(A, "ij"), (e, "j"), (A, "jk")], "ik"), outer(A @ e, e @ A)),
        (product(1, [(A, "ij"), (e, "j")], "ij"), outer(A @ e, e)),
        (product(2, [(identity("n"), "ij"), (e, "i")], "ij"), 2 * outer(e, e)),
        (e @ other, constant(0)),
    ]
    for left, right in pairs:
        assert table.form(left) == table.form(right)
    assert table.form(e) != table.form(other)


def test_the_simplest_form_has_one_axis_for_each_one_hot() -> None:
    simple = simplify(product(1, [(A, "ij"), (A, "jk"), (e, "j")], "ik"))
    assert isinstance(simple, Product)
    shared = [labels for factor, labels in zip(simple.factors, simple.labels, strict=True) if factor == e]
    assert [sum(labels.count(name[0]) for labels in simple.labels) for name in shared] == [2, 2]


def test_slices_are_not_taken_apart_into_a_sum_of_one_hots() -> None:
    (g,) = gradient(X[1] @ X[2], [X])
    assert isinstance(g, Sum)
    text = compile(g).source(X=(4, 3))
    assert "dot" not in text
    np.testing.assert_array_equal(run(g), value(g))


# -- calculus -------------------------------------------------------------------------------------------


def test_a_one_hot_is_a_constant() -> None:
    assert equal(differential(e * v, v), e * tensor("dv", "n"))
    assert equal(gradient(X[2] @ X[2], X), 2 * outer(e, X[2]))
    assert equal(jacobian(v[2], v), e)
    assert equal(jacobian(X[:, 1], X), outer(identity("n"), onehot(1, "d")))
    assert value(jacobian(e, v)).tolist() == np.zeros((4, 4)).tolist()


def test_a_direction_can_be_a_one_hot() -> None:
    F = tanh(A @ X) @ X.T
    unit = onehot((1, 2), X.sizes)
    np.testing.assert_allclose(value(jvp(F, {X: unit})), value(jacobian(F, X))[..., 1, 2], rtol=1e-12)


# -- programs -------------------------------------------------------------------------------------------


PROGRAMS: list[tuple[Expr, str]] = [
    (X[1], "x0[1, :]"),
    (X[:, 2], "x0[:, 2]"),
    (X[1, 2], "x0[1, 2, ...]"),
    (X[1] @ X[2], "dot(x0[1, :], x0[2, :])"),
    ((A @ X)[1], "dot(x0[1, :], x1)"),
    (outer(e, v), "scatter(x0, (4, 4), ((1,),), (2, None))"),
    (outer(e, e) + A, "add_diagonal(copy(x0), 1.0, (), (2, 2))"),
    (v + e, "add_diagonal(copy(x0), 1.0, (), (2,))"),
    (tanh(A @ X)[1], "dot(x0[1, :], x1)"),
    (A[2] + (A + A.T)[2], "x0[2, :]"),
    (softmax(A, axis=1)[2], "f0(x0[2, :])"),
]


@pytest.mark.parametrize(("expr", "line"), PROGRAMS)
def test_programs_index_and_scatter_and_never_multiply_with_a_dense_vector(expr: Expr, line: str) -> None:
    f = compile(expr)
    text = f.source(**{name: ARRAYS[name].shape for name in f.arguments})
    assert line in text
    assert "full(" not in text
    np.testing.assert_allclose(run(expr), value(expr), rtol=1e-12, atol=1e-15)


def test_a_row_of_a_product_costs_a_row() -> None:
    f = compile((A @ X)[1])
    assert f.report(A=(100, 100), X=(100, 50)).flops == 2 * 100 * 50


def test_dense_values_are_made_where_a_function_needs_them() -> None:
    for expr in (exp(e) * v, softmax(outer(e, v), axis=1), softmax(e) + v, tanh(outer(e, e) + A) @ e):
        np.testing.assert_allclose(run(expr), value(expr), rtol=1e-12, atol=1e-15)


@st.composite
def sums_of_products(draw: st.DrawFn) -> Expr:
    """Return a sum of products of one-hots, deltas and tensors with two free axes."""
    leaves = [(A, 2), (v, 1), (e, 1), (other, 1), (onehot(3, "n"), 1), (Delta(n, 2), 2), (Delta(n, 3), 3)]
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        chosen = draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=4))
        found = [
            (leaf, draw(st.lists(st.sampled_from("ijk"), min_size=k, max_size=k))) for leaf, k in chosen
        ]
        missing = [label for label in "ij" if not any(label in names for _, names in found)]
        found += [(draw(st.sampled_from([v, e, ones("n")])), [label]) for label in missing]
        terms.append(product(draw(st.sampled_from([1, 2, -1])), found, "ij"))
    return Sum(terms)


@given(sums_of_products())
@settings(max_examples=150, deadline=None)
def test_random_products_keep_their_value(expr: Expr) -> None:
    expected = value(expr)
    np.testing.assert_allclose(value(simplify(expr)), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(run(expr), expected, rtol=1e-12, atol=1e-12)
    names: dict[str, Any] = {tensor.name: tensor for tensor in (*tensors_in([expr]), A, X)}
    for text in (to_text(expr), to_text(expr, "index"), to_latex(expr, "index")):
        np.testing.assert_allclose(value(parse(text, **names)), expected, rtol=1e-12, atol=1e-12)


# -- printing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "matrix", "index"),
    [
        (X[1], "Xᵀ e_{2}", "(X_{2i} | i)"),
        (X[:, 2], "X e_{3}", "(X_{i3} | i)"),
        (X[1, 2], "e_{2}ᵀ X e_{3}", "(X_{23} |)"),
        (v + e, "v + e_{3}", "v + e_{3}"),
        (v * e, "v ⊙ e_{3}", "(v_{i} (e_{3})_{i} | i)"),
        (onehot((1, 2), (n, n)) + A, "e_{2} e_{3}ᵀ + A", "((e_{2})_{i} (e_{3})_{j} | ij) + A"),
        (e, "(I_{n})_{·3}", "(I_{n})_{·3}"),
        (X[11], "Xᵀ e_{12,}", "(X_{12,i} | i)"),
        (tensor("e", "n") + e, "e + I_{·3}", "e + I_{·3}"),
        (tensor("e_3", "n") + e, "e_3 + I_{·3}", "e_3 + I_{·3}"),
    ],
)
def test_the_text(expr: Expr, matrix: str, index: str) -> None:
    assert to_text(expr) == matrix
    assert to_text(expr, "index") == index
    names: dict[str, Any] = {tensor.name: tensor for tensor in tensors_in([expr])}
    for text in (to_text(expr), to_text(expr, ascii=True), to_latex(expr), index, to_latex(expr, "index")):
        if names:
            assert equal(parse(text, **names), expr)


def test_a_one_hot_is_an_operand_of_an_einsum_equation() -> None:
    assert to_einsum(X[1]) == ("nd,n->d", (X, onehot(1, "n")))
