"""The formulas of §2.4 and §2.5: when ⊙ and · are associative.

Wrong in the scan, or misprinted:

====  ============================================  ==========================
§     as scanned                                    corrected
====  ============================================  ==========================
2.5   C will fuse with the last k dimensions of B   the last h dimensions of B
====  ============================================  ==========================

The first condition of §2.5, max(k, h) ≤ dim(B), is no restriction: otherwise no side can be typed in.
"""

from __future__ import annotations

from itertools import product

import pytest

import bracketcalc as bc
from tests.paper.rows import assert_row, by_einsum, declare, read, rows

# -- §2.4 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        (
            "(A¹ ·¹ B)¹ ·¹ C",
            "A[p,q] B[p,r] C[q,s]",
            "ij,ik,jl->kl",
            [
                r"(A^1 \cdot^1 B)^1 \cdot^1 C",
                r"A^1 \cdot^1 B^1 \cdot^1 C",
                r"⟨[\overline{A_1}B_1]A_2B_2⟩^1 \cdot^1 C",
                r"⟨[\overline{A_1}B_1][\overline{A_2}C_1]B_2C_2⟩",
            ],
        ),
        (
            "A¹ ·¹ (B¹ ·¹ C)",
            "A[r,q] B[p,r] C[p,s]",
            "ij,ki,kl->jl",
            [
                r"A^1 \cdot^1 (B^1 \cdot^1 C)",
                r"A^1 \cdot^1 ⟨[\overline{B_1}C_1]B_2C_2⟩",
                r"⟨[\overline{B_1}C_1][\overline{A_1}B_2]A_2C_2⟩",
            ],
        ),
        (
            "(A¹ ⊙¹ B)¹ ⊙¹ C = A¹ ⊙¹ (B¹ ⊙¹ C)",
            "A[p,q] B[p,r] C[p,s]",
            "ij,ik,il->ijkl",
            [
                r"(A^1 \odot^1 B)^1 \odot^1 C",
                r"⟨[A_1B_1]A_2B_2⟩^1 \odot^1 C",
                "⟨[A_1B_1C_1]A_2B_2C_2⟩",
                r"A^1 \odot^1 (B^1 \odot^1 C)",
                r"A^1 \odot^1 ⟨[B_1C_1]B_2C_2⟩",
            ],
        ),
        (
            "(A² ⊙¹ B)¹ ⊙¹ C",
            "A[p,q] B[q,r] C[p,s]",
            "ij,jk,il->ijkl",
            [
                r"(A^2 \odot^1 B)^1 \odot^1 C",
                r"⟨A_1[A_2B_1]B_2⟩^1 \odot^1 C",
                "⟨[A_1C_1][A_2B_1]B_2C_2⟩",
            ],
        ),
        (
            "A² ⊙¹ (B¹ ⊙¹ C)",
            "A[p,q] B[q,r] C[q,s]",
            "ij,jk,jl->ijkl",
            [r"A^2 \odot^1 (B^1 \odot^1 C)", r"A^2 \odot^1 ⟨[B_1C_1]B_2C_2⟩", "⟨A_1[A_2B_1C_1]B_2C_2⟩"],
        ),
    ),
)
def test_section_2_4(declarations: str, equation: str, texts: list[str]) -> None:
    names = declare(declarations)
    assert_row(names, *texts, expected=by_einsum(equation, *names))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("(A^1 ·^1 B)^1 ·^1 C", "A^1 ·^1 (B^1 ·^1 C)"),
        ("(A^2 ⊙^1 B)^1 ⊙^1 C", "A^2 ⊙^1 (B^1 ⊙^1 C)"),
    ],
)
def test_products_that_do_not_associate(left: str, right: str) -> None:
    names = declare("A[n,n] B[n,n] C[n,n]")
    assert not bc.equal(read(left, names), read(right, names))


# -- §2.5 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "h"), list(product((1, 2, 3), repeat=2)))
@pytest.mark.parametrize("signs", ["⊙⊙", "··", "·⊙", "⊙·"])
def test_section_2_5(signs: str, k: int, h: int) -> None:
    r"""(A ⊙_k B) ⊙_h C = A ⊙_k (B ⊙_h C) if max(k, h) ≤ dim(B); the other three if k + h ≤ dim(B)."""
    least = max(k, h) if signs == "⊙⊙" else k + h
    first, second = signs[0], signs[1]
    for ndim in range(least, least + 2):
        B = list(range(2, 2 + ndim))
        names = {
            "A": bc.tensor("A", [9, *B[:k]]),
            "B": bc.tensor("B", B),
            "C": bc.tensor("C", [*B[ndim - h :], 8]),
        }
        left, right = f"(A {first}_{k} B) {second}_{h} C", f"A {first}_{k} (B {second}_{h} C)"
        one, two = read(left, names), read(right, names)
        assert one.sizes == two.sizes
        assert bc.equal(one, two)
        if ndim <= 3:
            assert_row(names, left, right)


@pytest.mark.parametrize("signs", ["··", "·⊙", "⊙·"])
def test_overlapping_products_do_not_associate(signs: str) -> None:
    """If k + h > dim(B), A and C meet, and the two sides differ."""
    names = declare("A[n,n] B[n] C[n,n]")
    first, second = signs[0], signs[1]
    left, right = read(f"(A {first}_1 B) {second}_1 C", names), read(f"A {first}_1 (B {second}_1 C)", names)
    assert left.sizes != right.sizes or not bc.equal(left, right)


@pytest.mark.parametrize("text", ["(A ⊙_2 b) ⊙_1 C", "A ⊙_1 (b ⊙_2 C)"])
def test_without_its_antecedent_the_first_formula_makes_no_sense(text: str) -> None:
    with pytest.raises(bc.ShapeError):
        read(text, declare("A[n,n] b[n] C[n,n]"))


@pytest.mark.parametrize("d", [1, 2, 3])
def test_products_over_all_positions_commute(d: int) -> None:
    sizes = ["n", "m", "k"][:d]
    names = {"U": bc.tensor("U", sizes), "V": bc.tensor("V", sizes)}
    assert_row(names, rf"U \odot_{d} V", r"U \odot V", r"V \odot U", rf"V \odot_{d} U", "⟨[UV]⟩")
    assert_row(
        names, rf"U \cdot_{d} V", r"U \cdot V", r"V \cdot U", rf"V \cdot_{d} U", r"⟨[\overline{U}V]⟩"
    )
