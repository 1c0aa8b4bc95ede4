"""The memory that programs are predicted to need, against what is measured."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from bracketcalc import layers
from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Size
from bracketcalc.functions.forms import tanh
from tests.compiler.test_random_programs import Source
from tests.compiler.zoo import all_cases, measured, squared

CASES = all_cases()
LEAST = 100_000
"""Below so many bytes the objects of Python and the small buffers of NumPy count too."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_the_predicted_peak_is_what_is_measured(name: str, dtype: Any) -> None:
    case = CASES[name]
    f = compile(list(case.exprs))
    values: dict[str, Any] = case.values(dtype)
    values |= {size: case.sizes[size] for size in f.arguments if size not in values}
    values = {name: values[name] for name in f.arguments}
    peak = measured(f, values)
    if peak < LEAST and dtype == np.float32:
        pytest.skip("too small to measure")
    predicted = f.report(dtype, **values).peak_bytes
    assert peak > LEAST / 30
    assert 0.83 <= predicted / peak <= 1.2 or abs(predicted - peak) < 3000


@pytest.mark.parametrize("taps", [2, 3, 16, 20])
def test_gradients_of_largest_elements(taps: int) -> None:
    image = tensor("X", (4, 40, 40, 16))
    f = compile(gradient(squared(layers.max_pool(image, (taps, taps))), image))
    values = {"X": np.random.default_rng(0).random((4, 40, 40, 16))}
    f(**values)
    assert f.report().peak_bytes == pytest.approx(measured(f, values), rel=0.12)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    sizes: dict[int | Size, int] = {Size("a"): 90, Size("b"): 110, Size("c"): 70, 5: 5}
    source = Source(Random(seed), sizes)
    exprs = source.grow(6, seed % 2 == 1)
    f = compile(exprs)
    names = {node.name: value for node, value in sizes.items() if isinstance(node, Size)}
    values: dict[str, Any] = {name: source.arrays.get(name, names.get(name)) for name in f.arguments}
    predicted = f.report(**values).peak_bytes
    if predicted > 1e8:
        pytest.skip("too large to run")
    peak = measured(f, values)
    if peak < LEAST:
        pytest.skip("too small to measure")
    assert 0.83 <= predicted / peak <= 1.2


def test_results_that_are_cast_at_the_end() -> None:
    X, W, Z = tensors("X[n,d] W[d,k] Z[n,k]")
    draw = np.random.default_rng(0)
    shapes = {"X": (300, 200), "W": (200, 250), "Z": (300, 250)}
    values = {name: draw.random(shape).astype(np.float16) for name, shape in shapes.items()}
    for expr, margin in ((tanh(X @ W) * Z, 0.03), (X * 2, 0.03)):
        f = compile(expr)
        given = {name: values[name] for name in f.arguments}
        assert abs(f.report(**given).peak_bytes / measured(f, given) - 1) < margin
