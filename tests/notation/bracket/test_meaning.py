"""The product that a tree means, against NumPy on random trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from bracketcalc.errors import ParseError, ShapeError, Span
from bracketcalc.expr.algebra import einsum, outer
from bracketcalc.expr.build import ones, scalar, tensor, tensors
from bracketcalc.expr.core import Expr, Ones, Tensor, constant
from bracketcalc.notation.bracket.meaning import meaning
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.simplify.equality import equal
from tests.notation.bracket.trees import trees
from tests.strategies import Values, arrays_for, value

A, B, C = tensors("A[2,3] B[3,4] C[2,3,4]")


def whole(expr: Expr, copy: int = 0) -> Portion:
    return Portion(expr, copy, tuple(range(expr.ndim)))


def part(expr: Expr, *axes: int, copy: int = 0) -> Portion:
    return Portion(expr, copy, axes)


# -- random trees ----------------------------------------------------------------------------------------


class Einsum:
    """The value of a tree by NumPy's einsum: every slot is a letter, and equal letters are replaced."""

    def __init__(self, root: Item) -> None:
        self.letters = 0
        self.equal: list[tuple[int, int]] = []
        self.factors: dict[tuple[str, int], dict[int, int]] = {}
        self.iotas: list[int] = []
        self.output = [slot for slot, barred in self.slots(root) if not barred]

    def slots(self, item: Item) -> list[tuple[int, bool]]:
        """Return the letters of an item's slots, and whether each is summed."""
        if isinstance(item, Portion):
            assert isinstance(item.tensor, Tensor)
            axes = self.factors.setdefault((item.tensor.name, item.copy), {})
            axes.update({axis: self.new() for axis in item.axes})
            return [(axes[axis], False) for axis in item.axes]
        if isinstance(item, Fill):
            return [(self.new(), False) for _ in range(item.count)]
        if isinstance(item, Iota):
            self.iotas.append(self.new())
            return [(self.iotas[-1], False)]
        if isinstance(item, Barred):
            return [(slot, True) for slot, _ in self.slots(item.item)]
        found = [self.slots(part) for part in item.items]
        if isinstance(item, Beside):
            return [slot for part in found for slot in part]
        columns = list(zip(*found, strict=True))
        self.equal += [(column[0][0], other) for column in columns for other, _ in column[1:]]
        return [column[0] for column in columns if not any(barred for _, barred in column)]

    def new(self) -> int:
        self.letters += 1
        return self.letters - 1

    def value(self, arrays: dict[str, Values]) -> Values:
        names = list(range(self.letters))
        for one, two in self.equal:
            names = [names[one] if name == names[two] else name for name in names]
        short = {name: number for number, name in enumerate(dict.fromkeys(names))}
        operands: list[Any] = [np.float64(1), []]
        for (name, _), axes in self.factors.items():
            operands += [arrays[name], [short[names[axes[axis]]] for axis in sorted(axes)]]
        for slot in self.iotas:
            operands += [np.ones(1), [short[names[slot]]]]
        result: Values = np.einsum(*operands, [short[names[slot]] for slot in self.output])
        return result


@given(trees())
def test_random_trees_against_einsum(tree: Item) -> None:
    found = meaning(tree)
    arrays = arrays_for([found])
    # The values are small whole numbers, so both sides are exact.
    np.testing.assert_array_equal(value(found, arrays), Einsum(tree).value(arrays))


# -- single constructions -------------------------------------------------------------------------------


def test_a_whole_tensor_and_its_portions() -> None:
    assert meaning(whole(A)) == 1 * A
    assert meaning(Beside((part(A, 0), part(A, 1)))) == 1 * A
    assert meaning(part(A, 1, 0)) == A.T
    assert meaning(Beside((part(C, 2), part(C, 0, 1)))) == C.transpose(2, 0, 1)


def test_a_bar() -> None:
    assert meaning(Barred(whole(A))) == A.sum()
    assert meaning(Beside((Barred(part(A, 0)), part(A, 1)))) == A.sum(0)
    assert meaning(Beside((Barred(Beside((part(C, 0), part(C, 2)))), part(C, 1)))) == C.sum((0, 2))
    assert meaning(Barred(Barred(whole(A)))) == A.sum()


def test_a_bar_in_a_group_outside_square_brackets() -> None:
    group = Beside((Barred(part(A, 0)), part(A, 1)))
    assert meaning(Beside((group, whole(B)))) == einsum("ij,kl->jkl", A, B)


def test_square_brackets() -> None:
    assert meaning(Bracketed((whole(A), whole(A, 1)))) == A * A
    assert meaning(Bracketed((whole(A),))) == 1 * A
    assert meaning(Beside((part(A, 0), Bracketed((Barred(part(A, 1)), part(B, 0))), part(B, 1)))) == A @ B
    assert meaning(Bracketed((Barred(whole(A)), Barred(whole(A, 1))))) == einsum("ij,ij->", A, A)


def test_nested_square_brackets() -> None:
    inner = Bracketed((part(B, 0), Barred(part(A, 1))))
    tree = Bracketed((Beside((part(A, 0), inner, part(B, 1))), Beside((part(C, 0), part(C, 2)))))
    tree = Bracketed((*tree.items, Beside((Fill(1), Barred(Fill(1))))))
    assert equal(meaning(Beside((tree, Barred(part(C, 1))))), einsum("ij,jk,imk->i", A, B, C))


def test_fillers() -> None:
    u = tensor("u", 2)
    assert meaning(Bracketed((whole(A), Beside((whole(u), Fill(1)))))) == einsum("ij,i->ij", A, u)
    assert meaning(Bracketed((Fill(2), whole(A)))) == 1 * A
    assert meaning(Bracketed((whole(A), Beside((Barred(Fill(1)), Fill(1)))))) == A.sum(0)


