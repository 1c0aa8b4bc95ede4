"""Reverse mode: the adjoint of each node, on a graph with shared parts."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.calculus.cotangents import cotangents, product_adjoint, total
from bracketcalc.calculus.derivatives import gradient
from bracketcalc.errors import ShapeError
from bracketcalc.expr.algebra import diag, dot, outer, trace
from bracketcalc.expr.build import define, identity, ones, tensors
from bracketcalc.expr.core import Expr, Product, Tensor, constant, product
from bracketcalc.expr.nodes import Operator
from bracketcalc.expr.records import LinearOperator
from bracketcalc.functions.forms import softmax, tanh
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import postorder
from tests.calculus.numeric import draw

x, y, A, B, M, T = tensors("x[n] y[m] A[m,n] B[n,k] M[n,n] T[n,n,n]")
SIZES = {"n": 3, "m": 4, "k": 2}


def cotangent(expr: Expr, variable: Expr, seed: Expr) -> Expr:
    return cotangents({expr: seed}, [variable])[variable]


def test_the_adjoint_of_each_node() -> None:
    G = Tensor("G", x.sizes)
    for expr, expected in (
        (x, G),
        (3 * x, 3 * G),
        (x - 2 * x, -G),
        (tanh(x), G * (1 - tanh(x) ** 2)),
        (define("z", 2 * x), 2 * G),
        (M @ x, M.T @ G),
        (x * (M @ x), G * (M @ x) + M.T @ (G * x)),
        (softmax(x), softmax(x) * (G - (softmax(x) @ G) * ones("n"))),
    ):
        assert equal(cotangent(expr, x, G), expected)


PRODUCTS: dict[str, tuple[Product, int]] = {
    "a factor of a matrix product": (product(1, [(A, "mn"), (B, "nk")], "mk"), 0),
    "with a coefficient": (product(-2.5, [(A, "mn"), (B, "nk")], "km"), 1),
    "transposed": (product(1, [(A, "mn")], "nm"), 0),
    "a label that only it carries": (product(1, [(A, "mn"), (y, "m")], ""), 0),
    "summed alone": (product(1, [(A, "mn")], "m"), 0),
    "a diagonal": (product(1, [(M, "nn")], "n"), 0),
    "a trace": (product(1, [(M, "nn")], ""), 0),
    "three equal labels": (product(1, [(T, "nnn")], "n"), 0),
    "three equal labels summed": (product(1, [(T, "nnn"), (A, "mn")], "m"), 0),
    "two equal labels of three": (product(1, [(T, "nin"), (x, "n")], "i"), 0),
    "element-wise": (product(1, [(A, "mn"), (A, "mn"), (y, "m")], "mn"), 2),
    "a scalar": (product(3, [(Tensor("s", ()), ""), (A, "mn")], "nm"), 0),
    "no other factor and no axes": (product(3, [(Tensor("s", ()), "")], ""), 0),
}


@pytest.mark.parametrize("case", PRODUCTS)
def test_adjoint_of_a_product(case: str) -> None:
    """G · P(.., V, ..) = (adjoint of P)(G) · V for every V in the place of the factor"""
    node, place = PRODUCTS[case]
    factor = node.factors[place]
    G, V = Tensor("G", node.sizes), Tensor("V", factor.sizes)
    found = product_adjoint(node, place, G)
    assert found.sizes == factor.sizes
    factors = [*node.factors[:place], V, *node.factors[place + 1 :]]
    replaced = Product(node.coefficient, tuple(factors), node.labels, node.output)
    arrays = draw([found, replaced, G], SIZES)
    left = np.sum(arrays["G"] * evaluate(replaced, arrays, SIZES))
    right = np.sum(evaluate(found, arrays, SIZES) * arrays["V"])
    np.testing.assert_allclose(left, right, rtol=1e-12)


def test_the_adjoint_keeps_structure() -> None:
    assert equal(cotangent(trace(M), M, constant(1)), identity("n"))
    assert equal(cotangent(x.sum(), x, constant(1)), ones("n"))
    assert equal(cotangent(diag(x), x, M), diag(M))
    assert equal(cotangent(diag(M), M, x), diag(x))


def test_several_roots_and_variables() -> None:
    """The cotangents of several roots add up, also where one root is inside another."""
    h = A @ x
    G = Tensor("G", y.sizes)
    found = cotangents({h: G, dot(h, h): constant(1)}, [x, A, B])
    assert set(found) == {x, A}
    assert equal(found[x], A.T @ (G + 2 * h))
    assert equal(found[A], outer(G + 2 * h, x))


def test_stop_is_the_border() -> None:
    z = define("z", tanh(x))
    J = dot(z, z) + x @ M @ x
    found = cotangents({J: constant(1)}, [z, x], stop=is_definition)
    assert equal(found[z], 2 * z)
    assert equal(found[x], (M + M.T) @ x)


def test_contributions_are_added_in_the_order_of_use() -> None:
    parts: list[Expr] = [x, 2 * x]
    assert total(parts) == 2 * x + x
    assert total([x]) is x


def test_each_shared_node_is_visited_once() -> None:
    """x ↦ x + x forty times is 2⁴⁰ paths, and as many nodes as steps."""
    z: Expr = tanh(x)
    for _ in range(40):
        z = z + z
    found = cotangent(z, x, x)
    assert len(postorder([found])) < 60
    expected = 2.0**40 * (1 - np.tanh(0.5) ** 2) * 0.5
    np.testing.assert_allclose(evaluate(found, {"x": [0.5]}), [expected], rtol=1e-13)


def test_an_adjoint_of_other_sizes_is_refused() -> None:
    wrong = LinearOperator(
        name="wrong",
        ndim=2,
        operands=(1,),
        result=lambda a, e: e,
        value=lambda xp, a, e: e,
        adjoint=lambda node, place, cotangent: node.parameter,
    )
    with pytest.raises(ShapeError, match=r"a cotangent of x needs \(n,\)"):
        gradient(Operator(wrong, M, [x], 0).sum(), x)
