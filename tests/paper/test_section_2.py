r"""The formulas of §2.1 and §2.2.

Wrong in the scan, or misprinted:

====  ==========================================  ============================================
§     as scanned                                  corrected
====  ==========================================  ============================================
2.2   B = (B_{j_1 … j_N} | j_1 … j_N)             B = (B_{j_1 … j_M} | j_1 … j_M)
2.2   v w^T = (v_i w_i | ij)                      v w^T = (v_i w_j | ij)
2.2   A^{\frac{1}{2}} ⊙^1 B                       A^{\overline{2}} ⊙^1 B
2.2   A^{P,Q} B = A^{\overline{P}} ⊙^Q B          A^P ·^Q B = A^{\overline{P}} ⊙^Q B
====  ==========================================  ============================================

Not typed in:

- A_1 ⇝ A_2, which shows intermediate steps, some of which mean nothing: both ends are typed.
- L[P], L[P] ← K, Q \ R and -P, which are lists and no tensors: Python functions have their values, and
  give the letters of (3) for drawn lists P and Q.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bracketcalc as bc
from bracketcalc.rewrite import chosen, others, replaced
from tests.paper.rows import Names, assert_all_equal, assert_row, by_einsum, declare, read, rows

LETTERS = "abcdefghijklmnopqrstuvwxyz"


# -- §2.1 -----------------------------------------------------------------------------------------------


def one_hots(sizes: tuple[int, ...], element: str) -> str:
    """Return the sum of an element times e, over all indices; ``{0}``, ``{1}``, … are the indices."""
    indices = product(*[range(1, size + 1) for size in sizes])
    return " + ".join(f"{element.format(*at)} e_{{{''.join(map(str, at))}}}" for at in indices)


@pytest.mark.parametrize(
    ("declarations", "left", "right"),
    rows(
        ("A = Σ A_ijk e_ijk", "A[2,3,4]", "A", one_hots((2, 3, 4), "(A_{{{0}{1}{2}}} |)")),
        ("v = Σ v_i e_i", "v[5]", "v", one_hots((5,), "(v_{{{0}}} |)")),
        ("A = Σ A_ij e_ij", "A[2,3]", "A", one_hots((2, 3), "(A_{{{0}{1}}} |)")),
        ("B = Σ B_lm e_lm", "B[3,4]", "B", one_hots((3, 4), "(B_{{{0}{1}}} |)")),
        (
            "M^1 = A ⊗ B = Σ A_ij B_lm e_ijlm",
            "A[2,3] B[3,2]",
            "A ⊗ B",
            one_hots((2, 3, 3, 2), "(A_{{{0}{1}}} B_{{{2}{3}}} |)"),
        ),
        (
            "M^2 = Σ A_ij B_jm e_ijm",
            "A[2,3] B[3,4]",
            "(A_{ij} B_{jm} | ijm)",
            one_hots((2, 3, 4), "(A_{{{0}{1}}} B_{{{1}{2}}} |)"),
        ),
        (
            "M^3 = Σ (Σ_j A_ij B_jm) e_im",
            "A[2,3] B[3,4]",
            "(A_{ij} B_{jm} | im)",
            one_hots((2, 4), "(A_{{{0}j}} B_{{j{1}}} |)"),
        ),
    ),
)
def test_elements_and_one_hots(declarations: str, left: str, right: str) -> None:
    names = declare(declarations)
    # The sizes of a sum of one-hots follow from what it is compared with.
    assert_row(names, left, f"{left} - ({left}) + {right}")


def test_one_hots_have_a_single_1() -> None:
    found = bc.evaluate(bc.onehot((1, 0, 2), (2, 3, 4)))
    expected = np.zeros((2, 3, 4))
    expected[1, 0, 2] = 1
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        (
            "C = AB, C[i,m] = Σ_k A_ik B_km",
            "A[n,m] B[m,k]",
            "ij,jk->ik",
            ["A B", "AB", "(A_{ik} B_{km} | im)", "((A B)_{im} | im)"],
        ),
        (
            "M^1 = A ⊗ B = (A_ij B_lm | ijlm) (1)",
            "A[n,m] B[m,k]",
            "ij,lm->ijlm",
            ["A ⊗ B", r"A \otimes B", "A (x) B", "(A_{ij}B_{lm}|ijlm)", "⟨AB⟩"],
        ),
        (
            "M^2 = (A_ij B_jm | ijm) (1)",
            "A[n,m] B[m,k]",
            "ij,jm->ijm",
            ["(A_{ij}B_{jm}|ijm)", "A^2 ⊙^1 B", "⟨A_1[A_2B_1]B_2⟩"],
        ),
        (
            "M^3 = (A_ij B_jm | im) = (B_jm A_ij | im) (1)",
            "A[n,m] B[m,k]",
            "ij,jm->im",
            ["(A_{ij}B_{jm}|im)", "(B_{jm}A_{ij}|im)", "((A_{ij}B_{jm}|ijm)_{ijm} | im)"],
        ),
    ),
)
def test_index_forms(declarations: str, equation: str, texts: list[str]) -> None:
    assert_row(declare(declarations), *texts, expected=by_einsum(equation, "A", "B"))


def test_a_sum_over_an_axis() -> None:
    """M³ = M².sum(axis = (2 - 1))"""
    names = declare("A[n,m] B[m,k]")
    twice = read("(A_{ij} B_{jm} | ijm)", names)
    assert_all_equal(read("A B", names), twice.sum(axis=2 - 1))


@pytest.mark.parametrize(
    ("declarations", "texts"),
    rows(
        ("A = Σ A_ijk e_ijk", "A[n,m,k]", [r"\sum_{i,j,k} A_{ijk} e_{ijk}", "A"]),
        ("v = Σ v_i e_i", "v[n]", [r"\sum_{i=1}^{n} v_i e_i", "v"]),
        ("A = Σ A_ij e_ij", "A[n,m]", [r"\sum_{i,j} A_{ij} e_{ij}", "A"]),
        ("M^1 = Σ A_ij B_lm e_ijlm", "A[n,m] B[m,k]", [r"\sum_{i,j,l,m} A_{ij} B_{lm} e_{ijlm}", "A ⊗ B"]),
        ("M^2 = Σ A_ij B_jm e_ijm", "A[n,m] B[m,k]", [r"\sum_{i,j,m} A_{ij} B_{jm} e_{ijm}", "A^2 ⊙^1 B"]),
        (
            "M^3 = Σ_im (Σ_j A_ij B_jm) e_im = (Σ_j A_ij B_jm | im)",
            "A[n,m] B[m,k]",
            [
                r"\sum_{i,m} \left(\sum_{j} A_{ij} B_{jm}\right) e_{im}",
                r"\left(\sum_j A_{ij} B_{jm} \middle| im\right)",
                "(A_{ij}B_{jm}|im)",
                "AB",
            ],
        ),
    ),
)
def test_sums_over_letters(declarations: str, texts: list[str]) -> None:
    assert_row(declare(declarations), *texts)


# -- §2.2: products -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        (
            "A = (A_{i_1 … i_N} | i_1 … i_N)",
            "A[n,m,k,l]",
            "ijkl->ijkl",
            [
                "A",
                "(A_{i_1 i_2 i_3 i_4} | i_1 i_2 i_3 i_4)",
                r"(A_{i_1 i_2 \cdots i_4} | i_1 i_2 \cdots i_4)",
            ],
        ),
        (
            "A ⊗ B = (A_I B_J | IJ)",
            "A[n,m,k] B[l,o]",
            "ijk,lm->ijklm",
            [
                "A ⊗ B",
                "(A_{i_1 i_2 i_3} B_{j_1 j_2} | i_1 i_2 i_3 j_1 j_2)",
                r"(A_{i_1 \cdots i_3} B_{j_1 \cdots j_2} | i_1 \cdots i_3 j_1 \cdots j_2)",
                "(A_I B_J | IJ)",
            ],
        ),
        (
            "v wᵀ = (v_i w_j | ij) = v ⊗ w",
            "v[n] w[m]",
            "i,j->ij",
            ["v w^T", "vw^T", "(v_i w_j | ij)", "(v_iw_j | ij)", r"v \otimes w"],
        ),
        (
            "(2)",
            "A[p,q,r,s] B[q,l,m,r,o]",
            "akhd,klmho->akhdlmo",
            [
                r"A^{23} \odot^{14} B",
                "A^{2,3} ⊙^{1,4} B",
                "(A_{i_1 k h i_4} B_{k j_2 j_3 h j_5} | i_1 k h i_4 j_2 j_3 j_5)",
                "⟨A_1 [A_2 B_1] [A_3 B_4] A_4 B_2 B_3 B_5⟩",
            ],
        ),
        (
            "A^{P̄Q} ⊙^{RS} B, P = 3, Q = 1, R = 2, S = 1",
            "A[n,m,k] B[n,k,l]",
            "acb,abd->acd",
            [r"A^{\overline{3}1} \odot^{21} B", "A^{3̄1} ⊙^{21} B", "(A_{hi_2k} B_{hkj_3} | h i_2 j_3)"],
        ),
        (
            "A^{P̄Q} ⊙^{RS} B, P = 14, Q = 2, R = 31, S = 4",
            "A[p,q,r,s] B[s,l,p,q]",
            "abcd,dlab->bcl",
            [r"A^{\overline{14}2} \odot^{314} B", "A^{~1,~4,2} .*^{3,1,4} B", "(A_{abcd} B_{dlab} | bcl)"],
        ),
        (
            "AB = (Σ_k A_ik B_km | im) = A^{2̄} ⊙¹ B = A² ·¹ B = A ·₁ B",
            "A[n,m] B[m,k]",
            "ik,km->im",
            [
                "AB",
                "(A_{ik}B_{km} | im)",
                r"A^{\overline{2}} \odot^1 B",
                "A^{2̄} ⊙^{1} B",
                r"A^2 \cdot^1 B",
                r"A \cdot_1 B",
                "A ·₁ B",
            ],
        ),
        (
            "vᵀw = v^{1̄} ⊙¹ w = v · w",
            "v[n] w[n]",
            "i,i->",
            ["v^T w", r"v^{\overline{1}} \odot^1 w", r"v \cdot w", "v^1 ·^1 w", "(v_i w_i |)"],
        ),
        (
            "A^P ·^Q B = A^{P̄} ⊙^Q B, P = 41, Q = 13",
            "A[p,q,r,s] B[s,l,p]",
            "abcd,dla->bcl",
            [r"A^{41} \cdot^{13} B", r"A^{\overline{41}} \odot^{13} B", "(A_{abcd} B_{dla} | bcl)"],
        ),
    ),
)
def test_products(declarations: str, equation: str, texts: list[str]) -> None:
    names = declare(declarations)
    assert_row(names, *texts, expected=by_einsum(equation, *names))


def test_the_kronecker_product_does_not_commute() -> None:
    names = declare("A[n,n] B[n,n]")
    assert not bc.equal(read("A ⊗ B", names), read("B ⊗ A", names))


def test_products_that_differ_by_a_permutation_4_5() -> None:
    names = declare("A[p,q,r] B[s,q,p]")
    assert_row(names, r"A^{12} \odot^{32} B", "(A_{ijk} B_{lji} | ijkl)", "⟨[A_1B_3][A_2B_2]A_3B_1⟩")
    assert_row(names, r"B^{32} \odot^{12} A", "(B_{lji} A_{ijk} | ljik)", "⟨B_1[B_2A_2][B_3A_1]A_3⟩")
    assert_row(names, "(A^{12} ⊙^{32} B)_{4213}", "B^{32} ⊙^{12} A")
    same = declare("A[n,n,n] B[n,n,n]")
    assert not bc.equal(read("A^{12} ⊙^{32} B", same), read("B^{32} ⊙^{12} A", same))


@st.composite
def products_with_positions(draw: st.DrawFn) -> tuple[list[int], list[int], list[bool], int, int]:
    """Return P, Q, the positions of P that are summed, and the numbers of dimensions."""
    left, right = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    count = draw(st.integers(0, min(left, right)))
    taken = draw(st.permutations(range(1, left + 1)))[:count]
    partners = draw(st.permutations(range(1, right + 1)))[:count]
    barred = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return list(taken), list(partners), barred, left, right


@settings(max_examples=40, deadline=None)
@given(products_with_positions())
def test_products_with_any_positions_3(
    case: tuple[list[int], list[int], list[bool], int, int],
) -> None:
    """A^P ⊙^Q B = (A_{I[P]←K} B_{J[Q]←K} | (I[P]←K) J[-Q]), and the same with bars on some of P."""
    P, Q, barred, left, right = case
    K = LETTERS[-len(P) :] if P else ""
    I = replaced(LETTERS[:left], P, K)  # noqa: E741
    J = replaced(LETTERS[left : left + right], Q, K)
    sizes = {letter: 2 + at for at, letter in enumerate(dict.fromkeys(I + J))}
    A = bc.tensor("A", [sizes[i] for i in I])
    B = bc.tensor("B", [sizes[j] for j in J])
    summed = [p for p, bar in zip(P, barred, strict=True) if bar]
    output = "".join(chosen(I, others(summed, left)) + chosen(J, others(Q, right)))
    form = f"(A_{{{''.join(I)}}} B_{{{''.join(J)}}} | {output})"
    first, second = "".join(map(str, P)), "".join(map(str, Q))
    marked = "".join(rf"\overline{{{p}}}" if bar else str(p) for p, bar in zip(P, barred, strict=True))
    text = rf"A^{{{marked}}} \odot^{{{second}}} B" if P else r"A \otimes B"
    expected = by_einsum(f"{''.join(I)},{''.join(J)}->{output}", "A", "B")
    assert_row({"A": A, "B": B}, text, form, expected=expected)
    if P and all(barred):
        assert_row({"A": A, "B": B}, text, rf"A^{{{first}}} \cdot^{{{second}}} B")


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_squares(ndim: int) -> None:
    """W^{1…n} ⊙^{1…n} W = W ⊙ W"""
    names = {"W": bc.tensor("W", ["n", "m", "k"][:ndim])}
    at = "123"[:ndim]
    texts = [rf"W^{{{at}}} \odot^{{{at}}} W", r"W \odot W", "power(W, 2)", "(W_I W_I | I)", "⟨[W W]⟩"]
    ranges = r"W^{1\cdots N} \odot^{1\cdots N} W"
    assert_row({**names, "N": ndim}, *texts, ranges, expected=lambda W: W * W)


@pytest.mark.parametrize(("left", "right", "k"), [(3, 3, 1), (3, 3, 2), (3, 2, 2), (2, 3, 2), (4, 3, 3)])
def test_the_last_dimensions_with_the_first(left: int, right: int, k: int) -> None:
    """X^{(n-k+1)…n} ⊙^{1…k} Y = X ⊙_k Y and X^{(n-k+1)…n} ·^{1…k} Y = X ·_k Y"""
    I, K, J = LETTERS[: left - k], "pqr"[:k], LETTERS[8 : 8 + right - k]  # noqa: E741
    common = list(range(2, 2 + k))
    X = bc.tensor("X", [*range(10, 10 + left - k), *common])
    Y = bc.tensor("Y", [*common, *range(20, 20 + right - k)])
    at, first = "".join(map(str, range(left - k + 1, left + 1))), "123"[:k]
    names = {"X": X, "Y": Y}
    form = f"X_{{{I + K}}} Y_{{{K + J}}}"
    assert_row(names, rf"X^{{{at}}} \odot^{{{first}}} Y", rf"X \odot_{k} Y", f"({form} | {I + K + J})")
    assert_row(names, rf"X^{{{at}}} \cdot^{{{first}}} Y", rf"X \cdot_{k} Y", f"({form} | {I + J})")
    values: Names = {**names, "n": left, "k": k}
    for sign in (r"\odot", r"\cdot"):
        assert_row(values, rf"X^{{(n-k+1)\cdots n}} {sign}^{{1\cdots k}} Y", rf"X {sign}_k Y")


# -- §2.2: subscripts -----------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(1, 5)))
def test_permutations_6(P: list[int]) -> None:
    """A_P = (A_{i_1 … i_N} | i_{p_1} i_{p_2} … i_{p_N})"""
    names = declare("A[2,3,4,5]")
    at = "".join(map(str, P))
    form = "(A_{i_1 i_2 i_3 i_4} | " + " ".join(f"i_{p}" for p in P) + ")"
    portions = "⟨" + " ".join(f"A_{p}" for p in P) + "⟩"
    assert_row(names, f"A_{{{at}}}", form, portions, expected=lambda A: np.transpose(A, [p - 1 for p in P]))


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(1, 9)), st.sampled_from([4, 6]))
def test_diagonals_and_marks(P: list[int], marked: int) -> None:
    """A_{p_1[p_2p_5p_7]p_3[p_4p_6]p_8} and A_{p̄_1[p_2p_5p_7]p_3[p_4p̄_6]p_8}.

    The mark on p_4 instead of p_6 gives the same.
    """
    letters = [""] * 8
    for p, letter in zip(P, "abcdbdbe", strict=True):
        letters[p - 1] = letter
    sizes = dict(zip("abcde", [2, 3, 4, 1, 2], strict=True))
    names = {"A": bc.tensor("A", [sizes[letter] for letter in letters])}
    one, two, three, four, five, six, seven, eight = P
    inside = "".join(letters)
    assert_row(
        names,
        f"A_{{{one}[{two}{five}{seven}]{three}[{four}{six}]{eight}}}",
        f"(A_{{{inside}}} | abcde)",
        f"⟨A_{one} [A_{two} A_{five} A_{seven}] A_{three} [A_{four} A_{six}] A_{eight}⟩",
        expected=by_einsum(f"{inside}->abcde", "A"),
    )
    pair = rf"\overline{{{four}}}{six}" if marked == 4 else rf"{four}\overline{{{six}}}"
    assert_row(
        names,
        rf"A_{{\overline{{{one}}}[{two}{five}{seven}]{three}[{pair}]{eight}}}",
        f"(A_{{{inside}}} | bce)",
        expected=by_einsum(f"{inside}->bce", "A"),
    )
