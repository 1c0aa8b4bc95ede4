r"""The formulas of §6.3: a fully connected network for classification.

Wrong in the scan, or misprinted:

=====  ============================================  ==================================================
§      as scanned                                    corrected
=====  ============================================  ==================================================
6.3    [B_1C_1D_1][C_2\overline{D_2}]E_2C_3]         [\overline{B_1}C_1D_1][C_2\overline{D_2}]
                                                     [\overline{B_2}C_3]
6.3    [B_1C_1][C_2\overline{B_2}C_3] · D            [B_1C_1]C_2[\overline{B_2}C_3] · D
6.3    E · (dZ_{L-1}W_L + E · (Z_{L-1}dW_L) + …      E · (dZ_{L-1}W_L) + E · (Z_{L-1}dW_L) + …
6.3    E · dZ_1[\overline{dZ_2}W_1]W_2 + … + E ·     E · 1db: the square brackets would multiply
       [1db]                                         element-wise
6.3    [E_1\overline{dZ_1}][dZ_2W_1][E_2W_2] + …     every pair of brackets has a bar
6.3    E_1W_1[E_2W_2] · dZ + [E_1Z_1]Z_2E_2 · dW     E_1W_1[\overline{E_2}W_2] · dZ +
       + [E_1 1]E_2 · db, and the line below         [\overline{E_1}Z_1]Z_2E_2 · dW +
                                                     [\overline{E_1}1]E_2 · db, and so below
6.3    (EW_1^T) · dZ_{L-1} + (Z_{1-1}^T E) · dW_L    (EW_L^T) · dZ_{L-1} + (Z_{L-1}^T E) · dW_L
6.3    "The final formulas are thus" is followed by  ∇_{Z_{L-1}}J = EW_L^T, ∇_{W_L}J = Z_{L-1}^T E,
       nothing                                       ∇_{b_L}J = E^T 1, and those of §6.2 for j < L
(40)   E = -1/N (Y ⊗ Z_L)^{1\overline{2}} ⊙^{13} …   Y ⊘ Z_L
(42)   Σ_i [(…)^{\frac{12}{2}} ⊙^{\frac{12}{2}}      Σ_i [(…)^{1\overline{2}} ⊙^{12} dA_L]_i
       dA_L]_i
6.3.1  (Y ⊘ Z_L)^{12} ⊙^{13} ∇s^1(A_L)               (Y ⊘ Z_L)^{1\overline{2}} ⊙^{13} ∇s^1(A_L)
6.3.1  (B^{1\overline{2}} ⊙^{13} C) · da_i           (B^{1\overline{2}} ⊙^{13} C)_{i·} · da_i
6.3.1  (B_i · \overline{1} ⊙^2 C_i .) · da_i         (B_{i·}^{\overline{1}} ⊙^2 C_{i··}) · da_i, then
                                                     (C_{i··}B_{i·}) · da_i
6.3.1  [Y ⊘ S_L]_{i·}                                [Y ⊘ Z_L]_{i·}
6.3.1  [sI_1]_{I_2} {y_i ⊘ s}]                       [sI_1][\overline{I_2}{y_i ⊘ s}]
=====  ============================================  ==================================================

Not typed in:

- d ln(…) of a row: the value of ``differential``.
- Σ_i over the rows: three rows are written out. Y has rows that sum to 1, for any sizes of their entries.
"""

from __future__ import annotations

import pytest

import bracketcalc as bc
from tests.paper.rows import (
    Names,
    assert_all_equal,
    assert_differential,
    assert_row,
    declare,
    differentials,
    read,
    rows,
)
from tests.paper.subtensors import FUNCTIONS

# -- §6.3 -----------------------------------------------------------------------------------------------

J_1 = r"-\frac{1}{N} \ln(s^1(Z_{L-1}W_L + \mathbf{1}b_L^T)) \cdot Y"
FINAL = r"(EW_L^T) \cdot dZ_{L-1} + (Z_{L-1}^TE) \cdot dW_L + (E^T\mathbf{1}) \cdot db_L"


def last_layer() -> Names:
    """Return the last layer with the letters of the derivation."""
    names = {**declare("Z_{L-1}[N,h] W_L[h,k] b_L[k] Y[N,k]"), "s": bc.softmax, "∇s": FUNCTIONS["∇s"]}
    names = differentials(names, "Z_{L-1}", "W_L", "b_L")
    variables = [names[name] for name in ("Z_{L-1}", "W_L", "b_L")]
    names["A_L"] = read(r"Z_{L-1}W_L + \mathbf{1}b_L^T", names)
    names["Z_L"] = read("s^1(A_L)", names)
    names["dA_L"] = bc.differential(names["A_L"], variables)
    names["dZ_L"] = bc.differential(names["Z_L"], variables)
    names["dlnZ_L"] = bc.differential(read(r"\ln(Z_L)", names), variables)
    names["B"] = read(r"-\frac{1}{N}(Y \oslash Z_L)", names)
    names["C"] = read("∇s^1(A_L)", names)
    names["E"] = read(r"-\frac{1}{N}(Y \oslash Z_L)^{1\overline{2}} \odot^{13} ∇s^1(A_L)", names)
    short = {"D": "dA_L", "dZ": "dZ_{L-1}", "Z": "Z_{L-1}", "W": "W_L", "dW": "dW_L", "db": "db_L"}
    return {**names, **{name: names[meaning] for name, meaning in short.items()}}


