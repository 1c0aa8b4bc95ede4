"""Rewrites are left out only where they change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bracketcalc.compiler.rewrites import prepare
from bracketcalc.compiler.rewrites.prepare import REWRITES, prepared
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.functions.forms import det, exp, inv, log, log1p, sigmoid, softmax
from bracketcalc.simplify.engine import simplify
from tests.strategies import expressions

X, x, y = tensors("X[n,n] x[n] y[n]")

CHANGED = (
    log(softmax(X, axis=1)),
    log(sigmoid(x)),
    log(1 + exp(x)),
    log1p(exp(x)),
    1 / (1 + exp(x)),
    exp(x) * sigmoid(-x),
    det(X) * inv(X),
    (exp(X) + X @ X)[0],
)


def always() -> tuple[tuple[object, tuple[object, ...]], ...]:
    """Return the rewrites, each with what every expression has."""
    return tuple([(rewrite, (Tensor, Size, *needed)) for rewrite, needed in REWRITES])


@pytest.mark.parametrize("expr", CHANGED, ids=str)
def test_what_a_rewrite_needs_is_found(expr: Expr, monkeypatch: pytest.MonkeyPatch) -> None:
    found = prepared([expr])
    monkeypatch.setattr(prepare, "REWRITES", always())
    assert prepared([expr]) == found
    monkeypatch.setattr(prepare, "REWRITES", ())
    assert prepared([expr]) != found


@given(expressions(depth=3))
@settings(max_examples=60)
def test_a_rewrite_that_is_left_out_would_change_nothing(expr: Expr) -> None:
    simple = simplify(expr)
    found = prepare._ingredients([simple])
    for rewrite, needed in REWRITES:
        if found.isdisjoint(needed):
            assert rewrite([simple]) == [simple]
