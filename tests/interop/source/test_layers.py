"""Every layer as a written module, with its gradients, in every library."""

from __future__ import annotations

import sys
from inspect import isclass
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import bracketcalc as bc
from bracketcalc import layers
from tests.interop.source.networks import LOSSES, arrays, outputs
from tests.interop.source.test_module import called, converted, loaded

ARRAYS = {"one_hot_rows", "running"}
"""Functions of arrays."""


def test_every_layer_is_written() -> None:
    classes = {name for name in layers.__all__ if isclass(getattr(layers, name))}
    assert set(LOSSES) == set(layers.__all__) - classes - ARRAYS


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let NumPy stand in for CuPy, whose functions have the same names and arguments."""
    monkeypatch.setitem(sys.modules, "cupy", np)
    monkeypatch.setitem(sys.modules, "cupyx.scipy.special", special)


def check(name: str, target: str, folder: Path) -> None:
    """Check what the module of a layer returns against the compiled program."""
    exprs = outputs(name)
    values = arrays(exprs)
    program = bc.compile(exprs)
    text = bc.to_source(exprs, target)
    assert max(map(len, text.splitlines())) <= 108, text
    function = loaded(text, folder)
    given = [converted(target, values[argument]) for argument in program.arguments]
    for one, other in zip(called(function, target, given), program(**values), strict=True):
        assert tuple(one.shape) == other.shape
        scale = 1 + float(np.max(np.abs(other), initial=0))
        np.testing.assert_allclose(np.asarray(one), other, rtol=0, atol=1e-10 * scale)


FEW = (
    "fully_connected",
    "embedding",
    "truncated",
    "causal_mask",
    "feed_forward",
    "convolution",
    "max_pool",
)


@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize("name", FEW)
def test_modules_give_the_values_of_the_program(name: str, tmp_path: Path) -> None:
    for target in ("numpy", "cupy"):
        check(name, target, tmp_path)


@pytest.mark.long
@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize("target", ["numpy", "cupy", "torch", "jax"])
def test_all_layers_are_written(target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    for name in LOSSES:
        check(name, target, tmp_path)
