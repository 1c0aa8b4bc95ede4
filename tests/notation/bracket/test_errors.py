"""The message of every error inside ⟨ ⟩, with its carets and its hint."""

from __future__ import annotations

import pytest

from bracketcalc.errors import BracketCalcError, ParseError, ShapeError, underline
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.bracket import arrange, bracket
from bracketcalc.notation.parse import parse

A, B, T, u, v, lam = tensors("A[2,3] B[3,4] T[2,3,4] u[2] v[n] lam")
NAMES: dict[str, Expr] = {"A": A, "B": B, "T": T, "u": u, "v": v, "lam": lam}

Case = tuple[str, str, str, str]
"""A text, the message, the carets under the text, and the hint."""

_OVER_NOTHING = "a bar stands over nothing"
_COPY = "a superscript inside ⟨ ⟩ names a copy of a tensor, counted from 1"
_COPY_HINT = "write X^{(2)}_1 for the second copy, or put a power in braces: {X^2}"
_FILLER = "does not follow: nothing with a size is multiplied with it"
_FILLER_HINT = "multiply it with a portion in [ ], or write its size: 1_n"
_LEAVE_OUT = "leave it out, or open a bracket before"
_COUNTS = "square brackets multiply items with equal numbers of dimensions"
_NUMBER_HINT = "write one number before the whole term"
_SUM_HINT = "put a sum in braces: {A + B}_1"
_ROW_HINT = "leave out the semicolon"

PORTIONS: list[Case] = [
    ("A_1", "dimension 2 of A is missing", "^^^", "write A_2 somewhere in the term"),
    ("u T_1 T_3", "dimension 2 of T is missing", "  ^^^ ^^^", "write T_2 somewhere in the term"),
    (
        "A_1 [A_1 u] A_2",
        "dimension 2 of A is missing: dimension 1 is used twice, dimension 2 once",
        "^^^  ^^^    ^^^",
        "write A_2 somewhere in the term",
    ),
    (
        "u A_1 A_1 A_1 A_2 A_2",
        "dimension 2 of A is missing: dimension 1 is used 3 times, dimension 2 twice",
        "  ^^^ ^^^ ^^^ ^^^ ^^^",
        "write A_2 somewhere in the term",
    ),
    ("{A B}_1", "dimension 2 of {A B} is missing", "^^^^^^^", "write {A B}_2 somewhere in the term"),
    ("A^{(2)}_1 A_2", "dimension 2 of A is missing", "^^^^^^^^^ ^^^", "write A_2 somewhere in the term"),
    (
        "A^{(1)}_1 A A^{(1)}_1",
        "dimension 1 of A is used twice",
        "^^^^^^^^^   ^^^^^^^^^",
        "use each dimension of each copy of a tensor once",
    ),
    ("A_{11}", "position 1 occurs twice in one list", "   ^^", "name each position once"),
    ("A_{12}A - A_1", "dimension 2 of A is missing", "          ^^^", "write A_2 somewhere in the term"),
    ("A_1; u", "dimension 2 of A is missing", "^^^", "write A_2 somewhere in the term"),
    ("A_{13}", "A has 2 dimensions: there is no dimension 3", "^^^^^^", "dimensions count from 1 to 2"),
    ("lam_1", "lam has 0 dimensions: there is no dimension 1", "^^^^^", "leave out the subscript"),
    ("A_0", "there is no position 0", "  ^", "positions count from 1"),
    (
        "T_{1[23]}",
        "a portion does not group its positions",
        " ^^^^^^^^",
        "write […] around portions: [T_2 T_3]",
    ),
    ("u^2", _COPY, " ^^", _COPY_HINT),
    ("uᵀ", _COPY, " ^", _COPY_HINT),
    ("u^{(0)}", _COPY, " ^^^^^^", _COPY_HINT),
    (
        "u^{(1)}^{(2)}",
        "two superscripts stand on one name",
        " ^^^^^^^^^^^^",
        "leave out one of them",
    ),
    ("{u}_1_1", "two lists of positions stand on {u}", "   ^^^^", "write one list: {u}_{12}"),
    ("1^{(1)}", "1 has no copies", " ^^^^^^", "leave out the superscript"),
    ("ι_1", "ι is one dimension", " ^^", "leave out the subscript"),
]

