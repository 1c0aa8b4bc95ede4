"""Products arranged as terms of the general bracket notation, against the paper and what they mean."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bracketcalc.expr.algebra import dot, einsum, odot, outer
from bracketcalc.expr.build import identity, ones, tensors
from bracketcalc.expr.core import Expr, Product, product
from bracketcalc.functions.forms import tanh
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.bracket.meaning import meaning
from bracketcalc.notation.bracket.tree import Beside, Iota, Portion
from bracketcalc.render.bracket.arrangement import arrangement
from bracketcalc.render.bracket.copies import portions
from bracketcalc.render.text import to_text
from bracketcalc.simplify.canonical import CanonicalTable
from tests.render.random_expressions import ARRAYS, NAMES, TENSORS, random_product, value

CONSTANTS = (ones("n"), ones("n", "d"), ones(1), identity("n"), identity("d", 3))


def random_term(draw: random.Random) -> Product:
    """Return a product of a few tensors, some of which occur several times."""
    factors: list[Expr] = draw.choices(TENSORS, k=draw.randint(1, 5))
    if draw.random() < 0.4:
        factors += draw.choices(factors, k=2)
    if draw.random() < 0.3:
        factors.append(draw.choice(CONSTANTS))
    expr = random_product(draw, factors)
    assert isinstance(expr, Product)
    return expr


def check_meaning(seed: int) -> None:
    expr = random_term(random.Random(seed))
    table = CanonicalTable()
    found = meaning(arrangement(expr), expr.coefficient)
    assert found.sizes == expr.sizes
    assert table.form(found) == table.form(expr), f"seed {seed}"


@pytest.mark.parametrize("block", range(4))
def test_an_arrangement_means_the_product(block: int) -> None:
    for seed in range(200 * block, 200 * (block + 1)):
        check_meaning(seed)


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
def test_many_arrangements_mean_the_product(block: int) -> None:
    for seed in range(2000 * block + 1000, 2000 * (block + 1) + 1000):
        check_meaning(seed)


def test_the_value_is_that_of_the_product() -> None:
    # The canonical form is code of our own; a few terms are evaluated too.
    for seed in range(100):
        expr = random_term(random.Random(seed))
        found = meaning(arrangement(expr), expr.coefficient)
        np.testing.assert_allclose(value(found), value(expr), rtol=1e-12)


# -- the paper's arrangements ---------------------------------------------------------------------------


def shown(text: str, declarations: str) -> str:
    """Return what is printed for a term of the paper, without the angle brackets."""
    return to_text(bracket(text, **{tensor.name: tensor for tensor in tensors(declarations)}), "bracket")[
        1:-1
    ]


@pytest.mark.parametrize(
    ("text", "declarations"),
    [
        # §2.3 (7), (8), (9)
        ("u v w", "u[a] v[b] w[c]"),
        ("[A_1 B_3] [A_2 B_2] A_3 B_1", "A[i,j,k] B[l,j,i]"),
        ("B_1 [B_2 A_2] [B_3 A_1] A_3", "A[i,j,k] B[l,j,i]"),
        # §2.3: summed portions, brackets, parts of brackets
        ("A_1 A̅_{23} A_4", "A[i,j,k,l]"),
        ("[A̅ B (C D_1)] D_2", "A[i,j] B[i,j] C[i] D[j,k]"),
        ("[A B (C̅ 1)]", "A[i,j] B[i,j] C[i]"),
        # §2.3.1
        ("[u̅ u] v", "u[n] v[k]"),
        ("v [u̅ u]", "u[n] v[k]"),
        # §2.4
        ("[A̅_1 B_1] [A̅_2 C_1] B_2 C_2", "A[i,j] B[i,k] C[j,l]"),
        ("[A̅_1 B_1] [B̅_2 C_1] A_2 C_2", "A[i,j] B[i,k] C[k,l]"),
        ("[A_1 B_1 C_1] A_2 B_2 C_2", "A[i,j] B[i,k] C[i,l]"),
        ("[A_1 C_1] [A_2 B_1] B_2 C_2", "A[i,j] B[j,k] C[i,l]"),
        ("A_1 [A_2 B_1 C_1] B_2 C_2", "A[i,j] B[j,k] C[j,l]"),
        # §4.3.5
        ("M_1 [M̅_2 s a]", "M[n,n] s[n] a[n]"),
        # §5
        ("[X̅_1 a] [X̅_2 b]", "X[m,n] a[m] b[n]"),
        ("a b", "a[m] b[n]"),
        ("I_1 [I̅_2 x] y", "I[n,n] x[n] y[n]"),
        ("x [y̅ I_1] I_2", "I[n,n] x[n] y[n]"),
        ("I_1 x I_2", "I[n,n] x[n]"),
        # §6.1, §6.2
        ("[Z̅ C (1 b)]", "Z[n,k] C[n,k] b[k]"),
        ("X_2 [Z C (X̅_1 1)]", "X[n,d] Z[n,k] C[n,k]"),
        ("[Z̅_1 C_1] [Z_2 C_2]", "Z[n,k] C[n,k]"),
        ("[P Q (1 S̅_2)] S_1", "P[n,k] Q[n,k] S[d,k]"),
        ("R_2 [P Q (R̅_1 1)]", "P[n,k] Q[n,k] R[n,d]"),
        # §6.4
        ("[G_1 B_1] [G̅_2 W_2] [B_2 W_1]", "G[n,m] B[n,k] W[k,m]"),
        ("G_1 [G̅_2 W_2] W_1", "G[n,m] W[k,m]"),
        ("[A̅_1 B_1] A_2 B_2", "A[n,k] B[n,d]"),
        ("A̅_1 A_2", "A[n,k]"),
    ],
)
def test_terms_of_the_paper_are_printed_as_they_are_written(text: str, declarations: str) -> None:
    assert shown(text, declarations) == text


@pytest.mark.parametrize(
    ("text", "declarations", "expected"),
    [
        ("A_1 A_2 A_3", "A[i,j,k]", ""),
        ("[A̅_{12} B_{12} (C_1 1)]", "A[i,j] B[i,j] C[i]", "[A̅ B (C 1)]"),
        ("[A_1 B̅_1 C_1] [A_2 B_2]", "A[i,j] B[i,j] C[i]", "[A B (C̅ 1)]"),
        (
            "A_1 X [X_2 A_2] X_3 [X_1 C_2] C_1 D X_{23} [X̅_1 C_3]",
            "X[a,b,c] A[p,b] C[q,a,a] D[r,s]",
            "A_1 X [A_2 X_2] X_3 [X_1 C_2] [C̅_3 X_1] C_1 D X_{23}",
        ),
        ("[G_1 B_1] [B_2 W_1] [G̅_2 W_2]", "G[n,m] B[n,k] W[k,m]", "[G_1 B_1] [G̅_2 W_2] [B_2 W_1]"),
        ("[a X̅_1] [X̅_2 X_2] [X_1 a̅]", "X[m,n] a[m]", "[a̅ X_1] [X̅_2 X_2] [X̅_1 a]"),
        ("[P̅ Q (R_1 [R̅_2 S_1] S_2)]", "P[i,j] Q[i,j] R[i,k] S[k,j]", "[P̅ Q (R_1 S_2)] [R̅_2 S_1]"),
        ("[P Q (R_1 [R̅_2 S_1] S_2)]", "P[i,j] Q[i,j] R[i,k] S[k,j]", "[P Q (R_1 [R̅_2 S_1] S_2)]"),
    ],
)
def test_other_terms_of_the_paper(text: str, declarations: str, expected: str) -> None:
    assert shown(text, declarations) == expected


A, T, M = tensors("A[i,j,k] T[n,n] M[n,k]")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (A.transpose(2, 0, 1), "A_{312}"),
        (A.sum(1), "A_1 A̅_2 A_3"),
        (A.sum(), "A̅"),
        (T * T.T, "[T T_{21}]"),
        (T @ T, "T_1 [T̅_2 T_1] T_2"),
        (T @ T.T, "T_1 [T̅_2 T_2] T_1"),
        (T.T @ T, "[T̅_1 T_1] T_2 T_2"),
        (T.T @ T.T, "T_2 [T̅_1 T_2] T_1"),
        (dot(T, T), "[T̅ T]"),
        (dot(T, T.T), "[T̅ T_{21}]"),
        (einsum("ii->", T), "[T̅_1 T_2]"),
        (einsum("ii->i", T), "[T_1 T_2]"),
        (einsum("ab,bc,ca->", T, T, T), "[T̅_1 T^{(3)}_2] [T̅_2 T_1] [T̅_1 T_2]"),
        (einsum("ij,ik->kj", T, T), "T_2 [T̅_1 T_1] T_2"),
        (outer(T, T).transpose(2, 0, 1, 3), "T_1 T T_2"),
        (M.T @ T @ M, "[M̅_1 T_1] [T̅_2 M_1] M_2 M_2"),
    ],
)
def test_arrangements(expr: Expr, expected: str) -> None:
    assert to_text(expr, "bracket") == f"⟨{expected}⟩"


def test_a_factor_in_the_order_of_the_result_needs_no_angle_brackets() -> None:
    assert to_text(2 * A, "bracket") == "2 A"
    assert to_text(odot(T, M.sum(1), axes=((0,), (0,))), "bracket") == "⟨[T_1 M_1] M̅_2 T_2⟩"


# -- trees ----------------------------------------------------------------------------------------------


def test_scalars_come_first_and_every_scalar_is_a_copy() -> None:
    x, s = tensors("x[n] s")
    tree = arrangement(product(3, [(x, "i"), (s, ""), (s, "")], "i"))
    assert tree == Beside((Portion(s, 0, ()), Portion(s, 1, ()), Portion(x, 0, (0,))))


def test_ones_beside_another_factor_are_left_out() -> None:
    tree = arrangement(product(1, [(ones("n", 1, 5), "iab"), (T, "ij")], "ijba"))
    fives = Portion(ones(5), 0, (0,))
    assert tree == Beside((Portion(T, 0, (0, 1)), fives, Iota()))


def test_a_delta_of_order_3_is_two_identities() -> None:
    tree = arrangement(product(1, [(identity("n", 3), "ijk")], "ijk"))
    assert {one.tensor for one in portions(tree)} == {identity("n")}
    assert value(meaning(tree)).tolist() == value(identity("n", 3)).tolist()


def test_a_product_of_numbers_is_an_empty_term() -> None:
    assert arrangement(product(7, [], [])) == Beside(())


# -- long factors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("ij,jk->ik", "[{tanh(T)} (1 M̅_1)] M_2"),
        ("ji,jk->ik", "[{tanh(T)} (M̅_1 1)] M_2"),
        ("ij,jk->ki", "M_2 [{tanh(T)} (1 M̅_1)]"),
        ("ij,jk->k", "[{tanh(T)}̅ (1 M_1)] M_2"),
        ("ij,jk->", "[{tanh(T)}̅ (1 M_1)] M̅_2"),
        ("ij,jk->ijk", "[{tanh(T)} (1 M_1)] M_2"),
        ("ii,ik->k", "[{tanh(T)_{[12]}}̅ M_1] M_2"),
    ],
)
def test_a_formula_is_written_once(equation: str, expected: str) -> None:
    expr = einsum(equation, tanh(T), M)
    assert to_text(expr, "bracket") == f"⟨{expected}⟩"


def test_a_formula_is_written_once_also_if_it_is_transposed() -> None:
    expr = einsum("ij,kj->ik", M, tanh(M))
    assert to_text(expr, "bracket") == "⟨M_1 [{tanh(M)}_{21} (M̅_2 1)]⟩"


def test_a_deep_chain_of_formulas_is_no_longer_than_it_is_deep() -> None:
    X, W = tensors("X[n,d] W[d,d]")
    expr: Expr = X
    for _ in range(1000):
        expr = tanh(expr @ W)
    text = to_text(expr, "bracket")
    assert text.startswith("tanh(⟨[{tanh(⟨[{tanh(")
    assert len(text) < 30_000


def test_thousands_of_factors() -> None:
    ring = product(1, [(T, (k, (k + 1) % 3000)) for k in range(3000)], ())
    text = to_text(ring, "bracket")
    assert text.startswith("⟨[T̅_1 T^{(3000)}_2] [T̅_2 T_1]")
    assert text.count("^") == 1
    power = product(1, [(T, (0, 1))] * 3000, (1, 0))
    assert to_text(power, "bracket") == "⟨[" + " ".join(["T_{21}"] * 3000) + "]⟩"


def test_the_random_tensors_are_those_of_the_values() -> None:
    assert set(NAMES) == set(ARRAYS)