@pytest.mark.parametrize(
    "texts",
    rows(
        (
            "dJ_1 to B · (C ⊙ D)",
            [
                r"-\frac{1}{N}dlnZ_L \cdot Y",
                r"-\frac{1}{N}((1 \oslash Z_L) \odot dZ_L) \cdot Y",
                r"-\frac{1}{N}((1 \oslash Z_L) \odot (∇s^1(A_L)^{1\overline{2}} \odot^{12} dA_L)) \cdot Y",
                r"-\frac{1}{N}((1 \oslash Z_L) \odot Y) \cdot (∇s^1(A_L)^{1\overline{2}} \odot^{12} dA_L)",
                r"-\frac{1}{N}(Y \oslash Z_L) \cdot (∇s^1(A_L)^{1\overline{2}} \odot^{12} dA_L)",
                r"B \cdot (C^{1\overline{2}} \odot^{12} D)",
            ],
        ),
        (
            "B · (C ⊙ D) to E · dA_L (38)",
            [
                r"B \cdot (C^{1\overline{2}} \odot^{12} D)",
                r"B \cdot ⟨[C_1D_1][C_2\overline{D_2}]C_3⟩",
                r"⟨[\overline{B_1}C_1D_1][C_2\overline{D_2}][\overline{B_2}C_3]⟩",
                r"⟨[B_1C_1]C_2[\overline{B_2}C_3]⟩ \cdot D",
                r"(B^{1\overline{2}} \odot^{13} C) \cdot D",
                r"E \cdot dA_L",
                r"E \cdot (dZ_{L-1}W_L + Z_{L-1}dW_L + \mathbf{1}db_L^T)",
            ],
        ),
        (
            "E · dA_L to (39)",
            [
                r"E \cdot dA_L",
                r"E \cdot (dZ_{L-1}W_L) + E \cdot (Z_{L-1}dW_L) + E \cdot (\mathbf{1}db_L^T)",
                r"E \cdot (dZW) + E \cdot (ZdW) + E \cdot (\mathbf{1}db^T)",
                r"E \cdot ⟨dZ_1[\overline{dZ_2}W_1]W_2⟩ + E \cdot ⟨Z_1[Z_2\overline{dW_1}]dW_2⟩"
                r" + E \cdot ⟨1db⟩",
                r"⟨[E_1\overline{dZ_1}][\overline{dZ_2}W_1][\overline{E_2}W_2]"
                r" + [\overline{E_1}Z_1][Z_2\overline{dW_1}][E_2\overline{dW_2}]"
                r" + [\overline{E_1}1][E_2\overline{db}]⟩",
                r"⟨E_1W_1[\overline{E_2}W_2]⟩ \cdot dZ_{L-1} + ⟨[\overline{E_1}Z_1]Z_2E_2⟩ \cdot dW_L"
                r" + ⟨[\overline{E_1}1]E_2⟩ \cdot db_L",
                r"⟨E_1[\overline{E_2}W_2]W_1⟩ \cdot dZ_{L-1} + ⟨Z_2[Z_1\overline{E_1}]E_2⟩ \cdot dW_L"
                r" + ⟨E_2[\overline{E_1}1]⟩ \cdot db_L",
                FINAL,
            ],
        ),
    ),
)
def test_the_last_layer(texts: list[str]) -> None:
    assert_row(last_layer(), *texts)


def test_the_differential_of_the_last_layer_39() -> None:
    names = last_layer()
    assert_differential(names, J_1, "Z_{L-1} W_L b_L", FINAL, r"E \cdot dA_L")


def test_a_product_moves_to_the_other_side() -> None:
    """(P ⊙ Q) · Y = [PQY̅] = [PY] · Q = (P ⊙ Y) · Q"""
    names = declare("P[n,m] Q[n,m] Y[n,m]")
    texts = [r"(P \odot Q) \cdot Y", r"⟨[PQ\overline{Y}]⟩", r"⟨[PY]⟩ \cdot Q", r"(P \odot Y) \cdot Q"]
    assert_row(names, *texts)


