"""What is evaluated in place of an expression: the same value, computed two factors at a time."""

from __future__ import annotations

from hypothesis import given, settings

from bracketcalc.expr.build import onehot, tensors
from bracketcalc.expr.core import Expr, Product, Size, product
from bracketcalc.simplify.pairs import cheap_to_evaluate
from bracketcalc.traverse import postorder
from tests.strategies import assert_same_value, products


@given(products((Size("n"), 4)))
@settings(max_examples=40)
def test_the_value_stays(expr: Expr) -> None:
    (cheap,) = cheap_to_evaluate([expr])
    assert_same_value(expr, cheap)
    assert all(len(node.factors) <= 2 for node in postorder([cheap]) if isinstance(node, Product))


def test_one_hots_move_to_the_first_indices() -> None:
    (v,) = tensors("v[n]")
    cheap = cheap_to_evaluate([product(1, [(v, "i"), (onehot(k, "n"), "i")], "") for k in (70, 900)])
    assert cheap == [product(1, [(v, "i"), (onehot(k, "n"), "i")], "") for k in (0, 1)]
