"""Every displayed formula of the paper in the general bracket notation: §2.3, §2.4, §2.5 and §4.2.

The scan loses bars and scripts; where a formula is restored, a comment gives the scan's form. Sizes differ
wherever the formula allows it, so that no other arrangement has the same axes by chance.
"""

from __future__ import annotations

from itertools import permutations, product

import pytest

from bracketcalc.calculus.derivatives import differential
from bracketcalc.errors import BracketCalcError, ParseError, ShapeError
from bracketcalc.expr.algebra import dot, einsum, odot, outer
from bracketcalc.expr.build import ones, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.parse import parse
from bracketcalc.simplify.equality import equal
from tests.strategies import assert_same_value

Given = dict[str, Expr]


def given(declarations: str) -> Given:
    return {found.name: found for found in tensors(declarations)}


def assert_equal(*values: Expr) -> None:
    """Fail unless all values are equal, by proof and at a random point."""
    for value in values[1:]:
        assert_same_value(value, values[0])
        assert equal(value, values[0])


# -- §2.3: portions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["A", "A_{123}", "A_1A_2A_3", "A_1 A_{23}", "A_{12}A_3", "A₁A₂₃"])
def test_a_tensor_is_all_of_its_portions(text: str) -> None:
    names = given("A[2,3,4]")
    assert bracket(text, **names) == names["A"]


@pytest.mark.parametrize("order", list(permutations("123")))
def test_a_permutation_of_portions_is_the_subscript_of_6(order: tuple[str, ...]) -> None:
    names = given("A[2,3,4]")
    expected = names["A"].transpose(*[int(position) - 1 for position in order])
    one = bracket("A_{" + "".join(order) + "}", **names)
    assert_equal(expected, one, bracket(" ".join(f"A_{position}" for position in order), **names))
    assert_equal(expected, parse("A_{" + "".join(order) + "}", **names))


def test_juxtaposition_7() -> None:
    names = given("u[2] v[3] w[4]")
    u, v, w = names.values()
    assert bracket("uvw", **names) == einsum("i,j,k->ijk", u, v, w)
    assert_equal(bracket("u v w", **names), outer(u, v, w), parse("u ⊗ v ⊗ w", **names))


def test_a_missing_portion_is_refused() -> None:
    with pytest.raises(ParseError, match="dimension 5 of A is missing"):
        bracket("A_1 A_{23} A_4", **given("A[2,3,4,5,6]"))


# -- §2.3: square brackets and bars ---------------------------------------------------------------------

FOUR = given("A[2,3,2,3] B[2,3] C[2] D[3]")


def test_square_brackets_multiply_element_by_element() -> None:
    """[A_P B_Q A_R (C_S D_T)] = A_P ⊙ B_Q ⊙ A_R ⊙ (C_S ⊗ D_T)"""
    expected = einsum("ijij,ij,i,j->ij", *FOUR.values())
    assert_equal(expected, bracket("[A_{12} B_{12} A_{34} (C_1 D_1)]", **FOUR))
    assert_equal(expected, parse("⟨[A_{12} A_{34}]⟩ ⊙ B ⊙ (C ⊗ D)", **FOUR))


def test_square_brackets_commute() -> None:
    names = given("A[2,3] B[2,3] C[2,3]")
    texts = ["[" + "".join(order) + "]" for order in permutations("ABC")]
    assert_equal(einsum("ij,ij,ij->ij", *names.values()), *[bracket(text, **names) for text in texts])


@pytest.mark.parametrize("text", ["A_1~A_{23}A_4", "~A_{23}A_1A_4", "A_1A_4~A_{23}", "A_1 ~(A_2 A_3) A_4"])
def test_a_bar_sums_all_dimensions_of_a_term(text: str) -> None:
    names = given("A[2,3,4,5]")
    assert_equal(names["A"].sum((1, 2)), bracket(text, **names))


@pytest.mark.parametrize(
    "text",
    [
        r"[A_{12} \overline{B_{12}} A_{34} (C_1D_1)]",
        r"[A_{12} B_{12} \overline{A_{34}} (C_1D_1)]",
        r"[A_{12} B_{12} A_{34} \overline{(C_1D_1)}]",
        "~[A_{12} B_{12} A_{34} (C_1D_1)]",
        r"\overline{[A_{12} B_{12} A_{34} (C_1 D_1)]}",
        "[~A_{12} ~B_{12} ~A_{34} ~(C_1 D_1)]",
        "[A_{12} B_{12} A_{34} (~C_1 ~D_1)]",
        "[A_{12} B_{12} A_{34} (C̅_1 D̅_1)]",
    ],
)
def test_one_bar_sums_the_dimensions_of_a_bracket(text: str) -> None:
    assert_equal(einsum("ijij,ij,i,j->", *FOUR.values()), bracket(text, **FOUR))


