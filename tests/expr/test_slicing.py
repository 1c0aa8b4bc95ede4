"""Slicing with square brackets: it is what NumPy does, and the manipulations of paper §4.3.3 hold."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as every
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import onehot, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal

SHAPE = (2, 3, 4, 5)
T, M = Tensor("T", SHAPE), Tensor("M", (3, 4))
ARRAYS = {"T": np.arange(120.0).reshape(SHAPE), "M": np.arange(12.0).reshape(3, 4)}

Key = tuple[Any, ...]


@st.composite
def keys(draw: st.DrawFn) -> Key:
    """Return an index of T: integers from either end, whole axes, and one ellipsis at most."""
    entries: list[Any] = [
        draw(st.sampled_from([slice(None), draw(st.integers(-size, size - 1))])) for size in SHAPE
    ]
    entries = entries[: draw(st.integers(0, 4))]
    if len(entries) < 4 and draw(st.booleans()):
        place = draw(st.integers(0, len(entries)))
        behind = len(entries) - place
        # The entries behind an ellipsis belong to the last axes.
        entries[place:] = [draw(st.integers(0, size - 1)) for size in SHAPE[len(SHAPE) - behind :]]
        entries.insert(place, ...)
    return tuple(entries)


@given(keys())
@settings(max_examples=100, deadline=None)
def test_slices_are_those_of_numpy(key: Key) -> None:
    expected = ARRAYS["T"][key]
    assert T[key].sizes == expected.shape
    np.testing.assert_array_equal(evaluate(T[key], ARRAYS), expected)
    np.testing.assert_array_equal(compile(T[key])(T=ARRAYS["T"]), expected)


def test_a_key_may_be_one_entry() -> None:
    assert T[1] == T[1, :, :, :] == T[1, ...]
    assert T[:, 2] == T[:, -1]
    assert T[np.int64(1)] == T[1]
    for key in (..., slice(None), (), (slice(None), ...)):
        assert T[key] is T


def test_symbolic_sizes_stay() -> None:
    X, s = tensors("X[n,d] s")
    assert X[3].sizes == X.sizes[1:]
    assert X[:, 0].sizes == X.sizes[:1]
    assert X[3, 0].sizes == ()
    assert s[()] is s
    assert s[...] is s


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (2, ShapeError, "the index 2 is out of range: axis 0 of T has size 2"),
        (-3, ShapeError, "the index -3 is out of range"),
        ((0, 0, 0, 5), ShapeError, "axis 3 of T has size 5"),
        ((0,) * 5, ShapeError, "T has 4 axes, but 5 indices were given"),
        ((..., 0, ...), ArgumentError, "several"),
        (slice(1, None), ArgumentError, "no part 1: of an axis"),
        (slice(None, None, 2), ArgumentError, "no part ::2 of an axis"),
        (slice(0, 2), ArgumentError, "no part 0:2 of an axis"),
        (None, ArgumentError, "got None"),
        (True, ArgumentError, "got bool"),
        (1.0, ArgumentError, "got float"),
        ("0", ArgumentError, "got str"),
        ([0, 1], ArgumentError, "got list"),
        (np.array([0]), ArgumentError, "got ndarray"),
    ],
)
def test_other_keys_are_refused(key: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        T[key]


def test_a_negative_index_needs_a_size() -> None:
    (X,) = tensors("X[n,3]")
    with pytest.raises(ShapeError, match="the size of axis 0 of X is not known: it is n"):
        X[-1]
    assert X[:, -1] == X[:, 2]


def test_axes_without_elements() -> None:
    E = Tensor("E", (0, 2))
    assert evaluate(E[:, 1], {"E": np.zeros((0, 2))}).shape == (0,)
    with pytest.raises(ShapeError, match="size 0"):
        E[0]


def test_slices_do_not_iterate() -> None:
    calls: tuple[Callable[[Any], object], ...] = (iter, list, tuple, len)
    for call in calls:
        with pytest.raises(TypeError):
            call(T)
    # NumPy does not take it for a sequence either.
    with pytest.raises(TypeError):
        np.ones(3) * T


def test_one_slice_after_the_other_and_of_any_expression() -> None:
    assert equal(M[1][2], M[1, 2])
    assert equal(M[:, 2][1], M[1, 2])
    assert equal((2 * M + 1)[1], 2 * M[1] + 1)
    assert equal((M @ M.T)[1], M @ M[1])
    assert equal(outer(M, M)[1, :, :, 2], outer(M[1], M[:, 2]))


# -- the manipulations of paper §4.3.3 ------------------------------------------------------------------
#
# T has the indices I_n (axis 0), I_k (axes 1 and 2) and I_m (axis 3).

PLACES = [(0, 0, 0, 0), (1, 2, 3, 4), (1, 0, 2, 3)]


@pytest.mark.parametrize(("i", "k1", "k2", "m"), PLACES)
def test_indices_are_split_and_joined_22(i: int, k1: int, k2: int, m: int) -> None:
    """X_{I_n I_k I_m} = (X_{I_n ·_k I_m})_{I_k}"""
    one, two = T[i, k1, k2, m], T[i, :, :, m][k1, k2]
    assert evaluate(one, ARRAYS) == evaluate(two, ARRAYS) == ARRAYS["T"][i, k1, k2, m]
    assert equal(one, two)


@pytest.mark.parametrize(("_i", "k1", "k2", "m"), PLACES)
def test_dots_stay_in_front_of_a_split_index_23(_i: int, k1: int, k2: int, m: int) -> None:
    """X_{·_n I_k I_m} = (X_{·_n ·_k I_m})_{·_n I_k}"""
    one, two = T[:, k1, k2, m], T[..., m][:, k1, k2]
    np.testing.assert_array_equal(evaluate(two, ARRAYS), ARRAYS["T"][:, k1, k2, m])
    assert equal(one, two)


def test_the_example_of_a_matrix() -> None:
    """M_{24} = (M_{2·})_4 = (M_{·4})_2"""
    assert equal(M[1, 3], M[1][3])
    assert equal(M[1, 3], M[:, 3][1])
    assert evaluate(M[1][3], ARRAYS) == 7


@pytest.mark.parametrize(("i", "k1", "k2", "m"), PLACES)
def test_a_delta_is_a_one_hot_24(i: int, k1: int, k2: int, m: int) -> None:
    """X_{I_n I_k I_m} δ_{I_k = J_k} = [Y ⊙ e_{J_k}]_{I_k} = [Y ⊙ e_{I_k}]_{J_k}, Y = X_{I_n ·_k I_m}"""
    inner = T[i, :, :, m]
    for j1, j2 in every(range(3), range(4)):
        left = ARRAYS["T"][i, k1, k2, m] * (k1 == j1) * (k2 == j2)
        sizes = inner.sizes
        first = (inner * onehot((j1, j2), sizes))[k1, k2]
        # The last form ends in ]_{I_k} in the scan of the paper, which would leave out the delta.
        second = (inner * onehot((k1, k2), sizes))[j1, j2]
        element = T[i, k1, k2, m] * onehot((j1, j2), sizes)[k1, k2]
        for found in (first, second, element):
            assert evaluate(found, ARRAYS) == left
        assert equal(first, element)
        assert equal(second, element)


@pytest.mark.parametrize(("i", "k1", "k2", "m"), PLACES)
def test_an_index_is_a_one_hot_25(i: int, k1: int, k2: int, m: int) -> None:
    """X_{I_n I_k I_m} = X_{I_n ·_k I_m} · e_{I_k}"""
    inner = T[i, :, :, m]
    found = dot(inner, onehot((k1, k2), inner.sizes))
    assert evaluate(found, ARRAYS) == ARRAYS["T"][i, k1, k2, m]
    assert equal(found, T[i, k1, k2, m])


SLICES: list[Callable[[Expr], Expr]] = [lambda x: x[1], lambda x: x[:, 2], lambda x: x[..., 0]]


@pytest.mark.parametrize("cut", SLICES)
def test_slices_are_linear(cut: Callable[[Expr], Expr]) -> None:
    assert equal(cut(2 * M - 3 * (M * M)), 2 * cut(M) - 3 * cut(M) * cut(M))