def test_iota() -> None:
    u, one = tensor("u", 2), tensor("one", 1)
    assert meaning(Iota()) == 1 * ones(1)
    assert equal(meaning(Beside((Iota(), whole(u)))), outer(ones(1), u))
    assert equal(meaning(Bracketed((Iota(), Fill(1)))), ones(1))
    assert meaning(Bracketed((Iota(), whole(one)))) == 1 * one
    assert meaning(Bracketed((Fill(1), Iota(), whole(one)))) == 1 * one
    assert equal(meaning(Beside((Barred(Iota()), whole(u)))), 1 * u)


def test_a_number_joins_the_coefficient() -> None:
    u, lam = tensor("u", 2), scalar("lam")
    assert meaning(Beside((whole(constant(3)), whole(u))), 2) == 6 * u
    assert meaning(Beside((whole(lam), whole(lam, 1), whole(u)))) == einsum(",,i->i", lam, lam, u)
    assert meaning(Beside(()), 4) == constant(4)
    big = meaning(Beside((whole(constant(1e300)), whole(u))), 1e300)
    assert big.coefficient == 1e300
    assert big.factors == (constant(1e300), u)


@pytest.mark.parametrize("size", [0, 1])
def test_sizes_0_and_1(size: int) -> None:
    x, y = tensor("x", (size, 3)), tensor("y", size)
    tree = Beside((Bracketed((Barred(part(x, 0)), whole(y))), part(x, 1)))
    arrays = arrays_for([x, y])
    expected = (arrays["x"] * arrays["y"][:, None]).sum(0)
    np.testing.assert_array_equal(value(meaning(tree), arrays), expected)


def test_factors_stand_in_the_order_of_their_first_portions() -> None:
    tree = Beside((part(B, 1), whole(C), part(A, 0, 1), part(B, 0)))
    assert meaning(tree).factors == (B, C, A)


def test_any_expression_is_a_tensor() -> None:
    found = meaning(Beside((part(A @ B, 1), part(A @ B, 0))))
    assert equal(found, (A @ B).T)
    assert meaning(Bracketed((Fill(1), whole(Ones((3,)))))) == 1 * ones(3)


# -- what is refused ------------------------------------------------------------------------------------

x4 = tensor("x", 4)


@pytest.mark.parametrize(
    ("tree", "kind", "message"),
    [
        (part(A, 0), ParseError, "dimension 2 of A is missing"),
        (Beside((part(A, 0), part(A, 1), part(A, 1, copy=1))), ParseError, "dimension 1 of A is missing"),
        (Beside((part(A, 0), whole(A))), ParseError, "dimension 1 of A is used twice"),
        (part(A, 0, 0), ParseError, "dimension 1 of A is used twice"),
        (part(A, 2), ShapeError, "A has 2 dimensions: there is no dimension 3"),
        (part(A, -1), ShapeError, "A has 2 dimensions: there is no dimension 0"),
        (
            Bracketed((whole(A), whole(B))),
            ShapeError,
            "dimension 1 of A has size 2, but dimension 1 of B has size 3",
        ),
        (
            Bracketed((whole(x4), part(B, 0))),
            ShapeError,
            "dimension 1 of x has size 4, but dimension 1 of B has size 3",
        ),
        (Bracketed((whole(A), whole(x4))), ShapeError, "A has 2 dimensions, but x has 1 dimension"),
        (Bracketed((Iota(), whole(x4))), ShapeError, "ι has size 1, but dimension 1 of x has size 4"),
        (Bracketed((Fill(2), whole(x4))), ShapeError, "1 has 2 dimensions, but x has 1 dimension"),
        (Fill(1), ParseError, "the size of 1 does not follow"),
        (Barred(Fill(1)), ParseError, "the size of 1 does not follow"),
        (Bracketed((Fill(1), Fill(1))), ParseError, "the size of 1 does not follow"),
        (Bracketed(()), ParseError, "square brackets are empty"),
    ],
)
def test_trees_that_mean_nothing(tree: Item, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        meaning(tree)


def test_sizes_that_differ_behind_fillers() -> None:
    tree = Bracketed((Bracketed((Fill(1), whole(x4))), Bracketed((Fill(1), part(B, 0)))))
    with pytest.raises(ShapeError, match="dimension 1 of x has size 4, but dimension 1 of B has size 3"):
        meaning(Beside((tree, part(B, 1))))


def test_symbolic_sizes_need_one_name() -> None:
    u, v = tensors("u[n] v[m]")
    with pytest.raises(ShapeError, match="has size n, but dimension 1 of v has size m") as caught:
        meaning(Bracketed((whole(u), whole(v))))
    assert caught.value.hint == "give both dimensions one name if their sizes are always equal"


def test_places_become_carets() -> None:
    one, two = whole(A), whole(B)
    text = "left and right"
    places = {id(one): Span(text, 0, 4), id(two): Span(text, 9, 14)}
    with pytest.raises(ShapeError) as caught:
        meaning(Bracketed((one, two)), 1, places, {id(one): "left"})
    assert caught.value.spans == (Span(text, 0, 4), Span(text, 9, 14))
    assert caught.value.message == "dimension 1 of left has size 2, but dimension 1 of B has size 3"


def test_a_deep_tree() -> None:
    tree: Item = whole(x4)
    for copy in range(1, 10_000):
        tree = Bracketed((Beside((tree,)), Portion(x4, copy, (0,))))
    assert len(meaning(tree).factors) == 10_000
