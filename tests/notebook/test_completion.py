from __future__ import annotations

import pytest

from bracketcalc.expr.build import scalar, tensors
from bracketcalc.notation.characters import BARS, SUBSCRIPTS, SUPERSCRIPTS
from bracketcalc.notation.parse import parse
from bracketcalc.notebook.completion import SYMBOLS, complete

A, B = tensors("A[n,n] B[n,n]")


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        (r"\odot", "⊙"),
        (r"\otimes", "⊗"),
        (r"\cdot", "·"),
        (r"\oslash", "⊘"),
        (r"\bar", "\u0304"),
        (r"\iota", "ι"),
        (r"\ones", "𝟏"),
        (r"\langle", "⟨"),
        (r"\rangle", "⟩"),
        (r"\norm", "‖"),
        (r"\nabla", "∇"),
        (r"\^T", "ᵀ"),
        (r"\^1", "¹"),
        (r"\_1", "₁"),
        (r"\_i", "ᵢ"),
        (r"\^120", "¹²⁰"),
        (r"\_12", "₁₂"),
        (r"\^-T", "⁻ᵀ"),
    ],
)
def test_a_command_gives_its_symbol(typed: str, symbol: str) -> None:
    for before in ("", "bc.parse('A ", 'f("", r"', "A^{2}", "\\alpha "):
        assert complete(before + typed) == (typed, [symbol])


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (r"\od", [r"\odot"]),
        (r"\osl", [r"\oslash"]),
        (r"\cd", [r"\cdot", r"\cdotp"]),
        (r"\ot", [r"\otimes"]),
        (r"\over", [r"\overline"]),
    ],
)
def test_the_beginning_of_a_command_gives_the_commands(typed: str, offered: list[str]) -> None:
    assert complete("A " + typed) == (typed, offered)


def test_other_commands_stand_behind() -> None:
    others = [r"\omega", r"\odiv", r"\cdot", r"\alpha"]
    assert complete(r"\o", others) == (r"\o", [*complete(r"\o")[1], r"\omega", r"\odiv"])
    assert complete("\\", others)[1] == [*SYMBOLS, r"\omega", r"\odiv", r"\alpha"]


def test_a_command_that_something_else_completes_is_left_to_it() -> None:
    assert complete(r"\o", [r"\o", r"\omega"]) == ("", [])
    assert complete(r"\odot", [r"\odot"]) == (r"\odot", ["⊙"])


@pytest.mark.parametrize(
    "text", ["", "A", r"\{", r"\lbrace", r"\alph", r"\odot ", r"\odot B", r"\^q", r"\^1q", r"\xyz", "odot"]
)
def test_nothing_else_is_completed(text: str) -> None:
    assert complete(text) == ("", [])


def test_every_raised_and_lowered_character_can_be_typed() -> None:
    for mark, characters in (("\\^", SUPERSCRIPTS), ("\\_", SUBSCRIPTS)):
        for character, plain in characters.items():
            assert complete(mark + plain) == (mark + plain, [character])


@pytest.mark.parametrize(
    "formula",
    [
        r"A \odot B",
        r"A \otimes B",
        r"A \cdot B",
        r"A \oslash B",
        r"\Vert A \Vert",
    ],
)
def test_symbol_and_command_are_one_formula(formula: str) -> None:
    completed = " ".join((complete(word)[1] or [word])[0] for word in formula.split())
    assert "\\" not in completed
    assert parse(completed, A=A, B=B) == parse(formula, A=A, B=B)


def test_what_is_completed_is_notation() -> None:
    assert parse(complete(r"\ones")[1][0] + "ᵀ A", A=A) == parse("ones^T A", A=A)
    assert parse("A" + complete(r"\^T")[1][0], A=A) == parse("A^T", A=A)
    assert parse("A" + complete(r"\^2")[1][0] + " ·" + complete(r"\^1")[1][0] + " B", A=A, B=B) == A @ B
    assert parse("w" + complete(r"\_1")[1][0], w_1=scalar("w_1")) == scalar("w_1")
    assert SYMBOLS[r"\bar"] in BARS
    assert SYMBOLS[r"\overline"] in BARS
