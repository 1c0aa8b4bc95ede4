r"""The formulas of §4.1, §4.2 and §4.4: rules of differentials, bracket terms and matrices.

Wrong in the scan:

====  =======================================  =========================================================
§     as scanned                               corrected
====  =======================================  =========================================================
4.1   dq = G(df)                               dg = G(df)
4.2   A_1XA_21[X_1C_2]C_1DX_{23}C_3            A_1XA_2 1[X_1C_2]C_1DX_{23}C_3: 1 is a filler
4.2   A_1X[X_2A_2]X_3[X_1C_2]… in the last     the strokes through X_2, X_3 and one X_1 are lost: they
      form of dB                               are constants
====  =======================================  =========================================================

False as printed:

- §4.2, the second form of dB pairs the portion X_1 of [X_1C_2] with X_{23}; the first form pairs it with
  X_2 and X_3, as a portion belongs to the earliest copy without it. These are differentials of two terms
  that differ: the term of the second form is typed with the mark X^{(3)}_1.
- §4.2, X^{\overline{1}23} ⊙^{10,3,4}: 10, 3 and 4 count the whole X as one dimension; C_3, A_2 and 1 are
  dimensions 12, 5 and 6. Also, ⊙ puts the dimensions 2 and 3 of its left operand in front.

Not typed in:

- f(x_0 + dx) and o(dx) in the proofs of §4.1: the rules they prove are typed.
- F(dx) and G(F(dx)): products with matrices stand for linear maps.
- a term B(X, …, X): the example of §4.2 stands for it.
- |X|: written det(X). |X_{-i,-j}|: deleting a row is no operation of the language; NumPy gives cofactors.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import bracketcalc as bc
from tests.paper.rows import (
    FUNCTIONS,
    Array,
    Names,
    assert_all_equal,
    assert_differential,
    assert_gradient,
    assert_row,
    declare,
    differentials,
    read,
    rows,
)


def given(declarations: str) -> Names:
    return {**declare(declarations), **FUNCTIONS}


# -- §4.1 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declarations", "formula", "texts"),
    rows(
        ("d(af + g) = a df + dg", "X[n,m] a", "a f(X) + g(X)", ["a (f'(X) ⊙ dX) + g'(X) ⊙ dX"]),
        ("d(fg) = df g + f dg: scalars", "X", "f(X) g(X)", ["(f'(X) dX) g(X) + f(X) (g'(X) dX)"]),
        (
            "d(fg) = df g + f dg: ⊙",
            "X[n,m]",
            "f(X) ⊙ g(X)",
            ["(f'(X) ⊙ dX) ⊙ g(X) + f(X) ⊙ (g'(X) ⊙ dX)"],
        ),
        (
            "d(fg) = df g + f dg: matrices",
            "X[n,n]",
            "f(X) g(X)",
            ["(f'(X) ⊙ dX) g(X) + f(X) (g'(X) ⊙ dX)"],
        ),
        (
            "d(fg) = df g + f dg: ⊗",
            "X[n,m]",
            "f(X) ⊗ g(X)",
            ["(f'(X) ⊙ dX) ⊗ g(X) + f(X) ⊗ (g'(X) ⊙ dX)"],
        ),
        (
            "d(fg) = df g + f dg: ·",
            "X[n,m,k]",
            "f(X)^{13} ·^{13} g(X)",
            ["(f'(X) ⊙ dX)^{13} ·^{13} g(X) + f(X)^{13} ·^{13} (g'(X) ⊙ dX)"],
        ),
        ("dg(f) = dg(f; df)", "X[n,m]", "g(f(X))", ["g'(f(X)) ⊙ (f'(X) ⊙ dX)"]),
        ("dg = G(df) = G(F(dx))", "X[n] F[m,n] G[k,m]", "G (F X)", ["G (F dX)", "(G F) dX"]),
        ("d(Xᵀ) = dXᵀ", "X[n,m]", "X^T", ["dX^T", "(dX)^T", "dX_{21}"]),
        ("d(X_P) = (dX)_P = dX_{312}", "X[n,m,k]", "X_{312}", ["dX_{312}", "(dX)_{312}"]),
        ("d(X_P), a diagonal", "X[n,m,n]", "X_{2[13]}", ["dX_{2[13]}", "(dX)_{2[13]}"]),
    ),
)
def test_section_4_1(declarations: str, formula: str, texts: list[str]) -> None:
    assert_differential(given(declarations), formula, "X", *texts)


# -- §4.2 -----------------------------------------------------------------------------------------------

TERM = "X[2,3,4] A[1,3] C[3,2,2] D[2]"
B = r"⟨A_1X[X_2A_2]X_3[X_1C_2]C_1DX_{23}[\overline{X_1}C_3]⟩"
PAIRED = r"⟨A_1X[X_2A_2]X_3[X^{(3)}_1C_2]C_1DX^{(3)}_{23}[\overline{X^{(2)}_1}C_3]⟩"


@pytest.mark.parametrize(
    ("term", "texts"),
    rows(
        (
            "the first form of dB",
            B,
            [
                r"⟨A_1dX[X_2A_2]X_3[X_1C_2]C_1DX_{23}[\overline{X_1}C_3]"
                r" + A_1X[dX_2A_2]dX_3[dX_1C_2]C_1DX_{23}[\overline{X_1}C_3]"
                r" + A_1X[X_2A_2]X_3[X_1C_2]C_1DdX_{23}[\overline{dX_1}C_3]⟩",
                r"⟨A_1dX[X_2A_2]X_3[X_1C_2]C_1DX_{23}[\overline{X_1}C_3]⟩"
                r" + ⟨A_1X[dX_2A_2]dX_3[dX_1C_2]C_1DX_{23}[\overline{X_1}C_3]⟩"
                r" + ⟨A_1X[X_2A_2]X_3[X_1C_2]C_1DdX_{23}[\overline{dX_1}C_3]⟩",
            ],
        ),
        (
            "the second form of dB, of the term paired otherwise",
            PAIRED,
            [
                r"⟨A_1dX[X_2A_2]X_3[X^{(2)}_1C_2]C_1DX^{(2)}_{23}[\overline{X^{(1)}_1}C_3]"
                r" + A_1X[X_2A_2]X_3[dX_1C_2]C_1DdX_{23}[\overline{X_1}C_3]"
                r" + A_1X[dX_2A_2]dX_3[X_1C_2]C_1DX_{23}[\overline{dX_1}C_3]⟩",
            ],
        ),
    ),
)
def test_the_differential_of_a_bracket_term(term: str, texts: list[str]) -> None:
    assert_differential(declare(TERM), term, "X", *texts)


def test_the_two_forms_are_of_different_terms() -> None:
    names = declare("X[2,1,3] A[2,1] C[3,2,2] D[1]")
    assert not bc.equal(read(B, names), read(PAIRED, names))


def test_taking_out_portions() -> None:
    """B = X^{1̄23} ⊙^{12,5,6} A_1XA_2 1[X_1C_2]C_1DX_{23}C_3, with dimensions 2 and 3 of X put back"""
    names = differentials(declare("X[2,1,3] A[2,1] C[3,2,2] D[1]"), "X")
    back = "_{3,4,5,6,1,2,7,8,9,10,11}"
    positions = r"^{\overline{1},2,3} \odot^{12,5,6}"
    names["R"] = read("⟨A_1XA_2{𝟏_3}[X_1C_2]C_1DX_{23}C_3⟩", names)
    in_place = rf"(X{positions} ⟨A_1XA_2 1[X_1C_2]C_1DX_{{23}}C_3⟩){back}"
    assert_row(names, PAIRED, in_place, f"(X{positions} R){back}")
    with pytest.raises(bc.BracketCalcError):
        read(r"X^{\overline{1},2,3} \odot^{10,3,4} R", names)
    # The copy that was taken out, then the others, which are still in the rest.
    names["dB"] = bc.differential(read(PAIRED, names), names["X"])
    names["dR"] = bc.differential(names["R"], names["X"])
    assert_row(names, "dB", f"(dX{positions} R + X{positions} dR){back}")
    one = r"⟨A_1X[dX_2A_2]dX_3[X_1C_2]C_1DX_{23}[\overline{dX_1}C_3]⟩"
    assert_row(names, f"(dX{positions} R){back}", one)
    assert_row(names, "dB", f"{one} + (X{positions} dR){back}")


# -- §4.4 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "texts"),
    rows(
        ("d(tr(X)) = d(X · I) = dX · I = tr(dX)", "tr(X)", [r"dX \cdot I", r"\operatorname{tr}(dX)"]),
        ("d(X · I)", r"X \cdot I", [r"dX \cdot I", "tr(dX)", "(dX_{ii} |)"]),
        ("d(X⁻¹) = -X⁻¹(dX)X⁻¹", "X^{-1}", ["-X^{-1}(dX)X^{-1}", "-X^{-1}dXX^{-1}"]),
        (
            "d|X| = |X|X^{-T} · dX = |X| tr(X⁻¹dX)",
            "det(X)",
            [
                r"det(X) X^{-T} \cdot dX",
                r"det(X) \operatorname{tr}(X^{-1}dX)",
                "det(X) ((X^{-1}dX)_{ii} |)",
                "det(X) ((X^{-1})_{ik} dX_{ki} |)",
                "det(X) ((X^{-T})_{ki} dX_{ki} |)",
            ],
        ),
    ),
)
def test_section_4_4(formula: str, texts: list[str]) -> None:
    assert_differential(declare("X[3,3]"), formula, "X", *texts)


def test_the_proof_for_the_inverse() -> None:
    """0 = d(I) = d(XX⁻¹) = dXX⁻¹ + Xd(X⁻¹) ⇒ Xd(X⁻¹) = -dXX⁻¹"""
    names = differentials(declare("X[3,3]"), "X")
    X = names["X"]
    names["dInverse"] = bc.differential(read("X^{-1}", names), X)
    assert_row(names, "X X^{-1}", "X^{-1} X", "I X^{-1} X")
    assert_row(names, "dX X^{-1} + X dInverse", "0 X")
    assert_all_equal(bc.differential(read("X X^{-1}", names), X), read("dX X^{-1} + X dInverse", names))
    assert_row(names, "X dInverse", "-dXX^{-1}")
    assert_row(names, "dInverse", "-X^{-1}dXX^{-1}")


def cofactors(X: Array) -> Array:
    """Return C_ij = (-1)^{i+j} |X_{-i,-j}|."""
    minors = [[np.delete(np.delete(X, i, 0), j, 1) for j in range(3)] for i in range(3)]
    return np.array([[(-1) ** (i + j) * np.linalg.det(minors[i][j]) for j in range(3)] for i in range(3)])


def test_cofactors() -> None:
    """X⁻¹ = |X|⁻¹Cᵀ, |X| = Σ_k X_ik C_ik, and C = |X|X^{-T} is the gradient of |X|."""
    names = declare("X[3,3]")
    names["C"] = read("det(X) X^{-T}", names)
    assert_row(names, "C", "det(X) X^{-T}", expected=cofactors)
    assert_row(names, "X^{-1}", "1/det(X) C^T")
    assert_row(names, "det(X) (1_i | i) + 0 X 𝟏", "(X_{ik} C_{ik} | i)")
    assert_gradient(names, "det(X)", "X", "C", "det(X) X^{-T}")


@pytest.mark.parametrize(("i", "j"), list(product((1, 2, 3), repeat=2)))
def test_one_partial_derivative_of_the_determinant(i: int, j: int) -> None:
    """|X|X^{-T} · e_ij = C · e_ij = C_ij = ∂|X| / ∂X_ij"""
    names = {**declare("X[3,3]"), "i": i, "j": j}
    names["C"] = read("det(X) X^{-T}", names)
    names["slope"] = bc.jvp(read("det(X)", names), {names["X"]: bc.onehot((i - 1, j - 1), (3, 3))})
    assert_row(names, rf"det(X) X^{{-T}} \cdot e_{{{i}{j}}}", rf"C \cdot e_{{{i}{j}}}", "C_{ij}", "slope")
