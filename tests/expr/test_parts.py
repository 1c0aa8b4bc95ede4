"""Complex tensors and numbers as expressions: what is real by its form, and what is refused."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import dot, norm
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, ImaginaryUnit, Product, Sum, as_expr, conjugate, constant
from bracketcalc.expr.parts import CONJ, IMAG, REAL
from bracketcalc.functions import forms as f
from bracketcalc.reference import evaluate
from bracketcalc.traverse import substitute

z = tensor("z", "n", assume="complex")
Z = tensor("Z", ("n", "k"), assume="complex")
x, X = tensors("x[n] X[n,k]")


@pytest.mark.parametrize(
    ("expr", "is_real"),
    [
        (x, True),
        (z, False),
        (X.T @ x, True),
        (X.T @ z, False),
        (x + z, False),
        (f.exp(z), False),
        (f.abs(z), True),
        (f.real(z) * f.imag(z), True),
        (f.conj(z), False),
        (f.conj(x), True),
        (f.sign(z), False),
        (norm(z), True),
        (dot(f.conj(z), z), False),
        (1j * x, False),
        (as_expr(1j), False),
        (as_expr(2 + 0j), True),
        (f.inv(Z.H @ Z), False),
        (define("y", z), False),
        (define("y", x), True),
        (identity("n"), True),
        (ones("n"), True),
    ],
)
def test_what_is_real_by_its_form(expr: Expr, is_real: bool) -> None:
    assert expr.is_real is is_real
    again = pickle.loads(pickle.dumps(expr))
    assert again == expr
    assert again.is_real is is_real
    assert copy.copy(expr) is expr


def test_the_field_is_part_of_the_tensor() -> None:
    assert z != tensor("z", "n")
    (replaced,) = substitute([f.exp(x) * 2], {x: z})
    assert not replaced.is_real


def test_transpositions() -> None:
    assert x.H is x
    assert X.H == X.T
    assert Product.build((1, ((0,),), (0,)), (conjugate(z),)) == z.H or conjugate(z) == z.H
    value = np.arange(6.0).reshape(2, 3) + 1j
    np.testing.assert_array_equal(evaluate(Z.H, {"Z": value}), value.conj().T)
    tensor3 = tensor("T", (2, 3, 4), assume="complex")
    assert tensor3.H.sizes == (4, 3, 2)


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (1j, ImaginaryUnit() * as_expr(1)),
        (2 + 0j, constant(2)),
        (2 + 3j, None),
        (np.complex64(0.5j), None),
        (np.complex128(1 - 1j), None),
    ],
)
def test_numbers(number: Any, wanted: Expr | None) -> None:
    value = as_expr(number)
    assert evaluate(value, {}) == complex(number)
    assert wanted is None or evaluate(wanted, {}) == complex(number)
    for expr in (number * z, z * number, z + number, number - z, z / number, number / z):
        assert expr.sizes == z.sizes
    given = np.array([1 + 2j, -1j])
    np.testing.assert_allclose(evaluate(z / number - number, {"z": given}), given / number - number)


def test_whole_parts_are_exact() -> None:
    value = as_expr(2 + 0.5j)
    assert isinstance(value, Sum)
    parts = [term.coefficient for term in value.terms if isinstance(term, Product)]
    assert parts == [2, 0.5]
    assert [type(part) for part in parts] == [int, float]
    assert evaluate(as_expr(1e300j), {}) == 1e300j


@pytest.mark.parametrize("value", [complex("inf"), complex("nan"), complex(0, float("inf"))])
def test_numbers_are_finite(value: complex) -> None:
    with pytest.raises(ArgumentError, match="a number must be finite"):
        as_expr(value)
    with pytest.raises(ArgumentError, match="a number must be finite"):
        z * value


def test_an_exponent_is_real() -> None:
    with pytest.raises(ArgumentError, match="expected a number, got complex"):
        z**1j
    with pytest.raises(ArgumentError, match="the exponent of a power must be a number"):
        2**z


def test_records_of_the_parts() -> None:
    value = np.array([1 + 2j, -3j])
    for record, wanted in ((CONJ, value.conj()), (REAL, value.real), (IMAG, value.imag)):
        np.testing.assert_array_equal(record.value(np, value), wanted)
        np.testing.assert_array_equal(
            record.value(np, value.real), wanted * 0 if record is IMAG else value.real
        )


def test_the_norm_of_complex_tensors() -> None:
    value = np.array([[3 + 4j, 0], [1j, 2]])
    np.testing.assert_allclose(evaluate(norm(Z), {"Z": value}), np.linalg.norm(value))
    assert evaluate(norm(Z), {"Z": np.zeros((0, 2), complex)}) == 0
    np.testing.assert_allclose(evaluate(f.abs(Z), {"Z": value}), np.abs(value))
    # |z| does not overflow where its square would.
    assert evaluate(f.abs(z), {"z": [3e200 + 4e200j]})[0] == pytest.approx(5e200)


def test_the_reference_keeps_real_parts_real() -> None:
    arrays = {"z": np.array([1j, 2]), "x": np.array([-1.0, 4.0])}
    assert evaluate(f.abs(z) * x, arrays).dtype == np.float64
    with np.errstate(invalid="ignore"):
        found = evaluate(f.sqrt(x) * z, arrays)
    assert np.isnan(found[0])
    assert found[1] == 4
    single = {"z": arrays["z"].astype(np.complex64), "x": arrays["x"].astype(np.float32)}
    assert evaluate(z * 1j + x, single).dtype == np.complex64
