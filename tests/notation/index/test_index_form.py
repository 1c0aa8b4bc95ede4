"""The index form (A_{ij} B_{jk} | ik): what it means, in three spellings, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import BracketCalcError, ParseError, ShapeError
from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import identity, onehot, ones, tensor, tensors
from bracketcalc.expr.core import Expr, product
from bracketcalc.functions.declare import function, subtensor_function
from bracketcalc.functions.forms import exp, leaky_relu, softmax, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal

A, B, C, S, T, v, w, s = tensors("A[n,m] B[m,k] C[k] S[n,n] T[n,m,k] v[n] w[m] s")
NAMES: dict[str, Any] = {"A": A, "B": B, "C": C, "S": S, "T": T, "v": v, "w": w, "s": s}
n = v.sizes[0]


def read(text: str, **more: Any) -> Expr:
    """Return the expression of a text about the tensors of this module."""
    return parse(text, **{**NAMES, **more})


# -- meaning --------------------------------------------------------------------------------------------

FORMS: list[tuple[str, Expr]] = [
    # the three forms of (1)
    ("(A_{ij} B_{lm} | ijlm)", outer(A, B)),
    ("(A_{ij} B_{jm} | ijm)", einsum("ij,jm->ijm", A, B)),
    ("(A_{ij} B_{jm} | im)", A @ B),
    ("(B_{jm} A_{ij} | im)", einsum("jm,ij->im", B, A)),
    ("(A_{ij} | ij)", A),
    ("(A_{ij} | ji)", A.T),
    ("(A_{ij} | i)", A.sum(axis=1)),
    ("(A_{ij} |)", A.sum()),
    ("(S_{ii} |)", trace(S)),
    ("(S_{ii} | i)", diag(S)),
    ("(v_{i} w_{j} | ij)", outer(v, w)),
    ("(v_i w_j | i j)", outer(v, w)),
    ("(v_i v_i v_i |)", einsum("i,i,i->", v, v, v)),
    # coefficients and scalars
    ("(2 A_{ij} | ij)", 2 * A),
    ("(1/2 A_{ij} | ij)", A / 2),
    ("(A_{ij} 3 s | ij)", einsum(",ij->ij", s, 3 * A)),
    ("(1/n A_{ij} | ij)", einsum(",ij->ij", n**-1, A)),
    ("2 (A_{ij} | ji) + 1", 2 * A.T + 1),
    ("(s |)", s),
    ("(det(S) v_i | i)", einsum(",i->i", read("det(S)"), v)),
    ("(‖v‖ w_i | i)", einsum(",i->i", read("‖v‖"), w)),
    ("((v · v) w_i | i)", einsum(",i->i", dot(v, v), w)),
    # terms
    ("(A_{ij} + 2 A_{ij} | ij)", A + 2 * A),
    ("(S_{ij} - S_{ji} | ij)", S - S.T),
    ("(-S_{ij} + v_i v_j | ij)", -S + outer(v, v)),
    ("(A_{ij} w_j + T_{ijk} w_j C_k | i)", A @ w + einsum("ijk,j,k->i", T, w, C)),
    # forms in forms, and formulas in forms
    ("((A_{ij} B_{jk} | ik)_{ab} C_{b} | a)", (A @ B) @ C),
    ("((A_{ij} B_{jk} | ik)_{ab} (A_{ij} B_{jk} | ik)_{cb} | ac)", (A @ B) @ (A @ B).T),
    ("((A B)_{ab} C_{b} | a)", (A @ B) @ C),
    ("({A B}_{ab} C_{b} | a)", (A @ B) @ C),
    ("(A^T_{ij} v_j | i)", A.T @ v),
    ("((A^T A)_{ij} | ij)", A.T @ A),
    ("(⟨A_1 [~A_2 B_1] B_2⟩_{ij} C_j | i)", (A @ B) @ C),
    ("(A_{ij} B_{jk} | ik) C", (A @ B) @ C),
    ("(A_{ij} B_{jk} | ik)_{21}", (A @ B).T),
    ("(A_{ij} | ji)ᵀ", A),
    ("tr((S_{ij} | ji))", trace(S)),
    # functions of elements
    ("(tanh(A_{ij}) | ji)", tanh(A).T),
    ("(tanh(A)_{ij} | ji)", tanh(A).T),
    ("(exp(tanh(A_{ij})) B_{jk} | ik)", exp(tanh(A)) @ B),
    ("(tanh((A_{ij} B_{jk} | ik)_{ab}) | ab)", tanh(A @ B)),
    ("(leaky_relu(A_{ij}, 0.1) | ij)", leaky_relu(A, 0.1)),
    ("(softmax^{1}(A)_{ij} w_j | i)", softmax(A, axis=1) @ w),
    ("(A_{ij}^2 | ij)", A**2),
    ("(A_{ij}^{-1} w_j | i)", (A**-1) @ w),
    ("(tanh^2(A_{ij}) | ij)", tanh(A) ** 2),
    ("(s^2 A_{ij} | ij)", einsum(",ij->ij", s**2, A)),
    # constants
    ("(δ_{ij} v_j | i)", v),
    ("(I_{ij} v_j | i)", v),
    ("(δ_{ijk} v_i | jk)", diag(v)),
    ("(1_j v_i | ij) + A", outer(v, ones("m")) + A),
    ("(1_{ij} | ij) + A", ones("n", "m") + A),
    ("(ones_{j} A_{ij} | i)", A.sum(axis=1)),
    ("S + (δ_{ij} | ij)", S + identity("n")),
    ("((𝟏_m)_{j} | j)", ones("m")),
    ("((I_n)_{ij} | ij)", identity("n")),
    ("((e_{2})_{i} A_{ij} | j)", A[1]),
    # several axes for one capital
    ("(A_I A_I | I)", A * A),
    ("(A_I A_I |)", dot(A, A)),
    ("(T_{iJ} B_{J} | i)", dot(T, B, axes=((1, 2), (0, 1)))),
    ("(T_{Ik} C_k | I)", T @ C),
    ("(T_{I} v_{J} | J I)", outer(v, T)),
    ("(T_{I J} A_{I} | J)", einsum("ijk,ij->k", T, A)),
    ("(T_{I k} δ_{I J} | J k)", T),
    ("(S_{I_2} S_{J_2} | J_2 I_2)", outer(S, S)),
    ("(v_{iJ} | iJ)", v),
    # fixed indices
    ("(A_{2j} | j)", A[1]),
    ("(A_{j3} | j)", A[:, 2]),
    ("(A_{23} |)", A[1, 2]),
    ("(A_{10,3} |)", A[9, 2]),
    ("(A_{10,j} w_j |)", A[9] @ w),
    ("(tanh(A_{2j}) | j)", tanh(A[1])),
    ("(T_{1j2} | j)", T[0, :, 1]),
    ("(δ_{2j} v_j |)", v[1]),
    # dots that further indices fill (22)
    ("((A_{i·})_{j} | ij)", A),
    ("((T_{i··})_{jk} | ikj)", T.transpose(0, 2, 1)),
    ("(((T_{··k})_{i·})_{j} | ijk)", T),
    ("((T_{i·_2})_{J} | iJ)", T),
    ("((T_{·j·})_{ik} | ikj)", T.transpose(0, 2, 1)),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_the_meaning(text: str, expected: Expr) -> None:
    found = read(text)
    assert found.sizes == expected.sizes
    assert equal(found, expected)


def test_the_factors_stand_in_the_product_as_they_are_written() -> None:
    assert read("(A_{ij} B_{jk} | ik)") == A @ B
    assert read("(2 v_i w_j | ji)") == product(2, [(v, "i"), (w, "j")], "ji")
    assert read("(A_{ij} | ij)") is A


def test_values_of_distinct_sizes() -> None:
    rng = np.random.default_rng(3)
    arrays = {"A": rng.normal(size=(2, 3)), "B": rng.normal(size=(3, 4)), "T": rng.normal(size=(2, 3, 4))}
    found = evaluate(read("(T_{ijk} A_{ij} B_{lk} | lk)"), arrays)
    expected = np.zeros((3, 4))
    for i, j, k, row in np.ndindex(2, 3, 4, 3):
        expected[row, k] += arrays["T"][i, j, k] * arrays["A"][i, j] * arrays["B"][row, k]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


# -- letters --------------------------------------------------------------------------------------------

SPELLINGS: list[str] = [
    "(A_{ij} B_{jk} | ik)",
    "(A_{ij}B_{jk}|ik)",
    r"\left(A_{ij} B_{jk} \mid ik\right)",
    r"(A_{ij} B_{jk} \vert i k)",
    r"\big( A_{i\,j} \, B_{j k} \;\big|\; i\,k \big)",
    "(Aᵢⱼ Bⱼₖ | ik)",
    "(A_{αβ} B_{βγ} | αγ)",
    r"(A_{\alpha\beta} B_{\beta\gamma} \mid \alpha\gamma)",
    r"(A_{\alpha\beta} B_{βγ} | α \gamma)",
    "(A_{i_1 i_2} B_{i_2 i_3} | i_1 i_3)",
    "(A_{i_{1}i_{12}} B_{i_{12}k} | i_{1}k)",
    "(A_{i₁i₂} B_{i₂k} | i₁k)",
    "(A_{ii'} B_{i'k} | ik)",
    "(A_{i,j} B_{j,k} | i,k)",
    "( A_{ab} B_{bi} | ai )",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_letters_in_many_spellings(text: str) -> None:
    assert read(text) == A @ B


@pytest.mark.parametrize("delta", ["δ", r"\delta", "delta", "I", r"\mathrm{I}"])
def test_spellings_of_the_identity(delta: str) -> None:
    assert equal(read(f"({delta}_{{ij}} v_j | i)"), v)


@pytest.mark.parametrize("one", ["1", "𝟏", "𝟙", "ones", r"\mathbf{1}"])
def test_spellings_of_ones(one: str) -> None:
    assert equal(read(f"({one}_{{j}} v_i | ij) + A"), outer(v, ones("m")) + A)


def test_a_given_name_wins() -> None:
    assert read("(δ_{ij} v_j | i)", δ=S) == S @ v
    assert read(r"(\delta_{ij} v_j | i)", δ=S) == S @ v
    assert read("(I_{ij} v_j | i)", I=S) == S @ v
    assert equal(read("(A_{ij} v_i | i)", A_ij=s), s * v)
    assert read("(W_1_{ij} v_j | i)", W_1=S) == S @ v
    assert equal(read("(e_{ij} v_j | i)", e=S), S @ v)


def test_a_letter_with_a_value_is_fixed() -> None:
    assert read("(A_{ij} | j)", i=2) == A[1]
    assert equal(read("(A_{ij} B_{jk} | k)", i=3), (A @ B)[2])
    assert read("(A_{i_1 j} | j)", i_1=2) == A[1]
    # A tensor called i is no integer.
    assert read("(A_{ij} i | ij)", i=s) == read("(A_{ij} s | ij)")


# -- what is refused ------------------------------------------------------------------------------------

ERRORS: list[tuple[str, type[BracketCalcError], str, str]] = [
    ("(A_{ij} B_{jk} | il)", ParseError, "the index l stands right of '|', but on no factor", "l"),
    ("(A_{ij} + v_i | ij)", ParseError, "the index j stands right of '|', but on no factor of v_i", "j"),
    ("(S_{ij} | ii)", ParseError, "the index i stands twice right of '|'", "i"),
    ("(A_{ij} | i2)", ParseError, "2 stands right of '|'", "2"),
    ("(A_{ij} | i·)", ParseError, "· stands right of '|'", "·"),
    (
        "(A_{ij} A_{jk} | ik)",
        ShapeError,
        "position 2 of A has size m, but position 1 of A has size n",
        "A_{ij}",
    ),
    (
        "(A_{ij} B_{ik} | jk)",
        ShapeError,
        "position 1 of A has size n, but position 1 of B has size m",
        "A_{ij}",
    ),
    (
        "(S_{ij} + A_{ij} | ij)",
        ShapeError,
        "position 2 of S has size n, but position 2 of A has size m",
        "S_{ij}",
    ),
    ("(δ_{ij} v_i w_j |)", ShapeError, "i has size n, but j has size m: δ ties them together", "δ_{ij}"),
    ("(A_{ijk} | ijk)", ShapeError, "A has 2 axes, but 3 indices", "A_{ijk}"),
    ("(A_i | i)", ShapeError, "A has 2 axes, but 1 index", "A_i"),
    ("(A v_i | i)", ShapeError, "A has 2 axes, but has no indices", "A"),
    ("(s_i | i)", ShapeError, "s is a scalar, but 1 index", "s_i"),
    ("(v^T_i | i)", ParseError, "v^T is a row", "v^T"),
    ("(T_{IJ} | IJ)", ParseError, "it does not follow how many axes I stands for", "I"),
    ("(1_{I} v_{i} | iI)", ParseError, "it does not follow how many axes I stands for", "I"),
    ("(A_{IijkI} | ijk)", ShapeError, "A has 2 axes, but 5 indices", "A_{IijkI}"),
    ("((T_{·j·})_{I} | I j)", ParseError, "there are 2 dots, but 1 indices", "·"),
    ("(δ_{Ij} A_I | j)", ParseError, "different numbers of axes", "δ_{Ij}"),
    ("(δ_{i} v_i |)", ParseError, "δ has two or more indices", "δ_{i}"),
    ("(A_{i·} | i)", ParseError, "a dot in an index form must be filled", "·"),
    ("((A_{i·})_{jk} | ijk)", ShapeError, "A has 2 axes, but 3 indices", "A_{i·})_{jk}"),
    ("((T_{i··})_{j} | ij)", ParseError, "there are 2 dots, but 1 indices", "·"),
    ("(A_{ij}_{k} | ijk)", ParseError, "two subscripts stand on one factor", "_{k}"),
    ("(X_{4j} | j)", ShapeError, "there is no index 4: position 1 of X has size 3", "4"),
    ("(A_{0j} | j)", ParseError, "there is no index 0", "0"),
    ("(A_{ij} · B_{jk} | ik)", ParseError, "· has no meaning in an index form", "·"),
    ("(A_{ij} / s | ij)", ParseError, "/ has no meaning in an index form", "/"),
    ("(1/A_{ij} | ij)", ParseError, "an element stands under a number", "A"),
    ("(A_{ij} + | ij)", ParseError, "a term is missing", "+"),
    ("( | ij)", ParseError, "a term is missing", "("),
    ("(A_{i[jk]} | i)", ParseError, "a list of indices cannot contain [", "["),
    ("(A_{i~j} | i)", ParseError, "a list of indices cannot contain ~", "~"),
    ("(A_{ij}^T | ij)", ParseError, "the superscript of an element is a power", "^T"),
    ("(δ_{ij}^2 v_i | j)", ParseError, "δ and 𝟏 have no superscripts", "^2"),
    ("(softmax(A_{ij}) | ij)", ParseError, "softmax is a function of a tensor", "softmax(A_{ij})"),
    ("(tanh(A_{ij} + 1) | ij)", ParseError, "is not the element of one tensor", "tanh(A_{ij} + 1)"),
    ("(tanh(A_{ij} B_{jk}) | ik)", ParseError, "is not the element of one tensor", "tanh(A_{ij} B_{jk})"),
    ("(tanh(δ_{ij}) | ij)", ParseError, "is not the element of one tensor", "tanh(δ_{ij})"),
    ("(_{ij} A | ij)", ParseError, "indices stand on nothing", "_{ij}"),
    ("((δ_{ij} | ij) + 1)", ParseError, "a size of (δ_{ij} | ij) does not follow", "(δ_{ij} | ij)"),
    ("A_{ij} | ij", ParseError, "'|' stands in no parentheses", "|"),
    ("(A_{ij} | i | j)", ParseError, "an index form has one '|'", "|"),
    ("(A_{ij} | ij", ParseError, "'(' is never closed", "("),
    ("(A_{ij} | ij) )", ParseError, "closes nothing", ")"),
    ("((A_{ij}) | ij)", ParseError, "the index i has no value", "i"),
    ("(A_{ij}, B | ij)", ParseError, "a comma separates the arguments of a function", ","),
    ("(Q_{ij} | ij)", ParseError, "unknown name 'Q_{ij}'", "Q_{ij}"),
    ("softmax(A_{ij} | ij)", ParseError, "hold its argument, and no index form", "("),
    (r"(A_{i\foo} | i)", ParseError, r"a list of indices cannot contain \foo", r"\foo"),
    ("(A_{i·_x} | i)", ParseError, "a dot in an index form must be filled", "·_x"),
    ("(A_{i·_{x+}} | i)", ParseError, "says how many there are", "·_{x+}"),
    ("(A_{} | i)", ParseError, "", ""),
]


@pytest.mark.parametrize(("text", "kind", "message", "marked"), ERRORS)
def test_the_error(text: str, kind: type[BracketCalcError], message: str, marked: str) -> None:
    X = tensors("X[3,4]")[0]
    with pytest.raises(BracketCalcError) as caught:
        read(text, X=X)
    error = caught.value
    assert type(error) is kind, error
    assert message in error.message
    assert error.spans
    assert error.spans[0].source == text
    assert not marked or error.spans[0].text == marked


def test_both_places_have_carets() -> None:
    with pytest.raises(ShapeError) as caught:
        read("(T_{ijk} A_{kj} | i)")
    assert str(caught.value) == (
        "position 3 of T has size k, but position 1 of A has size n: both are k\n"
        "    (T_{ijk} A_{kj} | i)\n"
        "     ^^^^^^^ ^^^^^^\n"
        "  hint: give both axes one name if their sizes are always equal"
    )


def test_sizes_follow_through_the_form() -> None:
    assert read("(1_{ij} | ij) + A").sizes == A.sizes
    assert read("A + (1_{i} w_{j} | ij)").sizes == A.sizes
    assert read("(exp(𝟏)_{i} v_i |)").sizes == ()
    assert read("((e_{3} + v)_{i} | i)") == onehot(2, "n") + v


# -- functions that are no built-in ones ----------------------------------------------------------------


def test_functions_of_a_user() -> None:
    cube = function("cube", lambda xp, x: x**3, lambda x: 3 * x**2)
    total = subtensor_function("total", 2, (), lambda xp, x: x.sum(axis=(-2, -1)))
    assert equal(read("(cube(A_{ij}) | ji)", cube=cube), cube(A).T)
    assert equal(read("(total^{1}(T)_{i} v_i |)", total=total), dot(read("total^{1}(T)", total=total), v))


# -- size ------------------------------------------------------------------------------------------------


def test_long_and_deep_forms() -> None:
    deep = "(S_{ij} | ij)"
    for _ in range(2000):
        deep = f"({deep}_{{ij}} | ij)"
    assert read(deep) is S
    wide = read("(" + " + ".join(["S_{ij}"] * 2000) + " | ij)")
    assert len(wide.children) == 2000
    long = read("(" + " ".join(["v_i"] * 2000) + " |)")
    assert len(long.children) == 2000


def test_a_frobenius_norm_beside_elements() -> None:
    Y = tensor("Y", (2, 3))
    for text in ("(‖Y‖_F Y_{ij} | ji)", "(norm(Y)_F Y_{ij} | ji)", r"(\|Y\|_{\mathrm{F}} Y_{ij} \mid ji)"):
        assert equal(parse(text, Y=Y), norm(Y) * Y.T)
