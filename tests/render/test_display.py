"""What a notebook shows."""

from __future__ import annotations

from bracketcalc.expr.build import define, tensors
from bracketcalc.render.display import ExprDisplay


def test_a_definition_is_shown_with_its_body() -> None:
    X, W = tensors("X[n,d] W[d,k]")
    shown = ExprDisplay().mimebundle(define("Z_1", X @ W))
    assert shown == {"text/plain": "Z_1 = X W", "text/latex": r"$\displaystyle Z_{1} = X W$"}


def test_inside_an_expression_it_is_a_name() -> None:
    X, W = tensors("X[n,d] W[d,k]")
    Z = define("Z", X @ W)
    assert ExprDisplay().mimebundle(Z.T @ Z)["text/plain"] == "Zᵀ Z"
    assert str(Z) == "Z"
