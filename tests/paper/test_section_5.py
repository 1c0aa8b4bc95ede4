r"""The formulas of §5: basic examples.

Wrong in the scan, or misprinted:

====  ===================================  =========================
§     as scanned                           corrected
====  ===================================  =========================
5     ∇_x f = ab^T for f(X) = a^T X b      ∇_X f = ab^T
5     I_i x_i I_p + x_i I_i I_p            I_i x_j I_p + x_i I_j I_p
5     the second addend is x_i δ_{i=p}     x_i δ_{j=p}
====  ===================================  =========================

Not typed in:

- I_i x_j I_p, which the paper calls an abuse of notation: δ_{ip} x_j is typed.
- d(…) and ∇_x f: the results of ``differential`` and ``gradient``.
- a^T · dx, which the paper calls a mistake, is refused.
- tr(a^T X b) of a scalar: a and b are matrices with one column where the trace is taken.
"""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc
from tests.paper.rows import (
    Array,
    assert_all_equal,
    assert_differential,
    assert_gradient,
    assert_row,
    declare,
    differentials,
    read,
    rows,
)

LINEAR = ("x[n] a[n]", "a^T x", "x")
QUADRATIC = ("x[n] A[n,n]", "x^T A x", "x")
BILINEAR = ("X[n,m] a[n] b[m]", "a^T X b", "X")
CLASSIC = ("X[n,m] a[n,1] b[m,1]", "tr(a^T X b)", "X")
GRAM = ("X[n,m] a[n]", "a^T X X^T a", "X")
INVERSE = ("X[3,3] A[m,3] B[3,m]", "tr(AX^{-1}B)", "X")
OUTER = ("x[n]", "xx^T", "x")


@pytest.mark.parametrize(
    ("case", "texts"),
    rows(
        ("d(aᵀx) (33)", LINEAR, ["a^T dx", r"a \cdot dx"]),
        (
            "d(xᵀAx)",
            QUADRATIC,
            [
                "dx^TAx + x^TAdx",
                "x^TA^Tdx + x^TAdx",
                "(x^TA^T + x^TA)dx",
                "(x^T(A^T + A))dx",
                r"((A + A^T)x) \cdot dx",
            ],
        ),
        (
            "d(aᵀXb)",
            BILINEAR,
            [
                "a^TdXb",
                r"a \cdot_1 dX \cdot_1 b",
                r"⟨[a\overline{dX_1}][\overline{dX_2}b]⟩",
                r"⟨ab⟩ \cdot dX",
                r"(ab^T) \cdot dX",
            ],
        ),
        (
            "d tr(aᵀXb)",
            CLASSIC,
            [r"\operatorname{tr}(a^TdXb)", r"\operatorname{tr}(ba^TdX)"],
        ),
        (
            "d(aᵀXXᵀa)",
            GRAM,
            [
                "a^TdXX^Ta + a^TXdX^Ta",
                "2a^TdXX^Ta",
                r"⟨2[a\overline{dX_1}][\overline{dX_2}X_2][X_1\overline{a}]⟩",
                r"⟨2aX_2[X_1\overline{a}]⟩ \cdot dX",
                r"2(a \otimes X^Ta) \cdot dX",
                r"2(aa^TX) \cdot dX",
            ],
        ),
        (
            "d((AX⁻¹B) · I)",
            ("X[3,3] A[m,3] B[3,m]", r"(AX^{-1}B) \cdot I", "X"),
            [r"-(AX^{-1}dXX^{-1}B) \cdot I"],
        ),
        (
            "d(xxᵀ) (35)",
            OUTER,
            [
                "dxx^T + xdx^T",
                "Idxx^T + xdx^TI",
                r"((I \otimes x)_{132} + x \otimes I) \cdot_1 dx",
            ],
        ),
    ),
)
def test_differentials(case: tuple[str, str, str], texts: list[str]) -> None:
    declarations, formula, variable = case
    assert_differential(declare(declarations), formula, variable, *texts)


@pytest.mark.parametrize(
    ("case", "texts"),
    rows(
        ("∇(aᵀx) = a", LINEAR, ["a"]),
        ("∇(xᵀAx) = (A + Aᵀ)x", QUADRATIC, ["(A + A^T)x"]),
        ("∇(aᵀXb) = abᵀ", BILINEAR, ["ab^T", r"a \otimes b", "⟨ab⟩"]),
        ("∇tr(aᵀXb) = abᵀ, the transpose of Df = baᵀ", CLASSIC, ["ab^T", "(ba^T)^T"]),
        ("∇(aᵀXXᵀa) = 2aaᵀX", GRAM, ["2aa^TX"]),
        (
            "∇tr(AX⁻¹B) = -UᵀVᵀ = -X^{-T}AᵀBᵀX^{-T}",
            INVERSE,
            ["-(AX^{-1})^T(X^{-1}B)^T", "-X^{-T}A^TB^TX^{-T}"],
        ),
    ),
)
def test_gradients(case: tuple[str, str, str], texts: list[str]) -> None:
    declarations, formula, variable = case
    assert_gradient(declare(declarations), formula, variable, *texts)


