from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError, BracketCalcError, ParseError, ShapeError, cell_width
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import define, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Expr, Size
from bracketcalc.functions.forms import tanh
from bracketcalc.notebook.cell import read_cell

X, W, b = tensors("X[n,d] W[d,k] b[k]")


def failure(text: str, variables: Mapping[str, object], first_line: int | None = 2) -> BracketCalcError:
    with pytest.raises(BracketCalcError) as caught:
        read_cell(text, variables, first_line)
    return caught.value


def test_declarations_definitions_and_formulas() -> None:
    cell = read_cell(
        """
        X[n,d] W[d,k] b[k]       # data and weights
        Z = tanh(X W + 𝟏 bᵀ)
        J = 1/n (Z
                 · Z)
        2 J
        """,
        {},
    )
    Z = define("Z", tanh(X @ W + outer(ones("n"), b)))
    assert list(cell.made) == ["X", "W", "b", "Z", "J"]
    assert cell.made["X"] == X
    assert cell.made["Z"] == Z
    assert [one.name for one in cell.definitions] == ["Z", "J"]
    assert cell.definitions[1].body == read_cell("1/n (Z · Z)", {"X": X, "Z": Z}).formula
    assert cell.formula == read_cell("2 J", {"J": cell.made["J"]}).formula


@pytest.mark.parametrize("text", ["", "  \n\n", "# nothing"])
def test_an_empty_cell_makes_nothing(text: str) -> None:
    cell = read_cell(text, {"X": X})
    assert (cell.made, cell.definitions, cell.formula) == ({}, [], None)


def test_only_the_last_formula_is_the_value() -> None:
    assert read_cell("X W\nb", {"X": X, "W": W, "b": b}).formula == b
    assert read_cell("b\nA = X W", {"X": X, "W": W, "b": b}).formula is None
    assert read_cell("b\nY[n]", {"b": b}).formula is None


def test_a_name_of_the_cell_wins_over_a_variable() -> None:
    cell = read_cell("X[3]\nX", {"X": X})
    assert cell.formula == tensor("X", 3)


def test_the_variables_stay_as_they_are() -> None:
    variables: dict[str, object] = {"X": X, "n": 5}
    read_cell("A = X\nX", variables)
    assert variables == {"X": X, "n": 5}


def test_a_size_that_is_declared_in_the_cell_wins_over_a_number() -> None:
    variables = {"n": 500, "c": 4}
    cell = read_cell("x[n]\na = c/n", variables)
    assert cell.definitions[0].body == 4 / Size("n")


@pytest.mark.parametrize(
    ("left", "name"),
    [
        ("Z", "Z"),
        ("W_1", "W_1"),
        ("W_{12}", "W_12"),
        ("W₁₂", "W_12"),
        ("\\alpha", "α"),
        ("\\Gamma_2", "Γ_2"),
        ("A'", "A'"),
        ("A′", "A'"),
        ("\\mathrm{loss}", "loss"),
        ("\\hat{y}", "ŷ"),
        ("A\u030a", "Å"),
    ],
)
def test_the_name_of_a_definition_in_every_spelling(left: str, name: str) -> None:
    cell = read_cell(f"  {left} = 2 x\n{left} + 0 x", {"x": scalar("x")})
    assert cell.made == {name: define(name, 2 * scalar("x"))}
    assert cell.definitions[0].name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "text", ["= X", "  = X", "X W = X", "X^2 = X", "f(X) = X", "3 = X", "(X) = X", "X + W = b"]
)
def test_the_left_side_is_one_name(text: str) -> None:
    error = failure(text, {"X": X, "W": W})
    assert isinstance(error, ParseError)
    assert error.message == "line 2: the left side of a definition is one name"
    assert error.hint == "write Name = formula, as in Z = tanh(X W)"


# -- where an error is ----------------------------------------------------------------------------------


def test_the_carets_are_in_the_line_of_the_cell() -> None:
    text = "A[2,3]\n\nB = A  # fine\nC = A Aᵀ + B A  # wrong\nD = B"
    error = failure(text, {})
    assert isinstance(error, ShapeError)
    assert str(error) == (
        "line 5: position 2 of B has size 3, but position 1 of A has size 2\n"
        "    C = A Aᵀ + B A  # wrong\n"
        "               ^ ^\n"
        "  hint: axes that are multiplied or added together must have one size"
    )


def test_the_carets_in_a_line_that_continues_another() -> None:
    error = failure("a = (x +\n     y)", {"x": scalar("x")})
    assert isinstance(error, ParseError)
    assert error.message == "line 3: unknown name 'y'; known: x"
    assert str(error).splitlines()[1:3] == ["         y)", "         ^"]


def test_an_open_bracket_is_an_error_in_its_own_line() -> None:
    error = failure("a = (x\nb = x", {"x": scalar("x")})
    assert str(error).splitlines()[:3] == ["line 2: '(' is never closed", "    a = (x", "        ^"]


def test_a_single_line_has_no_number() -> None:
    assert failure("x y", {"x": scalar("x")}, None).message == "unknown name 'y'; known: x"


