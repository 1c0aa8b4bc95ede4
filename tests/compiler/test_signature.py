"""Errors of a call, found before anything runs, word by word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.compiler.compile import compile, evaluate
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.build import ones, scalar, tensor, tensors
from bracketcalc.functions.forms import tanh

X, W = tensors("X[n,d] W[d,k]")
PRODUCT = compile(X @ W)
x = np.ones((4, 5))
w = np.ones((5, 3))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X": x}, "no value was given for W: the program takes X, W\n  hint: pass W=..."),
        ({}, "no value was given for X, W: the program takes X, W\n  hint: pass X=..."),
        (
            {"X": x, "w": w},
            "no value was given for W and w is unknown: the program takes X, W\n"
            "  hint: write W=... instead of w=...",
        ),
        (
            {"X": x, "W": w, "V": 1, "U": 2},
            "V, U are unknown: the program takes X, W\n  hint: leave V=... out",
        ),
    ],
)
def test_names(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        PRODUCT(**given)
    assert str(caught.value) == message


def test_arrays_without_names() -> None:
    with pytest.raises(ArgumentError) as caught:
        PRODUCT(x, w)
    assert str(caught.value) == "2 values were given without a name\n  hint: pass X=..., W=..."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"X": x, "W": np.ones((4, 3))},
            "axis 1 of X has size 5, but axis 0 of W has size 4: both are d\n"
            "  hint: give arrays of matching shapes",
        ),
        (
            {"X": x[0], "W": w},
            "X has 2 axes, but its array has 1: shape (5,)\n  hint: give an array with the sizes (n, d)",
        ),
        (
            {"X": x, "W": w, "n": 3},
            "the size n is given as 3, but axis 0 of X has size 4: both are n\n"
            "  hint: give arrays of matching shapes",
        ),
    ],
)
def test_shapes(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        PRODUCT(**given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            np.ones((1, 1)).view(np.matrix),
            "the value of X is a matrix, not a plain array\n  hint: pass np.asarray(x)",
        ),
        (
            np.ma.array([[1.0]]),
            "the value of X is a MaskedArray, not a plain array\n  hint: pass x.filled(...)",
        ),
        (
            np.array([[None]]),
            "the value of X is not an array of numbers: its type is object\n"
            "  hint: convert it to a numeric type first",
        ),
        (
            [["a"]],
            "the value of X is not an array of numbers: its type is <U1\n"
            "  hint: convert it to a numeric type first",
        ),
        (
            np.zeros((1, 1), "M8[s]"),
            "the value of X is not an array of numbers: its type is datetime64[s]\n"
            "  hint: convert it to a numeric type first",
        ),
    ],
)
def test_values_that_are_no_arrays_of_numbers(value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        evaluate(X, X=value)
    assert str(caught.value) == message


def test_ragged_lists_and_huge_numbers() -> None:
    with pytest.raises(ArgumentError, match=r"^the value of X is not an array: setting an array element"):
        evaluate(X, X=[[1, 2], [3]])
    with pytest.raises(
        ArgumentError, match=r"^the value of s is too large for float64: a number of 1329 b"
    ):
        evaluate(scalar("s"), s=10**400)


def test_sizes_that_no_axis_has() -> None:
    for size, shown in ((10**30, "1" + 30 * "0"), (10**5000, "a number of 16610 bits")):
        with pytest.raises(ArgumentError, match=f"the size m is {shown}, but an axis has at most"):
            compile(ones("m"), max_bytes=2 * size)(m=size)
    with pytest.raises(ArgumentError, match="the size m must be a non-negative integer, got a number of"):
        evaluate(ones("m"), m=-(10**5000))
    with pytest.raises(ArgumentError, match=r"the shape of X is .*, not a tuple of non-negative integers"):
        compile(X).report(X=(2, 1 << 70))


@pytest.mark.parametrize("size", [-1, 2.0, True, [3], "3", None])
def test_sizes_are_integers(size: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        evaluate(ones("m"), m=size)
    assert str(caught.value) == f"the size m must be a non-negative integer, got {size!r}"


def test_a_size_that_nothing_tells() -> None:
    with pytest.raises(ArgumentError) as caught:
        evaluate(ones("m"))
    assert str(caught.value) == (
        "no value was given for m: the program takes m\n"
        "  hint: pass an integer m=...: no tensor has an axis of this size"
    )
    np.testing.assert_array_equal(evaluate(ones("m"), m=np.int32(2)), [1, 1])


def test_names_that_mean_two_things() -> None:
    with pytest.raises(ArgumentError) as caught:
        compile([X, tensor("X", ("a",))])
    assert str(caught.value) == (
        "two tensors are called X: one with sizes (n, d), one with sizes (a,)\n  hint: rename one of them"
    )
    with pytest.raises(ArgumentError, match=r"^m is both a tensor and a size"):
        compile([scalar("m"), ones("m")])


def test_what_can_be_compiled() -> None:
    wrong: Any = 3
    with pytest.raises(ArgumentError, match=r"^expected expressions to compile, got int"):
        compile(wrong)
    with pytest.raises(ArgumentError, match=r"^expected expressions to compile, got str"):
        compile([X, "X"])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match=r"^max_bytes must be an integer of at least 0, got -1$"):
        compile(X, max_bytes=-1)
    for wrong in (1e6, True, "1GB", float("inf")):
        with pytest.raises(ArgumentError, match=r"^max_bytes must be an integer of at least 0, got"):
            compile(X, max_bytes=wrong)
    numbers: Any = np.int64(10**6), np.uint8(2)
    options = compile(X, max_bytes=numbers[0], cache_size=numbers[1]).options
    assert (options.max_bytes, options.cache_size) == (10**6, 2)
    with pytest.raises(ArgumentError, match=r"^cache_size must be an integer of at least 1, got 0$"):
        compile(X, cache_size=0)


@pytest.mark.parametrize("value", [x * 1j, x.astype(np.complex64)], ids=["complex128", "complex64"])
def test_a_tensor_that_is_not_declared_complex_refuses_complex_arrays(value: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        evaluate(X * 2, X=value)
    assert str(caught.value) == (
        "the value of X is a complex array, but X is declared as real\n"
        '  hint: declare it with tensor("X", …, assume="complex")'
    )
    with pytest.raises(ArgumentError, match="the value of lam is a complex number, but lam is declared as"):
        evaluate(scalar("lam") * X, X=x, lam=2j)


def test_a_max_bytes_is_checked_before_anything_runs() -> None:
    f = compile(tanh(X @ W), max_bytes=4 * 3 * 8)
    assert f(X=x, W=w).shape == (4, 3)
    with pytest.raises(MemoryLimitError) as caught:
        f(X=np.broadcast_to(0.0, (10**9, 5)), W=w)
    assert str(caught.value) == (
        "the results take 24.0 GB, but max_bytes is 96 B\n  hint: raise the limit, or compute fewer results"
    )