def test_a_row_times_a_column_is_no_product_of_all_positions() -> None:
    """aᵀdx becomes a · dx and not aᵀ · dx: aᵀ = ιa has two dimensions."""
    names = declare("a[n] dx[n]")
    assert read("⟨ι a⟩", names).sizes == (1, names["a"].sizes[0])
    with pytest.raises(bc.BracketCalcError):
        read("⟨ι a⟩ · dx", names)


def test_outer_products_of_columns() -> None:
    """ab = a ⊗ b = abᵀ, and [X_1a̅] is a scalar in aX_2[X_1a̅]."""
    names = declare("a[n] b[m] X[n,m]")
    assert_row(names, "⟨ab⟩", r"a \otimes b", "ab^T")
    assert_row(names, r"⟨aX_2[X_1\overline{a}]⟩", r"a \otimes (X^Ta)", r"a \otimes X^T a", "aa^TX")


def test_the_trace_is_an_inner_product_with_the_identity() -> None:
    """tr(M) = M · I"""
    assert_row(declare("M[n,n]"), r"\operatorname{tr}(M)", r"M \cdot I", "(M_{ii} |)")
    assert_row(declare("X[3,3] A[m,3] B[3,m]"), "tr(AX^{-1}B)", r"(AX^{-1}B) \cdot I")


def test_the_trace_with_an_inverse_34() -> None:
    """d tr(AX⁻¹B) with U = AX⁻¹ and V = X⁻¹B, step by step"""
    names = differentials(declare("X[3,3] A[2,3] B[3,2]"), "X")
    names["left"] = bc.differential(read("tr(AX^{-1}B)", names), names["X"])
    names["U"], names["V"] = read("AX^{-1}", names), read("X^{-1}B", names)
    names["I"] = bc.identity(2)
    assert_row(
        names,
        "left",
        r"-(AX^{-1}dXX^{-1}B) \cdot I",
        r"-(UdXV) \cdot I",
        r"-⟨U_1[U_2\overline{dX_1}][\overline{dX_2}V_1]V_2⟩ \cdot I",
        r"⟨-[\overline{I_1}U_1][U_2\overline{dX_1}][\overline{dX_2}V_1][\overline{I_2}V_2]⟩",
        r"⟨-[\overline{I_1}U_1]U_2V_1[\overline{I_2}V_2]⟩ \cdot dX",
        r"⟨-U_2[U_1\overline{I_1}][\overline{I_2}V_2]V_1⟩ \cdot dX",
        r"-(U^T I V^T) \cdot dX",
        r"-(U^TV^T) \cdot dX",
        r"-(X^{-T}A^TB^TX^{-T}) \cdot dX",
    )


def test_the_outer_product_of_a_vector_with_itself_35() -> None:
    """d(xxᵀ) with the portions of I, step by step"""
    names = differentials(declare("x[n]"), "x")
    names["I"] = bc.identity("n")
    assert_row(
        names,
        "dxx^T + xdx^T",
        "Idxx^T + xdx^TI",
        r"⟨I_1[I_2\overline{dx}]x + x[\overline{dx}I_1]I_2⟩",
        r"⟨I_1x[I_2\overline{dx}] + xI_2[\overline{dx}I_1]⟩",
        r"⟨I_1xI_2 + xI_2I_1⟩ \cdot_1 dx",
        r"((I \otimes x)_{132} + x \otimes I) \cdot_1 dx",
    )


def test_the_outer_product_of_a_vector_with_itself_36() -> None:
    """∂(xxᵀ)_ij/∂x_p = ∂(x_ix_j)/∂x_p = x_j δ_{i=p} + x_i δ_{j=p}, and its four cases"""
    names = declare("x[n]")
    found = bc.jacobian(read("xx^T", names), names["x"])
    texts = [r"(I \otimes x)_{132} + x \otimes I", "(δ_{ip} x_j + x_i δ_{jp} | ijp)"]
    assert_all_equal(found, *[read(text, names) for text in texts])
    assert read(r"I_n \otimes x", names).ndim == 3

    def cases(x: Array) -> Array:
        size = len(x)
        result = np.zeros((size, size, size))
        for i, j, p in np.ndindex(size, size, size):
            if i == j == p:
                result[i, j, p] = 2 * x[i]
            elif i == p:
                result[i, j, p] = x[j]
            elif j == p:
                result[i, j, p] = x[i]
        return result

    assert_all_equal(found, expected=cases)
