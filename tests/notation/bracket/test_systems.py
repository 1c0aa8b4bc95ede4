r"""Systems in LaTeX, and ⟨ ⟩ around a text for bracket (paper §2.3)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

A, B, u = bc.tensors("A[n,m] B[n,m] u[k]")
NAMES: dict[str, Any] = {"A": A, "B": B, "u": u}
SYSTEM = r"""\begin{cases} u\\ [\overline{A}
B]
\end{cases}"""


def test_a_system_of_the_paper() -> None:
    expected = bc.parse("(A · B) u", **NAMES)
    for text in (SYSTEM, r"⟨u; [A̅ B]⟩", "<|u; [~A B]|>", r"u \\ [\overline{A} B]", "u; [~A B]"):
        assert bc.equal(bc.bracket(text, **NAMES), expected)
    assert bc.equal(bc.parse(SYSTEM + " + u", **NAMES), expected + u)
    assert bc.bracket(r"\langle \frac{1}{2} [A B] \rangle", **NAMES) == bc.bracket("1/2 [A B]", **NAMES)
    assert bc.bracket("⟨{⟨A⟩} - B⟩", **NAMES) == A - B


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("⟨A⟩ + ⟨A⟩", "⟨ ⟩ stand around a part of the text", 0),
        ("⟨A⟩ A", "⟨ ⟩ stand around a part of the text", 0),
        ("⟨A", "'⟨' is never closed", 0),
        ("⟨⟩", "⟨⟩ is empty", 0),
        ("A⟩", "'⟩' closes nothing", 1),
        ("⟨⟨A⟩⟩", "⟨ stands inside ⟨ ⟩", 1),
        (r"⟨A \end{cases}", r"expected ⟩, got \end{cases}", 0),
        (r"\begin{cases} A ⟩", r"expected \end{cases}, got ⟩", 0),
        (r"\begin{cases} A", r"'\begin{cases}' is never closed", 0),
        (r"\begin{array} A", r"\begin stands only around a system", 0),
        (r"A \\", "a row is empty", 2),
    ],
)
def test_errors(text: str, message: str, start: int) -> None:
    with pytest.raises(bc.ParseError) as caught:
        bc.bracket(text, **NAMES)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.spans[0].start == start


def test_a_line_break_in_a_formula() -> None:
    with pytest.raises(bc.ParseError) as caught:
        bc.parse(r"A \\ + B", **NAMES)
    assert r"\begin{cases}" in caught.value.hint