def test_the_final_formulas_40() -> None:
    """Two layers: those of the last one, S_1 = ∇_{Z_1}J ⊙ f'_1(A_1), and the regularization"""
    names = {**declare("X[N,d] W_1[d,h] W_2[h,k] b_1[h] b_2[k] Y[N,k]"), "s": bc.softmax}
    names["∇s"] = FUNCTIONS["∇s"]
    names["A_1"] = bc.define("A_1", read(r"XW_1 + \mathbf{1}b_1^T", names))
    names["Z_1"] = bc.define("Z_1", read(r"\tanh(A_1)", names))
    names["A_2"] = bc.define("A_2", read(r"Z_1W_2 + \mathbf{1}b_2^T", names))
    names["Z_2"] = bc.define("Z_2", read("s^1(A_2)", names))
    J = read(r"-\frac{1}{N}\ln(Z_2) \cdot Y + W_1 \cdot W_1 + W_2 \cdot W_2", names)
    names["E"] = read(r"-\frac{1}{N}(Y \oslash Z_2)^{1\overline{2}} \odot^{13} ∇s^1(A_2)", names)
    names["∇_{Z_1}"] = read("E W_2^T", names)
    names["S_1"] = read(r"∇_{Z_1} \odot (\mathbf{1}\mathbf{1}^T - \tanh^2(A_1))", names)
    closed = {
        "A_2": "E",
        "Z_1": "∇_{Z_1}",
        "W_2": "Z_1^T E + 2W_2",
        "b_2": r"E^T \mathbf{1}",
        "W_1": "X^T S_1 + 2W_1",
        "b_1": r"S_1^T \mathbf{1}",
    }
    for name, text in closed.items():
        assert_all_equal(bc.gradient(J, names[name]), read(text, names))


# -- §6.3.1 ---------------------------------------------------------------------------------------------

ROWS = (1, 2, 3)


def by_rows() -> Names:
    """Return A, dA, Y with rows that sum to 1, Z_L, E, B, C, and a_i, da_i, y_i, s_i for each row."""
    names = differentials(declare("A[3,k] Q[3,k]"), "A")
    names |= {"s": bc.softmax, "∇s": FUNCTIONS["∇s"], "I": bc.identity("k")}
    names["Y"] = read(r"Q \oslash (Q \mathbf{1}\mathbf{1}^T)", names)
    names["Z_L"], names["C"] = read("s^1(A)", names), read("∇s^1(A)", names)
    names["B"], names["E"] = read(r"Y \oslash Z_L", names), read(r"-\frac{1}{3}(Y - Z_L)", names)
    for i in ROWS:
        names[f"a_{i}"] = read(rf"A_{{{i}\cdot}}", names)
        names[f"da_{i}"] = read(rf"dA_{{{i}\cdot}}", names)
        names[f"y_{i}"] = read(rf"Y_{{{i}\cdot}}", names)
        names[f"s_{i}"] = read(f"s(a_{i})", names)
        names[f"dl_{i}"] = bc.differential(
            read(rf"\ln(\frac{{e^{{a_{i}}}}}{{\mathbf{{1}}^T e^{{a_{i}}}}})", names), names["A"]
        )
        names[f"dm_{i}"] = bc.differential(
            read(rf"a_{i} - \mathbf{{1}}\ln(\mathbf{{1}}^T\exp(a_{i}))", names), names["A"]
        )
    return names


def total(term: str, factor: str = "") -> str:
    """Return a factor times the sum of a term over the rows; # stands for the number of a row."""
    return f"{factor}({' + '.join(term.replace('#', str(i)) for i in ROWS)})"


N = r"-\frac{1}{3}"


