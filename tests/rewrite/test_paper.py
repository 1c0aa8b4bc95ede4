r"""The manipulations of the paper, as it writes them (§2.2 to §2.4, §4.2).

What is lost or wrong in the text at hand, and how it is read here:

- §2.3, X [A B (C_1 [\overline{C_2} D_1] D_2)] Y: the inner [ is printed as | once.
- §4.2: in A_1 X [X_2 A_2] X_3 [X_1 C_2] C_1 D X_{23} [\overline{X_1} C_3] the portions X_2, X_3 and
  \overline{X_1} are taken out as one copy of X; so they are marked as one here. The positions 10, 3, 4 are
  12, 5, 6: the first X has three dimensions. The axes of X^P ⊙^Q … must then be permuted.
"""

from __future__ import annotations

import pytest

from bracketcalc.expr.build import ones, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.notation.parse import parse
from bracketcalc.rewrite.bars import move_bar
from bracketcalc.rewrite.brackets import expand, flatten
from bracketcalc.rewrite.join import Join, join, swap_operands
from bracketcalc.rewrite.merging import merge
from bracketcalc.rewrite.order import move_summed, swap
from bracketcalc.rewrite.putting import put_in
from bracketcalc.rewrite.system import system
from bracketcalc.rewrite.taking import split_off, take_out
from bracketcalc.rewrite.term import BracketTerm, bracket_term
from bracketcalc.simplify.equality import equal
from tests.rewrite.random_terms import assert_same_value

NAMES = {tensor.name: tensor for tensor in tensors("A[2,3] B[2,3] C[2,5] D[5,3] E[3,4] c[2] X[4] Y[6]")}


def term(text: str) -> BracketTerm:
    """Return a term over the tensors above."""
    return bracket_term(text, **NAMES)


def assert_written(found: object, text: str, given: Expr, names: dict[str, Tensor] = NAMES) -> None:
    """Fail unless something is written so, and has the value of an expression, also when read back."""
    assert str(found) == text
    assert_same_value(found.expr, given)  # type: ignore[attr-defined]
    assert_same_value(parse(text, **names), given)


# -- §2.3: square brackets ------------------------------------------------------------------------------


def test_the_terms_within_square_brackets_can_be_reordered() -> None:
    given = term("[A B]")
    assert_written(swap(given, "A", "B"), "⟨[B A]⟩", given.expr)


def test_square_brackets_within_others_can_be_left_out() -> None:
    given = term("[A [B A]]")
    assert_written(flatten(given), "⟨[A B A]⟩", given.expr)


def test_a_bar_can_stand_over_any_term_of_a_bracket() -> None:
    given = term("[A_{12} ~B_{12} A_{12} (C_1 D_2)] ~C_2 ~D_1")
    assert_written(move_bar(given, "A", 2), "⟨[A B A̅ (C_1 D_2)] C̅_2 D̅_1⟩", given.expr)
    assert_written(move_bar(given, "C"), "⟨[A B A (C_1 D_2)̅] C̅_2 D̅_1⟩", given.expr)
    assert move_bar(move_bar(given, "C"), "B") == given


def test_a_bracket_is_expanded_slot_by_slot() -> None:
    given = term("[A_{12} B_{12} (~c 1)]")
    expanded = expand(given)
    assert_written(expanded, "⟨[A̅_1 B_1 c] [A_2 B_2]⟩", given.expr)
    assert_written(merge(expanded, "A", "B"), "⟨[A B (c̅ 1)]⟩", given.expr)
    assert merge(expanded, "A", "B") == given


def test_a_tensor_is_split_off_with_a_dot() -> None:
    given = term("[~A_{12} B_{12} (c E_1)] E_2")
    found = split_off(given, "E")
    assert_written(found, "⟨[A B (c̅ 1)]⟩ ·_1 E", given.expr)
    assert put_in(found) == given


# -- §2.3: what is summed -------------------------------------------------------------------------------


def test_a_summed_portion_can_be_put_anywhere() -> None:
    given = term("A_1 ~A_2 X")
    assert_written(move_summed(given), "⟨A̅_2 A_1 X⟩", given.expr)
    assert_written(move_summed(given, to="back"), "⟨A_1 X A̅_2⟩", given.expr)
    assert move_summed(move_summed(given), after="A") == given


def test_a_summed_bracket_can_be_put_anywhere() -> None:
    given = term("X [~A B A] Y")
    front, back = move_summed(given), move_summed(given, to="back")
    assert_written(front, "⟨[A̅ B A] X Y⟩", given.expr)
    assert_written(back, "⟨X Y [A̅ B A]⟩", given.expr)
    assert move_summed(back, "A", before="Y") == given
    assert move_summed(front, "B", after="X") == given


def test_a_summed_bracket_can_be_pulled_out_of_another() -> None:
    given = term("X [A B (C_1 [~C_2 D_1] D_2)] Y")
    assert_written(move_summed(given), "⟨[C̅_2 D_1] X [A B (C_1 D_2)] Y⟩", given.expr)
    assert_written(move_summed(given, "D", to="back"), "⟨X [A B (C_1 D_2)] Y [C̅_2 D_1]⟩", given.expr)


def test_a_term_can_be_read_as_a_system() -> None:
    given = term("X [~A B (C_1 [~C_2 D_1] D_2)] Y")
    found = system(given)
    assert_written(found, "⟨X Y; [A̅ B (C_1 D_2)]; [C̅_2 D_1]⟩", given.expr)
    assert "text/latex" in found._repr_mimebundle_()


