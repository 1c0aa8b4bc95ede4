r"""What gets its size from what is around it in ⟨ ⟩: I, the fillers 1 and 11; 1_n, I_n (paper §6.3.1)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc
from bracketcalc.rewrite import bracket_term

A, B, v, y, w, s = bc.tensors("A[n,m] B[n,n] v[n] y[n] w[m] s[n]")
NAMES: dict[str, Any] = {"A": A, "B": B, "v": v, "y": y, "w": w, "s": s}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("[v I_1] [~I_2 y]", "v ⊙ y"),
        (r"[s I_1][\overline{I_2} {y ⊘ s}]", "diag(s) (y ⊘ s)"),
        (r"[sI_1][\overline{I_2}\{y \oslash s\}]", "diag(s) (y ⊘ s)"),
        (r"\overline{\{A\}_1} \{A\}_2", "A^T 𝟏"),
        ("I_1 [I_2 v]", "diag(v)"),
        ("[I (v 1)]", "diag(v)"),
        ("[B I]", "diag(diag(B))"),
        ("[I_1 1] [I_2 v]", "diag(v)"),
        ("[v I_1 I_1] I_2 I_2", "(v_i δ_{ia} δ_{ib} | iab)"),
        ("I_1 [~I_2 v] {I_n}_1 [~{I_n}_2 y]", "v ⊗ y"),
        ("I_1 [~I_2 I_1] [~I_2 I_1] [I_2 v]", "diag(v)"),
        ("[v I_1] [~I_2 I_1] [~I_2 I_1] I_2", "diag(v)"),
        ("I - [(v 1) B]", "I - diag(v) B"),
        ("I_n v", "I_n ⊗ v"),
        ("1_n w", "𝟏_n w^T"),
        (r"[A (11)]", "A"),
        ("[A (1̄1)] v", "(A^T 𝟏) ⊗ v"),
        (r"[A \overline{(11)}] v", "(𝟏^T A 𝟏) v"),
        ("11 v", "11 v"),
        ("11/2 v", "11/2 v"),
        (r"[A \overline{(y w)}]", "y^T A w"),
        (r"[A (\overline{y w})]", "y^T A w"),
        (r"\overline{v y} w", "(𝟏^T v) (𝟏^T y) w"),
        ("[A {𝟏 wᵀ}]", "A diag(w)"),
        ("A + {v 𝟏ᵀ}", "A + v 𝟏ᵀ"),
        ("[v {𝟏 wᵀ}_1] {𝟏 wᵀ}_2", "v ⊗ w"),
        ("{𝟏 wᵀ}_2 [~{𝟏 wᵀ}_1 v]", "w (𝟏ᵀ v)"),
        ("[v {𝟏 w^T}_1] {𝟏 w^T}_2 [w {𝟏 w^T}_1] {𝟏 w^T}_2", "v ⊗ w ⊗ w ⊗ w"),
        ("[~v {2 I}_1] {2 I}_2", "2 v"),
        ("[B {2 I}]", "2 diag(diag(B))"),
        ("[v {⟨1⟩}] [w {⟨1⟩}]", "v ⊗ w"),
        ("[A {⟨{𝟏 𝟏ᵀ}⟩ + 𝟏 wᵀ}]", "A ⊙ (𝟏 𝟏ᵀ + 𝟏 wᵀ)"),
        ("[A {(1_i w_j | ij)}]", "A diag(w)"),
        ("[v {e_{2}}]", "v ⊙ e_{2}"),
        ("[v {e^{𝟏}}]", "v ⊙ exp(𝟏)"),
    ],
)
def test_values(text: str, same: str) -> None:
    found = bc.bracket(text, **NAMES)
    expected = bc.parse(same, **NAMES)
    assert bc.equal(found, expected), found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("⟨I⟩ A", "A"),
        ("⟨I⟩ + A A^T", "I + A A^T"),
        ("v^T ⟨I⟩ y", "v^T y"),
        ("A ⟨1⟩", "A 𝟏"),
        ("tr(⟨I⟩ + A A^T)", "tr(I + A A^T)"),
        ("⟨I_1 I_2⟩ A", "A"),
        ("A + ⟨{𝟏 wᵀ}⟩", "A + 𝟏 wᵀ"),
        ("v^T ⟨{3 I}⟩ y", "3 v^T y"),
    ],
)
def test_a_size_from_the_formula_around(text: str, same: str) -> None:
    assert bc.equal(bc.parse(text, **NAMES), bc.parse(same, **NAMES))


def test_terms_know_their_sizes() -> None:
    term = bracket_term("[v I_1] [~I_2 y]", **NAMES)
    assert str(term) == "⟨[v {I_{n}}_1] [{I_{n}}̅_2 y]⟩"
    assert bracket_term(str(term), **NAMES) == term
    term = bracket_term("[v {𝟏 wᵀ}_1] {𝟏 wᵀ}_2 [~w {𝟏 wᵀ}_1] {𝟏 wᵀ}_2", **NAMES)
    assert bracket_term(str(term), **NAMES) == term


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("I v", bc.ParseError, "the size of I does not follow"),
        ("[I]", bc.ParseError, "the size of I does not follow"),
        ("{𝟏 wᵀ} v", bc.ParseError, "the size of {𝟏 wᵀ} does not follow"),
        ("{𝟏 wᵀ} [v {𝟏 wᵀ}_1] {𝟏 wᵀ}_2", bc.ParseError, "the size of {𝟏 wᵀ} does not follow"),
        (r"\{A} v", bc.ParseError, r"expected \}, got }"),
        (r"{A\} v", bc.ParseError, r"expected }, got \}"),
        ("{tr(I)} v", bc.ParseError, "the size of I does not follow from the formula"),
        ("[v {v tr(I) 𝟏ᵀ}_1] [w {v tr(I) 𝟏ᵀ}_2]", bc.ParseError, "the size of I does not follow"),
        ("[A {𝟏 vᵀ}]", bc.ShapeError, "dimension 2 of {𝟏 vᵀ} has size n"),
        ("[A {2 I}]", bc.ShapeError, "dimension 1 of A has size n, but dimension 2 of A has size m"),
        ("[I_1 w] [I_2 v]", bc.ShapeError, "dimension 1 of w has size m, but dimension 1 of v has size n"),
        ("[I A]", bc.ShapeError, "dimension 1 of A has size n, but dimension 2 of A has size m"),
        ("I_1 v", bc.ParseError, "dimension 2 of I is missing"),
        ("[I_3 v]", bc.ShapeError, "I has 2 dimensions: there is no dimension 3"),
        ("1_q v", bc.ParseError, "q in a list of positions has no value"),
        ("[A (~11)]", bc.ParseError, "it is not clear how far the bar reaches"),
        ("[A 11/2]", bc.ParseError, "the number 11 does not stand before a term"),
        (r"[\overline{v y}] w", bc.ParseError, "one over each item, or as one over all of them as a group"),
        (r"[\overline{vy}] w", bc.ParseError, "one over each item, or as one over all of them as a group"),
        (r"[A \overline{y w}]", bc.ParseError, "one over each item, or as one over all of them as a group"),
    ],
)
def test_errors(text: str, kind: type[bc.BracketCalcError], message: str) -> None:
    with pytest.raises(kind) as caught:
        bc.bracket(text, **NAMES)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.spans
    if text.startswith("{𝟏"):
        assert caught.value.hint.endswith("or write the size of its 𝟏 or I: 𝟏_n")


def test_a_size_that_differs_outside() -> None:
    with pytest.raises(bc.ShapeError, match="position 2 of ⟨I⟩ has size n, but position 2 of A has size m"):
        bc.parse("⟨I⟩ + A", **NAMES)
