"""Compressed programs: what they are called with, and what they cost."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian
from bracketcalc.compiler.compile import Compressed, CompressedProgram, compile
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensors

T, U, V = tensors("T[n,m] U[n,k] V[m,k]")
R = T - U @ V.T
LOSS = dot(R, R)
H = hessian(LOSS, U)


def test_one_expression_and_several() -> None:
    one = compile(H, compressed=True)
    several = compile([H, gradient(LOSS, U)], compressed=True)
    assert isinstance(one, CompressedProgram)
    arrays = {"T": np.ones((3, 4)), "U": np.ones((3, 2)), "V": np.ones((4, 2))}
    first, second = several(**arrays)
    assert isinstance(first, Compressed)
    np.testing.assert_array_equal(first.dense(), one(V=arrays["V"], n=3).dense())
    np.testing.assert_array_equal(second.dense(), compile(gradient(LOSS, U))(**arrays))
    assert several.expressions == (H, gradient(LOSS, U))


def test_the_sizes_of_the_shape_are_asked_for() -> None:
    f = compile(H, compressed=True)
    assert f.arguments == ("V", "n")
    assert repr(f) == "<compressed program of 1 expression, called with V[m,k], n>"
    with pytest.raises(ArgumentError, match="no value was given for n"):
        f(V=np.ones((4, 2)))
    with pytest.raises(ArgumentError, match="without a name"):
        f(np.ones((4, 2)))
    with pytest.raises(ShapeError, match="V has 2 axes, but its array has 1"):
        f(V=np.ones(4), n=3)


def test_equal_factors_are_computed_once() -> None:
    (x,) = tensors("x[n]")
    f = compile(hessian((x @ x) ** 2, x), compressed=True)
    found = f(x=np.arange(3.0))
    assert f.parts.expressions.count(x) <= 1
    np.testing.assert_array_equal(found.dense(), 8 * np.outer(range(3), range(3)) + 20 * np.eye(3))


def test_the_report_is_that_of_the_factors() -> None:
    f = compile(H, compressed=True)
    assert f.report(V=(2000, 5), n=2000).peak_bytes <= 2 * 5 * 5 * 8
    assert "scatter" not in f.source(V=(2000, 5), n=2000)
    assert "dot" in f.source()


def test_the_steps_of_the_factors_are_measured_and_drawn() -> None:
    pytest.importorskip("matplotlib")
    f = compile(H, compressed=True)
    report = f.profile(V=np.ones((2000, 5)), n=2000)
    assert report.seconds is not None
    assert report.seconds > 0
    assert f.report().seconds == report.seconds
    assert len(f.plot().axes) == len(f.plot(V=(2000, 5), n=2000).axes)
    with pytest.raises(ArgumentError, match="no value was given for n"):
        f.profile(V=np.ones((4, 2)))


def test_the_max_bytes_counts_the_factors() -> None:
    limited = compile(H, compressed=True, max_bytes=1000)
    assert limited(V=np.ones((2000, 5)), n=2000).nbytes == 200
    with pytest.raises(MemoryLimitError):
        limited(V=np.ones((2000, 50)), n=2000)


def test_calls_like_the_last_one_and_others() -> None:
    f = compile([H, gradient(LOSS, U)], compressed=True, cache_size=2)
    plain = compile([H, gradient(LOSS, U)])
    draw = np.random.default_rng(0)
    sizes = [(3, 4, 2), (3, 4, 2), (5, 4, 2), (3, 4, 1), (3, 0, 2), (3, 4, 2), (3, 4, 2)]
    for dtype in (np.float64, np.float32):
        for n, m, k in sizes:
            arrays = {"T": draw.random((n, m)), "U": draw.random((n, k)), "V": draw.random((m, k))}
            arrays = {name: value.astype(dtype) for name, value in arrays.items()}
            for found, wanted in zip(f(**arrays), plain(**arrays), strict=True):
                assert found.dtype == dtype
                np.testing.assert_allclose(found.dense(), wanted, rtol=1e-5, atol=1e-6)


def test_another_size_or_kind_is_noticed_after_equal_calls() -> None:
    f = compile(H, compressed=True)
    v = np.random.default_rng(0).random((4, 2))
    for _ in range(3):
        assert f(V=v, n=3).shape == (3, 2, 3, 2)
    assert f(V=v, n=5).shape == (5, 2, 5, 2)
    assert f(V=v, n=np.int64(6)).shape == (6, 2, 6, 2)
    assert f(n=7, V=v.tolist()).shape == (7, 2, 7, 2)
    assert f(n=7, V=v, m=4).shape == (7, 2, 7, 2)
    f.parts(V=np.ones((9, 3)))
    np.testing.assert_allclose(f(V=v, n=3).factors[0][0], 2 * v.T @ v)
    for wrong in (True, -1, 2.0):
        with pytest.raises(ArgumentError, match="must be a non-negative integer"):
            f(V=v, n=wrong)
    with pytest.raises(ShapeError):
        f(V=v, n=3, m=5)


def test_a_plain_program_notices_another_size_too() -> None:
    f = compile(H)
    v = np.random.default_rng(0).random((4, 2))
    for n in (3, 3, np.int64(3), 5, 3, True + 2):
        assert f(V=v, n=n).shape == (n, 2, n, 2)
    with pytest.raises(ArgumentError, match="must be a non-negative integer"):
        f(V=v, n=3.0)


def test_equal_calls_are_counted_and_make_new_arrays() -> None:
    f = compile(H, compressed=True)
    v = np.ones((4, 2))
    first, second = f(V=v, n=3), f(V=v, n=3)
    assert not np.shares_memory(first.factors[0][0], second.factors[0][0])
    assert f.parts.cache_info()[:2] == (1, 1)


def test_threads_with_arrays_of_different_shapes() -> None:
    f = compile(H, compressed=True)

    def run(size: int) -> bool:
        v = np.random.default_rng(size).random((size, 2 + size % 3))
        wanted = 2 * v.T @ v
        return all(np.allclose(f(V=v, n=size).factors[0][0], wanted) for _ in range(100))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(1, 9)))


def test_a_program_without_arrays() -> None:
    (x,) = tensors("x[n]")
    f = compile(hessian(x @ x, x), compressed=True)
    for size in (2, 2, 3):
        np.testing.assert_array_equal(f(n=size).dense(), 2 * np.eye(size))


def test_pickling() -> None:
    f = pickle.loads(pickle.dumps(compile(H, compressed=True)))
    np.testing.assert_array_equal(f(V=np.eye(3, 2), n=2).dense(), compile(H)(V=np.eye(3, 2), n=2))
