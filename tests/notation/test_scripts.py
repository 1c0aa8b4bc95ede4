"""Lists and groups of positions, and exponents."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.errors import ParseError
from bracketcalc.expr.algebra import einsum
from bracketcalc.expr.build import tensor
from bracketcalc.expr.number import Number
from bracketcalc.notation.parse import parse
from bracketcalc.notation.positions import groups, positions
from bracketcalc.notation.scripts import Script, exponent
from bracketcalc.notation.tokens import Kind, Token


def script(text: str) -> Script:
    return Token(0, len(text), Kind.RAISED, "", 0, len(text))


def signed(found: tuple[tuple[int, bool], ...]) -> list[int]:
    """Return positions as numbers, the barred ones negative."""
    return [-number if barred else number for number, barred in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", [1]),
        ("12", [1, 2]),
        ("1,2", [1, 2]),
        ("12,3", [12, 3]),
        ("10,", [10]),
        ("1~2", [1, -2]),
        ("12̄", [1, -2]),
        ("1̅2̅", [-1, -2]),
        ("~10,3", [-10, 3]),
        (r"\bar{2}1", [-2, 1]),
        (r"1\overline{23}", [1, -2, -3]),
        (r"\bar{1}, \bar{2}", [-1, -2]),
        (r"\bar 3", [-3]),
        ("¹²̄", [1, -2]),
        ("{1}{2}", [1, 2]),
        (" 1 2 ", [1, 2]),
        ("~{12}", [-1, -2]),
        (r"1\,2", [1, 2]),
    ],
)
def test_lists_of_positions(text: str, expected: list[int]) -> None:
    assert signed(tuple((p.number, p.barred) for p in positions(text, script(text)))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("312", [[3], [1], [2]]),
        ("3,1,2", [[3], [1], [2]]),
        ("1[23]", [[1], [2, 3]]),
        ("1,[2,3]", [[1], [2, 3]]),
        ("[23]1", [[2, 3], [1]]),
        ("[2,3],1", [[2, 3], [1]]),
        ("[12][34]", [[1, 2], [3, 4]]),
        ("~1[2~3]", [[-1], [2, -3]]),
        ("1̄[23̄]", [[-1], [2, -3]]),
        ("~1,[2,~3],4", [[-1], [2, -3], [4]]),
        ("[10,2],1", [[10, 2], [1]]),
        ("₃₁₂", [[3], [1], [2]]),
        ("[1]2", [[1], [2]]),
    ],
)
def test_groups_of_positions(text: str, expected: list[list[int]]) -> None:
    found = [signed(tuple((p.number, p.barred) for p in group)) for group in groups(text, script(text))]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "number", "transposed"),
    [
        ("2", 2, False),
        ("-1", -1, False),
        ("−1", -1, False),
        ("12", 12, False),
        ("1/2", Fraction(1, 2), False),
        ("-3/6", Fraction(-1, 2), False),
        ("0.5", 0.5, False),
        ("T", 1, True),
        ("ᵀ", 1, True),
        ("-T", -1, True),
        (r"\top", 1, True),
        (r"-\top", -1, True),
        (r"\mathsf{T}", 1, True),
        ("⁻¹", -1, False),
        ("+2", 2, False),
        (r"\frac{1}{2}", Fraction(1, 2), False),
        (r"-\frac{3}{6}", Fraction(-1, 2), False),
        (r"−\dfrac1{12}", Fraction(-1, 12), False),
    ],
)
def test_exponents(text: str, number: Number, transposed: bool) -> None:
    found = exponent(text, script(text))
    assert found is not None
    assert (found.number, found.transposed) == (number, transposed)
    assert type(found.number) is type(number)


@pytest.mark.parametrize("text", ["1,2", "~1", "x", "TT", "1T", "-", "(1)", "1/", "p", r"\bar{1}2"])
def test_no_exponents(text: str) -> None:
    assert exponent(text, script(text)) is None


@pytest.mark.parametrize("text", ["s^{9}", "s^{-9}", "2^{9}", "s^{9/2}", "tanh^{9}(s)", "A^{9/2}"])
def test_a_power_that_no_float_holds_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="larger than any float") as caught:
        parse(text.replace("9", "9" * 400), s=tensor("s"), A=tensor("A", (2, 2)))
    assert caught.value.position in (0, 1)


@given(st.permutations(range(1, 13)), st.sets(st.integers(1, 12)), st.booleans())
def test_a_list_with_commas_is_read_back(order: list[int], barred: set[int], unicode: bool) -> None:
    bar = {number: f"{number}\u0304" if unicode else f"~{number}" for number in barred}
    marks = [bar.get(number, str(number)) for number in order]
    text = ",".join(marks)
    expected = [-number if number in barred else number for number in order]
    assert signed(tuple((p.number, p.barred) for p in positions(text, script(text)))) == expected


@given(st.text(alphabet="12~,[]{}T\u0304 x"))
def test_any_script_is_read_or_refused(text: str) -> None:
    balance = 0
    for character in text:
        balance += {"{": 1, "}": -1}.get(character, 0)
        if balance < 0:
            return
    if balance:
        return
    for read in (positions, groups, exponent):
        with suppress(ParseError):
            read(text, script(text))


@pytest.mark.parametrize("text", ["A_{[12][34]}", "A_{[1,2],[3,4]}", "A_{[1,2][3,4]}"])
def test_groups_may_be_separated_by_commas(text: str) -> None:
    A = tensor("A", (2, 2, 3, 3))
    assert parse(text, A=A) == einsum("iijj->ij", A)
