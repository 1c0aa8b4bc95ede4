"""Which library a program runs on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bracketcalc.backends.choice import choose_backend, is_cupy
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import identity, tensors
from bracketcalc.functions.forms import softmax, tanh
from tests.backends.cupy_stand_in import DeviceArray as StandInArray
from tests.backends.cupy_stand_in import StandIn


class DeviceArray:
    """Looks like an array of CuPy."""

    __cuda_array_interface__: Any = None
    device = SimpleNamespace(id=0)


DeviceArray.__module__ = "cupy._core.core"


def test_numpy_is_the_default() -> None:
    assert choose_backend({"x": np.ones(2), "n": 3, "y": [1, 2]}) is NUMPY
    assert choose_backend({}) is NUMPY
    assert repr(NUMPY) == "<backend numpy>"


def test_device_arrays_are_recognised_without_importing_their_library() -> None:
    assert is_cupy(DeviceArray())
    assert not is_cupy(np.ones(2))
    assert not is_cupy(3)


@pytest.mark.parametrize("host", [np.ones(2), [1, 2]])
def test_arrays_on_host_and_device_are_an_error(host: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        choose_backend({"x": host, "y": DeviceArray(), "s": 1.0, "t": np.float64(2)})
    assert str(caught.value) == (
        "x belongs to numpy but y to cupy on cuda:0\n"
        "  hint: move all arrays to one library and device first"
    )


def on_stand_in(array: Any) -> Any:
    return StandInArray(array.copy())


def on_torch(array: Any) -> Any:
    return pytest.importorskip("torch").from_numpy(array.copy())


def on_jax(array: Any) -> Any:
    pytest.importorskip("jax").config.update("jax_enable_x64", True)
    return pytest.importorskip("jax.numpy").asarray(array)


@pytest.mark.parametrize("place", [on_stand_in, on_torch, on_jax])
def test_a_call_after_another_is_checked_as_the_first_one(
    place: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", StandIn())
    X, W = tensors("X[n,d] W[d,k]")
    f, x, w = compile(tanh(X @ W)), np.ones((2, 3)), np.full((3, 4), 0.1)
    kind = type(place(x))
    for _ in range(2):
        assert type(f(X=place(x), W=place(w))) is kind
    assert type(f(X=x, W=w)) is np.ndarray
    assert type(f(X=place(x), W=place(w))) is kind
    assert "32" in str(f(X=place(x.astype("float32")), W=place(w.astype("float32"))).dtype)
    assert "64" in str(f(X=place(x), W=place(w)).dtype)
    assert tuple(f(X=place(x[:1]), W=place(w)).shape) == (1, 4)
    f(X=place(x), W=place(w))
    with pytest.raises(ArgumentError, match="X belongs to numpy but W to"):
        f(X=x, W=place(w))
    with pytest.raises(ShapeError):
        f(X=place(x), W=place(w[:2]))
    with pytest.raises(ArgumentError, match="no value was given for W"):
        f(X=place(x))


@pytest.mark.gpu
def test_a_program_runs_on_the_device() -> None:
    cupy = pytest.importorskip("cupy")
    X, W = tensors("X[n,d] W[d,d]")
    f = compile([tanh(X @ W), softmax(X), X.T @ X + identity("d"), (X * X).sum()])
    x, w = np.random.default_rng(0).standard_normal((4, 3)), np.eye(3)
    for device, host in zip(f(X=cupy.asarray(x), W=cupy.asarray(w)), f(X=x, W=w), strict=True):
        np.testing.assert_allclose(cupy.asnumpy(device), host, rtol=1e-12)


def test_a_subclass_of_a_library_belongs_to_it() -> None:
    torch = pytest.importorskip("torch")
    own = type("Own", (torch.Tensor,), {})
    (X,) = tensors("X[n,n]")
    found = compile(2 * X)(X=torch.ones(2, 2).as_subclass(own))
    assert isinstance(found, torch.Tensor)
