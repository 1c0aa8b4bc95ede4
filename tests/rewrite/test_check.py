"""The check of the operations finds wrong ones, and accepts what only looks different."""

from __future__ import annotations

import pytest

from bracketcalc.expr.build import tensors
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Item, Portion
from bracketcalc.rewrite.check import check_value, checked_term, occurrences
from bracketcalc.rewrite.term import BracketTerm, bracket_term
from bracketcalc.rewrite.trees import rebuilt

NAMES = {tensor.name: tensor for tensor in tensors("A[n,n] B[n,n] c[n]")}


def checked(given: str, found: str) -> BracketTerm:
    """Return the second term, checked as if it was made from the first."""
    one, two = bracket_term(given, **NAMES), bracket_term(found, **NAMES)
    return checked_term("this", one, two.tree.items)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("A_1 [~A_2 B_1] B_2", "A_1 [~A_2 B_2] B_1"),
        ("A_1 [~A_2 B_1] B_2", "B_2 [~A_2 B_1] A_1"),
        ("A_1 [~A_2 B_1] B_2", "[A_1 B_1] [~A_2 B_2] c"),
        ("A_1 [~A_2 B_1] B_2", "[~A_1 B_2] [~A_2 B_1]"),
        ("A_1 [~A_2 A_1] A_2", "A_1 [~A_2 A_2] A_1"),
        ("[A B]", "[A B (c 1)]"),
        ("[~A B]", "[A B]"),
        ("c ι", "ι c"),
        ("c", "~ι c c"),
    ],
)
def test_a_change_of_the_value_is_found(given: str, found: str) -> None:
    with pytest.raises(AssertionError, match="this changed the value of"):
        checked(given, found)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("A_1 [~A_2 B_1] B_2", "A_1 [B_1 ~A_2] B_2"),
        ("[A B]", "[(A_1 A_2) B 1_{12}]"),
        ("[A_1 A_2 c] [~A_1 A_2]", "[c A_2 A_1] [A_1 ~A_2]"),
        ("A [~A c B_1] B_2", "A [~A c B_1] B_2"),
    ],
)
def test_what_only_looks_different_is_accepted(given: str, found: str) -> None:
    if given.startswith("A ["):
        given = found = "A [~A_1 c B_1] [~A_2 B_2]"
    assert checked(given, found) == bracket_term(found, **NAMES)


def test_copies_that_were_exchanged_are_found_by_the_canonical_form() -> None:
    one = bracket_term("[~A_1 c] A_2 [~A_1 B_1] [A_2 B_2]", **NAMES)
    given = one.expr, occurrences(one.tree, one.expr)
    other = bracket_term("[~A_1 B_1] [~A^{(2)}_1 c] A^{(2)}_2 [A_2 B_2]", **NAMES)
    check_value("this", one, given, other, (other.expr, occurrences(other.tree, other.expr)))


def test_a_wrong_rewriting_function_is_found() -> None:
    def without_bars(term: BracketTerm) -> BracketTerm:
        def bare(item: Item) -> Item:
            return item.item if isinstance(item, Barred) else item

        tree = rebuilt(term.tree, bare)
        assert isinstance(tree, Beside)
        return checked_term("without_bars", term, tree.items)

    same = bracket_term("[A B]", **NAMES)
    assert without_bars(same) == same
    with pytest.raises(AssertionError, match=r"without_bars changed the value of ⟨\[A̅ B\]⟩"):
        without_bars(bracket_term("[~A B]", **NAMES))


def test_a_long_term_is_checked() -> None:
    A = NAMES["A"]
    count = 300
    links: list[Item] = [
        Bracketed((Barred(Portion(A, k, (1,))), Portion(A, k + 1, (0,)))) for k in range(count)
    ]
    chain = BracketTerm(1, Beside((Portion(A, 0, (0,)), *links, Portion(A, count, (1,)))))
    moved = [*reversed(chain.tree.items[1:-1]), chain.tree.items[0], chain.tree.items[-1]]
    assert checked_term("this", chain, moved).expr.sizes == chain.sizes
    moved[-2:] = moved[:-3:-1]
    with pytest.raises(AssertionError, match="this changed the value"):
        checked_term("this", chain, moved)
