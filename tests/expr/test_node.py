"""Nodes: immutable, hashed once, equal by structure, pickled and compared without recursion."""

from __future__ import annotations

import copy
import pickle
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.errors import ShapeError
from bracketcalc.expr.algebra import dot, einsum, odot, outer
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    constant,
    product,
)
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.expr.number import as_number
from bracketcalc.functions.exponential import TANH
from bracketcalc.functions.forms import tanh
from bracketcalc.functions.softmax import SOFTMAX
from bracketcalc.traverse import postorder
from tests.strategies import assert_checked, expressions

LENGTH = 20_000

X, Y = tensors("X[n,3] Y[n,3]")
NODES: tuple[Expr, ...] = (
    Size("n"),
    Tensor("T", (2, Size("n"))),
    Ones((2, Size("n"))),
    Delta(Size("n"), 3),
    product(Fraction(1, 3), [(X, "ij"), (Y, "ik")], "jk"),
    Sum((X, Y)),
    Elementwise(TANH, (), X),
    Elementwise(POWER, (Fraction(1, 2),), X),
    Map(SOFTMAX, X, 1),
    Definition("Z", X),
)


def chain(length: int = LENGTH) -> Expr:
    """Return a new chain of alternating nodes."""
    expr: Expr = Tensor("x", ())
    for k in range(length):
        expr = tanh(expr) if k % 2 else Sum((expr, constant(1)))
    return expr


def shared(depth: int = LENGTH) -> Expr:
    """Return a new graph in which every node is used twice."""
    expr: Expr = Tensor("x", ())
    for _ in range(depth):
        expr = Sum((expr, expr))
    return expr


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_nodes_cannot_be_changed(node: Expr) -> None:
    for name in ("sizes", "children", "data", "name", "new"):
        with pytest.raises(AttributeError, match=f"expressions are immutable: cannot set {name!r}"):
            setattr(node, name, ())
        with pytest.raises(AttributeError, match=f"expressions are immutable: cannot delete {name!r}"):
            delattr(node, name)
    assert not hasattr(node, "__dict__")


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_node_is_its_class_data_and_children(node: Expr) -> None:
    again = type(node).build(node.data, node.children)
    assert again == node
    assert again is not node
    assert hash(again) == hash(node)
    assert again.sizes == node.sizes
    assert pickle.loads(pickle.dumps(node)) == node
    assert copy.copy(node) is node
    assert copy.deepcopy(node) is node


def test_all_nodes_differ() -> None:
    assert len({*NODES}) == len(NODES)
    assert [node for node in NODES for other in NODES if node is not other and node == other] == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Tensor("X", (2, 3)), Tensor("X", (3, 2))),
        (Tensor("X", (2, 3)), Tensor("Y", (2, 3))),
        (Tensor("n", ()), Size("n")),
        (Ones((2, 2)), Delta(2, 2)),
        (einsum("ij->ij", X), einsum("ij->ji", X)),
        (einsum("ij->ij", X), 2 * einsum("ij->ij", X)),
        (Sum((X, Y)), Sum((Y, X))),
        (X**2, X**3),
        (define("Z", X), define("W", X)),
        (define("Z", X), define("Z", Y)),
        (Map(SOFTMAX, X, 1), tanh(X)),
    ],
)
def test_different_nodes(one: Expr, two: Expr) -> None:
    assert one != two
    assert two != one


def test_a_node_equals_no_other_object() -> None:
    assert Size("n") != "n"
    assert constant(2) != 2
    assert X != None  # noqa: E711
    assert (X == [X]) is False


def test_labels_are_numbered_by_first_appearance() -> None:
    assert product(1, [(X, "ab"), (Y, "ac")], "bc") == product(1, [(X, (7, 2)), (Y, (7, "z"))], (2, "z"))
    assert product(1, [(X, "ba")], "ab").labels == ((0, 1),)
    assert product(1, [(X, "ba")], "ab").output == (1, 0)


def test_numbers_are_compared_by_value_and_kept_as_written() -> None:
    exact, floating = chain_of(2), chain_of(2.0)
    assert exact == floating
    assert [type(node.coefficient) for node in postorder([exact]) if isinstance(node, Product)] == [int] * 3
    assert [type(node.coefficient) for node in postorder([floating]) if isinstance(node, Product)] == [
        float
    ] * 3


def chain_of(number: float) -> Expr:
    """Return a graph with a number in it three times."""
    expr: Expr = Tensor("x", ())
    for _ in range(3):
        expr = tanh(as_number(number) * expr)
    return expr


def test_long_chains_and_heavy_sharing() -> None:
    for build in (chain, shared):
        one, two = build(), build()
        assert sys.getrecursionlimit() < LENGTH
        assert hash(one) == hash(two)
        assert one == two
        assert one != build(LENGTH - 1)
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert len(postorder([again])) == len(postorder([one]))
        assert copy.deepcopy(one) is one


def test_equal_graphs_share_their_nodes_once_compared() -> None:
    """Comparing the links of two equal chains one after the other is linear, not quadratic."""
    one, two = chain(4000), chain(4000)
    left, right = postorder([one]), postorder([two])
    assert left[-1].children[0] is not right[-1].children[0]
    assert one == two
    assert all(a.children is b.children for a, b in zip(left, right, strict=True) if a.children)


def test_unequal_graphs_are_left_alone() -> None:
    one, two = Sum((tanh(X), Y)), Sum((tanh(X), X))
    assert one != two
    assert one.children[0] is not two.children[0]


def test_a_pickle_keeps_sharing() -> None:
    assert len(pickle.dumps(shared(2000))) < 200_000
    again = pickle.loads(pickle.dumps(shared(100)))
    assert again.children[0] is again.children[1]


@given(expressions(depth=1), expressions(depth=1), st.data())
@settings(max_examples=150)
def test_operators_make_the_nodes_that_the_constructors_check(
    left: Expr, right: Expr, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(left.ndim)))
    made = [
        left.T,
        left.transpose(*order),
        left.sum(order[: left.ndim // 2]),
        -left,
        3 * left,
        outer(left, right),
    ]
    if left.ndim and right.ndim and left.sizes[-1] == right.sizes[0]:
        made.append(left @ right)
    if left.sizes == right.sizes or not left.ndim:
        made += [left * right, left + right, 1 - right]
    if left.sizes == right.sizes:
        made.append(dot(left, right))
    for expr in made:
        assert_checked(expr)


@pytest.mark.parametrize("summed", [(), (0,), (2, 0)])
def test_pairs_of_axes_make_the_nodes_that_the_constructor_checks(summed: tuple[int, ...]) -> None:
    A, B = tensors("A[2,3,4] B[4,5,2]")
    assert_checked(odot(A, B, axes=((2, 0), (0, 2)), sum=summed))
    assert_checked(dot(A, B, axes=((2, 0), (0, 2))))
    assert_checked(odot(A, B, axes=((), ())))
    with pytest.raises(ShapeError):
        odot(A, B, axes=((1,), (1,)))


@given(expressions(depth=3))
@settings(max_examples=60)
def test_any_expression_pickles(expr: Expr) -> None:
    again = pickle.loads(pickle.dumps(expr))
    assert again == expr
    assert again.sizes == expr.sizes
    assert hash(again) == hash(expr)
