"""How names, bars, positions, copies and numbers are read inside ⟨ ⟩, in three spellings."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bracketcalc.errors import ParseError
from bracketcalc.expr.algebra import einsum, outer
from bracketcalc.expr.build import ones, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Sum, constant
from bracketcalc.notation.bracket.bracket import arrange, bracket
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.parse import parse
from bracketcalc.simplify.equality import equal
from tests.strategies import assert_same_value

A, B, T, u, v, w, lam = tensors("A[2,3] B[3,4] T[2,3,4] u[2] v[3] w[2] lam")
NAMES: dict[str, Expr] = {"A": A, "B": B, "T": T, "u": u, "v": v, "w": w, "lam": lam}

A1, A2, B1, B2 = Portion(A, 0, (0,)), Portion(A, 0, (1,)), Portion(B, 0, (0,)), Portion(B, 0, (1,))
ALL_A, U, V = Portion(A, 0, (0, 1)), Portion(u, 0, (0,)), Portion(v, 0, (0,))

TREES: list[tuple[Item, tuple[str, ...]]] = [
    (Beside((ALL_A,)), ("A", "A_{12}", "A_{1,2}", "A_12", "A₁₂", r"A_{1 2}", "(A)", "((A))")),
    (Beside((Portion(A, 0, (1, 0)),)), ("A_{21}", "A₂₁", "A_21", "A_{2,1}")),
    (Beside((A1, A2)), ("A_1 A_2", "A_1A_2", "A₁A₂", "A_{1}A_{2}", "A₁A_2", "(A_1) A_2")),
    (
        Beside((A1, Bracketed((Barred(A2), B1)), B2)),
        (
            "A_1 [~A_2 B_1] B_2",
            "A_1[~A_2B_1]B_2",
            "A_1 [A\u0305_2 B_1] B_2",
            "A_1 [A\u0304_2 B_1] B_2",
            "A₁[A\u0305₂B₁]B₂",
            "A_1 [A_{2}\u0305 B_1] B_2",
            "A_1 [A_2\u0304 B_1] B_2",
            "A_1 [A₂\u0304 B_1] B_2",
            "A_1 [A_{2\u0304} B_1] B_2",
            "A_1 [A_{~2} B_1] B_2",
            r"A_1 [A_{\bar{2}} B_1] B_2",
            r"A_{1} [\overline{A_{2}} B_{1}] B_{2}",
            r"A_1 [\overline{A_2} B_1] B_2",
            r"A_1 [\bar{A}_2 B_1] B_2",
            r"A_1 [\bar A_2 B_1] B_2",
            r"A_1 [\overline{A}_{2} B_1] B_2",
            r"A_1 [\overline{\mathrm{A}_2} B_1] B_2",
            r"A_1 \left[ \bar{A_2} \, B_1 \right] B_2",
            r"A_1 \lbrack \bar{A_2} B_1 \rbrack B_2",
            "A_1 [(~A_2) B_1] B_2",
        ),
    ),
    (
        Beside((Barred(Bracketed((U, Portion(w, 0, (0,))))),)),
        ("~[u w]", "[u w]\u0305", "[u w]\u0304", r"\overline{[u w]}", r"\bar{[u w]}", r"\overline {[uw]}"),
    ),
    (
        Beside((Bracketed((ALL_A, Beside((Barred(U), V)))),)),
        ("[A (~u v)]", "[A (u\u0305 v)]", "[A (u\u0305v)]", r"[A (\bar{u}v)]", r"[A(\overline u v)]"),
    ),
    (
        Beside((Barred(Beside((U, V))),)),
        ("~(u v)", "(u v)\u0305", r"\overline{u v}", r"\overline{uv}", r"\overline{(u v)}"),
    ),
    (Beside((U, Iota())), ("u ι", "uι", r"u \iota", "u iota")),
    (Beside((Iota(), Barred(Iota()), U)), ("ι ~ι u", "ιι\u0304u", r"\iota \bar{\iota} u", r"ι\bar\iota u")),
    (
        Beside((Bracketed((ALL_A, Fill(2))),)),
        ("[A 1_{12}]", "[A 1_{1,2}]", "[A 𝟏_{12}]", "[A 1₁₂]", r"[A \mathbf{1}_{12}]", "[A ones_{12}]"),
    ),
    (
        Beside((Bracketed((ALL_A, Beside((Fill(1), Barred(Fill(1)))))),)),
        (
            "[A (1 ~1)]",
            "[A (1 1\u0304)]",
            "[A (𝟏 𝟏\u0305)]",
            r"[A (1 \bar{1})]",
            r"[A(1\overline{1})]",
            "[A 1_{12\u0304}]",
            r"[A (1 \bar{\mathbf{1}})]",
        ),
    ),
    (Beside((U, V)), ("u v", "uv", "u; v", "u;v", "\nu\n;\nv")),
    (Beside((Portion(lam, 0, ()), U, Portion(lam, 1, ()))), ("lam u lam", "lamulam", "lam u; lam")),
    (Beside((Portion(constant(2), 0, ()), U)), ("2 u", "2u", r"\frac{4}{2} u", "4/2 u", "- -2u", "--2 u")),
    (Beside((Portion(constant(-1), 0, ()), U)), ("-u", "\N{MINUS SIGN}u", "+-u", "- u")),
    (
        Beside((Portion(T, 0, (0,)), Barred(Portion(T, 0, (1,))), Portion(T, 0, (2,)))),
        ("T_1 ~T_2 T_3", "T_1 T\u0304_2 T_3"),
    ),
]


@pytest.mark.parametrize(("tree", "text"), [(tree, text) for tree, texts in TREES for text in texts])
def test_every_spelling_gives_one_tree(tree: Item, text: str) -> None:
    assert arrange(text, **NAMES) == tree
    assert parse(f"⟨{text}⟩", **NAMES) == parse(f"<| {text} |>", **NAMES) == bracket(text, **NAMES)
    assert parse(rf"\langle {text} \rangle", **NAMES) == bracket(text, **NAMES)


def test_barred_positions_are_parts_of_one_portion() -> None:
    part = Beside((Portion(T, 0, (0,)), Barred(Portion(T, 0, (1,))), Portion(T, 0, (2,))))
    assert arrange("T_{12\u03043}", **NAMES) == Beside((part,))
    assert bracket("T_{1~23}", **NAMES) == T.sum(1)


def test_positions_from_ten_on_are_separated_by_commas() -> None:
    wide = tensor("W", tuple(range(1, 12)))
    expected = wide.transpose(10, 9, *range(9))
    assert bracket("W_{11,10,1,2,3,4,5,6,7,8,9}", W=wide) == expected
    assert bracket("W_{11,10} W_{123456789}", W=wide) == expected


# -- names ----------------------------------------------------------------------------------------------


def test_the_longest_given_name_wins() -> None:
    ab = tensor("ab", 5)
    assert bracket("ab", a=u, b=v, ab=ab) == ab
    assert bracket("ab u", ab=ab, u=u) == outer(ab, u)


def test_a_name_with_a_subscript() -> None:
    W_1, T_2 = tensor("W_1", (3, 4)), tensor("T_2", (3, 5))
    for text in ("W_1", "W₁", "W_{1}", "W_1_{12}", "W_{1}_{1}W_{1}_2", r"\mathrm{W_1}"):
        assert_same_value(bracket(text, W_1=W_1), W_1)
    assert bracket("W_1_{21}", W_1=W_1) == W_1.T
    assert bracket("[~W_1_1 W_2_1] W_1_2 W_2_2", W_1=W_1, W_2=T_2) == einsum("ji,jk->ik", W_1, T_2)
    assert bracket("W̅_1_1W_1_2", W_1=W_1) == W_1.sum(0)
    assert bracket("W_1^{(1)}_1W_1^{(1)}_2", W_1=W_1) == W_1


def test_a_name_with_a_subscript_or_a_portion() -> None:
    given: dict[str, Expr] = {"W": A, "W_1": B, "x": u, "x_2": v}
    with pytest.raises(ParseError) as caught:
        bracket("W_1 W_2", **given)
    assert caught.value.message == "'W_1' can be read as the name W_1 or as dimension 1 of W"
    assert caught.value.hint == "write {W_1} for the name, {W}_{1} for the portion"
    assert bracket("{W_1} {W}_1 W_2", **given) == outer(B, A)
    with pytest.raises(ParseError, match="as the dimensions 1,2 of W"):
        bracket("W_{12}", W=A, W_12=B)
    # x has no dimension 2, and W_3 is not given.
    assert bracket("x_2", **given) == v
    with pytest.raises(ParseError, match="unknown name"):
        bracket("Q_1", **given)


def test_a_name_with_a_bar() -> None:
    mean = tensor("x\u0304", 5)
    assert bracket("x\u0304", **{"x\u0304": mean}) == mean
    assert bracket(r"\bar{x}", **{"x\u0304": mean}) == mean
    assert bracket("~x\u0304", **{"x\u0304": mean}) == mean.sum()
    for text in ("x\u0304", r"\bar{x}"):
        with pytest.raises(ParseError) as caught:
            bracket(text, **{"x\u0304": mean, "x": u})
        assert caught.value.message == "'x\u0304' can be read as a name or as x with a bar"
        assert caught.value.hint.startswith("write ~x for the bar")
    assert bracket("~x {x\u0304}", **{"x\u0304": mean, "x": u}) == einsum("i,j->j", u, mean)


@pytest.mark.parametrize("text", ["uv\u0305w", "u v\u0304 w", "u~v w", r"u\bar{v}w", r"u\overline{v}w"])
def test_a_bar_inside_a_word_is_over_one_name(text: str) -> None:
    assert bracket(text, **NAMES) == einsum("i,j,k->ik", u, v, w)


def test_a_bar_over_each_letter_of_a_name() -> None:
    assert bracket("l\u0305a\u0305m\u0305 u", **NAMES) == outer(lam, u)
    assert bracket("A\u0305B\u0305", **NAMES) == einsum("ij,kl->", A, B)
    ab = tensor("ab", 5)
    assert bracket("a\u0305b\u0305", ab=ab) == ab.sum()


def test_names_that_need_no_ascii() -> None:
    given: dict[str, Expr] = {"α": u, "x'": v, "é": w}
    assert bracket(r"\alpha x' é", **given) == einsum("i,j,k->ijk", u, v, w)
    assert bracket("α x′ é\u0305", **given) == einsum("i,j,k->ij", u, v, w)
    assert bracket(r"[\bar{\alpha} é]", **given) == einsum("i,i->", u, w)
    assert bracket("ιu", **{"ι": v, "u": u}) == outer(v, u)


def test_two_names_of_one_tensor_have_copies_of_their_own() -> None:
    S = tensor("S", (2, 2))
    found = bracket("[X_1 Y_1] X_2 [X_1 Y_2] X_2 Y_1 Y_2", X=S, Y=S)
    # X: ij and kl; Y: ik and mn.
    assert equal(found, einsum("ij,kl,ik,mn->ijklmn", S, S, S, S))
    with pytest.raises(ParseError, match="dimension 2 of X is missing"):
        bracket("X_1 Y_2", X=A, Y=A)


def test_a_given_meaning_wins_over_a_built_in_one() -> None:
    assert bracket("ones", ones=u) == u
    assert bracket("iota v", iota=u, v=v) == outer(u, v)


def test_sizes_and_numbers_are_scalars() -> None:
    x = tensor("x", "n")
    assert equal(bracket("n x", x=x), x.sizes[0] * x)
    assert bracket("c x", c=3, x=x) == 3 * x
    assert bracket("{1/n} x", x=x).sizes == x.sizes


# -- copies ---------------------------------------------------------------------------------------------


def test_portions_go_to_the_earliest_copy_that_lacks_them() -> None:
    tree = arrange("T [T_2 B_1] T_3 [T_1 u] T_{23} [~T_1 w] B_2", **NAMES)
    found: list[tuple[int, tuple[int, ...]]] = []
    stack: list[Item] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, Portion) and item.tensor == T:
            found.append((item.copy, item.axes))
        elif isinstance(item, Barred):
            stack.append(item.item)
        elif isinstance(item, Beside | Bracketed):
            stack += reversed(item.items)
    assert found == [(0, (0, 1, 2)), (1, (1,)), (1, (2,)), (1, (0,)), (2, (1, 2)), (2, (0,))]


def test_a_mark_names_the_copy() -> None:
    assert bracket("A_1 A_1 A_2 A_2", **NAMES) == einsum("ij,kl->ikjl", A, A)
    expected = einsum("kl,ij->ikjl", A, A)
    for text in (
        "A^{(2)}_1 A^{(1)}_1 A^{(2)}_2 A_2",
        "A_1^{(2)} A_1 A_2^{(2)} A_2",
        r"A^{( 2 )}_1A_1A^{(2)}_2A_2",
    ):
        assert_same_value(bracket(text, **NAMES), expected)
        assert equal(bracket(text, **NAMES), expected)
    crossed = bracket("A_1 A_1 A^{(2)}_2 A^{(1)}_2", **NAMES)
    assert equal(crossed, einsum("ij,kl->iklj", A, A))
    assert not equal(crossed, bracket("A_1 A_1 A_2 A_2", **NAMES))


def test_each_term_has_its_own_portions() -> None:
    assert equal(bracket("A_1 A_2 - A + 2 A_{12}", **NAMES), 2 * A)


def test_the_same_formula_is_the_same_tensor() -> None:
    expected = (A @ B).T
    assert equal(bracket("{A B}_2 {A B}_1", **NAMES), expected)
    assert equal(bracket("{A B}_2 {⟨A_1 [~A_2 B_1] B_2⟩}_1", **NAMES), expected)
    assert bracket("{A}_2 A_1", **NAMES) == bracket("A_2 {A}_1", **NAMES) == A.T
    assert bracket("{A}̅_1 {A}_2", **NAMES) == A.sum(0)
    assert equal(bracket("{tanh(A)}^{(2)}_1 {tanh(A)}^{(2)}_2", **NAMES), parse("tanh(A)", A=A))


# -- numbers and sums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2 u", 2),
        ("12u", 12),
        ("1/2 u", Fraction(1, 2)),
        (r"\frac{1}{2} u", Fraction(1, 2)),
        (r"-\frac{6}{4} u", Fraction(-3, 2)),
        ("- 0.5 u", -0.5),
        ("1e-3 u", 1e-3),
        ("0 u", 0),
        ("2 {3} u", 6),
        ("{-1} u", -1),
    ],
)
def test_a_number_before_a_term(text: str, number: float) -> None:
    found = bracket(text, **NAMES)
    assert isinstance(found, Product)
    assert (found.coefficient, found.factors) == (number, (u,))
    assert type(found.coefficient) is type(number)


def test_a_term_without_portions_is_a_number() -> None:
    assert bracket("2") == constant(2)
    assert bracket("{1}") == constant(1)
    assert bracket("3 - 1/2") == Sum([constant(3), constant(Fraction(-1, 2))])


def test_terms_are_added() -> None:
    assert bracket("u + w - 2 u", **NAMES) == Sum([u, w, -2 * u])
    assert bracket("-u - -w", **NAMES) == Sum([-u, w])
    assert bracket("u; lam + w; {2}", **NAMES) == Sum([bracket("u lam", **NAMES), 2 * w])


# -- in the ordinary notation ---------------------------------------------------------------------------


def test_a_bracket_is_an_operand() -> None:
    product = "⟨A_1 [~A_2 B_1] B_2⟩"
    assert equal(parse(f"{product} ·_1 {product}ᵀ", **NAMES), parse("A B Bᵀ Aᵀ", **NAMES))
    assert equal(parse(f"2 {product} + A B", **NAMES), 3 * (A @ B))
    assert equal(parse(f"tanh({product}) ⊙ {product}", **NAMES), parse("tanh(A B) ⊙ A B", **NAMES))
    assert equal(parse(f"({product})_{{21}}", **NAMES), (A @ B).T)
    assert equal(parse(f"{product}_{{21}}", **NAMES), (A @ B).T)
    assert equal(parse(f"{product}^1 ⊙^1 u", **NAMES), einsum("ij,jk,i->ik", A, B, u))
    assert equal(parse("1/⟨[~u u]⟩ A", **NAMES), A / (u @ u))
    assert equal(parse("1/2 ⟨u⟩", **NAMES), u / 2)
    assert equal(parse("⟨u⟩ (x) ⟨v⟩", **NAMES), outer(u, v))
    assert equal(parse("‖⟨u⟩‖", **NAMES), parse("‖u‖", u=u))
    assert equal(parse(r"\frac{⟨u⟩}{2}", **NAMES), u / 2)
    assert equal(parse("uᵀ⟨w⟩", **NAMES), u @ w)


def test_formulas_inside_brackets_inside_formulas() -> None:
    text = "⟨{tanh(⟨{A B}_1 [~{A B}_2 {Bᵀ ⟨v⟩}]⟩)}⟩"
    assert equal(parse(text, **NAMES), parse("tanh(A B Bᵀ v)", **NAMES))


def test_a_filler_whose_size_follows_from_outside() -> None:
    assert equal(parse("⟨1⟩ ·_1 u", **NAMES), u.sum())
    assert equal(parse("u - ⟨1⟩", **NAMES), u - 1)
    assert equal(bracket("u - 1", **NAMES), u - ones(2))
    assert equal(bracket("1 - u + 1", **NAMES), 2 * ones(2) - u)
    assert equal(parse("tanh(⟨1 1⟩ - ⟨u 1⟩) ⊙ A", **NAMES), parse("tanh(𝟏 𝟏ᵀ - u 𝟏ᵀ) ⊙ A", **NAMES))
    assert equal(parse("⟨{⟨1⟩ ⊙ u}⟩", **NAMES), u)
    assert parse("⟨1 ι⟩ + ⟨u ι⟩", **NAMES).sizes == (2, 1)
