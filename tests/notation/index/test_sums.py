r"""Σ in formulas: in an index form, before one, and alone (paper §2.1)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

A, B, v, w, T = bc.tensors("A[n,m] B[m,k] v[n] w[m] T[a,b,c]")
NAMES: dict[str, Any] = {"A": A, "B": B, "v": v, "w": w, "T": T}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\left(\sum_k A_{ik} B_{km} \middle| im\right)", "A B"),
        (r"(\sum_jA_{ij} B_{jk} | ik)", "A B"),
        (r"(\sum\limits_{j=1}^{m} A_{ij} B_{jk} | ik)", "A B"),
        (r"(2 v_i \sum_j A_{ij} w_j - \sum_k v_i A_{ik} | i)", "2 v ⊙ A w - v ⊙ A 𝟏"),
        (r"\sum_j (A_{ij} B_{jk} | ik)", "A B"),
        (r"\sum_j (A_{ij} - A_{ij} w_j | i)", "A 𝟏 - A w"),
        (r"(\sum_j A_{ij} (\sum_k B_{jk}) | i)", "A B 𝟏"),
        (r"\sum_{i,j,k} T_{ijk} e_{ijk}", "T"),
        (r"\sum_{i=1}^{n} v_i e_i", "v"),
        (r"\sum_{i=1}^n e_i v_i + v", "2 v"),
        (r"A = \sum_{i,j} A_{ij} e_{ij}", "A"),
        (r"\sum_{i,j,l,m} A_{ij} B_{lm} e_{ijlm}", "A ⊗ B"),
        (r"\sum_{i,j,m} A_{ij} B_{jm} e_{ijm}", "A^2 ⊙^1 B"),
        (r"\sum_{i,m} \left(\sum_j A_{ij} B_{jm}\right) e_{im}", "A B"),
        (r"\sum_{i} \sum_{m} (\sum_j A_{ij} B_{jm}) e_{mi}", "(A B)^T"),
        ("∑_{ij} A_{ij} A_{ij}", "A · A"),
        ("2 Σ_i v_i v_i - 1", "2 v · v - 1"),
        ("sum_{ij} A_{ij} A_{ij}", "A · A"),
        (r"(\sum_i v_i v_i) A w", "(v · v) A w"),
        (r"tanh(\sum_i v_i v_i)", "tanh(v · v)"),
        (r"‖\sum_i v_i e_i‖ v", "‖v‖ v"),
        (r"\sum_i \sum_k (A^T)_{ki} A_{ik}", "A · A"),
        (r"\sum_I (T_I T_I |)", "T · T"),
        (r"\sum_I T_I T_I", "T · T"),
        (r"\sum_{ij}\tanh(A_{ij}) e_{ij}", r"\tanh(A)"),
        (r"\sum_{i} v_i \tanh^2(\sum_j w_j) e_i", r"\tanh^2(w · 𝟏) v"),
        (r"\frac{1}{2} \sum_i v_i", r"1/2 v · 𝟏"),
    ],
)
def test_sums(text: str, same: str) -> None:
    found = bc.parse(text.removeprefix("A = "), **NAMES)
    assert bc.equal(found, bc.parse(same, **NAMES)), found


def test_a_letter_with_a_value_is_not_summed() -> None:
    assert bc.equal(bc.parse(r"\sum_j A_{ij} A_{ij}", i=2, **NAMES), bc.parse("A_{2·} · A_{2·}", **NAMES))
    with pytest.raises(bc.ParseError, match="i under Σ has the value 2"):
        bc.parse(r"\sum_i v_i", i=2, **NAMES)


def test_names_win() -> None:
    names: dict[str, Any] = {"Σ": A, "Σ_i": A.T, "sum_1": A}
    assert bc.parse("Σ + Σ_i^T + sum_1 + Σ_{21}^T", **names) == A + A.T.T + A + A.T.T


@pytest.mark.parametrize(
    ("text", "kind", "message", "carets"),
    [
        (r"(\sum_i A_{ij} | ij)", bc.ParseError, "i is under Σ, but also among the free letters", (6, 17)),
        (r"(\sum_j A_{ij} w_j + A_{ij} | ij)", bc.ParseError, "among the free letters", (6, 31)),
        (r"\sum_j (A_{ij} | ij)", bc.ParseError, "among the free letters", (5, 18)),
        (r"(A_{ij}\sum_j w_j | i)", bc.ParseError, "on a factor that stands before it", (1, 12)),
        (r"(\sum_k A_{ij} | i)", bc.ParseError, "k is under Σ, but on no factor behind it", (1, 6)),
        (r"\sum_{q} (A_{ij}|ij)", bc.ParseError, "q is under Σ, but on no factor", (0, 6)),
        (r"\sum_i A_{ij}", bc.ParseError, "j is not under Σ", (0, 11)),
        (r"\sum_i v_i e_{ij}", bc.ParseError, "j is not under Σ", (0, 15)),
        (r"\sum A_{ij}", bc.ParseError, "Σ has no letters", (0,)),
        (r"\sum_i \sum_i v_i", bc.ParseError, "i is under two Σ", (5, 12)),
        (r"\sum_{ij}(\sum_j A_{ij}) e_{ij}", bc.ParseError, "j is under two Σ", (7, 15)),
        (r"\sum_{i}(\sum_j A_{ij}) e_{ij}", bc.ParseError, "j is under Σ, but also among", (14, 28)),
        (r"\sum_{i=0}^n v_i", bc.ParseError, "a sum begins at 1", (4,)),
        (r"\sum_{i=1}^q v_i", bc.ParseError, "q is not the name of a size", (10,)),
        (r"\sum_{i=1}^m v_i v_i", bc.ShapeError, "the sum over i ends at m, but i has size n", (6,)),
        (r"\sum_{i=1}^3 v_i", bc.ShapeError, "the sum over i ends at 3, but i has size n", (6,)),
        (r"\sum_i", bc.ParseError, "a term is missing", (0, 6)),
        (r"(\sum_i | i)", bc.ParseError, "a term is missing", (0, 8)),
        (r"v \sum", bc.ParseError, "Σ has no letters", (2,)),
        (r"\sum_k v_k · v_k", bc.ParseError, "· has no meaning in an index form", (11,)),
        (r"⟨\sum_i v⟩", bc.ParseError, r"'\sum' has no meaning inside ⟨ ⟩", (1,)),
    ],
)
def test_errors(text: str, kind: type[Exception], message: str, carets: tuple[int, ...]) -> None:
    with pytest.raises(kind) as caught:
        bc.parse(text, f=bc.tanh, **NAMES)
    assert isinstance(caught.value, bc.BracketCalcError)
    assert message in caught.value.message
    assert caught.value.hint
    assert tuple(sorted(span.start for span in caught.value.spans)) == carets


def test_many_sums_take_linear_time() -> None:
    text = r"\sum_{i} v_i v_i + " * 2000 + "1"
    assert bc.parse(text, **NAMES).sizes == ()
    with pytest.raises(bc.ParseError):
        bc.parse(r"\sum_{i}(" * 5000 + "v_i" + ")" * 5000, **NAMES)
