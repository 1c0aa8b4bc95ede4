"""Compressed tensors: dense values, products with directions, and what is refused."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import hessian, jacobian
from bracketcalc.compiler.compile import Compressed, compile
from bracketcalc.compiler.compressed.placed import CompressedTerm
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import identity, tensors
from bracketcalc.expr.core import Expr, Sum
from tests.strategies import SIZES, arrays_for, expressions, products, shapes, value

T, U, V, x = tensors("T[n,m] U[n,k] V[m,k] x[n]")
R = T - U @ V.T


def compressed(expr: Expr, seed: int = 0) -> tuple[Compressed, Any]:
    """Return the compressed and the reference value of an expression over ``SIZES``."""
    arrays = arrays_for([expr], seed)
    f = compile(expr, compressed=True)
    given = {name: arrays[name] if name in arrays else SIZES[name] for name in f.arguments}
    return f(**given), value(expr, arrays)


@st.composite
def structured(draw: st.DrawFn) -> Expr:
    """Return a sum of products with deltas and ones, possibly with nested sums."""
    sizes = draw(shapes(0, 2))
    sizes = draw(st.sampled_from([sizes, (*sizes, *sizes)]))
    terms = draw(st.lists(products(sizes), min_size=1, max_size=3))
    if draw(st.booleans()):
        terms.append(draw(products(sizes, lambda inner: expressions(inner, depth=1, smooth=False))))
    return Sum(terms)


@given(structured(), st.integers(0, 99))
@settings(max_examples=60)
def test_dense_is_the_reference_value(expr: Expr, seed: int) -> None:
    found, expected = compressed(expr, seed)
    assert found.shape == expected.shape
    scale = 1 + np.max(np.abs(expected), initial=0)
    np.testing.assert_allclose(found.dense(), expected, rtol=1e-12, atol=1e-12 * scale)


@given(structured(), st.data(), st.integers(0, 99))
@settings(max_examples=60)
def test_apply_contracts_the_last_axes(expr: Expr, data: st.DataObject, seed: int) -> None:
    found, dense = compressed(expr, seed)
    kept = data.draw(st.integers(0, found.ndim))
    direction = np.random.default_rng(seed).standard_normal(found.shape[kept:])
    expected = np.tensordot(dense, direction, axes=direction.ndim)
    scale = 1 + np.max(np.abs(expected), initial=0)
    np.testing.assert_allclose(found.apply(direction), expected, rtol=1e-11, atol=1e-11 * scale)


@given(expressions(depth=2), st.integers(0, 99))
@settings(max_examples=40)
def test_any_expression_can_be_compressed(expr: Expr, seed: int) -> None:
    found, expected = compressed(expr, seed)
    scale = 1 + np.max(np.abs(expected), initial=0)
    np.testing.assert_allclose(found.dense(), expected, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize("k", [0, 1, 3])
def test_derivatives_with_sizes_0_and_1(n: int, k: int) -> None:
    draw = np.random.default_rng(0)
    given = {"T": draw.random((n, 2)), "U": draw.random((n, k)), "V": draw.random((2, k))}
    loss = dot(R, R)
    third = jacobian(hessian(loss, U, V), U)
    for expr in (hessian(loss, U), hessian(loss, U, V), third):
        f, g = compile(expr, compressed=True), compile(expr)
        named = {**given, "n": n, "k": k}
        found = f(**{name: named[name] for name in f.arguments})
        expected = g(**{name: named[name] for name in g.arguments})
        np.testing.assert_allclose(found.dense(), expected, rtol=1e-14)
        direction = draw.random(found.shape[2:])
        np.testing.assert_allclose(
            found.apply(direction), np.tensordot(expected, direction, direction.ndim), rtol=1e-12
        )


def test_only_the_small_tensor_is_stored() -> None:
    f = compile(hessian(dot(R, R), U), compressed=True)
    found = f(V=np.ones((2000, 5)), n=2000)
    assert (found.shape, found.ndim, found.dtype) == ((2000, 5, 2000, 5), 4, np.dtype(np.float64))
    assert found.nbytes == 5 * 5 * 8
    ((core,),) = found.factors
    np.testing.assert_array_equal(core, np.full((5, 5), 4000.0))
    assert repr(found) == (
        "<compressed tensor of shape (2000, 5, 2000, 5) in 200 B, dense 800.0 MB: bd->abad>"
    )


def test_the_type_is_that_of_the_program() -> None:
    f = compile(hessian(dot(R, R), U), compressed=True)
    assert f(V=np.ones((3, 2), np.float32), n=4).dense().dtype == np.float32
    assert compile(identity("n"), compressed=True)(n=2).dense().tolist() == [[1, 0], [0, 1]]


def test_a_compressed_tensor_does_not_become_dense_by_itself() -> None:
    found = compile(hessian(x @ x, x), compressed=True)(n=3)
    with pytest.raises(ArgumentError, match=r"shape \(3, 3\) does not become dense by itself"):
        np.asarray(found)


def test_a_direction_of_another_shape() -> None:
    found = compile(outer(x, x), compressed=True)(x=np.ones(3))
    with pytest.raises(ShapeError, match=r"shape \(2,\) does not fit the last axes .* \(3, 3\)"):
        found.apply(np.ones(2))
    with pytest.raises(ShapeError, match="does not fit"):
        found.apply(np.ones((3, 3, 3)))


@pytest.mark.parametrize("n", [2**26, 2**31])
def test_a_dense_array_that_cannot_be_allocated(n: int) -> None:
    found = compile(hessian(x @ x, x), compressed=True)(n=n)
    with pytest.raises(MemoryLimitError, match="the dense array needs"):
        found.dense()
    assert found.terms == (CompressedTerm(found.terms[0].factors, ((),), (0, 0)),)


def test_pickling() -> None:
    found = compile(outer(x, x) + identity("n"), compressed=True)(x=np.arange(3.0))
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.dense(), found.dense())


def test_no_factor_is_an_argument() -> None:
    given = np.arange(3.0)
    found = compile(outer(x, x), compressed=True)(x=given)
    assert not any(np.shares_memory(array, given) for term in found.factors for array in term)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_of_torch_and_jax_there_are_only_the_factors(library: str) -> None:
    module = pytest.importorskip(library)
    H = compile(hessian(dot(U @ V.T, U @ V.T), U), compressed=True)
    namespace = module if library == "torch" else module.numpy
    v = namespace.ones((3, 2), dtype=namespace.float32)
    found = H(V=v, n=4)
    np.testing.assert_allclose(np.asarray(found.factors[0][0]), np.full((2, 2), 6.0))
    assert "dense 256 B" in repr(found)
    assert found.dtype == np.float32
    for use in (found.dense, lambda: found.apply(v), lambda: found.solve(v)):
        with pytest.raises(
            ArgumentError, match=f"are arrays of {library}.*, which a compressed tensor cannot"
        ):
            use()
