"""Every identity of the table: derived, printed, by differences, and by JAX."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from tests.identities import (
    determinants,
    elementwise,
    hessians,
    inverses,
    jacobians,
    networks,
    scalars,
    traces,
    vectors,
)
from tests.identities.harness import Identity, by_differences, by_jax, call, draw, evaluate

FAMILIES = (scalars, vectors, traces, determinants, inverses, elementwise, jacobians, hessians, networks)

ROWS = [
    pytest.param(row, id=f"{family.__name__.rsplit('.', 1)[1]}: {row}")
    for family in FAMILIES
    for row in family.ROWS
]

each_identity = pytest.mark.parametrize("row", ROWS)


@each_identity
def test_the_derivative_is_the_closed_form(row: Identity) -> None:
    found = row.derivative
    assert bc.equal(found, row.form), f"{found} is not {row.form}"


@pytest.mark.parametrize("row", [each for each in ROWS if each.values[0].prints])  # type: ignore[union-attr]
def test_the_derivative_prints_as_the_closed_form(row: Identity) -> None:
    assert str(row.derivative) == row.expected


@each_identity
def test_the_closed_form_has_the_values_of_differences(row: Identity) -> None:
    """To 1e-12 of the largest entry by the complex step; to 1e-8 where differences are taken."""
    arrays = draw(row)
    np.testing.assert_allclose(evaluate(row.expr, arrays), call(row, np, arrays), rtol=1e-12)
    expected = by_differences(row, arrays)
    exact = row.analytic and row.kind not in ("hessian", "second")
    assert_close(evaluate(row.form, arrays), expected, 1e-12 if exact else 1e-8)


@pytest.fixture(scope="module")
def jax() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


@pytest.mark.long
@each_identity
def test_jax_agrees(row: Identity, jax: Any) -> None:
    arrays = draw(row)
    assert_close(evaluate(row.derivative, arrays), by_jax(row, arrays, jax), 1e-10)


def assert_close(found: Any, expected: Any, relative: float) -> None:
    """Fail unless the arrays agree relative to the largest entry."""
    assert found.shape == expected.shape
    largest = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * max(largest, 1e-300))
