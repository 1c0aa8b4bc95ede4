"""What formulas mean: each is compared with the same expression built in Python."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError, ParseError
from bracketcalc.expr.algebra import diag, dot, einsum, norm, odot, outer, trace
from bracketcalc.expr.build import identity, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Expr, Size, constant, product
from bracketcalc.functions.application import apply_to
from bracketcalc.functions.exponential import TANH
from bracketcalc.functions.forms import (
    det,
    exp,
    function,
    inv,
    leaky_relu,
    log,
    logsumexp,
    power,
    softmax,
    subtensor_function,
    tanh,
)
from bracketcalc.functions.softmax import SOFTMAX
from bracketcalc.notation.parse import Value, parse
from bracketcalc.reference import evaluate

X, W, b, Y, S, u, v, T, U, lam, mu = tensors(
    "X[n,d] W[d,k] b[k] Y[n,k] S[n,n] u[n] v[n] T[n,d,k] U[d,k,n] lam mu"
)
NAMES: dict[str, Value] = {
    "X": X,
    "W": W,
    "b": b,
    "Y": Y,
    "S": S,
    "u": u,
    "v": v,
    "T": T,
    "U": U,
    "lam": lam,
    "mu": mu,
}
N, D, K = X.sizes[0], X.sizes[1], W.sizes[1]
E = ones("n")


def read(text: str, **more: Value) -> Expr:
    return parse(text, **(NAMES | more))


# -- one meaning, three spellings -----------------------------------------------------------------------

SPELLINGS = [
    (outer(X, W), "X ⊗ W", "X (x) W", r"X \otimes W"),
    (
        odot(T, U, axes=((1, 2), (0, 1))),
        "T^{2,3} ⊙^{1,2} U",
        "T^{2,3} .*^{1,2} U",
        r"T^{23} \odot^{12} U",
    ),
    (
        odot(T, U, axes=((0, 1), (2, 0)), sum=(1,)),
        "T^{1,2̄} ⊙^{3,1} U",
        "T^{1,~2} .*^{3,1} U",
        r"T^{1\bar{2}} \odot^{31} U",
    ),
    (
        odot(T, U, axes=((0, 1), (2, 0)), sum=(0, 1)),
        "T^{1̅2̅} ⊙^{31} U",
        "T^{~1~2} .*^{31} U",
        r"T^{\overline{12}} \odot^{31} U",
    ),
    (dot(X, W, axes=((1,), (0,))), "X^{2} ·^{1} W", "X^{2} .^{1} W", r"X^{2} \cdot^{1} W"),
    (dot(X, W, axes=((1,), (0,))), "X² ·¹ W", "X^2 .^1 W", r"X^2\cdot^1W"),
    (dot(X, W, axes=((1,), (0,))), "X^{2} ·{}^{1} W", "X{}^2 .{}^1 W", r"X^{2} \cdot {}^{1}W"),
    (Fraction(1, 2) * u, "1/2 u", "1/2 u", r"\frac12 u"),
    (Fraction(3, 2) * u, "3/2 u", "3/2 u", r"\frac 3 2u"),
    (1 / N * u, "1/n u", "1/n u", r"\frac1n u"),
    (1 / (2 * N) * u, "1/(2 n) u", "1/(2 n) u", r"\frac1{2n} u"),
    (exp(-dot(Fraction(1, 2) * u, u)), "e^{-1/2 u · u}", "e^{-1/2 u . u}", r"e^{-\frac12 u \cdot u}"),
    ((X @ W).T, "{X W}ᵀ", "{X W}^T", r"\left\{X W\right\}^T"),
    (odot(Y, Y), "Y ⊙ Y", "Y .* Y", r"Y \odot Y"),
    (dot(Y, Y), "Y · Y", "Y . Y", r"Y \cdot Y"),
    (dot(Y, Y), "Y ⋅ Y", "Y.Y", r"Y\cdotp Y"),
    (Y * Y, "Y ∘ Y", "Y .* Y", r"Y \circ Y"),
    (einsum("ij,ij->i", Y, Y), "Y^{12̄} ∘^{12} Y", "Y^{1,~2} .*^{1,2} Y", r"Y^{1\bar{2}} \circ^{12} Y"),
    (norm(Y) ** 2, "‖Y‖_F²", "norm(Y)_F^2", r"\|Y\|_F^2"),
    (norm(Y) * Y.T, "‖Y‖_F Yᵀ", "||Y||_{F} Y^T", r"\lVert Y \rVert_{\mathrm{F}} Y^T"),
    (dot(Y, Y), "Y ∙ Y", "Y . Y", r"{Y} \cdot {Y}"),
    (odot(T, U, axes=((1, 2), (0, 1))), "T ⊙₂ U", "T .*_2 U", r"T \odot_2 U"),
    (dot(T, U, axes=((1, 2), (0, 1))), "T ·₂ U", "T ._2 U", r"T \cdot_{2} U"),
    (dot(T, b, axes=((2,), (0,))), "T ·_> b", "T ._> b", r"T \cdot_> b"),
    (dot(X, U, axes=((1,), (0,))), "X ·_1 U", "X ._{1} U", r"X \cdot_1 U"),
    (dot(u, T, axes=((0,), (0,))), "u ·_< T", "u ._< T", r"u \cdot_{<} T"),
    (odot(X, T, axes=((0, 1), (0, 1))), "X ⊙_< T", "X .*_< T", r"X \odot_< T"),
    (X / X, "X ⊘ X", "X ./ X", r"X \oslash X"),
    (T.transpose(2, 0, 1), "T_{312}", "T_{3,1,2}", r"T_{312}"),
    (product(1, [(T, "abc")], "ca"), "T_{32̄1}", "T_{3~21}", r"T_{3\bar{2}1}"),
    (product(1, [(S, "ii")], "i"), "S_{[12]}", "S_{[1,2]}", r"S_{[12]}"),
    (product(1, [(S, "ii")], ""), "S_{[12̄]}", "S_{[1,~2]}", r"S_{[1\bar{2}]}"),
    (exp(u), "e^u", "e^{u}", r"\mathrm{e}^{u}"),
    (exp(-(X @ W)) @ b, "e^{-X W} b", "e^{ -(X W) } b", r"e^{-X W} b"),
    (exp(exp(u)) / exp(lam), "e^{e^{u}} / e^{lam}", "e^{e^u}/e^lam", r"\frac{e^{e^u}}{e^{lam}}"),
    (u - dot(u, v), "u ⊖ u · v", "u ⊖ (u . v)", r"u \ominus u \cdot v"),
    (Y - 1 + Y, "Y ⊖ 1 + Y", "(Y ⊖ 1) + Y", r"Y \ominus 1 + Y"),
    (X @ W, "X W", "X W", "X W"),
    (X.T, "Xᵀ", "X^T", r"X^\top"),
    (X.T, "X⊤".replace("⊤", "^⊤"), "X^{T}", r"X^{\mathsf{T}}"),
    (inv(S), "S⁻¹", "S^{-1}", r"S^{-1}"),
    (inv(S).T, "S⁻ᵀ", "S^-T", r"S^{-T}"),
    (trace(S), "tr(S)", "trace(S)", r"\operatorname{tr}(S)"),
    (det(S), "det(S)", "det(S)", r"\det\left(S\right)"),
    (diag(u), "diag(u)", "diag(u)", r"\operatorname{diag}(u)"),
    (norm(u), "‖u‖", "norm(u)", r"\|u\|"),
    (norm(u), "‖ u ‖", "||u||", r"\lVert u \rVert"),
    (outer(E, b) + Y, "𝟏 bᵀ + Y", "ones b^T + Y", r"\mathbf{1} b^T + Y"),
    (outer(E, b) + Y, "𝟙 bᵀ + Y", "ones b^T+Y", r"\mathbb{1} b^\top + Y"),
    (S + identity("n"), "S + I", "S + I", r"S + I"),
    (apply_to(SOFTMAX, Y, (0,)), "softmax^{1}(Y)", "softmax^{1}(Y)", r"\operatorname{softmax}^{1}(Y)"),
    (apply_to(SOFTMAX, Y, (1,)), "softmax²(Y)", "softmax^2(Y)", r"\mathrm{softmax}^{2}(Y)"),
    (Fraction(1, 2) * X, "1/2 X", "1/2 X", r"\frac{1}{2} X"),
    (leaky_relu(X, 0.5), "leaky_relu(X, 0.5)", "leaky_relu(X, .5)", r"\operatorname{leaky\_relu}(X, 0.5)"),
]


@pytest.mark.parametrize(("expected", "text"), [(s[0], text) for s in SPELLINGS for text in s[1:]])
def test_the_three_spellings(expected: Expr, text: str) -> None:
    assert read(text) == expected


def test_the_example_of_the_overview() -> None:
    text = "1/2 (tanh(X W + 𝟏 bᵀ) - Y)·(tanh(X W + 𝟏 bᵀ) - Y)"
    residual = tanh(X @ W + outer(E, b)) - Y
    assert read(text) == dot(Fraction(1, 2) * residual, residual)


def test_a_loss_with_regularization() -> None:
    W1, W2 = tensors("W_1[d,k] W_2[k,n]")
    P = softmax(Y, axis=1)
    expected = -dot(log(P), Y) / N + (Fraction(1, 2) * lam) * (dot(W1, W1) + dot(W2, W2))
    text = "-(ln(P) · Y) / n + 1/2 lam (W_1 · W_1 + W₂ · W_{2})"
    values = {
        "Y": np.array([[0.2, 0.5], [0.3, 0.1], [0.4, 0.9]]),
        "W_1": np.array([[1.0, -2.0]]),
        "W_2": np.array([[0.5, 1.5, -1.0], [2.0, 0.0, 3.0]]),
        "lam": np.array(0.7),
    }
    parsed = parse(text, P=P, Y=Y, W_1=W1, W_2=W2, lam=lam)
    assert evaluate(parsed, values) == pytest.approx(evaluate(expected, values), rel=1e-14)


def test_bars_sum_and_the_left_operand_orders_the_result() -> None:
    """(4) and (5) of the paper, with numbers."""
    A, B = tensors("A[2,3,4] B[5,3,2]")
    values = {"A": np.arange(24.0).reshape(2, 3, 4), "B": np.arange(30.0).reshape(5, 3, 2)}
    left = parse("A^{12} ⊙^{32} B", A=A, B=B)
    right = parse("B^{32} ⊙^{12} A", A=A, B=B)
    assert np.array_equal(evaluate(left, values), np.einsum("ijk,lji->ijkl", values["A"], values["B"]))
    assert np.array_equal(evaluate(right, values), np.einsum("lji,ijk->ljik", values["B"], values["A"]))


def test_groups_of_positions_with_bars() -> None:
    """A_{p̄₁[p₂p₅]p₃[p₄p̄₆]} of §2.2, with numbers."""
    A = tensor("A", (2, 3, 4, 5, 3, 5))
    array = np.random.default_rng(1).normal(size=(2, 3, 4, 5, 3, 5))
    parsed = parse("A_{~1[25]3[4~6]}", A=A)
    assert np.allclose(evaluate(parsed, {"A": array}), np.einsum("abcdbd->bc", array), rtol=1e-13)


def test_positions_of_two_digits_need_commas() -> None:
    A = tensor("A", range(2, 13))
    c = tensor("c", (12,))
    assert parse("A^{11,} ·^{1} c", A=A, c=c) == dot(A, c, axes=((10,), (0,)))
    assert parse("A^{10,1} ⊙^{1,2} B", A=A, B=tensor("B", (11, 2))) == odot(
        A, tensor("B", (11, 2)), axes=((9, 0), (0, 1))
    )


# -- binding --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Y · Y ⊙ (X W)", "Y · (Y ⊙ (X W))"),
        ("u ⊙ v ⊗ b", None),
        ("X W ⊙ Y", "(X W) ⊙ Y"),
        ("lam u ⊗ v", "(lam u) ⊗ v"),
        ("u ⊗ v ⊙ S", "(u ⊗ v) ⊙ S"),
        ("u ⊙ v · u", "(u ⊙ v) · u"),
        ("-u · v", "-(u · v)"),
        ("-u · v + lam", "(-(u · v)) + lam"),
        ("lam - mu - lam", "(lam - mu) - lam"),
        ("lam / mu / lam", "(lam / mu) / lam"),
        ("u ⊘ v ⊙ u", "(u ⊘ v) ⊙ u"),
        ("u ⊗ v ⊗ b", "(u ⊗ v) ⊗ b"),
        ("X W Yᵀ", "(X W) Yᵀ"),
        ("X Wᵀ^T", "X (Wᵀ)ᵀ"),
        ("X W^T^T", "X ((Wᵀ)ᵀ)"),
        ("tanh(X)ᵀ", "(tanh(X))ᵀ"),
        ("X / lam mu", "X / (lam mu)"),
        ("X W / lam", "(X W) / lam"),
        ("X^{1} ·^{1} Y^{1} ·^{1} W", "((X^{1} ·^{1} Y))^{1} ·^{1} W"),
        ("u ⊗ v^{2} ·^{1} S", "(u ⊗ v)^{2} ·^{1} S"),
        ("- - u", "u + 0"),
        ("lam - -mu", "lam + mu"),
        ("+u", "u"),
        ("1/2 (u) · v", "((1/2) u) · v"),
        ("1/2^2 u", "(1/4) u"),
        ("1/n X", "(1/n) X"),
        ("1/(n d) X", "(1/(n d)) X"),
        ("1/‖u‖ u", "(1/‖u‖) u"),
        ("1/2/2", "1/4"),
        ("lam 1/n mu", "(1/n) lam mu"),
        ("lam 1/(n) mu", "(1/n) lam mu"),
        ("1/n 1/d 1/2 X", "X / (2 n d)"),
        ("1/exp(lam) mu", "mu / exp(lam)"),
        ("1/lam² mu", "mu / (lam²)"),
        ("‖1/2 u‖ v", "(1/2 ‖u‖) v"),
        ("2X", "2 X"),
        ("2 lam X 3", "6 (lam X)"),
        ("1 / 2 lam", "1 / (2 lam)"),
    ],
)
def test_binding(text: str, meaning: str | None) -> None:
    sizes = {"n": 2, "d": 3, "k": 4}
    rng = np.random.default_rng(3)
    values = {
        name: rng.uniform(0.5, 2, size=[sizes[str(size.name)] for size in value.sizes])  # type: ignore[union-attr]
        for name, value in NAMES.items()
        if isinstance(value, Expr)
    }
    if meaning is None:
        with pytest.raises(ValueError, match="axes"):
            read(text)
        return
    one, two = evaluate(read(text), values, sizes), evaluate(read(meaning), values, sizes)
    assert one.shape == two.shape
    assert np.allclose(one, two, rtol=1e-13)


def test_a_superscript_before_an_operator_with_one_is_a_list() -> None:
    assert read("S^2 ·^1 S") == S @ S
    assert read("S^2 · S") == dot(S @ S, S)


@pytest.mark.parametrize("text", ["u (x) v", "u(x) v", "u (x)v", "u(x)v", "u (x) (v)", r"u \otimes v"])
def test_the_ascii_outer_product(text: str) -> None:
    assert parse(text, u=u, v=v) == outer(u, v)


def test_a_name_x_in_parentheses_is_no_outer_product_where_it_cannot_be() -> None:
    x = tensor("x", "n")
    assert parse("tanh(x)", x=x) == tanh(x)
    assert parse("tanh (x) ⊙ x", x=x) == tanh(x) * x
    assert parse("2 (x)", x=x) == 2 * x
    assert parse("S (x) + x", x=x, S=S) == S @ x + x
    assert parse("x (x) x", x=x) == outer(x, x)
    assert parse("(x) · x", x=x) == dot(x, x)


# -- orientation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u bᵀ", outer(u, b)),
        ("uᵀ v", dot(u, v)),
        ("S u", S @ u),
        ("uᵀ S", u @ S),
        ("uᵀ S v", (u @ S) @ v),
        ("(𝟏ᵀ u) v", dot(E, u) * v),
        ("v (𝟏ᵀ u)", v * dot(E, u)),
        ("v uᵀ 𝟏", outer(v, u) @ E),
        ("𝟏ᵀ u vᵀ", dot(E, u) * v),
        ("𝟏ᵀ u lam", dot(E, u) * lam),
        ("lam uᵀ v", (lam * u) @ v),
        ("(uᵀ + vᵀ) S", (u + v) @ S),
        ("(-uᵀ / lam) S", (-(u / lam)) @ S),
        ("tanh(uᵀ) S", tanh(u) @ S),
        ("softmax(uᵀ) S", softmax(u) @ S),
        ("(uᵀ S)ᵀ", u @ S),
        ("(uᵀ)ᵀ", u),
        ("lamᵀ", lam),
        ("uᵀ · vᵀ", dot(u, v)),
        ("2 T lam", (2 * T) * lam),
        ("logsumexp(uᵀ)", logsumexp(u)),
    ],
)
def test_orientation(text: str, expected: Expr) -> None:
    assert read(text) == expected


# -- 𝟏 and I --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Xᵀ 𝟏", X.T @ E),
        ("𝟏 𝟏ᵀ - X", outer(E, ones("d")) - X),
        ("(𝟏 𝟏ᵀ) ⊙ X", outer(E, ones("d")) * X),
        ("X - 𝟏 𝟏ᵀ", X - outer(E, ones("d"))),
        ("𝟏 · u", dot(E, u)),
        ("𝟏 ⊘ u", E / u),
        ("(𝟏 + 𝟏) ⊙ u", (E + E) * u),
        ("𝟏ᵀ X 𝟏", (E @ X) @ ones("d")),
        ("𝟏^{1} ⊙^{1} X", odot(E, X, axes=((0,), (0,)))),
        ("X ·_1 𝟏", dot(X, ones("d"), axes=((1,), (0,)))),
        ("I X I", (identity("n") @ X) @ identity("d")),
        ("I · S", dot(identity("n"), S)),
        ("det(S - lam I)", det(S - lam * identity("n"))),
        ("(I + 𝟏 uᵀ) v", (identity("n") + outer(E, u)) @ v),
        ("inv(𝟏 uᵀ)", inv(outer(E, u))),
        ("tr(𝟏 uᵀ)", trace(outer(E, u))),
        ("(I + 𝟏 𝟏ᵀ)² u", ((identity("n") + outer(E, E)) @ (identity("n") + outer(E, E))) @ u),
        ("X + 𝟏 (𝟏 + b_{1})_{1}ᵀ", None),
        ("𝟏_n", E),
        ("𝟏_3 𝟏_{2}ᵀ", outer(ones(3), ones(2))),
        ("I_{n}", identity("n")),
        ("I₂", identity(2)),
        ("diag(𝟏) u", diag(E) @ u),
        ("I_{[12]} ⊙ u", product(1, [(identity("n"), "ii")], "i") * u),
    ],
)
def test_sizes_follow_from_the_use(text: str, expected: Expr | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="position 2 of X has size d"):
            read(text)
    else:
        assert read(text) == expected


def test_a_subscript_of_ones_names_a_size() -> None:
    m = Size("m")
    assert parse("𝟏_m ⊗ 𝟏_{k} ⊗ I_2", m=m, b=b) == outer(outer(ones("m"), ones("k")), identity(2))
    assert parse("𝟏_c", c=4) == ones(4)
    assert parse("I_mᵀ", m=m) == identity("m").T
    with pytest.raises(ParseError, match="q is not the name of a size"):
        parse("𝟏_q", u=u)
    with pytest.raises(ParseError, match="u is not the name of a size"):
        parse("𝟏_u", u=u)


def test_a_size_travels_through_a_long_formula() -> None:
    """Each term gives its ones the size of the term before it; only the last one names a tensor."""
    text = " + ".join(["𝟏"] * 50) + " + u"
    expected: Expr = E
    for _ in range(49):
        expected = expected + E
    assert read(text) == expected + u


def test_given_names_win_over_ones_and_identity() -> None:
    J = tensor("J", ("n", "n"))
    assert parse("I u", I=J, u=u) == J @ u
    assert parse("ones + u", ones=v, u=u) == v + u
    assert parse("𝟏 + u", **{"𝟏": v, "u": u}) == v + u
    assert parse(r"\mathbf{1} + u", **{"𝟏": v, "u": u}) == v + u


# -- numbers and powers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", constant(2)),
        ("2.5", constant(2.5)),
        ("1e-3", constant(0.001)),
        ("-3", constant(-3)),
        ("1/3", constant(Fraction(1, 3))),
        ("2/4", constant(Fraction(1, 2))),
        ("2^3", constant(8)),
        ("2^{-2}", constant(Fraction(1, 4))),
        (r"\frac{1}{3}", constant(Fraction(1, 3))),
        (r"\dfrac{u}{lam}", u / lam),
        ("2 lam", 2 * lam),
        ("1 + exp(X)", 1 + exp(X)),
        ("X / (1 + u·u)", X / (1 + dot(u, u))),
        ("lam + X", lam + X),
        ("X ⊙ lam", X * lam),
        ("1 ⊘ X", 1 / X),
        ("lam^2", lam**2),
        ("lam^{1/2}", lam ** Fraction(1, 2)),
        ("lam^{-1}", lam**-1),
        ("lam^{0.5}", lam**0.5),
        ("lam¹", lam),
        ("S^2", S @ S),
        ("S³", (S @ S) @ S),
        ("S^1", S),
        ("S^0", identity("n")),
        ("S^{-2}", inv(S) @ inv(S)),
        ("(X W)ᵀ", (X @ W).T),
        ("‖u‖²", norm(u) ** 2),
        ("‖‖u‖ u‖", norm(norm(u) * u)),
        ("‖u‖ ‖v‖", norm(u) * norm(v)),
        ("tanh²(X)", tanh(X) ** 2),
        ("tanh^{2}(X)", tanh(X) ** 2),
        (r"\tanh^2(X)", tanh(X) ** 2),
        ("tr²(S)", trace(S) ** 2),
        ("n", N * 1),
        ("n X", N * X),
        ("X / n", X / N),
        ("1 / n", 1 / N),
    ],
)
def test_numbers_and_powers(text: str, expected: Expr) -> None:
    parsed = read(text)
    assert parsed == expected or (text == "n" and parsed == N)


def test_a_large_power_shares_its_factors() -> None:
    parsed = read("S^64")
    depth = 0
    while parsed != S:
        first, second = parsed.children
        assert first is second
        parsed, depth = first, depth + 1
    assert depth == 6


# -- functions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ln(X)", log(X)),
        ("log(X)", log(X)),
        (r"\ln(X)", log(X)),
        ("inverse(S)", inv(S)),
        ("softmax(Y)", softmax(Y)),
        ("softmax^{21}(T)", apply_to(SOFTMAX, T, (1, 0))),
        ("logsumexp^{1,3}(T)", apply_to(logsumexp, T, (0, 2))),
        ("det^{1}(U_{312})", None),
        ("leaky_relu(X)", leaky_relu(X)),
        ("power(X, 1/2)", power(X, Fraction(1, 2))),
        ("power(X, -2)", power(X, -2)),
        ("maximum(X, 0)", None),
        ("exp(-X)", exp(-X)),
        ("exp(tanh(exp(X)))", exp(tanh(exp(X)))),
    ],
)
def test_functions(text: str, expected: Expr | None) -> None:
    if expected is not None:
        assert read(text) == expected
    elif text.startswith("maximum"):
        values = {"X": np.array([[-1.0, 2.0]])}
        assert np.array_equal(evaluate(read(text), values), [[0.0, 2.0]])
    else:
        with pytest.raises(ValueError, match="square matrix"):
            read(text)


def test_given_functions() -> None:
    cube = function("cube", lambda xp, x: x**3, lambda x: 3 * x**2)
    mean = subtensor_function("mean", 1, (), lambda xp, x: x.mean(axis=-1))
    assert parse("f(X)", f=cube, X=X) == cube(X)
    assert parse("cube²(X)", cube=cube, X=X) == cube(X) ** 2
    assert parse("m^{2}(X) · b", m=mean, X=Y, b=b) == dot(apply_to(mean, Y, (1,)), b)
    assert parse("s^{1}(A)", s=softmax, A=Y) == apply_to(SOFTMAX, Y, (0,))
    assert parse("f(X)", f=TANH, X=X) == tanh(X)
    assert parse("f^{2}(X)", f=SOFTMAX, X=X) == apply_to(SOFTMAX, X, (1,))
    assert parse("f_{1}(X)", f_1=cube, X=X) == cube(X)


def test_a_given_name_wins_over_a_function() -> None:
    assert parse("exp (u)", exp=S, u=u) == S @ u


# -- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("W_1", {"W_1": X}, X),
        ("W₁", {"W_1": X}, X),
        ("W_{1}", {"W₁": X}, X),
        ("W_1", {"W_1": X, "W": Y}, X),
        ("W_{21}", {"W_1": X, "W": Y}, Y.T),
        ("W_1_{21}", {"W_1": X}, X.T),
        ("W_1ᵀ", {"W_1": X}, X.T),
        ("Z_{t+1}", {"Z_{t+1}": X}, X),
        ("h_t", {"h_t": u}, u),
        ("x'", {"x'": u}, u),
        ("x′ + x", {"x'": u, "x": v}, u + v),
        ("XW", {"X": X, "W": W}, X @ W),
        ("XW_1", {"X": X, "W_1": W}, X @ W),
        ("2XW", {"X": X, "W": W}, (2 * X) @ W),
        ("dX", {"dX": X, "d": lam, "X": Y}, X),
        ("SI", {"S": S}, S @ identity("n")),
        ("α + β", {"α": u, "β": v}, u + v),
        (r"\alpha + \beta", {"α": u, "β": v}, u + v),
        (r"\alpha u", {"alpha": lam, "u": u}, lam * u),
        (r"\mathrm{loss}", {"loss": lam}, lam),
        (r"\hat{y}", {"y\u0302": u}, u),
        (r"\mathbf{W}_1", {"W_1": X}, X),
        ("Ж u", {"Ж": S, "u": u}, S @ u),
        ("é", {"e\u0301": u}, u),
        ("e\u0301", {"é": u}, u),
        ("text", {"text": u}, u),
        ("two u", {"two": 2, "u": u}, 2 * u),
        ("half u", {"half": Fraction(1, 2), "u": u}, Fraction(1, 2) * u),
        ("  u\n + \t v ", {"u": u, "v": v}, u + v),
    ],
)
def test_names(text: str, given: dict[str, Value], expected: Expr) -> None:
    assert parse(text, **given) == expected


def test_names_that_are_not_used_are_no_error() -> None:
    assert parse("u", u=u, unused=T) == u


def test_a_size_has_the_name_that_it_was_declared_with() -> None:
    lam_n = scalar("n")
    assert parse("n u", u=u) == N * u
    assert parse("n u", u=u, n=lam_n) == lam_n * u


@pytest.mark.parametrize("value", [np.ones(3), "X", None, True])
def test_a_name_must_stand_for_an_expression(value: object) -> None:
    with pytest.raises(ArgumentError, match="the name 'A': expected a number"):
        parse("A", A=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [3, None, b"X", X])
def test_a_formula_is_a_text(text: object) -> None:
    with pytest.raises(ArgumentError, match="a formula is a text, got"):
        parse(text, X=X)  # type: ignore[arg-type]


def test_two_spellings_of_a_name_with_two_meanings() -> None:
    with pytest.raises(ParseError, match="'W_1' and 'W₁' are two spellings of one name"):
        parse("W_1", **{"W_1": X, "W₁": Y})
    assert parse("W_1", **{"W_1": X, "W₁": X}) == X


def test_sizes_zero_and_one() -> None:
    A, B = tensors("A[0,1] B[1,4]")
    values = {"A": np.zeros((0, 1)), "B": np.ones((1, 4))}
    assert evaluate(parse("A B", A=A, B=B), values).shape == (0, 4)
    assert np.array_equal(evaluate(parse("Bᵀ (𝟏ᵀ A)ᵀ", A=A, B=B), values), np.zeros(4))
    assert parse("𝟏_0", A=A) == ones(0)