@pytest.mark.parametrize(
    "text",
    [
        r"[A_{12} B_{12} A_{34} (\overline{C_1} D_1)]",
        "[A_{12} (~B_1 B_2) A_{34} (C_1 D_1)]",
        "[A_{1̄2} B_{12} A_{34} (C_1 D_1)]",
        "[A_{12} B_{12} A_{34} (~1 1) (C_1 D_1)]",
    ],
)
def test_a_bar_over_a_part_of_a_term(text: str) -> None:
    """[A_P B_Q A_R (C̅_S C_T)]: only the first dimensions are summed."""
    assert_equal(einsum("ijij,ij,i,j->j", *FOUR.values()), bracket(text, **FOUR))


def test_taking_something_out() -> None:
    names = given("A[2,3] B[2,3] C[2] D[3,4]")
    A, B, C, D = names.values()
    assert_equal(
        einsum("ij,ij,i,jk->k", A, B, C, D),
        bracket(r"[\overline{A_{12}}B_{12}(C_1D_1)]D_2", **names),
        parse(r"\langle [A_{12}B_{12}(\overline{C_1}1)] \rangle \cdot_1 \langle D_{12} \rangle", **names),
        parse("⟨[A_{12}B_{12}(C̅_1 1)]⟩ ·_1 D", **names),
        parse("<|[A_{12} B_{12} (~C_1 1)]|> ._1 D", **names),
    )
    assert_equal(
        einsum("ij,ij,i->j", A, B, C),
        bracket(r"[A_{12}B_{12}(\overline{C_1}1)]", **names),
        bracket(r"[\overline{A_1}B_1C_1][A_2B_2]", **names),
    )


def test_ones_of_several_dimensions() -> None:
    names = given("A[2,3,4] u[2]")
    A, u = names.values()
    assert_equal(einsum("ijk,i->ijk", A, u), bracket("[A (u 1_{12})]", **names))
    assert_equal(bracket("[A (u 1_{12})]", **names), bracket("[A (u 𝟏_{12})]", **names))


def test_summed_terms_move_anywhere() -> None:
    names = given("X[2] Y[3] A[4] B[4] C[4]")
    expected = einsum("i,j,k,k,k->ij", *names.values())
    texts = [r"X[\overline{A}BC]Y", r"[\overline{A}BC]XY", r"XY[\overline{A}BC]", "X [A B C̅] Y"]
    assert_equal(expected, *[bracket(text, **names) for text in texts])


NESTED = given("X[2] Y[3] A[4,5] B[4,5] C[4,6] D[6,5]")


def test_summed_terms_leave_any_depth() -> None:
    """The scan has X[AB(C_1|\\overline{C_2}D_1|D_2)]Y."""
    expected = einsum("x,y,il,il,ij,jl->xily", *NESTED.values())
    texts = [r"X[AB(C_1[\overline{C_2}D_1]D_2)]Y", r"[\overline{C_2}D_1]X[AB(C_1D_2)]Y"]
    assert_equal(expected, *[bracket(text, **NESTED) for text in texts])


def test_a_system_of_formulas() -> None:
    expected = einsum("x,y,il,il,ij,jl->xy", *NESTED.values())
    rows = [r"XY", r"[\overline{A}B(C_1D_2)]", r"[\overline{C_2}D_1]"]
    texts = [r"X[\overline{A}B(C_1[\overline{C_2}D_1]D_2)]Y"]
    texts += ["; ".join(order) for order in permutations(rows)]
    assert_equal(expected, *[bracket(text, **NESTED) for text in texts])


def test_the_order_of_dimensions_8_and_9() -> None:
    names = given("A[2,3,4] B[5,3,2]")
    A, B = names.values()
    assert_equal(
        odot(A, B, axes=((0, 1), (2, 1))),
        bracket("[A_1B_3][A_2B_2]A_3B_1", **names),
        parse("A^{12} ⊙^{32} B", **names),
    )
    assert_equal(
        odot(B, A, axes=((2, 1), (0, 1))),
        bracket("B_1[B_2A_2][B_3A_1]A_3", **names),
        parse(r"B^{32} \odot^{12} A", **names),
    )