@pytest.mark.parametrize(
    "texts",
    rows(
        (
            "(41)",
            [
                rf"{N}\ln(s^1(A)) \cdot Y",
                total(r"\ln(s(a_#)) \cdot y_#", N),
                total(r"\ln(\frac{e^{a_#}}{\mathbf{1}^T e^{a_#}}) \cdot y_#", N),
                total(r"(a_# \ominus \ln(\mathbf{1}^T e^{a_#})) \cdot y_#", N),
                total(r"(a_# - \mathbf{1}\ln(\mathbf{1}^T e^{a_#})) \cdot y_#", N),
            ],
        ),
        (
            "dJ_1 to (44)",
            [
                total(r"dl_# \cdot y_#", N),
                total(r"dm_# \cdot y_#", N),
                total(
                    r"(da_# - \frac{\mathbf{1}}{\mathbf{1}^T e^{a_#}}"
                    r"\mathbf{1}^T(e^{a_#} \odot da_#)) \cdot y_#",
                    N,
                ),
                total(r"(da_# - \mathbf{1}\mathbf{1}^T(s(a_#) \odot da_#)) \cdot y_#", N),
                total(r"(da_# - \mathbf{1}(s(a_#) \cdot da_#)) \cdot y_#", N),
                total(r"(da_# \cdot y_# - s(a_#) \cdot da_#)", N),
                total(r"(y_# - s(a_#)) \cdot da_#", N),
                total(r"(Y - s^1(A))_{#\cdot} \cdot dA_{#\cdot}", N),
                total(r"(((Y - s^1(A))^{1\overline{2}} \odot^{12} dA)_# |)", N),
                rf"{N}(Y - Z_L) \cdot dA",
                r"E \cdot dA",
            ],
        ),
        (
            "E of (40) is E of (44)",
            [
                "E",
                rf"{N}(Y - Z_L)",
                rf"{N}(Y \oslash Z_L)^{{1\overline{{2}}}} \odot^{{13}} ∇s^1(A)",
                rf"{N}B^{{1\overline{{2}}}} \odot^{{13}} C",
            ],
        ),
        ("dA_L = Σ_i e_i da_iᵀ", ["dA", total("e_# da_#^T", "0 dA + ")]),
        (
            "from ((Y ⊘ Z_L) ⊙ ∇s¹(A_L)) · dA_L to the rows",
            [
                r"((Y \oslash Z_L)^{1\overline{2}} \odot^{13} ∇s^1(A)) \cdot dA",
                r"((Y \oslash Z_L)^{1\overline{2}} \odot^{13} ∇s^1(A)) \cdot " + total("e_# da_#^T"),
                total(r"((Y \oslash Z_L)^{1\overline{2}} \odot^{13} ∇s^1(A)) \cdot (e_# da_#^T)"),
                total(r"(B^{1\overline{2}} \odot^{13} C) \cdot (e_# da_#^T)"),
                total(r"(B^{1\overline{2}} \odot^{13} C)_{#\cdot} \cdot da_#"),
                total(r"(B_{#\cdot}^{\overline{1}} \odot^2 C_{#\cdot\cdot}) \cdot da_#"),
                total(r"(C_{#\cdot\cdot}B_{#\cdot}) \cdot da_#"),
                total(r"(∇s^1(A)_{#\cdot\cdot}(Y \oslash Z_L)_{#\cdot}) \cdot da_#"),
                total(r"(∇s(a_#)(y_# \oslash s_#)) \cdot da_#"),
            ],
        ),
        (
            "from ∇s to (Y - Z_L) · dA_L",
            [
                total(r"(∇s(a_#)(y_# \oslash s_#)) \cdot da_#"),
                total(r"((s_#\mathbf{1}^T \odot I - s_#s_#^T)(y_# \oslash s_#)) \cdot da_#"),
                total(
                    r"⟨[s_#I_1][\overline{I_2}{y_# \oslash s_#}]"
                    r" - s_#[\overline{s_#}{y_# \oslash s_#}]⟩ \cdot da_#"
                ),
                total(r"⟨[s_#I_1][\overline{I_2}{y_# \oslash s_#}] - s_#[\overline{y_#}]⟩ \cdot da_#"),
                total(
                    r"(s_# \odot ⟨I_1[\overline{I_2}{y_# \oslash s_#}]⟩ - s_#\mathbf{1}^Ty_#) \cdot da_#"
                ),
                total(r"(s_# \odot (I(y_# \oslash s_#)) - s_#) \cdot da_#"),
                total(r"(y_# - s(a_#)) \cdot da_#"),
                total(r"(Y - s^1(A))_{#\cdot} \cdot dA_{#\cdot}"),
                total(r"(((Y - s^1(A))^{1\overline{2}} \odot^{12} dA)_# |)"),
                r"(Y - Z_L) \cdot dA",
            ],
        ),
    ),
)
def test_an_easier_way(texts: list[str]) -> None:
    assert_row(by_rows(), *texts)


def test_the_differential_by_rows_43() -> None:
    """dJ_1 = -1/N (Y - Z_L) · dA_L, as the rows of Y sum to 1"""
    names = by_rows()
    assert_differential(names, rf"{N}\ln(s^1(A)) \cdot Y", "A", rf"{N}(Y - Z_L) \cdot dA", r"E \cdot dA")


def test_inner_products_of_rows() -> None:
    r"""U^{1\overline{2}} ⊙^{12} V is the column of the inner products of the rows of U and V."""
    names = declare("U[3,k] V[3,k]")
    whole = r"U^{1\overline{2}} \odot^{12} V"
    assert_row(names, whole, "(U_{ij}V_{ij} | i)", "(U ⊙ V) 𝟏")
    for i in ROWS:
        assert_row(names, rf"(({whole})_{i} |)", rf"U_{{{i}\cdot}} \cdot V_{{{i}\cdot}}")
