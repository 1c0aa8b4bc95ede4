"""The structure of graphs: factors, axes, free axes in order, and the same value as the expression."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import diag, dot, einsum, outer, trace
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Product, Size, Sum, constant, product
from bracketcalc.functions.forms import exp, softmax, tanh
from bracketcalc.render.graph.build import MAX_AXES, MAX_FACTORS, terms_of
from bracketcalc.render.graph.parts import GraphEdge, GraphTerm, Port
from tests.strategies import arrays_for, expressions, products, value

A, B, C, G, X, W, S, v, lam = tensors("A[n,k] B[n,d] C[k,l] G[n,k] X[n,d] W[d,k] S[n,n] v[n] lam")
n, d, k = Size("n"), Size("d"), Size("k")


def value_from_graph(term: GraphTerm, arrays: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the value of a term by NumPy's einsum, from the nodes' edges alone."""
    operands: list[Any] = []
    for node in term.nodes:
        operands += [value(node.expr, arrays), list(node.edges)]
    if not operands:
        return np.asarray(float(term.coefficient))
    return np.asarray(float(term.coefficient) * np.einsum(*operands, list(term.output)))


def assert_consistent(term: GraphTerm, expr: Expr) -> None:
    """Fail unless edges and nodes tell the same, and the free axes are those of the expression."""
    ports = [port for edge in term.edges for port in edge.ports]
    assert len(ports) == len(set(ports)) == sum(node.expr.ndim for node in term.nodes)
    for number, edge in enumerate(term.edges):
        for port in edge.ports:
            node = term.nodes[port.node]
            assert node.edges[port.position - 1] == number
            assert node.expr.sizes[port.position - 1] == edge.size
    free = [edge.free for edge in term.edges if not edge.summed]
    assert sorted(axis for axis in free if axis) == list(range(1, expr.ndim + 1))
    assert tuple([term.edges[number].size for number in term.output]) == expr.sizes


@settings(max_examples=60, deadline=None)
@given(products((n, Size("m"))))
def test_the_graph_of_a_product_says_the_whole_product(expr: Product) -> None:
    (term,) = terms_of(expr)
    assert_consistent(term, expr)
    arrays = arrays_for([expr])
    np.testing.assert_allclose(
        value_from_graph(term, arrays), value(expr, arrays), rtol=1e-10, atol=1e-10, strict=True
    )


@settings(max_examples=80, deadline=None)
@given(expressions())
def test_the_graph_of_any_expression_says_the_whole_expression(expr: Expr) -> None:
    terms = terms_of(expr)
    arrays = arrays_for([expr])
    for term in terms:
        assert_consistent(term, expr)
        assert term.product.sizes == expr.sizes
    total = sum(value_from_graph(term, arrays) for term in terms)
    expected = value(expr, arrays)
    scale = 1 + np.max(np.abs(expected), initial=0)
    np.testing.assert_allclose(total, expected, rtol=1e-9, atol=1e-9 * scale)


def test_the_term_of_the_recurrent_network() -> None:
    """[G_1 B_1][B_2 W_1][G_2̄ W_2] of paper (48), with W of sizes d, k."""
    (term,) = terms_of(einsum("nk,nd,dk->nd", G, B, W))
    assert [node.text for node in term.nodes] == ["G", "B", "W"]
    assert [node.edges for node in term.nodes] == [(0, 1), (0, 2), (2, 1)]
    assert term.edges == (
        GraphEdge(n, (Port(0, 1), Port(1, 1)), 1),
        GraphEdge(k, (Port(0, 2), Port(2, 2)), None),
        GraphEdge(d, (Port(1, 2), Port(2, 1)), 2),
    )
    assert term.output == (0, 2)


def test_nested_products_are_one_and_their_coefficients_multiply() -> None:
    (term,) = terms_of(2 * (X @ (W / 3)) * G)
    assert [node.text for node in term.nodes] == ["X", "W", "G"]
    assert term.coefficient == Fraction(2, 3)
    assert [edge.summed for edge in term.edges] == [False, True, False]


def test_a_product_is_found_again_from_its_graph() -> None:
    expr = product(-2, [(X, "nd"), (W, "dk"), (S, "nn")], "kn")
    assert terms_of(expr)[0].product == expr


