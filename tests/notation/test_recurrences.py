"""The text of a recurrence is refused with what to do instead; its parts and its name are read."""

from __future__ import annotations

from typing import Literal

import pytest

import bracketcalc as bc
from bracketcalc.errors import ParseError

X, W, U, z0 = bc.tensors("X[t,d] W[h,h] U[d,h] z0[h]")
Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x @ U), z0, X)
STYLES: tuple[Literal["bracket"], Literal["index"]] = ("bracket", "index")
TEXTS = [
    text
    for expr in (Z, bc.previous_state(Z), bc.gradient((Z**2).sum(), W), 2 * Z + 1)
    for text in (
        *(bc.to_text(expr, style=style) for style in ("matrix", "bracket", "index")),
        bc.to_latex(expr),
    )
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_printed_recurrence_says_how_to_build_it(text: str) -> None:
    with pytest.raises(ParseError, match="the text of a recurrence is not read") as caught:
        bc.parse(text, X=X, W=W, U=U, z0=z0)
    assert caught.value.spans[0].text == "recurrence"
    assert (
        caught.value.hint
        == "build it with recurrence(step, initial, over), and give it a name behind the text: Z=…"
    )


def test_a_printed_final_state_says_how_to_build_it() -> None:
    for text in (f"{bc.final_state(Z)} + z0", bc.to_latex(bc.final_state(Z))):
        for read in (bc.parse, bc.bracket):
            with pytest.raises(ParseError, match="the text of a final state is not read") as caught:
                read(text, z0=z0)
            assert "final_state(Z)" in caught.value.hint


def test_a_named_recurrence_is_read() -> None:
    named = bc.define("Z", Z)
    expr = bc.exp(named @ W)
    assert bc.parse(str(expr), Z=named, W=W) == expr


def test_other_texts_are_not_taken_for_one() -> None:
    with pytest.raises(ParseError, match="unexpected character ';'"):
        bc.parse("final(X; 2)", X=X)
    final = bc.function("final", lambda xp, x: 2 * x, lambda x: 2 + 0 * x)
    assert bc.parse("final(X)", X=X, final=final) == final(X)
    with pytest.raises(ParseError, match="unexpected character '='"):
        bc.parse("final(X = 1; X)", X=X, final=final)
