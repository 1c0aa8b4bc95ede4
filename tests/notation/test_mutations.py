"""Mutations of ranges, Σ, glued names, systems and sizes: an expression or an error with a place."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import bracketcalc as bc

NAMES: dict[str, Any] = {
    tensor.name: tensor
    for tensor in bc.tensors("A[n,m] B[m,k] v[n] w[m] X[a,b,c,d] Z_t[n,n] V_t[n,n] u[k]")
}
TEXTS = (
    r"X^{1\cdots 4} \odot^{1…4} X",
    r"X^{(4-q+1)\cdots 4} \cdot^{1...q} X",
    r"X_{1…2[3,4]}",
    r"(\sum_j A_{ij} B_{jk} | ik)",
    r"\sum_{i=1}^{n} v_i e_i",
    r"\sum_{i,m} \left(\sum_j A_{ij} B_{jm}\right) e_{im}",
    "Z_tV_t + Z_tV_t^T",
    "(v_iA_ijB_jk | ik)",
    r"{\rm tr}(Z_tV_t)",
    r"(((X_{\cdot_1 \cdot_2 b})_{\cdot_1 ij})_x | ijbx)",
    "(X_{I_2 J_2} | J_2 I_2)",
    "(X_{i_1…i_4} | i_4 i_1…i_3)",
    "⟨[v I_1] [~I_2 v]⟩ + v",
    "⟨[A (11)]⟩",
    r"\begin{cases} u \\ [\overline{A} A] \end{cases}",
    r"⟨A_1 [A̅_2 B_1] B_2; 1_n⟩",
    r"⟨[A \overline{(v w)}] I_n⟩",
)
CHARACTERS = "AvwXZ_t^{}()[]<>|⟨⟩~̅…·⊙⊗Σ∑\\ij12,;+-= eI1.'′∂δ"
CHUNKS = (
    *(r"\cdots", r"\sum", r"\sum_", r"\overline{", r"\begin{cases}", r"\end{cases}", r"\\"),
    *(r"{\rm ", "_{", "^{", "}", "·_", "1…", "⟨", "⟩"),
)


def mutated(draw: random.Random) -> str:
    text = list(draw.choice(TEXTS))
    for _ in range(draw.choice((1, 1, 2, 3, 5))):
        place, kind = draw.randrange(len(text) + 1), draw.randrange(5)
        if kind < 2:
            text[place : place + 1 - kind] = [draw.choice(CHARACTERS)]
        elif kind == 2:
            text.insert(place, draw.choice(CHUNKS))
        elif kind == 3:
            del text[place : place + 1]
        else:
            first, last = sorted((place, draw.randrange(len(text) + 1)))
            text[last:last] = text[first:last]
    return "".join(text)[:300]


def outcome(read: Callable[..., bc.Expr], text: str) -> bc.Expr | bc.BracketCalcError:
    try:
        return read(text, q=2, **NAMES)
    except (bc.ParseError, bc.ShapeError) as error:
        return error


@pytest.mark.parametrize("seed", range(4))
def test_mutations(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(300):
        text = mutated(draw)
        for read in (bc.parse, bc.bracket):
            found = outcome(read, text)
            if isinstance(found, bc.BracketCalcError):
                assert found.spans, text
                assert all(0 <= span.start <= span.end <= len(span.source) for span in found.spans), text
                assert str(found), text
