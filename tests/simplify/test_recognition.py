"""What a person would write: gradients of layers, products that cancel, common factors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bracketcalc import layers
from bracketcalc.calculus.derivatives import gradient, hessian
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import define, ones, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.expr.facts import sums_to_one
from bracketcalc.functions.forms import exp, log, sigmoid, softmax, softplus, tanh
from bracketcalc.simplify.cancelling import written_length
from bracketcalc.simplify.engine import simplify

X, W, b, Y, w, y, s, t, v = tensors("X[n,d] W[d,k] b[k] Y[n,k] w[d] y[n] s t v[n]")
A = define("A", X @ W + outer(ones("n"), b))
labels = tensor("Y", ("n", "k"), assume=sums_to_one(1))


def squares(f: Callable[[Expr], Expr]) -> Expr:
    """Return the sum of squared errors of a layer."""
    return ((define("Z", f(A)) - Y) ** 2).sum()


def entropy(p: Expr, target: Expr) -> Expr:
    """Return the binary cross-entropy."""
    return -(target * log(p) + (1 - target) * log(1 - p)).sum()


LOGISTIC = entropy(define("p", sigmoid(X @ w)), y)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (gradient(squares(tanh), W), "2 Xᵀ ((Z - Y) ⊙ (1 - Z ⊙ Z))"),
        (gradient(squares(sigmoid), W), "2 Xᵀ ((Z - Y) ⊙ Z ⊙ (1 - Z))"),
        (gradient(entropy(define("Z", sigmoid(A)), Y), W), "Xᵀ (Z - Y)"),
        (gradient(entropy(define("Z", sigmoid(A)), Y), b), "(Z - Y)ᵀ 𝟏"),
        (gradient(LOGISTIC, w), "Xᵀ (p - y)"),
        (hessian(LOGISTIC, w), "Xᵀ diag(p ⊙ (1 - p)) X"),
        (gradient((softplus(X @ w) - y * (X @ w)).sum(), w), "Xᵀ (sigmoid(X w) - y)"),
        (gradient(-(log(define("Z", softmax(A))) * labels).sum(), W), "Xᵀ (Z - Y)"),
        (gradient(-(log(define("Z", softmax(A))) * Y).sum(), W), "Xᵀ (Z ⊙ (Y 𝟏 𝟏ᵀ) - Y)"),
        (hessian(define("z", sigmoid(s)), s), "z (1 - 2 z) (1 - z)"),
        (hessian(define("z", tanh(s)), s), "-2 z (1 - z²)"),
    ],
)
def test_gradients_of_layers(found: Expr, text: str) -> None:
    assert str(found) == text


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (sigmoid(s) - sigmoid(s) ** 2, "sigmoid(s) (1 - sigmoid(s))"),
        (v - v**2, "v ⊙ (1 - v)"),
        (s * t**2 - 3 * t**2, "t² (s - 3)"),
        (X.T @ Y - X.T @ tanh(X @ W), "Xᵀ (Y - tanh(X W))"),
        (s * (t / s + 1), "t + s"),
        ((1 - s) * (t / (1 - s) + 2), "t + 2 - 2 s"),
        ((s + t) - s, "t"),
        ((v + s * v) / v, "(1 + s) 𝟏_{n}"),
        (exp(s) * (1 + exp(s) ** -1), "exp(s) + 1"),
        (2 * (s * t) ** 2 - s**2 * t**2, "s² t²"),
    ],
)
def test_what_is_shorter(expr: Expr, text: str) -> None:
    found = simplify(expr)
    assert str(found) == text
    assert simplify(found) == found


def test_what_is_longer_stays() -> None:
    for expr in (s * (t / s + t**2 + t**3 + t**4) * (t + 1) * (t + 2), 1 - tanh(s) ** 2, s**2 - t**2):
        assert simplify(expr) == expr or written_length(simplify(expr)) <= written_length(expr)


def test_the_length_of_what_is_shared_is_found_without_writing_it() -> None:
    x: Expr = s
    for _ in range(500):
        x = x * x + x
    assert written_length(x) == 3**500
    known: dict[Expr, int] = {}
    assert written_length(2 * x * t, known) == 3**500 + 2
    assert known[x] == 3**500


def test_normalized_residual_layers_are_differentiated_quickly() -> None:
    X = tensor("X", ("n", "d"))
    value: Expr = X
    weights = []
    for place in range(8):
        W, g, b = tensors(f"W{place}[d,d] g{place}[d] b{place}[d]")
        value = value + layers.batch_norm(value @ W, g, b)
        weights.append(W)
    assert len(gradient((value * value).sum(), weights)) == 8
