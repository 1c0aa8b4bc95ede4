"""The identity that counts as a constant: its value, its derivative, its text."""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.functions.held import held
from bracketcalc.reference import evaluate

x = bc.tensor("x", "n")
z = bc.tensor("z", "n", assume="complex")


def test_the_value_is_that_of_the_argument() -> None:
    for tensor, array in ((x, np.array([1.5, -2, 0])), (z, np.array([1 + 2j, 3, 0]))):
        expr = held(tensor) * tensor
        given = {tensor.name: array}
        np.testing.assert_array_equal(bc.compile(expr)(**given), array * array)
        np.testing.assert_array_equal(evaluate(expr, given), array * array)


def test_the_derivative_is_zero() -> None:
    assert bc.equal(bc.gradient((held(x) * x).sum(), x), held(x))
    assert bc.equal(bc.gradient(held(bc.exp(x)).sum(), x), 0 * x)
    # The gradient of Re(z conj(w)) with w held is w.
    assert bc.equal(bc.gradient(bc.real(z * bc.conj(held(z))).sum(), z), held(z))


@pytest.mark.parametrize("expr", [held(x), held(x) * x + bc.exp(held(2 * x))])
def test_the_text_is_understood(expr: bc.Expr) -> None:
    assert bc.parse(str(expr), x=x) == expr
    assert bc.parse(bc.to_latex(expr), x=x) == expr
