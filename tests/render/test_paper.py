"""The closed forms of the paper, as they are printed: §5, §6.1, §6.2 and §6.3."""

from __future__ import annotations

import pytest

from bracketcalc.calculus.derivatives import differential, gradient, hessian, jacobian
from bracketcalc.calculus.derive import derive
from bracketcalc.expr.algebra import dot, outer, trace
from bracketcalc.expr.build import define, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size
from bracketcalc.functions.forms import inv, log, logdet, softmax, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.render.display import ExprDisplay
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import definitions_in

a, x, A = tensors("a[n] x[n] A[n,n]")
n = Size("n")


def test_linear_form() -> None:
    assert to_text(gradient(a @ x, x)) == "a"


def test_quadratic_form() -> None:
    assert to_text(gradient(x @ A @ x, x)) == "(A + Aᵀ) x"
    assert to_text(hessian(x @ A @ x, x)) == "A + Aᵀ"


def test_bilinear_form_of_a_matrix() -> None:
    X, b = tensors("X[n,k] b[k]")
    result = gradient(a @ X @ b, X)
    assert to_text(result) == "a bᵀ"
    assert to_text(result, ascii=True) == "a b^T"
    assert to_latex(result) == "a b^{T}"


def test_matrix_with_its_transpose() -> None:
    (X,) = tensors("X[n,k]")
    assert to_text(gradient(a @ X @ X.T @ a, X)) == "2 a aᵀ X"


def test_trace_with_an_inverse() -> None:
    B, C, X = tensors("B[m,n] C[n,m] X[n,n]")
    function = trace(B @ inv(X) @ C)
    assert to_text(function) == "tr(B X^{-1} C)"
    assert to_text(gradient(function, X)) == "-X^{-T} Bᵀ Cᵀ X^{-T}"
    assert to_latex(gradient(function, X)) == "-X^{-T} B^{T} C^{T} X^{-T}"
    assert to_text(differential(inv(X), X)) == "-X^{-1} dX X^{-1}"
    assert to_text(gradient(logdet(X), X)) == "X^{-T}"


def test_outer_product_of_a_vector_with_itself() -> None:
    result = jacobian(outer(x, x), x)
    assert to_text(result) == "(I ⊗ x)_{132} + x ⊗ I"
    assert to_latex(result) == r"\left(I \otimes x\right)_{132} + x \otimes I"


def test_single_layer_regression() -> None:
    X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    h = define("h", tanh(X @ W + outer(ones("n"), b)))
    grad_W, grad_b = gradient(dot(h - Y, h - Y) / 2, [W, b])
    assert to_text(grad_W) == "Xᵀ ((h - Y) ⊙ (1 - h ⊙ h))"
    assert to_text(grad_b) == "((h - Y) ⊙ (1 - h ⊙ h))ᵀ 𝟏"


def test_two_layer_classification() -> None:
    X, W, b, V, c, Y = tensors("X[n,d] W[d,k] b[k] V[k,m] c[m] Y[n,m]")
    lam = scalar("lam")
    A_1 = define("A_1", X @ W + outer(ones("n"), b))
    Z_1 = define("Z_1", tanh(A_1))
    A_2 = define("A_2", Z_1 @ V + outer(ones("n"), c))
    P = define("P", softmax(A_2, axis=1))
    loss = -(log(P) * Y).sum() / n + lam / 2 * (dot(W, W) + dot(V, V))
    found = {step.left: to_text(step.right) for step in derive(loss, [W, b, V, c]).steps}
    assert found == {
        "A_1": "X W + 𝟏 bᵀ",
        "Z_1": "tanh(A_1)",
        "A_2": "Z_1 V + 𝟏 cᵀ",
        "P": "softmax^{1}(A_2)",
        "J": "1/2 lam (W · W + V · V) - 1/n log(P) · Y",
        "dA_1": "X dW + 𝟏 dbᵀ",
        "dZ_1": "(1 - Z_1 ⊙ Z_1) ⊙ dA_1",
        "dA_2": "dZ_1 V + Z_1 dV + 𝟏 dcᵀ",
        "dP": "P ⊙ (dA_2 - (P ⊙ dA_2) 𝟏 𝟏ᵀ)",
        "dJ": "lam (dW · W + dV · V) - 1/n (Y ⊘ P) · dP",
        "∇_{A_2}J": "1/n (P ⊙ (Y 𝟏 𝟏ᵀ) - Y)",
        "∇_{Z_1}J": "∇_{A_2}J Vᵀ",
        "∇_{A_1}J": "∇_{Z_1}J ⊙ (1 - Z_1 ⊙ Z_1)",
        "∇_{W}J": "Xᵀ ∇_{A_1}J + lam W",
        "∇_{b}J": "(∇_{A_1}J)ᵀ 𝟏",
        "∇_{V}J": "Z_1ᵀ ∇_{A_2}J + lam V",
        "∇_{c}J": "(∇_{A_2}J)ᵀ 𝟏",
    }


def test_a_derivation_is_shown_as_aligned_equations() -> None:
    X, w, y = tensors("X[n,d] w[d] y[n]")
    z = define("z", X @ w - y)
    steps = derive(dot(z, z) / 2, w).steps
    shown = ExprDisplay().equations([(step.left, step.right) for step in steps])
    assert shown.splitlines() == [
        r"$\displaystyle \begin{aligned}",
        r"z &= X w - y \\",
        r"J &= \frac{1}{2} z \cdot z \\",
        r"dz &= X dw \\",
        r"dJ &= dz \cdot z \\",
        r"\nabla_{w} J &= X^{T} z",
        r"\end{aligned}$",
    ]


@pytest.mark.parametrize("style", ["matrix", "index", "bracket"])
def test_the_names_of_a_derivation_are_read_back(style: str) -> None:
    """∇_{Z_1}J is one name, which goes on behind its subscript."""
    X, W, Y = tensors("X[n,d] W[d,k] Y[n,k]")
    Z = define("Z_1", tanh(X @ W))
    result = derive(define("J", dot(Z - Y, Z - Y) / 2), W).gradients[0]
    names: dict[str, Expr] = {node.name: node for node in (X, W, Y)}
    names |= {node.name: node for node in definitions_in([result])}
    assert "∇_{Z_1}J" in names
    for text in (to_text(result, style), to_text(result, style, ascii=True), to_latex(result, style)):
        assert equal(parse(text, **names), result)
