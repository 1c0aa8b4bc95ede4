"""The matrix form is found from the graph of a product: golden formulas in Unicode and ASCII."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from bracketcalc.calculus.derivatives import hessian
from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size, constant, product
from bracketcalc.functions.application import apply_to
from bracketcalc.functions.forms import exp, inv, log, logsumexp, softmax, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.render import matrix_form
from bracketcalc.render.network import Network
from bracketcalc.render.text import to_latex, to_text

X, W, b, Y, Z, C = tensors("X[n,d] W[d,k] b[k] Y[n,k] Z[n,k] C[n,k]")
A, B, x, y, s, u = tensors("A[n,n] B[n,n] x[n] y[n] s[n] u[m]")
T, U, M, N = tensors("T[i,j,k] U[k,l] M[j,k] N[i,k]")
S, P, Q, R = tensors("S[i,i,j] P[i,j] Q[i,k] R[i,l]")
lam = scalar("lam")
n = Size("n")

GOLDEN: list[tuple[Expr, str, str]] = [
    (X.T @ (Z * C), "Xᵀ (Z ⊙ C)", "X^T (Z .* C)"),
    ((Z * C).T @ ones("n"), "(Z ⊙ C)ᵀ 𝟏", "(Z .* C)^T ones"),
    ((Z * C) @ W.T, "(Z ⊙ C) Wᵀ", "(Z .* C) W^T"),
    (X @ W + outer(ones("n"), b), "X W + 𝟏 bᵀ", "X W + ones b^T"),
    (dot(Z, C), "Z · C", "Z . C"),
    (-dot(log(Z), Y) / n, "-1/n log(Z) · Y", "-1/n log(Z) . Y"),
    (dot(Z, C * Y), "Z · (C ⊙ Y)", "Z . (C .* Y)"),
    (trace(A @ B), "tr(A B)", "tr(A B)"),
    (trace(A @ B.T), "A · B", "A . B"),
    (trace(A.T @ B @ A), "tr(Aᵀ B A)", "tr(A^T B A)"),
    (dot(A @ B, B), "(A B) · B", "(A B) . B"),
    (x @ A @ y, "xᵀ A y", "x^T A y"),
    (y @ A.T @ x, "xᵀ A y", "x^T A y"),
    (x @ y, "x · y", "x . y"),
    (norm(x), "‖x‖", "norm(x)"),
    ((x @ A @ y) * B, "(xᵀ A y) B", "(x^T A y) B"),
    (x.sum() * A, "(𝟏ᵀ x) A", "(ones^T x) A"),
    (X.sum(), "𝟏ᵀ X 𝟏", "ones^T X ones"),
    (X.sum(axis=1), "X 𝟏", "X ones"),
    (X.sum(axis=0), "Xᵀ 𝟏", "X^T ones"),
    (diag(s) @ A, "diag(s) A", "diag(s) A"),
    (einsum("ij,j,jk->ik", A, s, B), "A diag(s) B", "A diag(s) B"),
    (einsum("ij,j->ij", A, s), "A diag(s)", "A diag(s)"),
    (einsum("ij,j->ij", A, 1 / s), "A diag(1 ⊘ s)", "A diag(1 ./ s)"),
    (einsum("ii->i", A), "diag(A)", "diag(A)"),
    (einsum("ij,ik->ij", Z, Y), "Z ⊙ (Y 𝟏 𝟏ᵀ)", "Z .* (Y ones ones^T)"),
    (
        einsum("ij,i->ij", exp(A), (exp(A) @ ones("n")) ** -1),
        "exp(A) ⊘ (exp(A) 𝟏 𝟏ᵀ)",
        "exp(A) ./ (exp(A) ones ones^T)",
    ),
    (x * y / s, "x ⊙ y ⊘ s", "x .* y ./ s"),
    (1 / x, "1 ⊘ x", "1 ./ x"),
    (2 / x, "2 ⊘ x", "2 ./ x"),
    (outer(x, u), "x uᵀ", "x u^T"),
    (outer(A @ x, u), "A x uᵀ", "A x u^T"),
    (outer(A, B), "A ⊗ B", "A (x) B"),
    (outer(x, y, u), "x ⊗ y ⊗ u", "x (x) y (x) u"),
    (product(1, [(x, "j"), (identity("n"), "ik")], "ijk"), "(I_{n} ⊗ x)_{132}", "(I_{n} (x) x)_{1,3,2}"),
    (T @ U, "T ·_1 U", "T ._1 U"),
    (einsum("ijk,jk->i", T, M), "T ·_2 M", "T ._2 M"),
    (einsum("ijk,ik->ij", T, N), "T^{1,3̄} ⊙^{1,2} N", "T^{1,~3} .*^{1,2} N"),
    (einsum("ijk,ik->j", T, N), "T^{1,3} ·^{1,2} N", "T^{1,3} .^{1,2} N"),
    (T.transpose(2, 0, 1), "T_{312}", "T_{3,1,2}"),
    (T.sum(axis=1), "T_{12̄3}", "T_{1,~2,3}"),
    (einsum("iij->ij", S), "S_{[12]3}", "S_{[1,2],3}"),
    (einsum("iij->j", S), "S_{[12̄]3}", "S_{[1,~2],3}"),
    (einsum("ij,ik,il->jkl", P, Q, R), "(Pᵀ ⊙_1 Q)^{2} ·^{1} R", "(P^T .*_1 Q)^{2} .^{1} R"),
    (einsum("ij,ik,jl->ijkl", A, B, A), "A ⊙_2 (B ⊗ A)_{1324}", "A .*_2 (B (x) A)_{1,3,2,4}"),
    (einsum("ij,ik,jl->kl", A, B, X), "Bᵀ A X", "B^T A X"),
    (identity("n", 3), "I_{n} ⊙_1 I_{n}", "I_{n} .*_1 I_{n}"),
    (ones("n", "d"), "𝟏_{n} 𝟏_{d}ᵀ", "ones_{n} ones_{d}^T"),
    (inv(A).T @ x, "A^{-T} x", "A^{-T} x"),
    (inv(A.T), "A^{-T}", "A^{-T}"),
    (inv(A @ B), "(A B)^{-1}", "(A B)^{-1}"),
    (softmax(Y, axis=1), "softmax^{1}(Y)", "softmax^{1}(Y)"),
    (softmax(Y, axis=0), "softmax^{2}(Y)ᵀ", "softmax^{2}(Y)^T"),
    (softmax(x), "softmax(x)", "softmax(x)"),
    (logsumexp(A, axis=0), "logsumexp^{2}(A)", "logsumexp^{2}(A)"),
    (apply_to(softmax, T, (2, 0)), "softmax^{3,1}(T)", "softmax^{3,1}(T)"),
    (tanh(A) ** 2, "tanh²(A)", "tanh^2(A)"),
    (A**2, "A ⊙ A", "A .* A"),
    ((A + B) ** 2, "square(A + B)", "square(A + B)"),
    (x**3, "power(x, 3)", "power(x, 3)"),
    (lam**2 * x, "lam² x", "lam^2 x"),
    (x / lam**2, "x / lam²", "x / lam^2"),
    (x / (1 + x @ y), "x / (1 + x · y)", "x / (1 + x . y)"),
    (constant(2) / (n * 3) * x, "2/(3 n) x", "2/(3 n) x"),
    (x / (2 * n), "1/(2 n) x", "1/(2 n) x"),
    (lam / n, "lam / n", "lam / n"),
    (-x + y, "y - x", "y - x"),
    (-x - y, "-x - y", "-x - y"),
    (x - (y - s), "x - (y - s)", "x - (y - s)"),
    (-(x + y), "-(x + y)", "-(x + y)"),
    (y + (-x - s), "y + (-x - s)", "y + (-x - s)"),
    (x + (y - s), "x + y - s", "x + y - s"),
    (identity("n") @ x, "I x", "I x"),
    (einsum("ij,ji->ij", A, B), "A ⊙ Bᵀ", "A .* B^T"),
    (einsum("ij,ij,ji->ji", A, B, A), "(A ⊙ B ⊙ Aᵀ)ᵀ", "(A .* B .* A^T)^T"),
    (1 - x, "1 - x", "1 - x"),
    (0.5 * x + 2, "0.5 x + 2", "0.5 x + 2"),
    (constant(-3), "-3", "-3"),
]


@pytest.mark.parametrize(("expr", "text", "plain"), GOLDEN, ids=[text for _, text, _ in GOLDEN])
def test_golden(expr: Expr, text: str, plain: str) -> None:
    assert to_text(expr) == text
    assert to_text(expr, ascii=True) == plain
    assert plain.isascii()


def test_the_order_of_factors_does_not_matter_in_a_chain() -> None:
    factors: list[tuple[Expr, str]] = [(X, "ia"), (W, "ab"), (Y, "jb"), (x, "j")]
    texts = {to_text(product(2, order, "i")) for order in itertools.permutations(factors)}
    assert texts == {"2 X W Yᵀ x"}


def test_nesting_does_not_matter() -> None:
    assert to_text(X @ (W @ b)) == to_text((X @ W) @ b) == "X W b"
    assert to_text((X.T @ Y).T) == "Yᵀ X"


def test_element_wise_factors_keep_their_order() -> None:
    assert to_text(Z * C * Y) == "Z ⊙ C ⊙ Y"
    assert to_text(Y * Z * C) == "Y ⊙ Z ⊙ C"


def test_contractions_to_few_axes_come_first() -> None:
    V, L = tensors("V[a,b,c] L[b,c,d]")
    expr = product(2, [(V, "abc"), (L, "bcd"), (V, "aef"), (L, "efd")], "ad")
    assert to_text(expr) == "2 (V ·_2 L) ⊙ (V ·_2 L)"


def test_two_position_lists_are_written() -> None:
    V, L = tensors("V[n,n,n] L[n,n,n]")
    expr = product(1, [(V, "abg"), (L, "bch"), (V, "cak")], "ghk")
    assert to_text(expr) == "(V^{2} ·^{1} L)^{1,3} ·^{2,1} V"


def test_more_position_lists_are_written_in_the_index_form_instead() -> None:
    V, L = tensors("V[n,n,n] L[n,n,n]")
    expr = product(-2, [(V, "abg"), (L, "bch"), (V, "cdk"), (L, "dam")], "ghkm")
    index = "(V_{ijk} L_{jlm} V_{lno} L_{nip} | kmop)"
    assert to_text(expr) == f"-2 {index}"
    assert to_text(tanh(expr / 2) + 1) == f"tanh(-{index}) + 1"


def test_no_permutation_of_position_lists() -> None:
    """A part of the Hessian of softmax regression, not ((I ⊙_1 (Yᵀ ⊙_1 X))^{3} ·^{1} X)_{4231}."""
    expr = einsum("nk,nd,ne,kl->dkel", Y, X, X, identity(W.sizes[1]))
    assert to_text(expr) == "(Y_{ij} X_{ik} X_{il} I_{jm} | kjlm)"
    assert to_text(einsum("nk,nd,ne->dke", Y, X, X)) == "(Y_{ij} X_{ik} X_{il} | kjl)"


def test_a_norm_in_a_norm_has_a_name() -> None:
    """Bars inside bars would close them: ‖t ‖S‖ x‖ could be ‖t‖ S ‖x‖."""
    t, S, x = tensors("t S[n,n] x[n]")
    expr = norm(t * norm(S) * x)
    assert str(expr) == "norm(t ‖S‖ x)"
    assert to_latex(expr) == r"\operatorname{norm}\left(t \lVert S \rVert x\right)"
    for text in (str(expr), to_text(expr, ascii=True), to_latex(expr)):
        assert parse(text, t=t, S=S, x=x) == expr


def test_identities_of_a_hessian_are_contracted() -> None:
    """Both terms use the identity of X, which is no reason to keep it closed."""
    (X,) = tensors("X[n,n]")
    assert str(hessian(norm(X) ** 4, X)) == "8 X ⊗ X + 4 (X · X) (I ⊗ I)_{1324}"


def test_nested_products_take_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """S (s ⊙ (S (t ⊙ …))): one step joins and multiplies all the way; each step looks at all factors."""
    calls = [0]

    def counted(step: Callable[[Network], bool]) -> Callable[[Network], bool]:
        def call(network: Network) -> bool:
            calls[0] += 1
            return step(network)

        return call

    monkeypatch.setattr(matrix_form, "_STEPS", tuple(map(counted, matrix_form._STEPS)))
    S, *vectors = tensors("S[n,n] " + " ".join(f"v{k}[n]" for k in range(20)))
    expr: Expr = vectors[0]
    for vector in vectors[1:]:
        expr = vector * (S @ expr)
    assert str(expr).count("S") == 19
    assert calls[0] < 40
