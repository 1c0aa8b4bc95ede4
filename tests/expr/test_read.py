"""Declarations and einsum equations as text: what is understood, and carets where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.errors import ParseError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.read import read_declarations, read_equation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n", []),
        ("X", [("X", [])]),
        ("X[]", [("X", [])]),
        ("X[n,d] W[d,3] lam", [("X", ["n", "d"]), ("W", ["d", 3]), ("lam", [])]),
        ("X[n,d], W[d , 3]; lam", [("X", ["n", "d"]), ("W", ["d", 3]), ("lam", [])]),
        ("X [ n ]\n\ty'[0]", [("X", ["n"]), ("y'", [0])]),
        ("x_1[n_2,]", [("x_1", ["n_2"])]),
        ("θ[β] Σ′", [("θ", ["β"]), ("Σ′", [])]),
        ("e\N{COMBINING ACUTE ACCENT}[n]", [("é", ["n"])]),
        ("n[n]", [("n", ["n"])]),
    ],
)
def test_declarations(text: str, expected: list[tuple[str, list[int | str]]]) -> None:
    assert read_declarations(text) == expected


def test_tensors_are_the_declared_ones() -> None:
    X, W = tensors("X[n,3] W[3,n]")
    assert Tensor("X", (Size("n"), 3)) == X
    assert Tensor("W", (3, Size("n"))) == W
    assert tensors("") == ()


FORM = "  hint: write a name, then its sizes in brackets: names or non-negative integers"
SIZE = "  hint: write a name or a non-negative integer, as in X[n,3]"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("X[n,d", ("expected a declaration like X[n,d]", "    X[n,d", "    ^", FORM)),
        ("X[n] 3[n]", ("expected a declaration like X[n,d]", "    X[n] 3[n]", "         ^", FORM)),
        ("X[n]Y[n]", ("expected a declaration like X[n,d]", "    X[n]Y[n]", "    ^", FORM)),
        ("X[n] + Y", ("expected a declaration like X[n,d]", "    X[n] + Y", "         ^", FORM)),
        ("X(n)", ("expected a declaration like X[n,d]", "    X(n)", "    ^", FORM)),
        ("X[[n]]", ("expected a declaration like X[n,d]", "    X[[n]]", "    ^", FORM)),
        ("X[n d]", ("expected a size", "    X[n d]", "        ^", SIZE)),
        ("X[n] W[2d]", ("expected a size", "    X[n] W[2d]", "            ^", SIZE)),
        ("X[-1]", ("expected a size", "    X[-1]", "      ^", SIZE)),
        ("X[1.5]", ("expected a size", "    X[1.5]", "       ^", SIZE)),
        ("X[n,,d]", ("expected a size", "    X[n,,d]", "        ^", SIZE)),
        ("X[,n]", ("expected a size", "    X[,n]", "      ^", SIZE)),
        ("X[n*d]", ("expected a size", "    X[n*d]", "       ^", SIZE)),
        ("X[" + "9" * 19 + "]", ("expected a size", "    X[" + "9" * 19 + "]", " " * 24 + "^", SIZE)),
        ("X[n] Y X[n]", ("X is declared twice", "    X[n] Y X[n]", "           ^")),
        ("ab[n]\n cd[n] ab", ("ab is declared twice", "     cd[n] ab", "           ^^")),
        ("日本[n] 日[2日]", ("expected a size", "    日本[n] 日[2日]", "                ^^", SIZE)),
    ],
)
def test_wrong_declarations(text: str, lines: tuple[str, ...]) -> None:
    with pytest.raises(ParseError) as raised:
        tensors(text)
    assert str(raised.value) == "\n".join(lines)
    assert raised.value.text == text


@given(st.text(alphabet="XYn3[], ;-\n'é", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_declarations(text)
    except ParseError as error:
        refused = error
    else:
        assert [tensor.name for tensor in tensors(text)] == [name for name, _ in found]
        return
    assert 0 <= refused.position <= len(refused.text)


@given(st.text(alphabet="ijk,->. ", max_size=10))
def test_any_equation_is_read_or_refused(text: str) -> None:
    try:
        inputs, output = read_equation(text)
    except ParseError as error:
        refused = error
    else:
        assert ",".join(inputs) + "->" + output == "".join(text.split())
        return
    assert 0 <= refused.position <= len(refused.text)


def test_reading_a_long_text_is_linear() -> None:
    names = " ".join(f"x{k}[n{k},{k}]" for k in range(5000))
    assert len(tensors(names)) == 5000
    with pytest.raises(ParseError, match="expected a size"):
        tensors("X[" + "a " * 50_000 + "]")
