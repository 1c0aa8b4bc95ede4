"""The reference evaluator against plain loops and NumPy, and its messages."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as every
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import diag, dot, einsum, outer, trace
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Delta, Expr, Ones, Product, Size, Sum, Tensor, constant, product
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.number import Number
from bracketcalc.functions.declare import function, subtensor_function
from bracketcalc.functions.forms import exp, softmax, tanh
from bracketcalc.reference import _RULES, bind_sizes, evaluate

A, B = Tensor("A", (2, 3)), Tensor("B", (3, 4))
a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4) - 5


def test_every_node_has_a_rule() -> None:
    """The compiler's own nodes are never evaluated otherwise."""
    kinds, nodes = [*Expr.__subclasses__()], set[type[Expr]]()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if not kind.__subclasses__():
            nodes.add(kind)
    assert set(_RULES) == {node for node in nodes if node.__module__.startswith("bracketcalc.expr.")}


# -- values ---------------------------------------------------------------------------------------------


def test_leaves() -> None:
    np.testing.assert_array_equal(evaluate(A, {"A": a}), a)
    np.testing.assert_array_equal(evaluate(Ones((2, 3)), {}), np.ones((2, 3)))
    np.testing.assert_array_equal(evaluate(Delta(3, 2), {}), np.eye(3))
    cube = evaluate(Delta(2, 3), {})
    assert [index for index in np.ndindex(2, 2, 2) if cube[index]] == [(0, 0, 0), (1, 1, 1)]
    assert evaluate(constant(Fraction(1, 4)), {}) == 0.25
    assert evaluate(Size("n"), {}, {"n": 7}) == 7
    assert evaluate(Delta(0, 2), {}).shape == (0, 0)


@pytest.mark.parametrize(
    "equation",
    [
        "ij,jk->ik",
        "ij,jk->ki",
        "ij,jk->",
        "ij,jk->j",
        "ij,jk->kji",
        "ij,kl->ljki",
        "ij,jk->jk",
        "ij,ji->ij",
    ],
)
def test_products_of_two(equation: str) -> None:
    left = a
    right = b[:, :2] if equation.startswith("ij,ji") else b
    expr = einsum(equation, Tensor("A", left.shape), Tensor("B", right.shape))
    np.testing.assert_allclose(evaluate(expr, {"A": left, "B": right}), np.einsum(equation, left, right))


def by_loops(expr: Product, arrays: list[Any]) -> Any:
    """Return the product by the definition: a sum over every value of every label."""
    extents: dict[int, int] = {}
    for labels, array in zip(expr.labels, arrays, strict=True):
        extents.update(zip(labels, array.shape, strict=True))
    result = np.zeros([extents[label] for label in expr.output])
    for values in every(*[range(size) for size in extents.values()]):
        at = dict(zip(extents, values, strict=True))
        term = float(expr.coefficient)
        for labels, array in zip(expr.labels, arrays, strict=True):
            term *= array[tuple([at[label] for label in labels])]
        result[tuple([at[label] for label in expr.output])] += term
    return result


