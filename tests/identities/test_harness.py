"""The checks of the table find a wrong closed form, and a function that is not its text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bracketcalc as bc
from tests.identities.harness import Identity, by_differences, call, draw, evaluate

FORM = Identity("form", "x[n] A[n,n]", "xᵀ A x", "x", "(A + Aᵀ) x", lambda xp, x, A: x @ A @ x)
SECOND = replace(FORM, expected="A + Aᵀ", kind="hessian")
ALONG = replace(FORM, wrt="x A", expected="dxᵀ (A + Aᵀ) x + xᵀ dA x", kind="differential")
CUBE = "U V X + U X V + X U V + V U X + V X U + X V U"
TWICE = Identity(
    "cube", "X[n,n] U[n,n] V[n,n]", "X^3", "X", CUBE, lambda xp, X, U, V: X @ X @ X, kind="second"
)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (FORM, "2 A x"),
        (FORM, "(A + Aᵀ) x + 1e-6 x"),
        (SECOND, "2 A"),
        (ALONG, "dxᵀ (A + Aᵀ) x - xᵀ dA x"),
        (TWICE, f"{CUBE} + X V U"),
    ],
)
def test_a_wrong_closed_form_is_found(row: Identity, wrong: str) -> None:
    arrays = draw(row)
    right = by_differences(row, arrays)
    np.testing.assert_allclose(evaluate(row.form, arrays), right, rtol=1e-8)
    assert bc.equal(row.derivative, row.form)
    changed = replace(row, expected=wrong)
    assert not bc.equal(changed.derivative, changed.form)
    assert np.abs(evaluate(changed.form, arrays) - right).max() > 1e-7


def test_central_differences_where_there_is_no_complex_step() -> None:
    row = replace(FORM, function="xᵀ abs(A) x", expected="(abs(A) + abs(Aᵀ)) x", analytic=False)
    row = replace(row, model=lambda xp, x, A: x @ xp.abs(A) @ x)
    arrays = draw(row)
    np.testing.assert_allclose(call(row, np, arrays), evaluate(row.expr, arrays))
    np.testing.assert_allclose(evaluate(row.form, arrays), by_differences(row, arrays), rtol=1e-9)
