"""What a newcomer types: the message names what is wrong, shows where, and says what to do."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

A, B, v, X = bc.tensors("A[n,m] B[m,k] v[n] X[a,b,c]")
NAMES: dict[str, Any] = {"A": A, "B": B, "v": v, "X": X}


@pytest.mark.parametrize(
    ("text", "message", "carets", "hint"),
    [
        ("A_{21}_{21}", "two subscripts stand on A", (1, 6), "(A_{21})_{21}"),
        ("A^{2;1} ·^{1,2} B", "cannot contain ;", (4,), "separate positions with commas"),
        ("X_{2:1}", "cannot contain :", (4,), "separate positions with commas"),
        ("‖A‖_2", "the subscript of a norm can only be F", (3,), "write other norms out"),
        ("norm(A)_{21}", "the subscript of a norm can only be F", (7,), "write other norms out"),
        ("A × B", "unexpected character '×'", (2,), "a space for the matrix product"),
        ("√v", "unexpected character '√'", (0,), "sqrt(…)"),
        ("A**2", "unexpected character '*'", (1,), "write ^ for a power"),
        ("A' B", "unknown name 'A''", (0,), "write A^T"),
        ("A.T B", "unknown name 'T'", (2,), "write ^T"),
        ("sum(A)", "unknown name 'sum'", (0,), "𝟏"),
        ("A[1]", "square brackets behind a name", (0, 1), "write a subscript"),
        ("(A[ij] | ji)", "square brackets behind a name", (1, 2), "write a subscript"),
        ("A[1, :]", "unexpected character ':'", (5,), "write a dot for a whole axis"),
        ("(A_{ij} ; ji)", "unexpected character ';'", (8,), "| before the letters"),
        ("(A_{ij} → ji)", "unexpected character '→'", (8,), "| before the free letters"),
        ("⟦A⟧", "unexpected character '⟦'", (0,), "write [ and ]"),
        ("|v|", "'|' stands in no parentheses", (0,), "‖"),
        ("softmax_1(A)", "a subscript stands on the function softmax", (7,), "softmax(…)_{…}"),
        ("tanh A", "tanh is a function", (0,), "tanh(…)"),
        ("А B", "unknown name 'А'", (0,), "A only looks alike"),
        ("X_{1,2}", "X has 3 axes, but its subscript names 2", (0,), "name every position once"),
    ],
)
def test_formulas(text: str, message: str, carets: tuple[int, ...], hint: str) -> None:
    with pytest.raises(bc.BracketCalcError) as caught:
        bc.parse(text, **NAMES)
    assert message in caught.value.message
    assert tuple(span.start for span in caught.value.spans) == carets
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message", "carets", "hint"),
    [
        ("A_1 A_2 B_1", "dimension 2 of B is missing", (8,), "write B_2"),
        ("A_1 [A_2 B_1] B_2 A_1", "dimension 1 is used twice, dimension 2 once", (18, 0, 5), "write A_2"),
        ("A_1 [~A_3 B_1] B_2", "there is no dimension 3", (6,), "from 1 to 2"),
        ("A_0 A_1", "there is no position 0", (2,), "count from 1"),
        ("A_1 [A_2, B_1] B_2", "',' has no meaning", (8,), "items stand beside each other"),
        ("A_1,2", "',' has no meaning", (3,), "A_{12}"),
        ("A_1_2", "two lists of positions stand on A", (1, 3), "write one"),
        ("A_{1;2}", "cannot contain ;", (4,), "with commas"),
        ("А_1 A_2", "unknown name 'А_1'", (0,), "A only looks alike"),
        ("X_{1[23]}", "does not group", (1,), "[X_2 X_3]"),
        ("{A}_1_2", "two lists of positions", (3, 5), "{A}_{12}"),
        ("A_1 [A_2 B_1) B_2", "expected ']', got ')'", (4, 12), "close brackets in order"),
        ("A_1 · B", "'·' has no meaning", (4,), "~ to sum"),
        ("A = B", "unexpected character '='", (2,), "one side"),
        ("Q_1 A", "unknown name 'Q_1'", (0,), "behind the text: Q_1=…"),
        ("A_{ij}", "i in a list of positions has no value", (3,), "i=2"),
    ],
)
def test_brackets(text: str, message: str, carets: tuple[int, ...], hint: str) -> None:
    with pytest.raises(bc.BracketCalcError) as caught:
        bc.bracket(text, **NAMES)
    assert message in caught.value.message
    assert tuple(span.start for span in caught.value.spans) == carets
    assert hint in caught.value.hint
