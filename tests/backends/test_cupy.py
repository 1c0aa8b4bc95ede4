"""CuPy as a backend: every operation of a program takes and returns arrays of CuPy.

Without a device, a stand-in takes its place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError
from tests.backends.compiled_kernels import COMPILER
from tests.backends.cupy_stand_in import DeviceArray, StandIn
from tests.compiler.zoo import all_cases

CASES = all_cases()

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], DeviceArray]:
    """Return the function that puts arrays on the device."""
    monkeypatch.setitem(sys.modules, "cupy", StandIn())
    return lambda array: DeviceArray(array.copy())


def compare(name: str, place: Callable[[Any], Any]) -> None:
    """Compare a program on a device with the same on NumPy."""
    case = CASES[name]
    program, values = compile(list(case.exprs)), case.values()
    sizes = {size: case.sizes[size] for size in program.arguments if size not in values}
    given = {key: value for key, value in values.items() if key in program.arguments}
    placed = {key: place(value) for key, value in given.items()}
    found, expected = program(**placed, **sizes), program(**given, **sizes)
    for one, other in zip(found, expected, strict=True):
        assert type(one) is type(place(other))
        assert one.dtype == other.dtype
        largest = np.max(np.abs(other), initial=1e-300)
        np.testing.assert_allclose(one.get(), other, rtol=1e-9, atol=1e-9 * largest, strict=True)
    for key, value in given.items():
        np.testing.assert_array_equal(placed[key].get(), value)


@needs_compiler
@pytest.mark.parametrize("name", list(CASES)[::7])
def test_programs(name: str, stand_in: Callable[[Any], DeviceArray]) -> None:
    compare(name, stand_in)


def test_results_written_into_arrays_on_a_device(stand_in: Callable[[Any], DeviceArray]) -> None:
    X = bc.tensor("X", ("n", "m"))
    f, x = compile([X.T, X @ X.T]), stand_in(np.arange(6.0).reshape(2, 3))
    whole = stand_in(np.zeros((4, 8)))
    f.into([whole[:3, ::4], whole[2:, 1::4]], X=x)
    np.testing.assert_array_equal(whole.get()[:3, ::4], x.get().T)
    np.testing.assert_array_equal(whole.get()[2:, 1::4], x.get() @ x.get().T)
    with pytest.raises(ArgumentError, match=r"^arrays 0 and 1 share memory"):
        f.into([whole[:3, :2], whole[1:3, 1:3]], X=x)
    with pytest.raises(ArgumentError, match=r"^array 0 is on .*id=1.*, but the result is on .*id=0"):
        f.into([DeviceArray(np.zeros((3, 2)), 1), whole[:2, :2]], X=x)


@needs_compiler
@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_programs_of_every_kind(name: str, stand_in: Callable[[Any], DeviceArray]) -> None:
    compare(name, stand_in)


@pytest.mark.gpu
@pytest.mark.parametrize("name", CASES)
def test_programs_on_a_device(name: str) -> None:
    compare(name, pytest.importorskip("cupy").asarray)


def test_products_are_written_to_arrays_that_are_there(stand_in: Callable[[Any], DeviceArray]) -> None:
    Z0, W, S = bc.tensors("Z0[b,n,d] W[b,d,d] S[t,b,n,d]")
    states = bc.recurrence(lambda z, x: bc.einsum("bnd,bde->bne", z + x, W), Z0, S)
    f, draw = compile(states), np.random.default_rng(0)
    shapes = {"Z0": (2, 3, 4), "W": (2, 4, 4), "S": (5, 2, 3, 4)}
    values = {name: draw.standard_normal(shape) for name, shape in shapes.items()}
    found = f(**{name: stand_in(value) for name, value in values.items()})
    assert "matmul(" in f.source()
    np.testing.assert_allclose(found.get(), f(**values), rtol=1e-12)


def test_arrays_of_another_library_are_refused(stand_in: Callable[[Any], DeviceArray]) -> None:
    f = compile(bc.tensor("X", ("n", "d")) @ bc.tensor("W", ("d", "k")))
    with pytest.raises(bc.ArgumentError, match="X belongs to cupy on cuda:0 but W to numpy"):
        f(X=stand_in(np.ones((2, 3))), W=np.ones((3, 4)))


def test_arrays_of_another_device_are_refused() -> None:
    f = compile(bc.tensor("X", ("n", "d")) @ bc.tensor("W", ("d", "k")))
    with pytest.raises(bc.ArgumentError, match="X belongs to cupy on cuda:0 but W to cupy on cuda:1"):
        f(X=DeviceArray(np.ones((2, 3))), W=DeviceArray(np.ones((3, 4)), device=1))