def test_the_carets_where_characters_compose() -> None:
    # e and the combining acute accent are one character after normalization.
    error = failure("e\u0301 = x\nz = e\u0301 + q", {"x": scalar("x")})
    assert str(error).splitlines()[1:3] == ["    z = é + q", "            ^"]


def test_an_error_without_a_place_marks_its_statement() -> None:
    error = failure("X[n,d]\n  x[n] x[d]  # twice", {})
    assert str(error).splitlines()[:3] == [
        "line 3: x is declared twice",
        "      x[n] x[d]  # twice",
        "           ^",
    ]
    lines = str(failure("y = power(x, q)", {"x": scalar("x"), "q": scalar("q")})).splitlines()
    assert "^" in lines[2]


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("x = x + 1", "the right side contains x itself", "x"),
        ("y = 1\ny = 2", "y has a meaning in this cell already", "y"),
        ("y[n]\ny = 2", "y has a meaning in this cell already", "y"),
        ("y = 2\ny[n]", "y has a meaning in this cell already", "y[n]"),
        ("y = 1 = 2", "a definition has one equality sign", "="),
        ("y = ", "nothing stands behind the equality sign", "="),
        ("y = # empty", "nothing stands behind the equality sign", "="),
        ("y[n d]", "expected a size", "d"),
    ],
)
def test_statements_that_mean_nothing(text: str, message: str, marked: str) -> None:
    error = failure(text, {"x": scalar("x")})
    assert isinstance(error, ParseError)
    assert error.message.endswith(message)
    assert error.message.startswith(f"line {1 + len(text.splitlines())}: ")
    assert error.spans[0].text == marked
    assert error.hint
    assert cell_width(error.caret) <= 4 + len(text)


def test_a_definition_may_use_what_used_an_older_one_of_its_name() -> None:
    old = define("Z", X @ W)
    variables: dict[str, Expr] = {"Z": old, "A": define("A", old + old)}
    cell = read_cell("Z = A - A", variables)
    assert cell.definitions[0].body == variables["A"] - variables["A"]


# -- advice ---------------------------------------------------------------------------------------------


def test_a_variable_that_formulas_cannot_use_is_named() -> None:
    error = failure("Y X", {"X": np.ones((2, 3)), "Y": X})
    assert error.message == "line 2: unknown name 'X'; known: Y"
    assert (
        error.hint == "X is a Python variable (ndarray) that a formula cannot use; declare a tensor: T[n,d]"
    )


def test_a_name_without_a_meaning_is_to_be_declared() -> None:
    error = failure("A = V", {"X": X})
    assert error.hint == "declare or define it in a line above: V[n,d], or V = …"
    assert failure("A = tnah(X)", {"X": X}).hint == "did you mean tanh?"


def test_the_kind_of_an_error_stays() -> None:
    assert isinstance(failure("a = softmax(X, 3)", {"X": X}), BracketCalcError)
    with pytest.raises(ValueError, match="line 1: "):
        read_cell("X X", {"X": X}, 1)
    with pytest.raises(ArgumentError, match="power"):
        read_cell("power(x)", {"x": scalar("x")})


def test_many_lines_take_linear_time() -> None:
    lines = ["a0 = x", *[f"a{k} = a{k - 1} + x" for k in range(1, 150)]]
    assert len(read_cell("\n".join(lines), {"x": scalar("x")}).definitions) == 150


def test_formulas_without_a_name_are_shown_in_order() -> None:
    cell = read_cell("b\nA = X W\nA A^T\nY[n]\n2 b\n3 b", {"X": X, "W": W, "b": b})
    assert [str(one) for one in cell.shown] == ["b", "A", "A Aᵀ", "2 b"]
    assert str(cell.formula) == "3 b"
    assert read_cell("b", {"b": b}).shown == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("J = b · b\n+ 1", "+ 1"),
        ("J = b · b\n  - 1", "  - 1"),
        ("J = b · b\n  − 1", "  − 1"),
        ("J = X\n⊙ X", "⊙ X"),
        ("X\n.* X", ".* X"),
        ("X\n\\odot X", "\\odot X"),
        ("J = (X\nK = X)", "J = (X"),
        ("J = X +\nX", "J = X +"),
        ("J = X ⊙\n X", "J = X ⊙"),
        ("J =\n X", "J ="),
        ("X\n)", ")"),
    ],
)
def test_a_line_that_looks_like_the_rest_of_another_has_a_hint(text: str, line: str) -> None:
    with pytest.raises(BracketCalcError) as caught:
        read_cell(text, {"X": X, "W": W, "b": b}, 2)
    if "K" in text:
        assert caught.value.hint == "write ')' behind its content"
        return
    assert (
        caught.value.hint
        == "to go on in the next line, end a line with a backslash, or open a bracket in it"
    )
    span = caught.value.spans[0]
    assert span.source[: span.end].splitlines()[-1] in line
    assert text.splitlines()[span.source.count("\n", 0, span.start)] == line


def test_a_sign_may_begin_a_formula() -> None:
    assert str(read_cell("X\n-X", {"X": X}).formula) == "-X"
    assert str(read_cell("  -X", {"X": X}).formula) == "-X"
    assert str(read_cell("X\n(\n-X\n)", {"X": X}).formula) == "-X"
