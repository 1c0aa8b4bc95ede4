r"""How many axes capitals, dots and ranges stand for; letters with values (paper §4.3.2, §4.3.3)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

X, A, B = bc.tensors("X[a,b,c,d] A[n,m] B[p,k]")
NAMES: dict[str, Any] = {"X": X, "A": A, "B": B}


@pytest.mark.parametrize(
    ("text", "same", "values"),
    [
        ("(X_{I_2 J_2} | J_2 I_2)", "X_{3412}", {}),
        ("(X_{I_3 J} | J I_3)", "X_{4123}", {}),
        ("(X_{I_k J_n} | J_n I_k)", "X_{2341}", {"k": 1, "n": 3}),
        ("(X_{I_k J_k} | J_k I_k)", "X_{3412}", {}),
        ("(X_{I_k i J} A_{K_k r} | K_k J i I_k r)", "(X_{aicd} A_{er} | ecdiar)", {}),
        ("(X_{I_4} | I_4)", "X", {}),
        ("(X_{I_0 J} | I_0 J)", "X", {}),
        ("(X_{I_3 i} δ_{I_3 J} | J i)", "X", {}),
        ("(X_{i_1…i_4} | i_4 i_1…i_3)", "X_{4123}", {}),
        (r"(X_{i_1 \cdots i_N} | i_N i_1\cdots i_3)", "X_{4123}", {"N": 4}),
        (r"(A_{i_1\cdots i_N} B_{j_1\cdots j_M} | i_1\cdots i_N j_1\cdots j_M)", "A ⊗ B", {"N": 2, "M": 2}),
        (r"((X_{I_n \cdot_k I_m})_{I_k} | I_nI_kI_m)", "X", {"n": 1, "k": 2, "m": 1}),
        (r"(((X_{\cdot_n \cdot_k I_m})_{\cdot_n I_k})_{I_n} | I_k I_m I_n)", "X_{2341}", {"n": 1, "k": 2}),
        (r"(((X_{\cdot_n \cdot_k I_m})_{\cdot_n I_k})_{I_n} | I_k I_m I_n)", "X_{3412}", {"n": 2, "k": 1}),
        (r"((X_{\cdot_n I_k I_m})_{I_n} | I_k I_m I_n)", "X_{2341}", {"n": 1, "k": 2}),
        (r"(((X_{\cdot_2 \cdot b})_{\cdot_2 i})_{xy} | ibxy)", "X_{3412}", {}),
        (r"(((X_{\cdot_n\cdot_k b})_{\cdot_n I})_{J} | I b J)", "X_{3412}", {"n": 2, "k": 1}),
        (r"(((X_{\cdot_n\cdot_k b})_{\cdot_n I_k})_{I_n} | I_k b I_n)", "X_{2341}", {"n": 1}),
        (r"X_{\cdot_k 2 \cdot_n}", r"X_{\cdot 2 \cdot\cdot}", {"k": 1, "n": 2}),
        (r"X_{2 \cdot_n}", r"X_{2\cdot\cdot\cdot}", {}),
    ],
)
def test_lengths(text: str, same: str, values: dict[str, Any]) -> None:
    assert bc.equal(bc.parse(text, **NAMES, **values), bc.parse(same, **NAMES))


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("(X_{I_3 J_2} | J_2 I_3)", bc.ShapeError, "X has 4 axes, but its indices stand for 5"),
        ("(X_{I_k i J_k} | J_k I_k i)", bc.ShapeError, "X has 4 axes, but 3 indices"),
        ("(X_{I_n I_k} | I_k I_n)", bc.ParseError, "it does not follow how many axes I_n stands for"),
        ("(A_{i…j} | ij)", bc.ParseError, "a range of indices has no ends that are numbered"),
        ("(A_{i_1…j_2} | i_1j_2)", bc.ParseError, "a range of indices has no ends that are numbered"),
        ("(A_{i_2…i_1} | i_1i_2)", bc.ParseError, "a range of indices has no ends that are numbered"),
        ("(A_{i_1…} | i_1)", bc.ParseError, "a range of indices has no ends that are numbered"),
        ("(A_{…i_2} | i_1)", bc.ParseError, "a range of indices has no ends that are numbered"),
        (r"X_{\cdot_k 2 \cdot_n}", bc.ParseError, "it does not follow how many axes"),
        (r"((X_{\cdot_1 \cdot_2 b})_{\cdot_1 i} | ib)", bc.ParseError, "3 dots, but 2 indices"),
        (r"((X_{\cdot_1 \cdot_2 b})_{I_3 i} | I_3 ib)", bc.ParseError, "3 dots, but 2 indices"),
        ("A + … + A", bc.ParseError, "… stands only in lists of positions and indices"),
        (r"A \cdots A", bc.ParseError, "… stands only in lists of positions and indices"),
    ],
)
def test_errors(text: str, kind: type[bc.BracketCalcError], message: str) -> None:
    with pytest.raises(kind) as caught:
        bc.parse(text, **NAMES)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.spans


@pytest.mark.parametrize("value", [{}, {"j": 2}])
def test_a_letter_with_a_value_keeps_its_size(value: dict[str, Any]) -> None:
    output = "ijk" if not value else "ik"
    with pytest.raises(bc.ShapeError, match="position 2 of A has size m, but position 1 of B has size p"):
        bc.parse(f"(A_{{ij}} B_{{jk}} | {output})", **NAMES, **value)
    with pytest.raises(bc.ShapeError, match=r"has size m, but δ_\{ij\} has size n|δ ties them together"):
        bc.parse(f"(A_{{ij}} δ_{{ij}} | {output.rstrip('k')})", **NAMES, **value)
    expected = bc.parse("(A_{ij} | ij)" if not value else "A_{·2}", **NAMES)
    assert bc.equal(bc.parse(f"(A_{{ij}} 1_j | {output.rstrip('k')})", **NAMES, **value), expected)