def test_a_diagonal_is_an_edge_with_two_ports_at_one_factor() -> None:
    (term,) = terms_of(trace(S))
    assert term.edges == (GraphEdge(n, (Port(0, 1), Port(0, 2)), None),)
    assert term.edges[0].nodes == (0,)
    (term,) = terms_of(diag(S))
    assert term.edges == (GraphEdge(n, (Port(0, 1), Port(0, 2)), 1),)


def test_free_axes_are_numbered_in_the_order_of_the_result() -> None:
    T = tensor("T", (2, 3, 4))
    (term,) = terms_of(T.transpose(2, 0, 1))
    assert [(edge.size, edge.free) for edge in term.edges] == [(2, 2), (3, 3), (4, 1)]


def test_ones_and_identities_are_factors() -> None:
    (term,) = terms_of(outer(ones("n", "k"), identity("d", 3)))
    assert [(node.text, node.edges) for node in term.nodes] == [("𝟏", (0, 1)), ("I", (2, 3, 4))]


def test_sums_inside_sums_are_opened_term_by_term() -> None:
    terms = terms_of(X @ W - A + (2 * A - (A + A)))
    assert [term.coefficient for term in terms] == [1, -1, 2, -1]
    assert [len(term.nodes) for term in terms] == [2, 1, 1, 1]
    assert terms[3].nodes[0].text == "A + A"


def test_functions_and_definitions_are_one_factor() -> None:
    Z = define("Z", X @ W)
    (term,) = terms_of(A * Z * tanh(X @ W) * softmax(A, axis=1))
    assert [node.text for node in term.nodes] == ["A", "Z", "tanh(X W)", "softmax^{1}(A)"]


def test_a_number_has_no_factors() -> None:
    assert terms_of(constant(Fraction(1, 2))) == (GraphTerm(Fraction(1, 2), (), ()),)


def test_a_coefficient_that_would_overflow_stays_inside() -> None:
    (term,) = terms_of(product(1e200, [(product(1e200, [(v, "n")], "n"), "n")], "n"))
    assert term.coefficient == 1e200
    assert isinstance(term.nodes[0].expr, Product)


def test_labels_that_were_not_numbered_in_order() -> None:
    (term,) = terms_of(Product(1, (X, W), ((7, 3), (3, 5)), (5, 7)))
    assert [node.edges for node in term.nodes] == [(0, 1), (1, 2)]
    assert term.output == (2, 0)


def power_tower() -> Expr:
    expr: Expr = v
    for _ in range(60):
        expr = expr * expr
    return expr


def number_tower() -> Expr:
    expr: Expr = constant(1)
    for _ in range(60):
        expr = product(1, [(expr, ""), (expr, "")], "")
    return expr


@pytest.mark.parametrize(
    "make",
    [
        lambda: outer(*[tensor(f"v_{number}", (2,)) for number in range(MAX_FACTORS + 1)]),
        lambda: Sum([v] * (MAX_FACTORS + 1)),
        power_tower,
        number_tower,
    ],
    ids=["product", "sum", "shared", "numbers"],
)
def test_too_many_factors_are_refused_at_once(make: Callable[[], Expr]) -> None:
    with pytest.raises(ArgumentError, match=f"more than {MAX_FACTORS} factors") as caught:
        terms_of(make())
    assert "define" in caught.value.hint


def test_the_largest_graphs_are_allowed() -> None:
    (term,) = terms_of(outer(*[tensor(f"v_{number}", (2,)) for number in range(MAX_FACTORS)]))
    assert len(term.nodes) == MAX_FACTORS
    (term,) = terms_of(tensor("T", (2,) * MAX_AXES))
    assert len(term.edges) == MAX_AXES


def test_too_many_axes_are_refused() -> None:
    with pytest.raises(ArgumentError, match=f"{MAX_AXES + 1} axes"):
        terms_of(tensor("T", (2,) * (MAX_AXES + 1)))


def test_a_deep_chain_is_one_factor() -> None:
    expr: Expr = v
    for _ in range(3000):
        expr = exp(expr)
    (term,) = terms_of(lam * expr)
    assert len(term.nodes) == 2
    assert len(term.nodes[1].text) < 1000


def test_a_contraction_of_everything_has_no_free_axis() -> None:
    (term,) = terms_of(dot(X, B))
    assert [edge.summed for edge in term.edges] == [True, True]
    assert term.output == ()
