"""Comparison in floating point: small terms are seen, rounding is not."""

from __future__ import annotations

import pytest

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import cos, exp, log, sin, sqrt, tanh
from bracketcalc.simplify.float_trials import agree_in_floats, check_defined

v, w, s = tensors("v[n] w[n] s")
ONE = sin(v) ** 2
REST = cos(v) ** 2


@pytest.mark.parametrize(
    ("terms", "agree"),
    [
        ([ONE, REST, -1 + 0 * v], True),
        ([ONE, REST, -1 + 0 * v, 1e-14 * w], False),
        ([ONE, REST, -1 + 0 * v, 1e-14 * sin(w)], False),
        ([log(ONE + REST)], True),
        ([1e-300 * exp(v)], False),
        ([exp(v) * exp(w), -exp(v + w)], True),
        ([exp(v), -exp(v) * (1 + 1e-7)], False),
        ([tanh(v + 20), -1 + 0 * v], False),
    ],
)
def test_terms(terms: list[Expr], agree: bool) -> None:
    assert agree_in_floats([v, w], terms, 0) is agree


def test_nothing_is_compared_where_a_side_is_undefined() -> None:
    assert agree_in_floats([sqrt(v - 0.5), v], [sqrt(v) - sqrt(v)], 0)
    with pytest.raises(BracketCalcError, match="not both defined"):
        agree_in_floats([log(-1 - v**2), v], [v], 0)
    with pytest.raises(BracketCalcError, match="not both defined"):
        check_defined([v, log(-1 - v**2)])
    check_defined([v, log(v)])
