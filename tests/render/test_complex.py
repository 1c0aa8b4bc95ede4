"""Complex expressions in every style and spelling: what is written, and that it parses back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import define, ones, tensor
from bracketcalc.expr.core import Expr
from bracketcalc.functions import forms as f
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.parse import parse
from bracketcalc.render.einsum import to_einsum
from bracketcalc.render.graph.diagram import to_graph
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import tensors_in
from tests.complex_expressions import expressions

z, w = (tensor(name, "n", assume="complex") for name in "zw")
A = tensor("A", ("n", "n"), assume="complex")
B = tensor("B", ("n", "k"), assume="complex")
s = tensor("s", assume="complex")
x, R = tensor("x", "n"), tensor("R", ("n", "n"))
D = define("D", A @ A)
NAMES = {"z": z, "w": w, "A": A, "B": B, "s": s, "x": x, "R": R, "D": D}


def texts(expr: Expr) -> list[str]:
    found = []
    for style in ("matrix", "index", "bracket"):
        found += [to_text(expr, style), to_text(expr, style, ascii=True), to_latex(expr, style)]
    return found


def assert_parses_back(expr: Expr, names: Mapping[str, Expr]) -> None:
    for text in texts(expr):
        assert equal(parse(text, **names), expr), text


@pytest.mark.parametrize(
    ("expr", "text", "ascii", "latex"),
    [
        (norm(z), "‖z‖", "norm(z)", r"\lVert z \rVert"),
        (norm(A) ** 2, "‖A‖²", "norm(A)^2", r"\lVert A \rVert^{2}"),
        (A.H @ z, "Aᴴ z", "A^H z", "A^{H} z"),
        (B.H @ A @ B, "Bᴴ A B", "B^H A B", "B^{H} A B"),
        (f.conj(A) @ z, "conj(A) z", "conj(A) z", r"\operatorname{conj}\left(A\right) z"),
        (f.inv(A).H, "A^{-H}", "A^{-H}", "A^{-H}"),
        (outer(z, f.conj(w)), "z wᴴ", "z w^H", "z w^{H}"),
        ((2 + 3j) * z, "(2 + 3 i) z", "(2 + 3 i) z", r"\left(2 + 3 i\right) z"),
        (-1j * z, "-i z", "-i z", "-i z"),
        (1.5j * s, "1.5 i s", "1.5 i s", "1.5 i s"),
        (f.real(z), "real(z)", "real(z)", r"\operatorname{Re}\left(z\right)"),
        (f.imag(A) @ x, "imag(A) x", "imag(A) x", r"\operatorname{Im}\left(A\right) x"),
        (f.abs(z), "abs(z)", "abs(z)", r"\operatorname{abs}\left(z\right)"),
        ((A @ B).H, "(A B)ᴴ", "(A B)^H", r"\left(A B\right)^{H}"),
        (D.H @ z, "Dᴴ z", "D^H z", "D^{H} z"),
        (f.sqrt(dot(z, z)), "sqrt(z · z)", "sqrt(z . z)", r"\sqrt{z \cdot z}"),
        (gradient(norm(A @ z - w) ** 2, z), "2 Aᴴ (A z - w)", "2 A^H (A z - w)", None),
        (gradient(norm(z), z), "z / ‖z‖", "z / norm(z)", r"\frac{z}{\lVert z \rVert}"),
    ],
)
def test_what_is_written(expr: Expr, text: str, ascii: str, latex: str | None) -> None:
    assert to_text(expr) == text
    assert to_text(expr, ascii=True) == ascii
    assert latex is None or to_latex(expr) == latex
    assert_parses_back(expr, NAMES)


@pytest.mark.parametrize(
    "expr",
    [
        z.H @ w,
        trace(A.H @ R),
        einsum("ij,ij,j->i", A, f.conj(A), z),
        f.exp(1j * z) - 2j,
        norm(norm(z) * w),
        z / (2 + 1j),
        f.conj(f.conj(A)),
        f.conj(x),
        f.inv(f.conj(A)),
        f.inv(A.H),
        f.conj(z) ** 2,
        diag(f.conj(z)),
        outer(A, 1j * z),
        f.conj(A)[0],
        A.H[1],
        f.det(A) * 1j,
        f.sign(z) * f.abs(z),
        f.conj(B).sum(axis=0),
        1j * ones("n"),
        -(1 + 2j) * s,
        f.conj(s) * f.conj(s) ** -1 + s**3,
    ],
)
def test_what_is_written_parses_back(expr: Expr) -> None:
    assert_parses_back(expr, NAMES)
    assert_parses_back(simplify(expr), NAMES)


@given(expressions(depth=3))
@settings(max_examples=60)
def test_random_expressions_parse_back(expr: Expr) -> None:
    names = {tensor.name: tensor for tensor in tensors_in([expr])}
    for text in (str(expr), to_text(expr, ascii=True), to_latex(expr)):
        table = CanonicalTable()
        assert table.form(parse(text, **names)) == table.form(expr), text


@pytest.mark.parametrize("text", ["A^H z", "Aᴴ z", r"A^{\mathrm{H}} z", "A^† z", r"A^\dagger z", "A^{H} z"])
def test_spellings_of_the_hermitian_transposition(text: str) -> None:
    assert parse(text, A=A, z=z) == A.H @ z


def test_the_hermitian_transposition_of_real_things_is_the_transposition() -> None:
    assert parse("R^H x", R=R, x=x) == R.T @ x
    assert parse("A^{-H}", A=A) == f.inv(A).H
    assert parse("s^H z", s=s, z=z) == f.conj(s) * z


@pytest.mark.parametrize("name", ["Re", "real"])
def test_names_of_the_parts(name: str) -> None:
    assert parse(f"{name}(z)", z=z) == f.real(z)
    assert parse(rf"\operatorname{{{name}}}\left(z\right)", z=z) == f.real(z)


# -- the name of the imaginary unit ---------------------------------------------------------------------


def test_i_is_the_imaginary_unit_where_nothing_else_has_the_name() -> None:
    assert parse("i z", z=z) == parse("im z", z=z)
    assert not parse("2 i").is_real
    i = tensor("i", "n")
    assert parse("2 i", i=i) == 2 * i
    sized = tensor("T", ("i",))
    assert parse("i T", T=sized).is_real


def test_another_name_is_written_where_i_is_taken() -> None:
    i, im = tensor("i", "n"), tensor("im", 3)
    assert str(1j * i) == "im i"
    assert str(1j * tensor("T", ("i", "j"), assume="complex")) == "im T"
    both = outer(1j * i, im)
    assert str(both) == "imaginary i imᵀ"
    table = CanonicalTable()
    assert table.form(parse(str(both), i=i, im=im)) == table.form(both)


def test_other_notations() -> None:
    assert equal(bracket("A_1 [~A_2 z]", A=A, z=z), A @ z)
    (term,) = to_graph(1j * (f.conj(A) @ z)).terms
    assert sorted(node.text for node in term.nodes) == ["conj(A)", "i", "z"]
    with pytest.raises(ArgumentError, match="is not a tensor: an einsum equation is one product"):
        to_einsum(f.conj(A) @ z)