@st.composite
def products(draw: st.DrawFn) -> tuple[Product, list[Any]]:
    """Return a product with repeated, shared, summed and lonely labels, and arrays for its factors."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    names = st.lists(st.integers(0, len(sizes) - 1), max_size=3)
    labels = draw(st.lists(names, min_size=1, max_size=4))
    used = sorted({label for factor in labels for label in factor})
    output = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
    coefficients: tuple[Number, ...] = (1, -2, Fraction(1, 3), 0.25)
    coefficient = draw(st.sampled_from(coefficients))
    shapes = [tuple([sizes[label] for label in factor]) for factor in labels]
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    arrays = [rng.integers(-3, 4, shape).astype(float) for shape in shapes]
    factors = [(Tensor(f"F{k}", shape), labels[k]) for k, shape in enumerate(shapes)]
    return product(coefficient, factors, output), arrays


@given(products())
@settings(max_examples=150)
def test_products_by_their_definition(case: tuple[Product, list[Any]]) -> None:
    expr, arrays = case
    found = evaluate(expr, {f"F{k}": array for k, array in enumerate(arrays)})
    np.testing.assert_allclose(found, by_loops(expr, arrays), rtol=1e-13, atol=1e-13)


def test_labels_need_not_be_numbered_in_order() -> None:
    expr = Product(2, (A, B), ((7, 3), (3, 5)), (5, 7))
    np.testing.assert_array_equal(evaluate(expr, {"A": a, "B": b}), 2 * (a @ b).T)


def test_sums_functions_and_definitions() -> None:
    Z = define("Z", tanh(A) * 2)
    expr = Z + Z * A - 3 + outer(Ones((2,)), A.sum(axis=0))
    z = 2 * np.tanh(a)
    np.testing.assert_allclose(evaluate(expr, {"A": a}), z + z * a - 3 + a.sum(axis=0), rtol=1e-14)
    np.testing.assert_allclose(
        evaluate(softmax(A, axis=0), {"A": a}), np.exp(a) / np.exp(a).sum(axis=0), rtol=1e-14
    )


def test_matrix_forms() -> None:
    S, v = tensors("S[n,n] v[n]")
    n = S.sizes[0]
    s, w = np.arange(16.0).reshape(4, 4), np.arange(4.0)
    arrays = {"S": s, "v": w}
    assert evaluate(trace(S) / n, arrays) == 30 / 4
    np.testing.assert_array_equal(evaluate(diag(v) @ S, arrays), np.diag(w) @ s)
    np.testing.assert_array_equal(evaluate(diag(S), arrays), np.diag(s))
    assert evaluate(dot(S, S), arrays) == (s * s).sum()


def test_size_one_and_zero() -> None:
    X, W = tensors("X[n,d] W[d,k]")
    for n, d, k in every((0, 1, 2), repeat=3):
        x, w = np.ones((n, d)), np.ones((d, k))
        np.testing.assert_array_equal(evaluate(X @ W, {"X": x, "W": w}), np.full((n, k), d))


# -- types ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ("f4", "f4", "f4"),
        ("f4", "f8", "f8"),
        ("f2", "f2", "f2"),
        ("f4", "i8", "f8"),
        ("i4", "?", "f8"),
        ("u1", "u1", "f8"),
        ("c8", "f4", "c8"),
        ("c8", "f8", "c16"),
    ],
)
def test_the_type_is_the_common_type(left: str, right: str, result: str) -> None:
    arrays = {"A": np.ones((2, 3), left), "B": np.ones((3, 4), right)}
    n = Size("n")
    expr = (A @ B) / 3 + outer(Ones((2,)), Ones((4,))) * n + Delta(4, 3).sum(axis=0).sum()
    found = evaluate(expr, arrays, {"n": 5})
    assert found.dtype == np.dtype(result)
    np.testing.assert_allclose(found, np.full((2, 4), 1 + 5 + 4), rtol=2e-3)


def test_small_integers_do_not_wrap_around() -> None:
    x = np.array([100, 100], np.int8)
    X = Tensor("X", (2,))
    assert evaluate(X @ X, {"X": x}) == 20000


def test_fractions_stay_exact() -> None:
    x = np.array([[Fraction(1, 3), Fraction(1, 7)]])
    X = Tensor("X", (1, 2))
    total = evaluate((X @ X.T).sum() * Fraction(1, 2) + X.sum() / 3, {"X": x})
    expected = Fraction(1, 2) * (Fraction(1, 9) + Fraction(1, 49)) + (Fraction(1, 3) + Fraction(1, 7)) / 3
    assert total.item() == expected


def test_the_result_is_a_new_array_and_the_input_is_untouched() -> None:
    identity = function("identity", lambda xp, x: x)
    for expr in (A, A.T, define("Z", A), identity(A), A + 0):
        value = a.copy()
        found = evaluate(expr, {"A": value})
        assert not np.shares_memory(found, value)
        found[...] = 9
        np.testing.assert_array_equal(value, a)


def test_lists_are_arrays() -> None:
    assert evaluate(Tensor("v", (2,)).sum(), {"v": [1, 2]}) == 3


# -- depth and sharing ----------------------------------------------------------------------------------


def test_a_long_chain() -> None:
    expr: Expr = Tensor("x", ())
    for _ in range(20_000):
        expr = Sum((expr, constant(1)))
    assert evaluate(expr, {"x": 1.5}) == 20_001.5


def test_shared_nodes_are_computed_once() -> None:
    calls = []

    def value(xp: Any, x: Any) -> Any:
        calls.append(1)
        return x

    count = function("count", value)
    expr: Expr = count(Tensor("x", ()))
    for _ in range(60):
        expr = expr + expr
    assert evaluate(expr, {"x": 1}) == 2.0**60
    assert len(calls) == 1


# -- messages -------------------------------------------------------------------------------------------

X, W = tensors("X[n,d] W[d,3]")


@pytest.mark.parametrize(
    ("expr", "arrays", "message"),
    [
        (X @ W, {"X": np.ones((2, 5))}, "W has no value: values were given for X"),
        (X, {}, "X has no value: values were given for nothing"),
        (X, {"X": [["a"]]}, "the value of X is not an array of numbers: its type is <U1"),
    ],
)
def test_missing_and_unusable_values(expr: Expr, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        evaluate(expr, arrays)


@pytest.mark.parametrize(
    ("shapes", "sizes", "message"),
    [
        (
            {"X": (2, 5), "W": (4, 3)},
            {},
            "axis 1 of X has size 5, but axis 0 of W has size 4: both are d",
        ),
        (
            {"X": (2, 5), "W": (5, 4)},
            {},
            "axis 1 of W was declared with size 3, but axis 1 of W has size 4",
        ),
        ({"X": (2, 5), "W": (5,)}, {}, r"W has 2 axes, but its array has 1: shape \(5,\)"),
        ({"X": (2, 5), "W": (5, 3)}, {"d": 6}, "the size d is given as 6, but axis 1 of X has size 5"),
    ],
)
def test_shapes_that_do_not_fit(shapes: dict[str, Any], sizes: dict[str, int], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        evaluate(X @ W, {name: np.ones(shape) for name, shape in shapes.items()}, sizes)


def test_one_name_with_two_declarations_must_fit_both() -> None:
    narrow = Tensor("X", (2, 5))
    expr = X.sum() + narrow.sum()
    assert evaluate(expr, {"X": np.ones((2, 5))}) == 20
    with pytest.raises(
        ShapeError, match="axis 1 of X was declared with size 5, but axis 1 of X has size 6"
    ):
        evaluate(expr, {"X": np.ones((2, 6))})


def test_unknown_sizes() -> None:
    n = Size("n")
    with pytest.raises(ShapeError, match="the size n is not known: no array has an axis of this size"):
        evaluate(Ones((n,)).sum(), {})
    assert evaluate(Ones((n,)).sum(), {}, {"n": 4}) == 4
    for wrong in (-1, 2.0, True, "3"):
        with pytest.raises(ArgumentError, match="the size n must be a non-negative integer"):
            evaluate(n, {}, {"n": wrong})  # type: ignore[dict-item]


def test_a_function_that_returns_another_shape() -> None:
    bad = function("bad", lambda xp, x: x[..., :1])
    with pytest.raises(
        ShapeError, match=r"the value of bad has shape \(2, 1\), but it must have .*\(2, 3\)"
    ):
        evaluate(bad(A), {"A": a})
    worse = subtensor_function("worse", 1, (), lambda xp, x: x)
    with pytest.raises(
        ShapeError, match=r"the value of worse has shape \(2, 3\), but it must have .*\(2,\)"
    ):
        evaluate(Map(worse.record, A, 1), {"A": a})


def test_bind_sizes_names_every_size() -> None:
    assert bind_sizes([X, W], {"X": (2, 5), "W": (5, 3)}, {"m": 9}) == {"m": 9, "n": 2, "d": 5}


def test_warnings_are_those_of_numpy() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        evaluate(exp(A), {"A": a + 1e3})


def test_whole_numbers_as_objects_stay_exact() -> None:
    """Also without axes, and to negative powers."""
    s, v = Tensor("s", ()), Tensor("v", (2,))
    big = np.array(10**30, dtype=object)
    pair = np.array([3, 7], dtype=object)
    expr = (s + 1) ** 2 * (v**-2 / 5) * s**-1
    found = evaluate(expr, {"s": big, "v": pair})
    assert list(found) == [Fraction((10**30 + 1) ** 2, 5 * x**2 * 10**30) for x in (3, 7)]
    assert evaluate((s + 1) * s, {"s": big}).item() == (10**30 + 1) * 10**30
