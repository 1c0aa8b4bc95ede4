r"""The formulas of §4.3.1 to §4.3.3: functions of elements, dot indices, one-hots.

Wrong in the scan, or misprinted:

=====  ===============================================  ================================================
§      as scanned                                       corrected
=====  ===============================================  ================================================
4.3.2  rows and columns have indices i and j            M_{i·} and M_{·j}
4.3.2  (X_{I_h^P · n-k})_{I_{n-k}} = X_{I_h^P I_{n-k}}  (X_{I_k^P ·_{n-k}})_{I_{n-k}} = X_{I_k^P I_{n-k}}
4.3.3  (M_{2.})_4 = (M_{.4})_2                          (M_{2·})_4 = (M_{·4})_2
(24)   [e_{I_k}]_{J_k} = [X_{I_n ·_k I_m} ⊙             [X_{I_n ·_k I_m} ⊙ e_{I_k}]_{J_k}
       e_{I_k}]_{I_k}
=====  ===============================================  ================================================

Not typed in:

- f'(X): written as a function with the name f'. Its value is given in NumPy.
- I_n[P], I_k^P, (19), (20), (21), ε_{n-k}: statements about lists of letters, which Python functions have.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import bracketcalc as bc
from tests.paper.rows import (
    FUNCTIONS,
    assert_differential,
    assert_row,
    declare,
    read,
    rows,
)

# -- §4.3.1 ---------------------------------------------------------------------------------------------


def test_a_function_of_every_element_16() -> None:
    """[f(A)]_ij = f(A_ij) and f(A)_I = f(A_I)"""
    names = {**declare("A[n,m] T[n,m,k]"), **FUNCTIONS}
    assert_row(names, "(f(A)_{ij} | ij)", "(f(A_{ij}) | ij)", "f(A)", expected=lambda A: np.sin(A) + A**2)
    assert_row(names, "(f(T)_I | I)", "(f(T_I) | I)", "f(T)")


@pytest.mark.parametrize("sizes", ["", "[n]", "[n,m]", "[n,m,k]"])
def test_the_differential_of_a_function_of_every_element_17(sizes: str) -> None:
    """df(X; dX) = f'(X) ⊙ dX, and (18), [df(X; dX)]_I = f'(X_I) dX_I"""
    names = {**declare(f"X{sizes}"), **FUNCTIONS}
    texts = [r"f'(X) \odot dX", "(f'(X_I) dX_I | I)"] if sizes else ["f'(X) dX"]
    assert_differential(names, "f(X)", "X", *texts)


def test_the_proof_of_17() -> None:
    """df(X; e_J)_I = ∂f(X)_I/∂X_J = f'(X_I) ∂X_I/∂X_J = f'(X_I) δ_{I=J} = [f'(X) ⊙ e_J]_I"""
    names = {**declare("X[2,3]"), **FUNCTIONS}
    X = names["X"]
    f = read("f(X)", names)
    names["D"], names["DX"] = bc.jacobian(f, X), bc.jacobian(X, X)
    form = "(f'(X_{ij}) δ_{ik} δ_{jl} | ijkl)"
    assert_row(names, "D", "(D_{ijkl} | ijkl)", "(f'(X_{ij}) DX_{ijkl} | ijkl)", form)
    for k, l in product((1, 2), (1, 2, 3)):  # noqa: E741
        names["dfe"] = bc.jvp(f, {X: bc.onehot((k - 1, l - 1), (2, 3))})
        assert_row(
            names,
            "(dfe_{ij} | ij)",
            f"(D_{{ij{k}{l}}} | ij)",
            f"(f'(X_{{ij}}) δ_{{i{k}}} δ_{{j{l}}} | ij)",
            rf"f'(X) \odot e_{{{k}{l}}}",
        )


# -- §4.3.2 and §4.3.3 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        ("rows M_{i·}", "M[n,m]", "ij->ij", [r"((M_{i\cdot})_j | ij)", "M"]),
        ("columns M_{·j}", "M[n,m]", "ij->ij", [r"((M_{\cdot j})_i | ij)", "(M_{ij} | ij)"]),
        ("A_I is A_ijk", "A[n,m,k]", "ijk->ijk", ["(A_I | I)", "(A_{ijk} | ijk)"]),
        (
            "(X_{I_k^P ·})_{I_{n-k}}, P = 31",
            "X[n,m,k,l]",
            "jaib->ijab",
            [r"((X_{j\cdot i\cdot})_{ab} | ijab)", "(X_{jaib} | ijab)"],
        ),
        (
            "(X_{I_k^P ·})_{I_{n-k}}, P = 24",
            "X[n,m,k,l]",
            "aibj->ijab",
            [r"((X_{\cdot i\cdot j})_{ab} | ijab)", "(X_{aibj} | ijab)"],
        ),
        (
            "(22), n = 1, k = 2, m = 1",
            "X[n,m,k,l]",
            "aijb->aijb",
            ["(X_{aijb} | aijb)", r"((X_{a \cdot_2 b})_{ij} | aijb)", r"((X_{a\cdot\cdot b})_{ij} | aijb)"],
        ),
        (
            "(22), n = 0, k = 2, m = 2",
            "X[n,m,k,l]",
            "ijab->ijab",
            ["(X_{ijab} | ijab)", r"((X_{\cdot_2 ab})_{ij} | ijab)", r"((X_{\cdot\cdot ab})_{ij} | ijab)"],
        ),
        (
            "(23), n = 1, k = 2, m = 1",
            "X[n,m,k,l]",
            "xijb->ijbx",
            [
                r"((X_{\cdot ijb})_x | ijbx)",
                r"(((X_{\cdot\cdot\cdot b})_{\cdot ij})_x | ijbx)",
                r"(((X_{\cdot_1 \cdot_2 b})_{\cdot_1 ij})_x | ijbx)",
                "(X_{xijb} | ijbx)",
            ],
        ),
        (
            "(23), n = 2, k = 1, m = 1",
            "X[n,m,k,l]",
            "xyib->ibxy",
            [
                r"((X_{\cdot_2 ib})_{xy} | ibxy)",
                r"(((X_{\cdot_2\cdot_1 b})_{\cdot\cdot i})_{xy} | ibxy)",
                "(X_{xyib} | ibxy)",
            ],
        ),
    ),
)
def test_dot_indices(declarations: str, equation: str, texts: list[str]) -> None:
    assert_row(declare(declarations), *texts, expected=lambda **given: np.einsum(equation, *given.values()))


