"""Bracket terms as values: equality, immutability, pickling, display, and terms of any depth."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from bracketcalc.errors import ArgumentError, ParseError, ShapeError
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Product, Size, Tensor, constant
from bracketcalc.functions.forms import tanh
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Item, Portion
from bracketcalc.rewrite.bars import move_bar
from bracketcalc.rewrite.brackets import expand, flatten
from bracketcalc.rewrite.join import Join, Pair, join, swap_operands
from bracketcalc.rewrite.merging import merge
from bracketcalc.rewrite.names import rename
from bracketcalc.rewrite.order import move_summed, swap
from bracketcalc.rewrite.putting import put_in
from bracketcalc.rewrite.show import shown_latex, shown_text
from bracketcalc.rewrite.system import system
from bracketcalc.rewrite.taking import split_off, take_out
from bracketcalc.rewrite.term import BracketTerm, bracket_term

A, B, c, d = tensors("A[n,m] B[m,k] c[n] d[m]")


def test_a_term_of_text_and_one_of_an_expression() -> None:
    written = bracket_term("1/2 A_1 [~A_2 B_1] B_2", A=A, B=B)
    assert written == bracket_term(A @ B / 2)
    assert written.coefficient == Fraction(1, 2)
    assert written.expr.sizes == written.sizes == (A.sizes[0], B.sizes[1])
    assert bracket_term("⟨A⟩", A=A) == bracket_term(A) == bracket_term(r"\langle A \rangle", A=A)
    assert str(bracket_term(A)) == "⟨A⟩"
    with pytest.raises(ArgumentError, match="takes a text"):
        bracket_term(A, B=B)
    with pytest.raises(ArgumentError, match="takes a text"):
        bracket_term(3)  # type: ignore[arg-type]
    with pytest.raises(ParseError, match="several terms"):
        bracket_term("c + c", c=c)


@pytest.mark.parametrize(
    "text", ["⟨3⟩", "⟨-3⟩", "⟨1/2⟩", "⟨{1}⟩", "⟨-{1}⟩", "⟨-1/2⟩", "⟨-0.5 c⟩", "⟨2 [1 c]⟩", "⟨ι c⟩"]
)
def test_numbers_are_written_inside(text: str) -> None:
    term = bracket_term(text, c=c)
    assert str(term) == text
    assert bracket_term(str(term), c=c) == term


def test_numbers_are_part_of_the_coefficient() -> None:
    term = BracketTerm(2, Beside((Portion(constant(3), 0, ()), Portion(c, 7, (0,)))))
    assert (term.coefficient, str(term)) == (6, "⟨6 c⟩")
    assert term == BracketTerm(6, Portion(c, 0, (0,)))


def test_copies_are_numbered_as_they_appear() -> None:
    one = bracket_term("A^{(2)}_1 A_2 A^{(2)}_2 A_1", A=A)
    assert str(one) == "⟨A_1 A^{(2)}_2 A_2 A_1⟩"
    assert one == bracket_term(str(one), A=A)
    assert one != bracket_term("A_1 A_2 A_2 A_1", A=A)


def test_terms_are_values() -> None:
    term = bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)
    taken = take_out(term, A)
    for value in (term, taken, system(term)):
        assert pickle.loads(pickle.dumps(value)) == value
        assert deepcopy(value) == value
        assert hash(pickle.loads(pickle.dumps(value))) == hash(value)
    assert term != taken
    assert taken != term
    assert term != bracket_term("A_1 [A_2 ~B_1] B_2", A=A, B=B)
    assert term != bracket_term("2 A_1 [~A_2 B_1] B_2", A=A, B=B)
    for frozen in (term, taken):
        with pytest.raises(AttributeError, match="immutable"):
            frozen.expr = term.expr
    with pytest.raises(AttributeError, match="immutable"):
        del term.tree
    with pytest.raises(AttributeError):
        system(term).term = term  # type: ignore[misc]
    assert repr(term) == "<⟨A_1 [A̅_2 B_1] B_2⟩, sizes (n, k)>"
    assert repr(taken).endswith("sizes (n, k)>")


def test_what_is_shown() -> None:
    term = bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)
    assert term._repr_mimebundle_() == {
        "text/plain": "⟨A_1 [A̅_2 B_1] B_2⟩",
        "text/latex": r"$\displaystyle \langle A_{1} [\overline{A_{2}} B_{1}] B_{2} \rangle$",
    }
    assert shown_text(join(A, B, axes=(1, 0), sum=1), ascii=True) == "A ._1 B"
    assert shown_latex(join(A, c, axes=(0, 0))) == r"A^{1} \odot^{1} c"
    wild = tensor("<script>", ("n",))
    assert "<script>" not in bracket_term(wild)._repr_mimebundle_()["text/latex"]


def test_joins_are_written_as_short_as_possible() -> None:
    D = tensor("D", ("n", "m"))
    assert str(join(A, D, axes=((0, 1), (0, 1)))) == "A ⊙ D"
    assert str(join(A, D, axes=((0, 1), (0, 1)), sum=(0, 1))) == "A · D"
    assert str(join(A, D, axes=((0, 1), (0, 1)), sum=0)) == "A^{1̄,2} ⊙^{1,2} D"
    assert str(join(A, c, axes=((), ()))) == "A ⊗ c"
    assert str(join(A, B, axes=(1, 0))) == "A ⊙_1 B"
    assert str(join(bracket_term("2 c", c=c), A, axes=(0, 0), sum=0)) == "⟨2 c⟩ ·_1 A"


def test_wrong_trees_raise() -> None:
    with pytest.raises(ParseError, match="dimension 2 of A is missing"):
        BracketTerm(1, Portion(A, 0, (0,)))
    with pytest.raises(ShapeError):
        BracketTerm(1, Bracketed((Portion(c, 0, (0,)), Portion(d, 0, (0,)))))
    with pytest.raises(ShapeError, match="a portion of A has no dimensions"):
        BracketTerm(1, Beside((Portion(A, 0, (0, 1)), Portion(A, 0, ()))))
    with pytest.raises(ParseError, match="the size of 1"):
        BracketTerm(1, Fill(1))
    with pytest.raises(ShapeError, match="is no order of 2 axes"):
        Join(bracket_term(A), bracket_term(B), [Pair(1, 0, True)], (0, 2))
    with pytest.raises(ShapeError, match="two lists of unequal lengths"):
        join(A, B, axes=((0, 1), 0))
    with pytest.raises(ShapeError, match="is not among the multiplied axes"):
        join(A, B, axes=(1, 0), sum=0)
    with pytest.raises(ShapeError):
        join(A, B, axes=(0, 0))


# -- arguments ------------------------------------------------------------------------------------------


def test_operations_that_do_not_apply_say_so() -> None:
    term = bracket_term("A_1 [~A_2 B_1] B_2", A=A, B=B)
    with pytest.raises(ArgumentError, match="expected a tensor or its name, got int"):
        take_out(term, 1)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="Z is not in ⟨A_1") as error:
        take_out(term, "Z")
    assert "name one of A, B" in str(error.value)
    with pytest.raises(ArgumentError, match="there is no copy 2 of A"):
        take_out(term, A, 2)
    with pytest.raises(ArgumentError, match="there is no copy 0 of A"):
        split_off(term, A, 0)
    with pytest.raises(ArgumentError, match="no square brackets"):
        swap(term, "A", "A")
    with pytest.raises(ArgumentError, match="in no bracket"):
        move_bar(bracket_term("c A", A=A, c=c), "c")
    with pytest.raises(ArgumentError, match="without free dimensions"):
        move_summed(bracket_term("c A", A=A, c=c), "c")
    with pytest.raises(ArgumentError, match="takes one place"):
        move_summed(term, before="A", after="B")
    with pytest.raises(ArgumentError, match="takes one place"):
        move_summed(term, to="middle")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="fewer than two brackets"):
        merge(term, "A", "B")
    apart = bracket_term("[A_1 C_1] c [A_2 C_2]", A=A, C=tensor("C", A.sizes), c=c)
    with pytest.raises(ArgumentError, match="not beside each other"):
        merge(apart, "A", "C")


def test_two_tensors_of_one_name_are_told_apart_by_the_tensor() -> None:
    other = tensor("A", ("n",))
    term = BracketTerm(1, Beside((Portion(A, 0, (0, 1)), Portion(other, 0, (0,)))))
    with pytest.raises(ArgumentError, match="several tensors named A"):
        take_out(term, "A")
    assert take_out(term, other).left == bracket_term(other)


def test_renaming() -> None:
    term = bracket_term("[c c] A_1 ~A_2", A=A, c=c)
    e = tensor("e", c.sizes)
    assert str(rename(term, {"c": "e"})) == "⟨[e e] A_1 A̅_2⟩"
    assert rename(term, {c: e}) == rename(term, {"c": "e"})
    both = bracket_term("c [e e]", c=c, e=e)
    assert str(rename(both, {"c": e, e: c})) == "⟨e [c c]⟩"
    assert str(rename(both, {c: e})) == "⟨e [e e]⟩"
    with pytest.raises(ArgumentError, match="the name of two tensors"):
        rename(both, {"c": "e"})
    with pytest.raises(ArgumentError, match="the name of two tensors"):
        rename(both, {"c": "z", "e": "z"})
    with pytest.raises(ShapeError):
        rename(term, {"c": d})
    with pytest.raises(ArgumentError, match="b is not in"):
        rename(term, {"b": "c"})


def test_scalars_and_formulas_are_taken_out_too() -> None:
    s, W = tensor("s"), tensor("W_1", A.sizes)
    term = bracket_term("[{tanh(A)}_1 c] {tanh(A)}_2 s [{W_1} A]", A=A, c=c, s=s, W_1=W)
    assert str(take_out(term, tanh(A))) == "⟨{tanh(A)}⟩ ⊙_2 ⟨c 1 s [{W_1} A]⟩"
    assert str(take_out(term, "s")) == "s ⊗ ⟨[{tanh(A)}_1 c] {tanh(A)}_2 [{W_1} A]⟩"
    assert str(split_off(term, s).right) == "⟨s⟩"
    assert take_out(term, "W_{1}") == take_out(term, W)
    assert str(take_out(bracket_term(s), s)) == "s ⊗ 1"


def test_diagonals_are_taken_out_as_diagonals() -> None:
    S, e = tensors("S[3,3,2] e[3]")
    term = bracket_term("[S_1 ~S_2 e] S_3", S=S, e=e)
    taken = take_out(term, "S")
    assert str(taken) == "⟨[S_1 S_2] S_3⟩^{1̄,2} ⊙^{1,2} ⟨e 1⟩"
    assert str(put_in(taken)) == "⟨[S̅_1 S_2 e] S_3⟩"
    assert str(split_off(term, "S")) == "e ·_1 ⟨[S_1 S_2] S_3⟩"
    alone = bracket_term("[S_1 ~S_2] e S_3", S=S, e=e)
    assert str(split_off(alone, "S")) == "e ⊗ ⟨[S̅_1 S_2] S_3⟩"


# -- depth ----------------------------------------------------------------------------------------------


def nested(levels: int) -> BracketTerm:
    """Return [A_1 ([~A_2 b] [A_1 ([~A_2 b] … b)])]."""
    outer, inner = tensors("A[n,n] b[n]")
    item: Item = Portion(inner, 0, (0,))
    for level in range(levels):
        summed = Bracketed((Barred(Portion(outer, level, (1,))), Portion(inner, level + 1, (0,))))
        item = Bracketed((Portion(outer, level, (0,)), Beside((summed, item))))
    return BracketTerm(1, item)


@pytest.mark.long
def test_five_thousand_brackets_in_each_other() -> None:
    levels = 5000
    term = nested(levels)
    assert isinstance(term.expr, Product)
    assert len(expand(term).tree.items) == levels + 1


@pytest.mark.long
def test_every_operation_at_a_depth_beyond_the_stack() -> None:
    term = nested(800)
    assert pickle.loads(pickle.dumps(term)) == term
    assert len(system(term).lengths) == 801
    tensor = Tensor("A", (Size("n"), Size("n")))
    assert flatten(term) == term
    assert move_bar(term, "b", 7) != term
    assert move_bar(move_bar(term, "b", 7), "A", 7) == term
    assert len(move_summed(term).tree.items) == 801
    assert len(merge(expand(term), (tensor, 3)).tree.items) == 800
    assert swap(term, (tensor, 1), (tensor, 2)) != term
    assert str(take_out(term, "b", 800)).startswith("b ")
    assert put_in(take_out(term, "b", 2)).expr.sizes == term.sizes
    assert swap_operands(split_off(term, tensor, 7)).left == bracket_term(tensor)
    assert rename(rename(term, {"b": "z"}), {"z": "b"}) == term


@pytest.mark.parametrize(
    "operation",
    [
        expand,
        system,
        lambda x: take_out(x, "A"),
        lambda x: rename(x, {}),
    ],
)
def test_anything_but_a_term_is_refused(operation: Callable[[Any], object]) -> None:
    (A,) = tensors("A[i,j]")
    with pytest.raises(ArgumentError, match="rewrites a bracket term, got Tensor"):
        operation(A)
