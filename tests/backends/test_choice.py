"""Which library a program runs on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bracketcalc.backends.choice import choose_backend, is_cupy
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.errors import ArgumentError


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


@pytest.mark.gpu
def test_a_program_runs_on_the_device() -> None:
    cupy = pytest.importorskip("cupy")
    from bracketcalc.compiler.compile import compile
    from bracketcalc.expr.build import identity, tensors
    from bracketcalc.functions.forms import softmax, tanh

    X, W = tensors("X[n,d] W[d,d]")
    f = compile([tanh(X @ W), softmax(X), X.T @ X + identity("d"), (X * X).sum()])
    x, w = np.random.default_rng(0).standard_normal((4, 3)), np.eye(3)
    for device, host in zip(f(X=cupy.asarray(x), W=cupy.asarray(w)), f(X=x, W=w), strict=True):
        np.testing.assert_allclose(cupy.asnumpy(device), host, rtol=1e-12)