# -- §2.3.1: rows and columns ---------------------------------------------------------------------------

VECTORS = given("u[n] v[m]")


def test_a_scalar_times_a_column_10() -> None:
    assert_equal(
        parse("(𝟏ᵀ u) v", **VECTORS),
        bracket(r"[\overline{1}u]v", **VECTORS),
        bracket("[1̄u]v", **VECTORS),
        bracket(r"[\bar{\mathbf{1}} u] v", **VECTORS),
        parse("𝟏 ·_1 ⟨uv⟩", **VECTORS),
        parse("⟨1⟩ ·_1 ⟨uv⟩", **VECTORS),
        parse("𝟏 ·_1 (u vᵀ)", **VECTORS),
        bracket(r"v[u\overline{1}]", **VECTORS),
        parse("v uᵀ 𝟏", **VECTORS),
    )


def test_the_wrong_step_of_10_has_another_orientation() -> None:
    with pytest.raises(ParseError, match="row"):
        parse("(𝟏ᵀ u) v - 𝟏ᵀ (u vᵀ)", **VECTORS)


def test_iota_is_a_dimension_of_size_1() -> None:
    """(𝟏ᵀu)vᵀ = [1̄u]ιv = ι[1̄u]v = ι1 ·_1 uv"""
    row = bracket("ι u", **VECTORS)
    assert row.sizes == (1, VECTORS["u"].sizes[0])
    assert_equal(row, outer(ones(1), VECTORS["u"]))
    assert_equal(
        bracket(r"[\overline{1}u]ιv", **VECTORS),
        bracket(r"\iota[\overline{1}u]v", **VECTORS),
        parse("⟨ι1⟩ ·_1 ⟨uv⟩", **VECTORS),
        parse("⟨ι⟩ ⊗ (𝟏 ·_1 (u vᵀ))", **VECTORS),
    )


# -- §2.4: associativity --------------------------------------------------------------------------------

SQUARE = given("A[n,n] B[n,n] C[n,n]")


def test_contractions_from_the_left_and_from_the_right() -> None:
    names = given("A[2,3] B[2,4] C[3,5]")
    assert_equal(
        parse("(A^1 ·^1 B)^1 ·^1 C", **names),
        parse("⟨[A̅_1B_1]A_2B_2⟩^1 ·^1 C", **names),
        bracket(r"[\overline{A_1}B_1][\overline{A_2}C_1]B_2C_2", **names),
    )
    names = given("A[4,2] B[3,4] C[3,5]")
    assert_equal(
        parse("A^1 ·^1 (B^1 ·^1 C)", **names),
        parse("A^1 ·^1 ⟨[B̅_1C_1]B_2C_2⟩", **names),
        bracket(r"[\overline{B_1}C_1][\overline{A_1}B_2]A_2C_2", **names),
    )
    assert not equal(parse("(A^1 ·^1 B)^1 ·^1 C", **SQUARE), parse("A^1 ·^1 (B^1 ·^1 C)", **SQUARE))


def test_products_that_associate() -> None:
    names = given("A[2,3] B[2,4] C[2,5]")
    assert_equal(
        parse("(A^1 ⊙^1 B)^1 ⊙^1 C", **names),
        parse("⟨[A_1B_1]A_2B_2⟩^1 ⊙^1 C", **names),
        bracket("[A_1B_1C_1]A_2B_2C_2", **names),
        parse("A^1 ⊙^1 (B^1 ⊙^1 C)", **names),
        parse("A^1 ⊙^1 ⟨[B_1C_1]B_2C_2⟩", **names),
    )


def test_products_that_do_not_associate() -> None:
    names = given("A[2,3] B[3,4] C[2,5]")
    assert_equal(
        parse("(A^2 ⊙^1 B)^1 ⊙^1 C", **names),
        parse("⟨A_1[A_2B_1]B_2⟩^1 ⊙^1 C", **names),
        bracket("[A_1C_1][A_2B_1]B_2C_2", **names),
    )
    names = given("A[2,3] B[3,4] C[3,5]")
    assert_equal(
        parse("A^2 ⊙^1 (B^1 ⊙^1 C)", **names),
        parse("A^2 ⊙^1 ⟨[B_1C_1]B_2C_2⟩", **names),
        bracket("A_1[A_2B_1C_1]B_2C_2", **names),
    )
    assert not equal(parse("(A^2 ⊙^1 B)^1 ⊙^1 C", **SQUARE), parse("A^2 ⊙^1 (B^1 ⊙^1 C)", **SQUARE))


