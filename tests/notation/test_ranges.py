r"""Ranges of positions, 1\cdots 4, and positions that are letters with values (paper §2.2, §2.3)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

T, U = bc.tensors("T[a,b,c,d] U[a,b,c,d]")
NAMES: dict[str, Any] = {"T": T, "U": U, "n": 4, "k": 2}


@pytest.mark.parametrize("dots", [r"\cdots ", r"\ldots ", r"\dots ", "…", "⋯", "..."])
def test_a_range_is_all_positions_between_its_ends(dots: str) -> None:
    assert bc.equal(bc.parse(rf"T^{{1{dots}4}} ⊙^{{1{dots}4}} U", **NAMES), T * U)
    assert bc.parse(f"T_{{4,1{dots}3}}", **NAMES) == bc.parse("T_{4123}", **NAMES)
    assert bc.bracket(f"T_{{1{dots}n}}", **NAMES) == T
    assert bc.bracket(f"[T_{{1{dots}2}} 1_{{1{dots}k}}] T_{{34}}", **NAMES) == T


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"X^{(n-k+1)\cdots n} \odot^{1\cdots k} Y", r"X \odot_2 Y"),
        (r"X^{(n-k+1)\cdots n} \cdot^{1\cdots k} Y", r"X \cdot_2 Y"),
        (r"T^{1…k(k+1)…n} ·^{1…n} U", "T · U"),
        (r"T^{\overline{1\cdots k}(k+1)\cdots n} \odot^{1\cdots n} U", "T^{1̄2̄34} ⊙^{1234} U"),
        (r"T^{1\cdots k \overline{(k+1)\cdots n}} \odot^{1\cdots n} U", "T^{123̄4̄} ⊙^{1234} U"),
        (r"T^{1~k~(k+1)\bar n} ⊙^{1…n} U", "T^{12̄3̄4̄} ⊙^{1234} U"),
        ("T_{k 1 3…n}", "T_{2134}"),
        ("T_{1,…,k,4,3}", "T_{1243}"),
        ("(T_{3…4 2…2 1})", "T_{3421}"),
        ("softmax^{1…3}(T)", "softmax^{123}(T)"),
        ("Q_{1…2[3…n]}", "Q_{12[34]}"),
    ],
)
def test_the_ends_may_be_letters_and_sums(text: str, same: str) -> None:
    names = {**NAMES, "X": bc.tensor("X", (2, 3, 4, 5)), "Y": bc.tensor("Y", (4, 5, 6))}
    names["Q"] = bc.tensor("Q", (2, 3, 4, 4))
    assert bc.equal(bc.parse(text, **names), bc.parse(same, **names))


def test_ten_positions_need_commas() -> None:
    X = bc.tensor("X", [2, 1, 3, 1, 2, 1, 2, 1, 2, 3])
    for text in ("X_{1,…,10}", "X_{1…9,10}", "X_{1,…,n}", "X_{1…n}"):
        assert bc.equal(bc.parse(text, X=X, n=10), X)


@pytest.mark.parametrize(
    ("text", "message", "carets"),
    [
        ("T^{1..3} ⊙^{1..3} T", "a list of positions cannot contain .", "    ^"),
        ("T_{4…1}", "the range from 4 to 1 counts down", "   ^ ^"),
        ("T_{1…12}", "12 beside … can be read as one position or as 2", "     ^^"),
        ("T_{12…4}", "12 beside … can be read as one position or as 2", "   ^^"),
        ("T_{…3}", "a range has no first position", "   ^"),
        ("T_{1…}", "a range has no last position", "    ^"),
        ("T_{1……3}", "a range has no first position", "     ^"),
        (r"T_{1\cdots j}", "j in a list of positions has no value", "           ^"),
        ("T_{1…T}", "T in a list of positions has no value", "     ^"),
        ("T_{1…(n}", "'(' is never closed", "     ^"),
        ("T_{1…(n k)}", "a position in parentheses is a sum of letters and numbers", "     ^^^^^"),
        ("T_{(k-2)1…3}", "there is no position 0", "   ^^^^^"),
        ("T_{1…3 3 4}", "position 3 occurs twice in one list", "     ^ ^"),
        ("T_{1…3,3,4}", "position 3 occurs twice in one list", "     ^ ^"),
        ("T_{1,k 3…4}", "two positions have no comma between them", "     ^ ^"),
        ("T_{,2,1,3,4}", "a position is missing before the comma", "   ^"),
        ("T_{2,1,3,4,}", "a comma has no position behind it", "          ^"),
        ("T_{2,1,[3,4,]}", "a comma has no position behind it", "           ^"),
        ("T_{,[12]34}", "a position is missing before the comma", "   ^"),
        ("T_{[1,2],,3}", "a position is missing before the comma", "         ^"),
        ("T_{[12],}", "a list of positions is empty", " ^^^^^^^^"),
        ("T_{,}", "a position is missing before the comma", "   ^"),
    ],
)
def test_errors(text: str, message: str, carets: str) -> None:
    with pytest.raises(bc.ParseError) as caught:
        bc.parse(text, **NAMES)
    assert caught.value.message == message
    shown = str(caught.value).splitlines()[2][4:]
    assert shown.rstrip() == carets
