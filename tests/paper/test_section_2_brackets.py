r"""The formulas of §2.3: the general bracket notation.

Wrong in the scan:

=====  ==================================  ==================================
§      as scanned                          corrected
=====  ==================================  ==================================
2.3    X[AB(C_1|\overline{C_2}D_1|D_2)]Y  X[AB(C_1[\overline{C_2}D_1]D_2)]Y
2.3.1  u^T = u                             u^T = ιu
=====  ==================================  ==================================

Not typed in:

- A_P ⊙ B_Q ⊙ A_R ⊙ (C_S ⊗ C_T): a portion is no tensor. Whole tensors stand for A_P, B_Q and A_R.
- A_1 ⊗ A_{23} ⊗ A_4 and the first steps of (8) and (9) miss portions: such a text is refused.
- (𝟏ᵀu)vᵀ = [1̄u]ιv: a row that is a whole formula has one dimension, so ⟨ι {…}⟩ stands for the left side.
- lists P, Q, R, S, T: two instances of each.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import bracketcalc as bc
from tests.paper.rows import Array, assert_row, by_einsum, declare, read, rows

# -- §2.3 -----------------------------------------------------------------------------------------------

BARRED = r"[A_{12} B_{12} A_{34} (C_1C_2)]"
NESTED = "X[2] Y[3] A[4,5] B[4,5] C[4,6] D[6,5]"


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        (
            "A = A_{1…n} = A_1A_2…A_n",
            "A[n,m,k,l]",
            "ijkl->ijkl",
            ["⟨A⟩", "⟨A_{1234}⟩", r"⟨A_{1\cdots 4}⟩", "⟨A_1A_2A_3A_4⟩", "A"],
        ),
        ("A_1A_{23}A_4", "A[n,m,k,l]", "ijkl->ijkl", [r"\langle A_1A_{23}A_4 \rangle", "A"]),
        (
            "(7) u ⊗ v ⊗ w",
            "u[n] v[m] w[k]",
            "i,j,k->ijk",
            [r"u \otimes v \otimes w", "(u_i v_j w_k | ijk)", "⟨uvw⟩"],
        ),
        (
            "[A_P B_Q A_R (C_S C_T)] of whole tensors",
            "A[n,m] B[n,m] R[n,m] c[n] d[m]",
            "ij,ij,ij,i,j->ij",
            ["⟨[A B R (c d)]⟩", r"A \odot B \odot R \odot (c \otimes d)"],
        ),
        (
            "[A_P B_Q A_R (C_S C_T)], P = 12, R = 34, S = 1, T = 2",
            "A[n,m,n,m] B[n,m] C[n,m]",
            "ijij,ij,ij->ij",
            ["⟨[A_{12} B_{12} A_{34} (C_1 C_2)]⟩", "A_{[13][24]} ⊙ B ⊙ C"],
        ),
        (
            "[A_P B_Q A_R (C_S C_T)], P = 41, Q = 21, R = 23, S = 2, T = 1",
            "A[m,n,m,n] B[m,n] C[m,n]",
            "jiji,ji,ji->ij",
            ["⟨[A_{41} B_{21} A_{23} (C_2 C_1)]⟩", "A_{[42][13]} ⊙ B_{21} ⊙ C_{21}"],
        ),
        ("[AB] = [BA]", "A[n,m] B[n,m]", "ij,ij->ij", ["⟨[AB]⟩", "⟨[BA]⟩", "A ⊙ B"]),
        (
            "A_P Ā_Q A_R, P = 1, Q = 23, R = 4",
            "A[n,m,k,l]",
            "ijkl->il",
            [
                r"⟨A_1 \overline{A_{23}} A_4⟩",
                r"⟨\overline{A_{23}} A_1 A_4⟩",
                r"⟨A_1 A_4 \overline{A_{23}}⟩",
                r"A_{1\overline{2}\overline{3}4}",
            ],
        ),
        (
            "A_P Ā_Q A_R, P = 42, Q = 1, R = 3",
            "A[n,m,k,l]",
            "ijkl->ljk",
            [
                r"⟨A_{42} \overline{A_1} A_3⟩",
                r"⟨\overline{A_1} A_{42} A_3⟩",
                r"⟨A_{42} A_3 \overline{A_1}⟩",
            ],
        ),
        (
            "[A_P B̄_Q A_R (C_S C_T)] and a bar elsewhere",
            "A[n,m,n,m] B[n,m] C[n,m]",
            "ijij,ij,ij->",
            [
                r"⟨[A_{12} \overline{B_{12}} A_{34} (C_1 C_2)]⟩",
                r"⟨[A_{12} B_{12} \overline{A_{34}} (C_1 C_2)]⟩",
                r"⟨[A_{12} B_{12} A_{34} \overline{(C_1 C_2)}]⟩",
                r"⟨[A_{12} B_{12} A_{34} (\overline{C_1} \overline{C_2})]⟩",
            ],
        ),
        (
            "[A_P B_Q A_R (C̄_S C_T)], S = 1, T = 2",
            "A[n,m,n,m] B[n,m] C[n,m]",
            "ijij,ij,ij->j",
            [
                r"⟨[A_{12} B_{12} A_{34} (\overline{C_1} C_2)]⟩",
                r"A_{[13][24]}^{\overline{1}2} \odot^{12} (B ⊙ C)",
            ],
        ),
        (
            "[A_P B_Q A_R (C̄_S C_T)], S = 21, T = 3",
            "A[n,m,k,n,m,k] B[n,m,k] C[m,n,k]",
            "ijkijk,ijk,jik->k",
            [r"⟨[A_{123} B A_{456} (\overline{C_{21}} C_3)]⟩"],
        ),
        (
            "[Ā_{12}B_{12}(C_1D_1)]D_2 = [A_{12}B_{12}(C̄_1 1)] ·_1 D_{12}",
            "A[n,m] B[n,m] C[n] D[m,k]",
            "ij,ij,i,jk->k",
            [
                r"⟨[\overline{A_{12}}B_{12}(C_1D_1)]D_2⟩",
                r"⟨[A_{12}B_{12}(\overline{C_1}1)]⟩ \cdot_1 ⟨D_{12}⟩",
                r"⟨[A_{12}B_{12}(\overline{C_1}\mathbf{1})]⟩ \cdot_1 D",
            ],
        ),
        (
            "[A_{12}B_{12}(C̄_1 1)] = [Ā_1B_1C_1][A_2B_2]",
            "A[n,m] B[n,m] C[n]",
            "ij,ij,i->j",
            [r"⟨[A_{12}B_{12}(\overline{C_1}1)]⟩", r"⟨[\overline{A_1}B_1C_1][A_2B_2]⟩"],
        ),
        (
            "1_{1…n} is an n-dimensional tensor of ones",
            "A[n,m,k] u[n]",
            "ijk,i->ijk",
            [
                "⟨[A (u 1_{12})]⟩",
                r"⟨[A (u 1_{1\cdots 2})]⟩",
                "⟨[A (u 11)]⟩",
                "⟨[A (u 1 1)]⟩",
                "⟨[A_1 u] A_{23}⟩",
            ],
        ),
        (
            "X[ĀBC]Y = [ĀBC]XY = XY[ĀBC]",
            "X[n] Y[m] A[k,l] B[k,l] C[k,l]",
            "i,j,kl,kl,kl->ij",
            [
                r"⟨X[\overline{A}BC]Y⟩",
                r"⟨[\overline{A}BC]XY⟩",
                r"⟨XY[\overline{A}BC]⟩",
                "(A ⊙ B · C) X Y^T",
            ],
        ),
        (
            "X[AB(C_1[C̄_2D_1]D_2)]Y = [C̄_2D_1]X[AB(C_1D_2)]Y",
            NESTED,
            "x,y,il,il,ij,jl->xily",
            [
                r"⟨X[AB(C_1[\overline{C_2}D_1]D_2)]Y⟩",
                r"⟨[\overline{C_2}D_1]X[AB(C_1D_2)]Y⟩",
                "X ⊗ (A ⊙ B ⊙ (C D)) ⊗ Y",
            ],
        ),
        (
            "X[ĀB(C_1[C̄_2D_1]D_2)]Y as a system",
            NESTED,
            "x,y,il,il,ij,jl->xy",
            [
                r"⟨X[\overline{A}B(C_1[\overline{C_2}D_1]D_2)]Y⟩",
                r"\begin{cases} XY\\ [\overline{A}B(C_1D_2)]\\ [\overline{C_2}D_1] \end{cases}",
                r"⟨XY; [\overline{A}B(C_1D_2)]; [\overline{C_2}D_1]⟩",
                r"⟨[\overline{C_2}D_1]; XY; [\overline{A}B(C_1D_2)]⟩",
                "(A ⊙ B · C D) X Y^T",
            ],
        ),
        (
            "(4), (8) A^{12} ⊙^{32} B",
            "A[p,q,r] B[s,q,p]",
            "ijk,lji->ijkl",
            [r"A^{12} \odot^{32} B", "(A_{ijk} B_{lji} | ijkl)", "⟨[A_1B_3][A_2B_2]A_3B_1⟩"],
        ),
        (
            "(5), (9) B^{32} ⊙^{12} A",
            "B[s,q,p] A[p,q,r]",
            "lji,ijk->ljik",
            [r"B^{32} \odot^{12} A", "(B_{lji} A_{ijk} | ljik)", "⟨B_1[B_2A_2][B_3A_1]A_3⟩"],
        ),
    ),
)
def test_section_2_3(declarations: str, equation: str, texts: list[str]) -> None:
    names = declare(declarations)
    assert_row(names, *texts, expected=by_einsum(equation, *names))


@pytest.mark.parametrize("order", list(permutations(["A_{12}", "B_{12}", "(C_1 C_2)"])))
def test_the_terms_in_square_brackets_can_be_reordered(order: tuple[str, ...]) -> None:
    names = declare("A[n,m] B[n,m] C[n,m]")
    assert_row(names, f"⟨[{' '.join(order)}]⟩", "A ⊙ B ⊙ C")


@pytest.mark.parametrize(
    "text", ["⟨A_1 A_{23} A_4⟩", "⟨A_1⟩ ⊗ ⟨A_{23}⟩ ⊗ ⟨A_4⟩", "⟨[A_1B_3] A_{23}⟩", "⟨[A_1B_3][A_2B_2]A_3⟩"]
)
def test_a_text_that_misses_a_portion_is_no_tensor(text: str) -> None:
    with pytest.raises(bc.ParseError, match="is missing"):
        bc.parse(text, **declare("A[n,m,k,n,l] B[k,m,n]"))


def test_portions_of_a_repeated_tensor_belong_to_one_copy() -> None:
    """Every portion is used exactly once."""
    names = declare("A[n,m]")
    with pytest.raises(bc.ParseError, match="dimension 2 of A is missing"):
        read("⟨A_1 A_2 A_1⟩", names)


# -- §2.3.1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "texts"),
    rows(
        (
            "(10) (𝟏ᵀu)v = [1̄u]v = 𝟏 ·_1 uv = 𝟏 ·_1 (uvᵀ)",
            "i,j->j",
            [
                r"(\mathbf{1}^T u) v",
                r"⟨[\overline{1}u]v⟩",
                r"⟨[\overline{\mathbf{1}}u]v⟩",
                r"\mathbf{1} \cdot_1 ⟨uv⟩",
                r"\mathbf{1} \cdot_1 (u v^T)",
            ],
        ),
        (
            "(𝟏ᵀu)v = [1̄u]v = v[u1̄] = vuᵀ𝟏",
            "i,j->j",
            [
                r"(\mathbf{1}^Tu)v",
                r"⟨[\overline{1}u]v⟩",
                r"⟨v[u\overline{1}]⟩",
                r"vu^T\mathbf{1}",
                r"v(\mathbf{1}^Tu)",
            ],
        ),
        (
            "[1̄u]ιv = ι[1̄u]v = ι1 ·_1 uv",
            "i,j->aj",
            [
                r"⟨[\overline{1}u]\iota v⟩",
                r"⟨\iota[\overline{1}u]v⟩",
                r"⟨\iota 1⟩ \cdot_1 ⟨uv⟩",
                "⟨ι {(𝟏ᵀu)v}⟩",
            ],
        ),
        (
            "(𝟏ᵀu)vᵀ = 𝟏ᵀuvᵀ",
            "i,j->j",
            [r"(\mathbf{1}^T u) v^T", r"\mathbf{1}^T u v^T", r"\mathbf{1}^T (uv^T)"],
        ),
    ),
)
def test_rows_and_columns(equation: str, texts: list[str]) -> None:
    def expected(**arrays: Array) -> Array:
        left, right = equation.split("->")
        found: Array = np.einsum(f"{left}->{right.replace('a', '')}", arrays["u"], arrays["v"])
        return found[np.newaxis] if "a" in right else found

    assert_row(declare("u[n] v[m]"), *texts, expected=expected)


def test_a_row_has_a_dimension_of_size_1() -> None:
    """uᵀ = ιu: in a larger formula the row is this matrix."""
    names = declare("u[n] W[n,k]")
    row = read("⟨ι u⟩", names)
    assert row.sizes == (1, names["u"].sizes[0])
    assert_row({**names, "R": row}, "R W", "⟨ι {u^T W}⟩", "⟨ι [~u W_1] W_2⟩")
    assert_row({**names, "R": row}, "R^T R", "u u^T")


def test_the_wrong_step_of_10_changes_the_orientation() -> None:
    names = declare("u[n] v[m]")
    with pytest.raises(bc.ParseError, match="row"):
        read(r"(\mathbf{1}^T u) v - \mathbf{1}^T (u v^T)", names)
