"""Programs with complex numbers: values, types, buffers, and what stays real."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile, evaluate
from bracketcalc.compiler.memory.buffers import analyse
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import diag, dot, norm
from bracketcalc.expr.build import identity, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.functions import forms as f
from bracketcalc.functions.declare import function
from bracketcalc.layers.embedding import embedding
from bracketcalc.reference import evaluate as reference
from bracketcalc.traverse import tensors_in
from tests.complex_expressions import SIZES, arrays_for, expressions

z, w = (tensor(name, "n", assume="complex") for name in "zw")
A = tensor("A", ("n", "n"), assume="complex")
s = tensor("s", assume="complex")
x, R = tensors("x[n] R[n,n]")


def random(*shape: int, seed: int = 0) -> Any:
    draw = np.random.default_rng(seed)
    return draw.standard_normal(shape) + 1j * draw.standard_normal(shape)


@given(expressions(depth=3))
@settings(max_examples=120)
def test_programs_agree_with_the_reference(expr: Expr) -> None:
    arrays = arrays_for([expr])
    program = compile(expr)
    sizes = {name: SIZES[name] for name in program.arguments if name not in arrays}
    found = program(**arrays, **sizes)
    wanted = reference(expr, arrays, SIZES)
    assert np.iscomplexobj(found) == (not expr.is_real)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * (1 + np.abs(wanted).max(initial=0)))


@pytest.mark.parametrize(
    ("given_z", "given_x", "wanted"),
    [
        (np.complex128, np.float64, np.complex128),
        (np.complex64, np.float32, np.complex64),
        (np.complex64, np.float64, np.complex128),
        (np.float32, np.float32, np.complex64),
        (np.int64, np.float64, np.complex128),
        (np.complex64, np.float16, np.complex64),
        (np.clongdouble, np.float64, np.clongdouble),
    ],
)
def test_types(given_z: Any, given_x: Any, wanted: Any) -> None:
    arrays = {"z": np.array([1, 2, 3], given_z), "x": np.array([1, -1, 2], given_x)}
    sum_, real, part = evaluate([2j * z + x, x * 2, f.real(z)], **arrays)
    real_type = np.zeros((), wanted).real.dtype
    assert (sum_.dtype, real.dtype, part.dtype) == (np.dtype(wanted), real_type, real_type)
    np.testing.assert_allclose(sum_, [1 + 2j, -1 + 4j, 2 + 6j], rtol=1e-3)


def test_python_numbers() -> None:
    result = evaluate(s * z, s=2j, z=np.ones(2, np.complex64))
    assert result.dtype == np.complex64
    np.testing.assert_array_equal(result, [2j, 2j])
    assert evaluate(s * x, s=2, x=np.ones(2, np.float32)).dtype == np.complex64


def test_a_real_value_that_is_complex_by_its_form_comes_back_complex() -> None:
    result = evaluate(1j * (1j * x), x=[1.0, 2.0])
    assert result.dtype == np.complex128
    np.testing.assert_array_equal(result, [-1, -2])


def test_real_functions_see_real_numbers() -> None:
    """log of a negative real number is NaN, also beside complex numbers; that of a complex one is not."""
    with np.errstate(invalid="ignore"):
        beside, inside = evaluate([f.log(x) * z, f.log(z)], x=np.array([-1.0]), z=np.array([-1.0 + 0j]))
    assert np.isnan(beside).all()
    np.testing.assert_allclose(inside, [1j * np.pi])
    np.testing.assert_array_equal(
        evaluate(f.relu(f.real(z)) * z, z=np.array([2j - 1, 1j + 2])), [0, 4 + 2j]
    )


def test_zeros_beside_complex_numbers() -> None:
    arrays = {"z": random(3), "R": random(3, 3).real, "s": np.asarray(1 - 2j)}
    for expr in (
        R + diag(z),
        1j * identity("n") + R,
        R + s * identity("n"),
        diag(z) @ R,
        diag(z) + identity("n"),
    ):
        used = {name: arrays[name] for name in (tensor.name for tensor in tensors_in([expr]))}
        np.testing.assert_allclose(evaluate(expr, **used), reference(expr, used), rtol=1e-13)


def test_a_complex_value_is_not_written_over_a_real_one() -> None:
    plan = compile(f.exp(f.real(z)) * w + f.abs(f.exp(z)) * x)
    source = plan.source(z=(4,), w=(4,), x=(4,))
    arrays = {"z": random(4), "w": random(4, seed=1), "x": random(4, seed=2).real}
    np.testing.assert_allclose(
        plan(**arrays), np.exp(arrays["z"].real) * (arrays["w"] + arrays["x"]), rtol=1e-13, err_msg=source
    )


def test_analytic_rewrites_are_for_real_numbers() -> None:
    arrays = {"z": 3 * random(5) + 8j}
    for expr in (f.log(f.exp(z)), f.log(1 + f.exp(z)), 1 / (1 + f.exp(z)), f.exp(z) / (1 + f.exp(-z))):
        np.testing.assert_allclose(evaluate(expr, **arrays), reference(expr, arrays), rtol=1e-12)


def test_what_a_user_defines() -> None:
    cube = function("cube", lambda xp, v: v**3, lambda v: 3 * v**2, on_complex=HOLOMORPHIC)
    np.testing.assert_allclose(evaluate(cube(z), z=random(3)), random(3) ** 3)
    assert evaluate(cube(x) * z, z=random(3), x=np.ones(3)).dtype == np.complex128


def test_programs_can_be_pickled_and_reported() -> None:
    program = compile([norm(A @ z - w) ** 2, *gradient(norm(A @ z - w) ** 2, [A, z])])
    arrays = {"A": random(3, 3), "z": random(3), "w": random(3, seed=4)}
    again = pickle.loads(pickle.dumps(program))
    for one, two in zip(program(**arrays), again(**arrays), strict=True):
        np.testing.assert_array_equal(one, two)
    assert program.report(**arrays).dtype == "complex128"
    assert program.report(np.float32, **arrays).dtype == "complex64"
    assert compile(x * 2).report(np.complex64, x=(3,)).dtype == "float32"


def test_a_matrix_product_with_a_transposed_conjugate_does_not_conjugate_twice() -> None:
    B = tensor("B", ("n", "k"), assume="complex")
    value = random(4, 3)
    np.testing.assert_allclose(evaluate(B.H @ B, B=value), value.conj().T @ value)
    np.testing.assert_allclose(
        evaluate((f.conj(B) * B).sum(axis=1), B=value), (np.abs(value) ** 2).sum(axis=1)
    )
    np.testing.assert_allclose(evaluate((B * B).sum(axis=1), B=value), (value**2).sum(axis=1))


def test_real_programs_have_no_complex_value() -> None:
    plan = compile(f.tanh(R @ x))._planner.plan_for({"R": (3, 3), "x": (3,)}, np.float64)
    assert not any(complex_slots(plan.program.steps))
    mixed = compile(R @ x * z)._planner.plan_for({"R": (3, 3), "x": (3,), "z": (3,)}, np.float64)
    assert sum(complex_slots(mixed.program.steps)) == 2
    assert analyse(mixed.program).over == {}


def test_complex_arrays_of_real_tensors_are_refused() -> None:
    with pytest.raises(ArgumentError, match="the value of x is a complex array, but x is declared as real"):
        evaluate(dot(x, x) * s, x=np.ones(2, complex), s=1)


def test_rows_taken_by_index_and_zeros_stay_real_or_complex() -> None:
    E, R2 = tensor("E", ("v", "d"), assume="complex"), tensor("R", ("v", "d"))
    i = tensor("i", "t")
    taken, plain = embedding(E, i), embedding(R2, i)
    arrays = {"E": random(5, 2), "R": random(5, 2).real, "i": np.array([3, 0, 3])}
    exprs = [taken, plain, diag(x), gradient(norm(taken) ** 2, E), gradient(norm(plain) ** 2, R2)]
    found = compile(exprs)(**arrays, x=np.array([1.0, -2.0]))
    assert [np.iscomplexobj(each) for each in found] == [True, False, False, True, False]
    np.testing.assert_allclose(found[0], arrays["E"][arrays["i"]])
    np.testing.assert_allclose(found[2], [[1, 0], [0, -2]])
    counts = np.bincount(arrays["i"], minlength=5)[:, None]
    np.testing.assert_allclose(found[3], 2 * counts * arrays["E"])
    np.testing.assert_allclose(found[4], 2 * counts * arrays["R"])