# -- §2.5: associative operators ------------------------------------------------------------------------


def last_with_first(left: Expr, sign: str, count: int, right: Expr) -> Expr | None:
    """Return left ⊙_k right or left ·_k right, None if they do not have k axes."""
    if count > min(left.ndim, right.ndim):
        return None
    axes = tuple(range(left.ndim - count, left.ndim)), tuple(range(count))
    return dot(left, right, axes=axes) if sign == "·" else odot(left, right, axes=axes)


def both_ways(
    dims: tuple[int, ...], signs: str, counts: tuple[int, ...]
) -> tuple[Expr | None, Expr | None]:
    """Return (A s_k B) t_h C and A s_k (B t_h C) for tensors whose axes all have one size."""
    A, B, C = [tensor(name, ["n"] * ndim) for name, ndim in zip("ABC", dims, strict=True)]
    first, second = signs[0], signs[1]
    k, h = counts
    ahead, behind = last_with_first(A, first, k, B), last_with_first(B, second, h, C)
    left = None if ahead is None else last_with_first(ahead, second, h, C)
    right = None if behind is None else last_with_first(A, first, k, behind)
    return left, right


CASES = [(dims, counts) for dims in product((1, 2, 3), repeat=3) for counts in product((1, 2), repeat=2)]


@pytest.mark.parametrize("signs", ["⊙⊙", "··", "·⊙", "⊙·"])
def test_the_conditions_of_associativity(signs: str) -> None:
    checked = 0
    for dims, counts in CASES:
        left, right = both_ways(dims, signs, counts)
        limit = max(counts) if signs == "⊙⊙" else sum(counts)
        if limit > dims[1] or left is None or right is None:
            continue
        assert equal(left, right), (dims, counts)
        checked += 1
    assert checked >= 8


@pytest.mark.parametrize("signs", ["··", "·⊙", "⊙·"])
def test_without_the_conditions_it_does_not_hold(signs: str) -> None:
    """If k + h > dim(B), A and C meet: the two sides do not exist both, or differ."""
    differing = 0
    for dims, counts in CASES:
        left, right = both_ways(dims, signs, counts)
        if sum(counts) <= dims[1] or left is None or right is None:
            continue
        if left.sizes != right.sizes or not equal(left, right):
            differing += 1
    assert differing >= 4


def test_the_shortest_counterexample() -> None:
    names = given("A[n,n] b[n] C[n,n]")
    left, right = parse("(A ·_1 b) ·_1 C", **names), parse("A ·_1 (b ·_1 C)", **names)
    assert left.sizes == right.sizes
    assert not equal(left, right)
    assert_equal(left, bracket("[~A_1 C_1] [~A_2 b] C_2", **names))
    assert_equal(right, bracket("A_1 [~A_2 C_2] [~b C_1]", **names))


def test_a_product_with_too_many_positions_makes_no_sense() -> None:
    """The antecedent max(k, h) ≤ dim(B) is not strictly necessary."""
    names = given("A[n,n] b[n] C[n,n]")
    for text in ("A ⊙_2 b", "b ⊙_2 C"):
        with pytest.raises(ShapeError):
            parse(text, **names)


def test_operators_over_all_positions_commute() -> None:
    names = given("U[2,3] V[2,3]")
    assert_equal(*[parse(text, **names) for text in ("U ⊙_2 V", "U ⊙ V", "V ⊙ U", "V ⊙_2 U", "⟨[UV]⟩")])
    assert_equal(*[parse(text, **names) for text in ("U ·_2 V", "U · V", "V · U", "V ·_2 U", "⟨[U̅V]⟩")])


# -- §4.2: differentiation ------------------------------------------------------------------------------

TERM = given("X[2,3,1] A[4,3] C[3,2,2] D[2]")
DIFFERENTIALS = {**TERM, "dX": tensor("dX", (2, 3, 1))}

B = r"A_1X[X_2A_2]X_3[X_1C_2]C_1DX_{23}[\overline{X_1}C_3]"
"""Its portions belong to the copies X, (X_2, X_3, X_1) and (X_{23}, X_1), in this order."""

