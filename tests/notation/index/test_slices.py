"""Partial and dot indices in text: X_{2·}, and the one-hots e_{3} (paper §4.3.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import BracketCalcError, ParseError, ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import identity, onehot, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import tanh
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal

X, A, T, v, s = tensors("X[3,4] A[n,d] T[2,3,4] v[n] s")
NAMES: dict[str, Any] = {"X": X, "A": A, "T": T, "v": v, "s": s}


def read(text: str, **more: Any) -> Expr:
    """Return the expression of a text about the tensors of this module."""
    return parse(text, **{**NAMES, **more})


SLICES: list[tuple[str, Expr]] = [
    ("X_{2·}", X[1]),
    ("X_{·3}", X[:, 2]),
    ("X_{2.}", X[1]),
    ("X_{.3}", X[:, 2]),
    (r"X_{2\cdot}", X[1]),
    (r"X_{\cdot 3}", X[:, 2]),
    ("X_{2⋅}", X[1]),
    ("X_{2,·}", X[1]),
    ("A_{12,·}", A[11]),
    ("A_{·,12}", A[:, 11]),
    ("T_{1··}", T[0]),
    ("T_{1·}", T[0]),
    ("T_{·}", T),
    ("T_{·4}", T[..., 3]),
    ("T_{·_2 4}", T[..., 3]),
    ("T_{·_{2}4}", T[..., 3]),
    ("T_{1·4}", T[0, :, 3]),
    ("T_{12·}", T[0, 1]),
    ("T_{·2·}", T[:, 1]),
    ("(X)_{2·}", X[1]),
    ("tanh(X)_{2·}", tanh(X)[1]),
    ("(2 X)_{2·}", (2 * X)[1]),
    ("(X_{2·})_{·}", X[1]),
    ("X_{2·} · X_{3·}", X[1] @ X[2]),
    ("X_{2·}^T X_{3·}", X[1] @ X[2]),
    ("A A_{2·}", A @ A[1]),
    ("A_{2·} v^T", outer(A[1], v)),
    ("⟨{X_{2·}} v⟩", outer(X[1], v)),
]


@pytest.mark.parametrize(("text", "expected"), SLICES)
def test_slices(text: str, expected: Expr) -> None:
    found = read(text)
    assert found.sizes == expected.sizes
    assert equal(found, expected)


def test_the_slice_is_the_one_of_python() -> None:
    assert read("X_{2·}") == X[1]
    assert read("T_{1·4}") == T[0, :, 3]


@pytest.mark.parametrize("i", [1, 2, 3])
def test_a_letter_with_a_value_is_an_index(i: int) -> None:
    assert read("X_{i·}", i=i) == X[i - 1]
    assert read("X_{·i}", i=i) == X[:, i - 1]
    assert read("X_{ij}", i=i, j=4) == X[i - 1, 3]
    assert read(r"X_{\alpha·}", α=i) == X[i - 1]
    assert read("X_{i_1·}", i_1=i) == X[i - 1]
    assert read("I_{i·} + v", i=i) == onehot(i - 1, "n") + v


def test_digits_alone_are_positions() -> None:
    assert read("X_{21}") == X.T
    assert read("T_{312}") == T.transpose(2, 0, 1)


def test_the_example_of_the_paper() -> None:
    """M_{24} = (M_{2·})_4 = (M_{·4})_2"""
    element = read("(X_{24} |)")
    assert equal(element, X[1, 3])
    assert equal(element, read("((X_{2·})_{4} |)"))
    assert equal(element, read("((X_{·4})_{2} |)"))
    assert evaluate(element, {"X": np.arange(12).reshape(3, 4)}) == 7


ONE_HOTS: list[tuple[str, Expr]] = [
    ("e_{3} + v", onehot(2, "n") + v),
    ("e_3 + v", onehot(2, "n") + v),
    ("e₃ + v", onehot(2, "n") + v),
    ("e_{10,} + v", onehot(9, "n") + v),
    ("e_{23} + X", onehot((1, 2), (3, 4)) + X),
    ("e_{2,11} + A", onehot((1, 10), A.sizes) + A),
    ("e_{123} + T", onehot((0, 1, 2), (2, 3, 4)) + T),
    ("e_{2}^T X", X[1]),
    ("X e_{2}", X[:, 1]),
    ("e_{2}ᵀ X e_{3}", X[1, 2]),
    ("e_2 e_3ᵀ + A", outer(onehot(1, "n"), onehot(2, "d")) + A),
    ("X · e_{23}", X[1, 2]),
    ("2 e_{1} ⊙ v", 2 * onehot(0, "n") * v),
    ("(I_n)_{·3}", onehot(2, "n")),
    ("I_{·3} + v", onehot(2, "n") + v),
    ("I_{3·} + v", onehot(2, "n") + v),
    ("exp(e_1) + v", read("exp(x) + v", x=onehot(0, "n"))),
]


@pytest.mark.parametrize(("text", "expected"), ONE_HOTS)
def test_one_hots(text: str, expected: Expr) -> None:
    found = read(text)
    assert found.sizes == expected.sizes
    assert equal(found, expected)


def test_a_one_hot_with_a_letter() -> None:
    assert read("e_{i} + v", i=2) == onehot(1, "n") + v
    assert read("e_{ij} + A", i=2, j=3) == onehot((1, 2), A.sizes) + A


def test_a_given_name_is_no_one_hot() -> None:
    e = tensor("e", "n")
    assert equal(read("e_{1} + v", e=e), e + v)
    assert read("e_1 + v", e_1=e) == e + v
    assert equal(read("e_{1·} + v", e=A.T), A[:, 0] + v)
    assert identity("n").sizes == read("e_1 e_1^T + I_n").sizes


def test_every_tensor_is_a_sum_of_one_hots() -> None:
    """A = Σ_ij A_ij e_ij (paper §2.1)"""
    terms = " + ".join(f"(X_{{{i}{j}}} |) e_{{{i}{j}}}" for i in (1, 2, 3) for j in (1, 2, 3, 4))
    assert equal(read(f"{terms} - 0 X"), X)


ERRORS: list[tuple[str, type[BracketCalcError], str, str]] = [
    ("X_{4·}", ShapeError, "there is no index 4: position 1 of X has size 3", "4"),
    ("X_{·5}", ShapeError, "there is no index 5: position 2 of X has size 4", "5"),
    ("X_{0·}", ParseError, "there is no index 0: indices count from 1", "0"),
    ("X_{10·}", ParseError, "there is no index 0", "0"),
    ("X_{i·}", ParseError, "the index i has no value", "i"),
    ("X_{2··}", ShapeError, "X has 2 axes, but its subscript has 3 indices", "X"),
    ("X_{12·}", ShapeError, "X has 2 axes, but its subscript has 3 indices", "X"),
    ("T_{·2··}", ShapeError, "T has 3 axes, but its subscript has 4 indices", "T"),
    ("s_{·}", ShapeError, "s is a scalar, but its subscript has 1 index", "s"),
    ("v^T_{·}", ParseError, "v^T is a row", "v^T"),
    ("X_{2·~1}", ParseError, "a list of positions cannot contain", ""),
    ("e_{5}ᵀ X", ShapeError, "there is no index 5", "5"),
    ("e_{0} + v", ParseError, "there is no index 0", "0"),
    ("e_{10} + v", ParseError, "there is no index 0", "0"),
    ("e_{3}", ParseError, "a size of e_{3} does not follow from the formula", "e_{3}"),
    ("e_{i} + v", ParseError, "the index i has no value", "i"),
    ("e'^{2}", ParseError, "unknown name 'e''", "e'"),
]


@pytest.mark.parametrize(("text", "kind", "message", "marked"), ERRORS)
def test_the_error(text: str, kind: type[BracketCalcError], message: str, marked: str) -> None:
    with pytest.raises(BracketCalcError) as caught:
        read(text)
    error = caught.value
    assert type(error) is kind, error
    assert message in error.message
    assert error.spans
    assert not marked or error.spans[0].text == marked


def test_a_hint_says_how_to_write_a_large_index() -> None:
    with pytest.raises(ParseError) as caught:
        read("e_{10} + v")
    assert caught.value.hint == "write a comma behind a number of several digits, as in e_{10,}"


def test_values_that_are_no_indices_stay_letters() -> None:
    for value in (0.5, s, -2):
        with pytest.raises(ParseError):
            read("X_{i·}", i=value)