SHAPES: list[Case] = [
    (
        "[A_1 B_1] A_2 B_2",
        "dimension 1 of A has size 2, but dimension 1 of B has size 3",
        " ^^^ ^^^",
        "dimensions that are multiplied must have one size",
    ),
    (
        "A_1 [A_2 (T_2 1) u]",
        "A_2 has 1 dimension, but (T_2 1) has 2 dimensions",
        "     ^^^ ^^^^^^^",
        _COUNTS,
    ),
    (
        "[(u A_1) (T_1 B_2)] A_2 T_2 T_3 B_1",
        "dimension 1 of A has size 2, but dimension 2 of B has size 4",
        "    ^^^       ^^^",
        "dimensions that are multiplied must have one size",
    ),
    (
        "[u v]",
        "dimension 1 of u has size 2, but dimension 1 of v has size n",
        " ^ ^",
        "give both dimensions one name if their sizes are always equal",
    ),
    (
        "[ι u]",
        "ι has size 1, but dimension 1 of u has size 2",
        " ^ ^",
        "dimensions that are multiplied must have one size",
    ),
    ("[1_{123} A]", "1_{123} has 3 dimensions, but A has 2 dimensions", " ^^^^^^^ ^", _COUNTS),
    ("u 1", f"the size of 1 {_FILLER}", "  ^", _FILLER_HINT),
    ("~1 u", f"the size of 1 {_FILLER}", " ^", _FILLER_HINT),
    ("[~1 1] u", f"the size of 1 {_FILLER}", "    ^", _FILLER_HINT),
    (
        "A - u",
        "the term A has 2 dimensions, but the term u has 1 dimension",
        "^   ^",
        "add terms with equal dimensions",
    ),
    (
        "A + [~T_1 u] T_2 T_3",
        "dimension 1 of the term A has size 2, but dimension 1 of the term [~T_1 u] T_2 T_3 has size 3",
        "^   ^^^^^^^^^^^^^^^^",
        "add terms with equal dimensions",
    ),
    (
        "u + v",
        "dimension 1 of the term u has size 2, but dimension 1 of the term v has size n",
        "^   ^",
        "give both dimensions one name if their sizes are always equal",
    ),
    (
        "u {B A}",
        "position 2 of B has size 4, but position 1 of A has size 2",
        "   ^ ^",
        "axes that are multiplied or added together must have one size",
    ),
]

SYNTAX: list[Case] = [
    ("[]", "a pair of square brackets is empty", "^^", "write portions in it, or leave it out"),
    ("u ( )", "a group is empty", "  ^^^", "write portions in it, or leave it out"),
    ("{}", "{} is empty", "^^", "write a formula in it, or leave it out"),
    ("u ~", _OVER_NOTHING, "  ^", "write an item behind it"),
    ("[u ~]", _OVER_NOTHING, "   ^", "write an item behind it"),
    ("~+ u", _OVER_NOTHING, "^", "write an item behind it"),
    ("u ~; u", _OVER_NOTHING, "  ^", "write an item behind it"),
    ("u \u0304", _OVER_NOTHING, "  ^", "write it directly behind its item, or ~ before"),
    (r"u \bar{}", _OVER_NOTHING, "  ^^^^^^", "write a portion under it"),
    (r"u \overline", _OVER_NOTHING, "  ^^^^^^^^^", "write an item behind it"),
    ("~2 u", "a bar stands over a number", "^^", "put the bar over a portion"),
    (
        "~AB",
        "it is not clear how far the bar reaches",
        "^^^",
        "put spaces between the names, or parentheses around them",
    ),
    ("[A_1", "'[' is never closed", "^", "write ']' behind its content"),
    ("A_1 [A_2 B_1 B_2", "'[' is never closed", "    ^", "write ']' behind its content"),
    ("(A_1 A_2", "'(' is never closed", "^", "write ')' behind its content"),
    (r"\bar{u", r"'\bar' is never closed", "^^^^", "write '}' behind its content"),
    ("{A B", "'{' is never closed", "^", "write } behind its content"),
    ("[A_1 (A_2]", "expected ')', got ']'", "     ^   ^", "close brackets in order"),
    ("A_1]", "']' closes nothing", "   ^", _LEAVE_OUT),
    ("A)", "')' closes nothing", " ^", _LEAVE_OUT),
    ("u}", "'}' closes nothing", " ^", _LEAVE_OUT),
    ("u⟩", "'⟩' closes nothing", " ^", "leave it out, or write ⟨ before"),
    ("⟨⟨u⟩⟩", "⟨ stands inside ⟨ ⟩", " ^", "leave it out, or put it in braces: {⟨…⟩}"),
    ("{⟨u}", "'⟨' is never closed", " ^", "write ⟩ behind its content"),
    ("u +", "+ has no term behind it", "  ^", "write a term behind it, or leave it out"),
    ("-", "- has no term behind it", "^", "write a term behind it, or leave it out"),
    ("[u + u]", "+ stands only between whole terms", "^  ^", _SUM_HINT),
    (";u", "a row is empty", "^", _ROW_HINT),
    ("u;;u", "a row is empty", "  ^", _ROW_HINT),
    ("u;", "a row is empty", " ^", _ROW_HINT),
    ("u; + u", "a row is empty", " ^", _ROW_HINT),
    ("[u;u]", "a semicolon stands only between the rows of a term", "^ ^", "close the bracket before it"),
    ("2 3 u", "the number 3 does not stand before a term", "  ^", _NUMBER_HINT),
    ("u (2)", "the number 2 does not stand before a term", "   ^", _NUMBER_HINT),
    ("2/u", "/ has no number behind it", " ^", "put other quotients in braces: {1/n}"),
    ("2/0 u", "a number is divided by 0", "^^^", ""),
    (
        r"\frac{u}{2} u",
        "a fraction inside ⟨ ⟩ has two numbers",
        "^^^^^",
        r"put other quotients in braces: {\frac{a}{b}}",
    ),
    (
        "u ⊙ u",
        "'⊙' has no meaning inside ⟨ ⟩",
        "  ^",
        "write […] to multiply and ~ to sum, or put the formula in braces: {…}",
    ),
    ("u ⊗ u", "'⊗' has no meaning inside ⟨ ⟩", "  ^", "write the items beside each other"),
    (
        "u, u",
        "',' has no meaning inside ⟨ ⟩",
        " ^",
        "leave it out: items stand beside each other, and several positions in braces, as in A_{12}",
    ),
    (
        "(A_1 A_2)_1",
        "'_1' stands on no name",
        "         ^^",
        "put it on portions, or on a formula in braces: {…}_1",
    ),
    (
        "q_2",
        "unknown name 'q_2'; known: A, B, T, lam, u, v",
        "^^^",
        "give its meaning behind the text: q_2=…",
    ),
    (
        "I_1",
        "dimension 2 of I is missing",
        "^^^",
        "write I_2 somewhere in the term",
    ),
    (
        "tanh(A)",
        "tanh is a function, which stands in braces inside ⟨ ⟩",
        "^^^^",
        "write {tanh(…)}, with positions behind the braces",
    ),
]

