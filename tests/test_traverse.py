"""Walking expressions: order, sharing, depth, replacement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bracketcalc.errors import ShapeError
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.functions.exponential import EXP, TANH
from bracketcalc.functions.forms import exp, tanh
from bracketcalc.traverse import (
    bottom_up,
    consumers,
    definitions_in,
    depends_on,
    expand_definitions,
    postorder,
    substitute,
    tensors_in,
    with_children,
)
from tests.strategies import assert_same_value, expressions

x, y, z = tensors("x[n] y[n] z[n]")


def ladder(depth: int) -> Expr:
    """Return a graph of ``depth`` levels in which every level is used twice: 2^depth paths."""
    expr: Expr = x
    for _ in range(depth):
        expr = Sum((tanh(expr), expr))
    return expr


@given(expressions(depth=3))
@settings(max_examples=80)
def test_postorder_has_every_node_once_children_first(expr: Expr) -> None:
    order = postorder([expr])
    place = {node: number for number, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] == expr
    for node in order:
        assert all(place[child] < place[node] for child in node.children)


def test_postorder_of_several_roots() -> None:
    f = tanh(x)
    assert postorder([f, f + y, tanh(x), y]) == [x, f, y, f + y]
    assert postorder([]) == []


def test_equal_nodes_count_as_one() -> None:
    assert len(postorder([Sum((tanh(x), tanh(Tensor("x", x.sizes))))])) == 3


def test_stop_keeps_the_node_but_not_what_is_below() -> None:
    Z = define("Z", exp(y))
    order = postorder([Z + x], stop=lambda node: isinstance(node, Definition))
    assert order == [Z, x, Z + x]


@pytest.mark.long
def test_depth_and_sharing() -> None:
    expr = ladder(20_000)
    assert len(postorder([expr])) == 40_001
    assert tensors_in([expr]) == [x]
    (moved,) = substitute([expr], {x: y})
    assert tensors_in([moved]) == [y]
    (again,) = bottom_up([moved], lambda node: x if node == y else node)
    assert again == expr
    assert len(consumers(postorder([expr]))) == 40_000


def test_with_children_keeps_an_unchanged_node() -> None:
    node = x * y
    assert with_children(node, node.children) is node
    assert with_children(node, (x, z)) == x * z
    with pytest.raises(ValueError, match="zip"):
        with_children(node, (x,))
    with pytest.raises(ShapeError):
        with_children(x + y, (x, Tensor("w", (3,))))


def test_bottom_up_sees_changed_children() -> None:
    seen: list[Expr] = []

    def change(node: Expr) -> Expr:
        seen.append(node)
        if isinstance(node, Elementwise) and node.function == TANH:
            return Elementwise(EXP, (), node.argument)
        return node

    assert bottom_up([tanh(tanh(x)), x], change) == [exp(exp(x)), x]
    assert seen == [x, tanh(x), tanh(exp(x))]


@given(expressions(depth=3))
@settings(max_examples=40)
def test_changing_nothing_returns_the_same_expression(expr: Expr) -> None:
    assert bottom_up([expr], lambda node: node) == substitute([expr], {}) == [expr]
    graph = ladder(5)
    assert bottom_up([graph], lambda node: node)[0] is graph
    assert substitute([graph], {y: x})[0] is graph


def test_substitute() -> None:
    assert substitute([x + y, x, z], {x: y}) == [y + y, y, z]
    assert substitute([x * y], {x: y, y: x}) == [y * x]
    assert substitute([tanh(x)], {x: tanh(x)}) == [tanh(tanh(x))]
    assert substitute([tanh(x) + x], {tanh(x): y, x: z}) == [y + z]
    assert substitute([tanh(tanh(x))], {tanh(x): x}) == [tanh(x)]


def test_substitute_stops() -> None:
    Z = define("Z", x)
    found = substitute([Z + x], {x: y}, stop=lambda node: isinstance(node, Definition))
    assert found == [Z + y]
    assert substitute([Z + x], {x: y}) == [define("Z", y) + y]
    assert substitute([Z + x], {Z: y}, stop=lambda node: isinstance(node, Definition)) == [y + x]


def test_definitions() -> None:
    Z = define("Z", x * x)
    Y = define("Y", tanh(Z))
    assert definitions_in([Y * Z, Z]) == [Z, Y]
    assert expand_definitions([Y * Z, x]) == [tanh(x * x) * (x * x), x]
    assert tensors_in([y + Y, z]) == [y, x, z]


@given(expressions(depth=3))
@settings(max_examples=40)
def test_expanding_definitions_keeps_the_value(expr: Expr) -> None:
    (found,) = expand_definitions([expr])
    assert definitions_in([found]) == []
    assert_same_value(found, expr)


def test_depends_on() -> None:
    order = postorder([tanh(x) * y + z])
    found = depends_on(order, [x])
    assert {x, tanh(x), tanh(x) * y, tanh(x) * y + z} == found
    assert depends_on(order, []) == set()
    assert depends_on(order, [tanh(x)]) == found - {x}


def test_consumers_count_repetitions() -> None:
    root = x * x + tanh(x)
    assert consumers(postorder([root])) == {x: 3, x * x: 1, tanh(x): 1}
    assert isinstance(root.children[0], Product)


def test_bottom_up_leaves_what_stop_names_as_it_is() -> None:
    x = Tensor("x", (3,))
    inner = Definition("z", x * x)
    renamed = Tensor("y", (3,))

    def change(node: Expr) -> Expr:
        return renamed if node == x else node

    found = bottom_up([inner * x], change, stop=lambda node: isinstance(node, Definition))
    assert found == [inner * renamed]
