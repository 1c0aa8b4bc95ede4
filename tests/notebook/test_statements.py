from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.notebook.statements import Statement, statements


def texts(cell: str) -> list[str]:
    return [" ".join(statement.text.split()) for statement in statements(cell)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", []),
        ("\n  \n# only a comment\n", []),
        ("A = X\nB = Y", ["A = X", "B = Y"]),
        ("A = X  # one\n\n   B", ["A = X", "B"]),
        ("A = (X\n\n + Y)  # two\n + Z", ["A = ( X + Y)".replace("( ", "("), "+ Z"]),
        ("A = X_{1\n2} Y", ["A = X_{1 2} Y"]),
        ("⟨A_1\nB_1⟩\nC", ["⟨A_1 B_1⟩", "C"]),
        ("<|A_1\nB_1|>\nC", ["<|A_1 B_1|>", "C"]),
        ("\\langle A_1\nB_1\\rangle\nC", ["\\langle A_1 B_1\\rangle", "C"]),
        ("A = X \\\n + Y\nB", ["A = X + Y", "B"]),
        ("A \\  # goes on\n = Y", ["A = Y"]),
        ("A = (X\nB = Y)\nC", ["A = (X", "B = Y)", "C"]),
        ("A = X)\nB", ["A = X)", "B"]),
        ("A = (X\nB = Y\nC", ["A = (X", "B = Y", "C"]),
        ("X[n,\n  d]", ["X[n, d]"]),
    ],
)
def test_a_cell_is_split_into_statements(cell: str, expected: list[str]) -> None:
    assert texts(cell) == expected


@given(st.text(alphabet="AB=(){}[]⟨⟩<|>#\\ \n+", max_size=40))
def test_every_character_stays_in_its_place(cell: str) -> None:
    covered = 0
    for statement in statements(cell):
        assert statement.start >= covered
        covered = statement.start + len(statement.text)
        original = cell[statement.start : covered]
        assert len(original) == len(statement.text)
        assert all(new in (old, " ") for old, new in zip(original, statement.text, strict=True))
        assert "#" not in statement.text
    code = "".join(line.partition("#")[0] for line in cell.split("\n"))
    kept = "".join(statement.text for statement in statements(cell))
    for character in "AB=()+":
        assert kept.count(character) == code.count(character)


@pytest.mark.parametrize("text", ["X[n,d]", "  x′ [n], y", "a b; X[3]", "lam[]", "W₁[d]", "Γ[n d]"])
def test_a_declaration_is_recognized(text: str) -> None:
    assert Statement(text, 0).declares


@pytest.mark.parametrize(
    "text", ["X W", "lam", "A_{1[23]}", "⟨[A_1 B_3] A_{23}⟩", "X <|[A_1 B_1]|>", "Z = X[n]", "(A_{ij}|i)"]
)
def test_a_formula_is_no_declaration(text: str) -> None:
    assert not Statement(text, 0).declares


def test_a_long_line_is_read_in_linear_time() -> None:
    assert not Statement("a " * 50_000, 0).declares
    assert len(statements("(\n" * 20_000)) == 1