# -- §2.3.1: vectors ------------------------------------------------------------------------------------


def test_a_remark_about_vectors() -> None:
    u, v = tensors("u[3] v[4]")
    names = {"u": u, "v": v}
    given = bracket_term("[~1 u] v", **names)
    assert equal(given.expr, parse("(𝟏ᵀ u) v", **names))
    assert_written(move_summed(given, to="back"), "⟨v [1̅ u]⟩", given.expr, names)
    taken = take_out(bracket_term("[~w u] v", **names, w=ones(3)), ones(3))
    assert_written(taken, "⟨1⟩ ·_1 ⟨u v⟩", given.expr, names)
    row = bracket_term("[~1 u] ι v", **names)
    assert_written(move_summed(row, "u", after="v"), "⟨ι v [1̅ u]⟩", row.expr, names)
    assert equal(row.expr, parse("⟨ι⟩ ⊗ ((𝟏ᵀ u) v)", **names))


# -- §2.2, (4), (5), (8), (9): the order of the operands -------------------------------------------------


def test_swapping_the_operands_permutes_the_axes() -> None:
    A, B = tensors("A[2,3,4] B[5,3,2]")
    names = {"A": A, "B": B}
    one = join(A, B, axes=((0, 1), (2, 1)))
    other = join(B, A, axes=((2, 1), (0, 1)))
    assert_written(put_in(one), "⟨[A_1 B_3] [A_2 B_2] A_3 B_1⟩", one.expr, names)
    assert_written(put_in(other), "⟨B_1 [B_2 A_2] [B_3 A_1] A_3⟩", other.expr, names)
    swapped = swap_operands(one)
    assert swapped.order == (2, 1, 3, 0)
    assert_written(swapped, "(B^{3,2} ⊙^{1,2} A)_{3241}", one.expr, names)
    assert swap_operands(swapped) == one
    assert_same_value(swapped.expr, other.expr.transpose(2, 1, 3, 0))


# -- §2.4: associativity --------------------------------------------------------------------------------

ASSOCIATIVITY = [
    (
        ((0,), (0,), (0,)),
        ((0,), (0,), (0,)),
        "⟨[A̅_1 B_1] [A̅_2 C_1] B_2 C_2⟩",
        "⟨[B̅_1 C_1] [A̅_1 B_2] A_2 C_2⟩",
    ),
    (((0,), (0,), ()), ((0,), (0,), ()), "⟨[A_1 B_1 C_1] A_2 B_2 C_2⟩", "⟨[A_1 B_1 C_1] A_2 B_2 C_2⟩"),
    (((1,), (0,), ()), ((0,), (0,), ()), "⟨[A_1 C_1] [A_2 B_1] B_2 C_2⟩", "⟨A_1 [A_2 B_1 C_1] B_2 C_2⟩"),
]
"""P, Q and the sums of the first and the second operator; from the left, from the right."""

Axes = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@pytest.mark.parametrize(("first", "second", "left", "right"), ASSOCIATIVITY)
def test_products_from_the_left_and_from_the_right(
    first: Axes, second: Axes, left: str, right: str
) -> None:
    A, B, C = tensors("A[2,2] B[2,2] C[2,2]")
    names = {"A": A, "B": B, "C": C}

    def joined(one: Expr | BracketTerm, axes: Axes, two: Expr | BracketTerm) -> Join:
        return join(one, two, axes[:2], axes[2])

    from_left = joined(put_in(joined(A, first, B)), second, C)
    from_right = joined(A, first, put_in(joined(B, second, C)))
    assert_written(put_in(from_left), left, from_left.expr, names)
    assert_written(put_in(from_right), right, from_right.expr, names)
    assert equal(from_left.expr, from_right.expr) == (left == right)


# -- §4.2: taking a tensor out --------------------------------------------------------------------------


def test_a_tensor_is_taken_out() -> None:
    A, C, D, X = tensors("A[2,1] C[2,3,3] D[1] X[3,1,2]")
    names = {"A": A, "C": C, "D": D, "X": X}
    text = "A_1 X [X_2 A_2] X_3 [X^{(3)}_1 C_2] C_1 D X^{(3)}_{23} [~X_1 C_3]"
    given = bracket_term(text, **names)
    found = take_out(given, X, copy=2)
    assert_written(
        found,
        "(X^{1̄,2,3} ⊙^{12,5,6} ⟨A_1 X A_2 1 [X_1 C_2] C_1 D X_{23} C_3⟩)_{3,4,5,6,1,2,7,8,9,10,11}",
        given.expr,
        names,
    )
    assert put_in(found) == given
    assert str(swap_operands(found)) == ("⟨A_1 X A_2 1 [X_1 C_2] C_1 D X_{23} C_3⟩^{12̄,5,6} ⊙^{1,2,3} X")


def test_each_copy_is_taken_out_in_turn() -> None:
    A, C, D, X = tensors("A[2,1] C[2,3,3] D[1] X[3,1,2]")
    given = bracket_term("A_1 X [X_2 A_2] X_3 [X_1 C_2] C_1 D X_{23} [~X_1 C_3]", A=A, C=C, D=D, X=X)
    for copy in (1, 2, 3):
        assert put_in(take_out(given, "X", copy)) == given
