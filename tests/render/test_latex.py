"""LaTeX: golden formulas, names, and names that try to be commands."""

from __future__ import annotations

import re

import pytest

from bracketcalc.expr.algebra import dot, einsum, norm
from bracketcalc.expr.build import define, ones, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import function, leaky_relu, log_softmax, sqrt, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.render.display import ExprDisplay
from bracketcalc.render.latex import latex_name
from bracketcalc.render.text import to_latex
from bracketcalc.simplify.equality import equal

X, Z, C, x, T, N = tensors("X[n,d] Z[n,k] C[n,k] x[n] T[i,j,k] N[i,k]")

GOLDEN: list[tuple[Expr, str]] = [
    (X.T @ (Z * C), r"X^{T} \left(Z \odot C\right)"),
    ((Z * C).T @ ones("n"), r"\left(Z \odot C\right)^{T} \mathbf{1}"),
    (dot(Z, C) / 2, r"\frac{1}{2} Z \cdot C"),
    (norm(x), r"\lVert x \rVert"),
    (x / (1 + x @ x), r"\frac{x}{1 + x \cdot x}"),
    (Z / C, r"Z \oslash C"),
    (tanh(x) ** 2, r"\tanh^{2}\left(x\right)"),
    (sqrt(x), r"\sqrt{x}"),
    (sqrt(x @ x + 1) * X, r"\sqrt{x \cdot x + 1} X"),
    (sqrt(sqrt(X)).T, r"\sqrt{\sqrt{X}}^{T}"),
    (leaky_relu(x, 0.1), r"\operatorname{leaky\_relu}\left(x, 0.1\right)"),
    (log_softmax(Z, axis=1), r"\operatorname{log\_softmax}^{1}\left(Z\right)"),
    (einsum("ijk,ik->ij", T, N), r"T^{1\bar{3}} \odot^{12} N"),
    (T.sum(axis=1), r"T_{1\bar{2}3}"),
    (tensor("W_1", ("d", "k")).T, "W_{1}^{T}"),
    (define("∇_{Z}J", Z).T, r"\left(\nabla_{Z} J\right)^{T}"),
]


@pytest.mark.parametrize(("expr", "text"), GOLDEN, ids=[text for _, text in GOLDEN])
def test_golden(expr: Expr, text: str) -> None:
    assert to_latex(expr) == text


def test_index_form() -> None:
    assert to_latex(X.T @ Z, style="index") == r"\left(X_{ij} Z_{ik} \mid jk\right)"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("X", "X"),
        ("alpha", r"\alpha"),
        ("α", r"\alpha"),
        ("Omega", r"\Omega"),
        ("ε", r"\varepsilon"),
        ("loss", r"\mathrm{loss}"),
        ("dX", "dX"),
        ("W_1", "W_{1}"),
        ("W₁₂", "W_{12}"),
        ("W_{ij}", "W_{ij}"),
        ("x'", "x'"),
        ("x_0′", "x_{0}'"),
        ("∇_{W_1}J", r"\nabla_{W_{1}} J"),
        ("a b", r"\mathrm{a\ b}"),
    ],
)
def test_names(name: str, text: str) -> None:
    assert latex_name(name) == text


HOSTILE = [
    "<script>",
    r"$\input{x}$",
    r"\end{aligned}",
    "}{",
    "a%b",
    "x^2",
    "a&b#c~d",
    r"\\",
    "∇_{<b>}J",
    r"∇_{a}\input{x}",
    "∇_{}}J",
    "</script><img src=x>",
    "W_{a}}$",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_harmless(name: str) -> None:
    latex = to_latex(tensor(name, ("n",)))
    commands = set(re.findall(r"\\([A-Za-z]+)", latex))
    assert commands <= {"mathrm", "backslash", "hat", "tilde", "nabla"}
    unescaped = re.sub(r"\\[{}$%&#_\\ ]", "", latex)
    assert not re.search(r"[$%&#~]", unescaped)
    assert not re.search(r"<[A-Za-z/]", latex)
    depth = 0
    for character in unescaped:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0


def test_hostile_names_of_sizes_and_functions_are_harmless() -> None:
    assert to_latex(ones("$<b>")) == r"\mathbf{1}_{\${<}b{>}}"
    tag = function("<script>", lambda _xp, x: x)
    assert "<s" not in to_latex(tag(x))


def test_a_hostile_name_stays_inside_the_dollars_of_a_notebook() -> None:
    shown = ExprDisplay().mimebundle(tensor("$", ("n",)))["text/latex"]
    assert shown == r"$\displaystyle \mathrm{\$}$"


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("Z_{t-1}", "Z_{t-1}"),
        ("Z_{t+1}", "Z_{t+1}"),
        ("Z_{−1}", "Z_{−1}"),
        ("W_{1,2}", "W_{1,2}"),
        ("dA_{t+1}", "dA_{t+1}"),
        ("h'_{t+1}", "h'_{t+1}"),
        ("loss_{t+1}", r"\mathrm{loss}_{t+1}"),
        ("∇_{A_t}", r"\nabla_{A_{t}}"),
        ("∇_{A_{t+1}}", r"\nabla_{A_{t+1}}"),
        ("∇_{A_{t+1}}J", r"\nabla_{A_{t+1}} J"),
        ("∇_A", r"\nabla_{A}"),
    ],
)
def test_the_names_of_the_recurrent_network_are_read_back(name: str, latex: str) -> None:
    """Z_{t+1}, ∇_{A_{t+1}}: paper §6.4."""
    assert latex_name(name) == latex
    Z, B = tensor(name, ("n", "n")), tensor("B", ("n", "n"))
    for style in ("matrix", "index", "bracket"):
        text = to_latex(Z @ B + Z, style)
        assert equal(parse(text, **{name: Z, "B": B}), Z @ B + Z), text
