"""The general bracket notation in its three spellings, and trees as they are arranged."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings

from bracketcalc.errors import MemoryLimitError
from bracketcalc.expr.algebra import diag, dot, einsum, outer
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Sum
from bracketcalc.expr.number import Number
from bracketcalc.functions.forms import softmax, tanh
from bracketcalc.notation.bracket.bracket import arrange, bracket
from bracketcalc.notation.bracket.meaning import meaning
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.parse import parse
from bracketcalc.render.bracket.text import tree_to_latex, tree_to_text
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import tensors_in
from tests.notation.bracket.trees import trees

X, W, Z, A, B, x, b, s = tensors("X[n,d] W[d,k] Z[n,k] A[n,n] B[n,n] x[n] b[k] s")


def texts(expr: Expr) -> list[str]:
    return [to_text(expr, "bracket"), to_text(expr, "bracket", ascii=True), to_latex(expr, "bracket")]


@pytest.mark.parametrize(
    ("expr", "in_unicode", "in_ascii", "in_latex"),
    [
        (
            X @ W,
            "⟨X_1 [X̅_2 W_1] W_2⟩",
            "<|X_1 [~X_2 W_1] W_2|>",
            r"\langle X_{1} [\overline{X_{2}} W_{1}] W_{2} \rangle",
        ),
        (
            A.T / 2 - 3 * x.sum() * B.T,
            "⟨1/2 A_{21} - 3 x̅ B_{21}⟩",
            "<|1/2 A_{21} - 3 ~x B_{21}|>",
            r"\langle \frac{1}{2} A_{21} - 3 \overline{x} B_{21} \rangle",
        ),
        (
            einsum("ij,ij,j->i", Z, Z, b),
            "⟨[Z Z (1 b̅)]⟩",
            "<|[Z Z (1 ~b)]|>",
            r"\langle [Z Z \left(1 \overline{b}\right)] \rangle",
        ),
        (
            outer(ones(1), x),
            "⟨ι x⟩",
            "<|iota x|>",
            r"\langle \iota x \rangle",
        ),
        (
            tanh(X @ W) @ b,
            "⟨[{tanh(⟨X_1 [X̅_2 W_1] W_2⟩)} (1 b̅)]⟩",
            "<|[{tanh(<|X_1 [~X_2 W_1] W_2|>)} (1 ~b)]|>",
            r"\langle [{\left(\tanh\left(\langle X_{1} [\overline{X_{2}} W_{1}] W_{2} \rangle\right)"
            r"\right)} \left(1 \overline{b}\right)] \rangle",
        ),
        (
            einsum("ab,bc,ca->", A, A, A),
            "⟨[A̅_1 A^{(3)}_2] [A̅_2 A_1] [A̅_1 A_2]⟩",
            "<|[~A_1 A^{(3)}_2] [~A_2 A_1] [~A_1 A_2]|>",
            r"\langle [\overline{A_{1}} A^{(3)}_{2}] [\overline{A_{2}} A_{1}] "
            r"[\overline{A_{1}} A_{2}] \rangle",
        ),
        (
            outer(ones("n"), b) + Z,
            "⟨{𝟏_{n}} b⟩ + Z",
            "<|{ones_{n}} b|> + Z",
            r"\langle {\left(\mathbf{1}_{n}\right)} b \rangle + Z",
        ),
    ],
)
def test_the_three_spellings(expr: Expr, in_unicode: str, in_ascii: str, in_latex: str) -> None:
    assert texts(expr) == [in_unicode, in_ascii, in_latex]
    for text in texts(expr):
        assert equal(parse(text, X=X, W=W, Z=Z, A=A, B=B, x=x, b=b), expr), text


def test_the_bar_is_the_combining_overline_before_the_positions() -> None:
    # U+0304 and a letter may be one character in NFC; U+0305 never is.
    text = to_text(X @ W, "bracket")
    assert "X\u0305_2" in text
    assert "A\u0305" in to_text(A.sum() * x, "bracket")


# -- scalars and sums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (2 * s * A.T, "2 s ⟨A_{21}⟩"),
        (-A.T, "-⟨A_{21}⟩"),
        (A.T / s, "1/s ⟨A_{21}⟩"),
        (A.T / A.sizes[0], "1/n ⟨A_{21}⟩"),
        (dot(x, x) * x, "⟨[x̅ x] x⟩"),
        (x / dot(x, x), "x / ⟨[x̅ x]⟩"),
        (dot(x, x) + 1, "⟨[x̅ x]⟩ + 1"),
        (A.T + B.T, "⟨A_{21} + B_{21}⟩"),
        (A.T + B.T - Fraction(1, 3) * (A @ B), "⟨A_{21} + B_{21} - 1/3 A_1 [A̅_2 B_1] B_2⟩"),
        (-A.T - B.T, "⟨-A_{21} - B_{21}⟩"),
        (A - B.T, "A - ⟨B_{21}⟩"),
        (A.T + A - B.T, "⟨A_{21}⟩ + A - ⟨B_{21}⟩"),
        (A.T + s * B.T, "⟨A_{21}⟩ + s ⟨B_{21}⟩"),
        (A.T + 1, "⟨A_{21}⟩ + 1"),
        (tanh(A.T + B.T), "tanh(⟨A_{21} + B_{21}⟩)"),
        (softmax(A @ B, axis=1), "softmax^{1}(⟨A_1 [A̅_2 B_1] B_2⟩)"),
        (A / B, "⟨[A {1 ⊘ B}]⟩"),
        ((A + B) @ x, "⟨[{A + B} (1 x̅)]⟩"),
    ],
)
def test_scalars_and_sums(expr: Expr, expected: str) -> None:
    assert to_text(expr, "bracket") == expected
    for text in texts(expr):
        assert equal(parse(text, A=A, B=B, x=x, s=s), expr), text


def test_a_long_sum_has_its_middle_left_out() -> None:
    terms = Sum([k * (A @ B) for k in range(1, 300)])
    text = to_text(terms, "bracket", limit=120)
    assert text.startswith("⟨A_1 [A̅_2 B_1] B_2 + 2 A_1 [A̅_2 B_1] B_2 + … ")
    assert text.endswith(" more terms + 299 A_1 [A̅_2 B_1] B_2⟩")
    assert len(text) < 130


def test_a_chain_of_sums_is_printed_in_linear_time() -> None:
    expr: Expr = A.T
    for _ in range(2000):
        expr = expr + B.T
    start = time.perf_counter()
    text = to_text(expr, "bracket")
    assert time.perf_counter() - start < 10
    assert text.count("B_{21}") == 2000
    assert text.count("⟨") < 40


# -- names ----------------------------------------------------------------------------------------------

NAMES_TO_READ = [
    *("alpha", "α", "λ", "W_1", "W_12", "loss", "x'", "x_0'", "dX", "W_{12}", "Ω", "ell", "x1"),
    *("ι", "iota", "I", "e", "tr", "x̄", "x̂", "Ā", "é", "d"),
]


@pytest.mark.parametrize("name", NAMES_TO_READ)
def test_every_name_reads_back(name: str) -> None:
    one = tensor(name, ("n", "n"))
    for expr in (one @ one + one.T, tanh(one) @ one.T, diag(one).sum() * identity("n"), one.sum(0)):
        for text in texts(expr):
            assert equal(parse(text, **{name: one}), expr), text


def test_a_name_whose_subscript_could_be_a_position_stands_in_braces() -> None:
    V, V1 = tensor("V", ("n", "n")), tensor("V_1", ("n", "n"))
    assert to_text(V @ V1, "bracket") == "⟨{V}_1 [{V}̅_2 {V_1}_1] {V_1}_2⟩"
    assert to_text(V * V1, "bracket") == "⟨[V {V_1}]⟩"
    for text in texts(V @ V1 + V * V1):
        assert equal(parse(text, V=V, V_1=V1), V @ V1 + V * V1), text


@pytest.mark.parametrize("name", ["ι", "iota"])
def test_a_tensor_called_iota_is_no_dimension_of_size_1(name: str) -> None:
    one = tensor(name, ("n",))
    expr = outer(one, ones(1))
    assert to_text(expr, "bracket") == f"⟨{{{name}}} {{𝟏_{{1}}}}⟩"
    for text in texts(expr):
        assert equal(parse(text, **{name: one}), expr), text


def test_definitions_read_back_by_name() -> None:
    Y = define("Y", X @ W)
    assert to_text(Y.T @ Y, "bracket") == "⟨[Y̅_1 Y_1] Y_2 Y_2⟩"
    for text in texts(Y.T @ Y):
        assert equal(parse(text, Y=Y), Y.T @ Y), text


def test_positions_with_two_digits() -> None:
    big = tensor("T", ("n",) * 11)
    permuted = big.transpose(*reversed(range(11)))
    assert to_text(permuted, "bracket") == "⟨T_{11,10,9,8,7,6,5,4,3,2,1}⟩"
    product = einsum("abcdefghijk,k->abcdefghij", big, x)
    assert to_text(product, "bracket") == "⟨T_{1,2,3,4,5,6,7,8,9,10} [T̅_{11,} x]⟩"
    for expr in (permuted, product):
        for text in texts(expr):
            assert parse(text, T=big, x=x).sizes == expr.sizes
            assert equal(parse(text, T=big, x=x), expr), text


@pytest.mark.parametrize("name", ["<script>", r"$\input{x}$", "a⟩ b", "[", "A B", "}", "¯", "%"])
def test_a_hostile_name_is_printed_in_braces(name: str) -> None:
    one = tensor(name, ("n", "n"))
    unicode, plain, latex = texts(one @ one)
    assert unicode == f"⟨{{{name}}}_1 [{{{name}}}\u0305_2 {{{name}}}_1] {{{name}}}_2⟩"
    assert plain.count(f"{{{name}}}") == 4
    assert "<" not in latex.replace("{<}", "")
    assert "$" not in latex.replace(r"\$", "")


# -- size -----------------------------------------------------------------------------------------------


def deep(layers: int) -> Expr:
    expr: Expr = X
    square = tensor("V", ("d", "d"))
    for _ in range(layers):
        expr = tanh(expr @ square)
    return expr


@pytest.mark.long
def test_five_thousand_layers_are_printed() -> None:
    expr = deep(5000)
    assert len(to_text(expr, "bracket")) > 100_000
    some = deep(500)
    assert len(to_latex(some, "bracket", limit=400)) < 500
    assert "…" in to_text(some, "bracket", limit=400)


def test_much_sharing_is_cut_or_refused() -> None:
    expr: Expr = A
    for _ in range(200):
        expr = tanh(expr @ expr)
    assert len(to_text(expr, "bracket", limit=300)) < 400
    with pytest.raises(MemoryLimitError):
        to_text(expr, "bracket")


def test_printing_is_deterministic() -> None:
    expr = tanh(A @ B) @ A + einsum("ij,jk,ki,li->kl", A, A, A, B)
    assert len({to_text(expr, "bracket") for _ in range(5)}) == 1


# -- trees ----------------------------------------------------------------------------------------------


def names_of(tree: Item) -> dict[str, Expr]:
    return {one.name: one for one in tensors_in([meaning(tree)])}


def check_tree(tree: Beside, coefficient: Number) -> None:
    expected = meaning(tree, coefficient)
    names = names_of(tree)
    for text in (
        tree_to_text(tree, coefficient),
        tree_to_text(tree, coefficient, ascii=True),
        tree_to_latex(tree, coefficient),
    ):
        found = parse(text, **names)
        assert found.sizes == expected.sizes
        assert equal(found, expected), text


@given(trees(2))
@settings(max_examples=40)
def test_a_tree_reads_back(tree: Beside) -> None:
    check_tree(tree, 1)
    check_tree(tree, -3)


@pytest.mark.long
@given(trees(3))
@settings(max_examples=2000)
def test_many_trees_read_back(tree: Beside) -> None:
    check_tree(tree, Fraction(-2, 3))


def test_a_tree_is_printed_as_it_is_arranged() -> None:
    for text in ("A_2 A_1", "A_1 A_2", "[A_1 x (1)] A_2", "[A (1̅_{12})]", "([A_1 B_1] A̅_2) B_2"):
        tree = arrange(text, A=A, B=B, x=x)
        found = tree_to_text(tree)
        assert arrange(found[1:-1], A=A, B=B, x=x) == tree
        assert equal(bracket(found[1:-1], A=A, B=B, x=x), meaning(tree))


def test_what_only_a_tree_can_say() -> None:
    tree = Beside((Barred(Bracketed((Portion(A, 0, (1,)), Fill(1)))), Iota(), Portion(A, 0, (0,))))
    assert tree_to_text(tree) == "⟨[A_2 1]̅ ι A_1⟩"
    assert tree_to_text(tree, ascii=True) == "<|~[A_2 1] iota A_1|>"
    assert tree_to_latex(tree, 0.5) == r"0.5 \langle \overline{[A_{2} 1]} \iota A_{1} \rangle"
    group = Beside(
        (Bracketed((Fill(2), Portion(A, 0, (0, 1)))), Barred(Beside((Iota(), Portion(x, 0, (0,))))))
    )
    assert tree_to_text(group) == "⟨[1_{12} A] (ι x)̅⟩"


def test_a_formula_in_a_tree_is_printed_in_the_same_notation() -> None:
    tree = Beside((Portion(tanh(X @ W), 0, (1, 0)),))
    assert tree_to_text(tree) == "⟨{tanh(⟨X_1 [X̅_2 W_1] W_2⟩)}_{21}⟩"
    assert tree_to_text(Beside((Portion(identity("n"), 0, (0, 1)),))) == "⟨{I_{n}}⟩"
