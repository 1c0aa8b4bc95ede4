"""Compressed programs: what they are called with, and what they cost."""

from __future__ import annotations

import pickle

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


def test_pickling() -> None:
    f = pickle.loads(pickle.dumps(compile(H, compressed=True)))
    np.testing.assert_array_equal(f(V=np.eye(3, 2), n=2).dense(), compile(H)(V=np.eye(3, 2), n=2))