PAIRED_OTHERWISE = r"A_1X[X_2A_2]X_3[X^{(3)}_1C_2]C_1DX^{(3)}_{23}[\overline{X^{(2)}_1}C_3]"
"""The same portions as copies X, (X_2, X_3, X̅_1) and (X_1, X_{23}): another tensor."""


def test_the_copies_of_a_repeated_tensor() -> None:
    X, A, C, D = TERM.values()
    assert_equal(bracket(B, **TERM), einsum("aj,pqr,ijk,cis,d,stu->apqrjkicdtu", A, X, X, C, D, X))
    other = bracket(PAIRED_OTHERWISE, **TERM)
    assert_equal(other, einsum("aj,pqr,sjk,cis,d,itu->apqrjkicdtu", A, X, X, C, D, X))
    assert not equal(bracket(B, **TERM), other)


@pytest.mark.parametrize(
    ("term", "differential_"),
    [
        (
            B,
            r"A_1dX[X_2A_2]X_3[X_1C_2]C_1DX_{23}[\overline{X_1}C_3]"
            r" + A_1X[dX_2A_2]dX_3[dX_1C_2]C_1DX_{23}[\overline{X_1}C_3]"
            r" + A_1X[X_2A_2]X_3[X_1C_2]C_1DdX_{23}[\overline{dX_1}C_3]",
        ),
        # The paper gives this for the same term. Its last two addends pair portions otherwise: dX_1 with
        # dX_{23}. So it is the differential of the term whose copies are paired so.
        (
            PAIRED_OTHERWISE,
            r"A_1dX[X_2A_2]X_3[X^{(2)}_1C_2]C_1DX^{(2)}_{23}[\overline{X^{(1)}_1}C_3]"
            r" + A_1X[X_2A_2]X_3[dX_1C_2]C_1DdX_{23}[\overline{X_1}C_3]"
            r" + A_1X[dX_2A_2]dX_3[X_1C_2]C_1DX_{23}[\overline{dX_1}C_3]",
        ),
    ],
)
def test_the_differential_of_a_term(term: str, differential_: str) -> None:
    assert_equal(differential(bracket(term, **TERM), [TERM["X"]]), bracket(differential_, **DIFFERENTIALS))


def test_taking_out_the_portions_of_one_copy() -> None:
    """X^{1̄23} ⊙^{12,5,6} A_1XA_21[X_1C_2]C_1DX_{23}C_3, up to the order of the dimensions.

    The paper has ⊙^{10,3,4}, which counts the whole X as one dimension, and does not mention that ⊙ puts
    the dimensions 2 and 3 of its left operand in front.
    """
    taken = parse("X^{~1,2,3} .*^{12,5,6} <|A_1 X A_2 1 [X_1 C_2] C_1 D X_{23} C_3|>", **TERM)
    assert_equal(
        taken,
        parse(r"X^{\bar{1},2,3} \odot^{12,5,6} ⟨A_1XA_2 1[X_1C_2]C_1DX_{23}C_3⟩", **TERM),
        bracket(r"[X_2A_2]X_3A_1X[X^{(3)}_1C_2]C_1DX^{(3)}_{23}[\overline{X^{(1)}_1}C_3]", **TERM),
    )
    assert_equal(taken.transpose(2, 3, 4, 5, 0, 1, 6, 7, 8, 9, 10), bracket(PAIRED_OTHERWISE, **TERM))
    with pytest.raises(BracketCalcError):
        parse("X^{~1,2,3} .*^{10,3,4} <|A_1 X A_2 1 [X_1 C_2] C_1 D X_{23} C_3|>", **TERM)


# -- §4.3.5: a derivation that uses the notation --------------------------------------------------------


def test_the_differential_of_softmax() -> None:
    """M(s ⊙ ds) = M_1[M̅_2 s ds] = [ds s M̅_2]M_1 = ds ·_1 [sM_2]M_1 = ds ·_1 (s ⊙_1 Mᵀ)"""
    names = given("M[n,n] s[n] da[n]")
    assert_equal(
        parse("M (s ⊙ da)", **names),
        bracket(r"M_1[\overline{M_2}s\,da]", **names),
        bracket(r"[\overline{da}sM_2]M_1", **names),
        parse("da ·_1 ⟨[sM_2]M_1⟩", **names),
        parse("da ·_1 (s ⊙_1 Mᵀ)", **names),
    )