SHAPE_ERRORS = ("has size", "has 0", "has 1", "has 2", "has 3")


@pytest.mark.parametrize(("text", "message", "carets", "hint"), [*PORTIONS, *SHAPES, *SYNTAX])
def test_the_message(text: str, message: str, carets: str, hint: str) -> None:
    with pytest.raises(BracketCalcError) as caught:
        bracket(text, **NAMES)
    error = caught.value
    assert isinstance(error, ShapeError if any(part in message for part in SHAPE_ERRORS) else ParseError)
    assert (error.message, error.hint) == (message, hint)
    assert underline(error.spans) == ["    " + text, "    " + carets]


INSIDE = [case for case in (*PORTIONS, *SHAPES) if case[0] != "u 1"]
"""In a formula, the size of the last 1 follows from what ⟨u 1⟩ is multiplied with."""


@pytest.mark.parametrize(("text", "message", "carets", "hint"), INSIDE)
def test_the_message_inside_a_formula(text: str, message: str, carets: str, hint: str) -> None:
    whole = f"u + 2 <|{text}|> u"
    with pytest.raises(BracketCalcError) as caught:
        parse(whole, **NAMES)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert underline(caught.value.spans) == ["    " + whole, "            " + carets]


def test_the_message_for_a_filler_whose_size_never_follows() -> None:
    with pytest.raises(ParseError) as caught:
        parse("u ⊗ ⟨1⟩", **NAMES)
    assert caught.value.message == f"the size of 1 {_FILLER}"
    assert caught.value.position == 5


def test_an_empty_text() -> None:
    with pytest.raises(ParseError, match="the formula is empty"):
        bracket("  ")
    with pytest.raises(ParseError, match="⟨⟩ is empty"):
        parse("u + ⟨ ⟩", u=u)


def test_arrange_takes_one_term() -> None:
    with pytest.raises(ParseError, match="the text has several terms") as caught:
        arrange("u + u - 2 u", u=u)
    assert caught.value.caret == "        ^   ^^^"
    with pytest.raises(ParseError, match="dimension 2 of A is missing"):
        arrange("A_1", A=A)


def test_names_are_shown_as_they_are_written() -> None:
    with pytest.raises(ParseError, match="dimension 2 of weights is missing"):
        bracket("weights_1", weights=A)
    with pytest.raises(
        ShapeError, match=r"dimension 1 of p has size 2, but dimension 2 of {A B} has size 4"
    ):
        bracket("[p {A B}_2] {A B}_1", p=u, A=A, B=B)