@pytest.mark.parametrize(("n", "k", "m"), [(1, 2, 1), (2, 1, 1), (1, 1, 2), (0, 2, 2), (2, 2, 0)])
def test_splitting_and_joining_indices_22_23(n: int, k: int, m: int) -> None:
    names = {**declare("X[2,3,4,5]"), "n": n, "k": k, "m": m}
    assert_row(names, "(X_{I_n I_k I_m} | I_nI_kI_m)", r"((X_{I_n \cdot_k I_m})_{I_k} | I_nI_kI_m)", "X")
    assert_row(
        names,
        r"((X_{\cdot_n I_k I_m})_{I_n} | I_kI_mI_n)",
        r"(((X_{\cdot_n \cdot_k I_m})_{\cdot_n I_k})_{I_n} | I_kI_mI_n)",
        "(X_{I_nI_kI_m} | I_kI_mI_n)",
    )


def test_capitals_with_their_lengths_24_25() -> None:
    names = declare("X[2,3,4,5]")
    assert_row(
        names,
        r"(X_{a I_2 b} δ_{I_2=J_2} | a I_2 b J_2)",
        r"(X_{aijb} δ_{i=p} δ_{j=q} | aijbpq)",
    )
    assert_row(
        names,
        r"(\sum_{J_2} (X_{a \cdot_2 b})_{J_2} δ_{J_2=I_2} | a I_2 b)",
        r"\sum_{J_2} ((X_{a \cdot_2 b})_{J_2} δ_{J_2=I_2} | a I_2 b)",
        "X",
    )


def test_the_simple_example_of_23() -> None:
    """M_{24} = (M_{2·})_4 = (M_{·4})_2"""
    names = {**declare("M[3,5]"), "i": 2, "j": 4}
    digits = [r"((M_{2\cdot})_4 |)", r"((M_{\cdot 4})_2 |)"]
    assert_row(names, "(M_{24} |)", *digits, expected=lambda M: M[1, 3])
    assert_row(names, "(M_{24} |)", "M_{ij}", r"((M_{i\cdot})_{j} |)", r"((M_{\cdot j})_{i} |)")


@pytest.mark.parametrize(("p", "q"), list(product((1, 2), repeat=2)))
def test_a_delta_is_a_one_hot_24(p: int, q: int) -> None:
    """X_{I_nI_kI_m} δ_{I_k=J_k} with one of I_k and J_k fixed: a one-hot for either of them"""
    names = {**declare("X[k,n,m,l]"), "a": 2, "b": 1}
    assert_row(
        {**names, "p": p, "q": q},
        "(X_{aijb} δ_{ip} δ_{jq} | ij)",
        "(X_{aijb} (e_{pq})_{ij} | ij)",
        r"((X_{a\cdot_2 b} \odot e_{pq})_{ij} | ij)",
        r"X_{a\cdot\cdot b} \odot e_{pq}",
    )
    assert_row(
        {**names, "i": p, "j": q},
        "(X_{aijb} (I_n)_{ir} (I_m)_{jt} | rt)",
        "(X_{aijb} (e_{ij})_{rt} (𝟏_n)_r (𝟏_m)_t | rt)",
        r"((X_{a\cdot_2 b} \odot e_{ij})_{rt} | rt)",
    )


@pytest.mark.parametrize(("i", "j"), list(product((1, 2), (1, 2, 3))))
def test_an_index_is_a_one_hot_25(i: int, j: int) -> None:
    """X_{I_nI_kI_m} = Σ [X_{I_n·_kI_m}]_{J_k} δ_{J_k=I_k} = Σ [X_{I_n·_kI_m} ⊙ e_{I_k}]_{J_k}

    = X_{I_n·_kI_m} · e_{I_k}
    """
    names = {**declare("X[4,2,3,5]"), "a": 3, "b": 5, "i": i, "j": j}
    assert_row(
        names,
        "(X_{aijb} |)",
        r"((X_{a\cdot_2 b})_{ij} |)",
        r"((X_{a\cdot_2 b})_{rt} δ_{ri} δ_{tj} |)",
        r"((X_{a\cdot_2 b})_{rt} (e_{ij})_{rt} |)",
        r"((X_{a\cdot_2 b} \odot e_{ij})_{rt} |)",
        r"X_{a\cdot_2 b} \cdot e_{ij}",
        expected=lambda X: X[2, i - 1, j - 1, 4],
    )
