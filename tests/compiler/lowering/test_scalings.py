"""Scaled values are opened in the products that need them where that is less work, and only there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.lowering.scalings import with_opened_scalings
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.expr.algebra import einsum
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import tanh
from bracketcalc.layers.normalization import batch_norm, layer_norm
from bracketcalc.reference import evaluate as reference
from bracketcalc.simplify.engine import simplify_all

X, Y, Z, g, h, W, r = tensors("X[n,d] Y[n,d] Z[n,d] g[d] h[d] W[d,k] r[n]")
SIZES = {"n": 300, "d": 50, "k": 20}

SCALED = einsum("nd,d->nd", X, g)
SUMMED = einsum("nd,nd->d", SCALED, Y)
AGAIN = einsum("nd,d->nd", SCALED, h)


def opened(exprs: Sequence[Expr], constants: Sequence[str] = (), **sizes: int) -> bool:
    before = simplify_all(list(exprs))
    return with_opened_scalings(before, {**SIZES, **sizes}, PathTable(), constants) != before


def test_sums_and_further_scalings_are_done_without_the_scaled_value() -> None:
    assert opened([SUMMED, AGAIN])
    assert opened([SUMMED, einsum("nd,nd->d", SCALED, Z)])
    f = compile([SUMMED, AGAIN])
    shapes = {"X": (300, 50), "Y": (300, 50), "g": 50, "h": 50}
    # Without opening, X ⊙ g is a third.
    assert sum(step.kernel in ("multiply", "column_dot") for step in f.report(**shapes).path) == 4
    assert f.report(**shapes).flops == 3 * 300 * 50 + 2 * 50


@pytest.mark.parametrize(
    "exprs",
    [
        [SUMMED],
        [SUMMED, SCALED],
        [SUMMED, tanh(SCALED)],
        [SUMMED, AGAIN, SCALED + Y],
        [SCALED * Y, SCALED * Z],
        [einsum("nd,n->nd", SCALED, r), einsum("nd,nd->d", SCALED, Y)],
    ],
)
def test_values_stay_where_something_else_needs_them_or_nothing_is_saved(exprs: list[Expr]) -> None:
    assert not opened(exprs)


def test_a_smaller_matrix_is_scaled_instead() -> None:
    exprs = [SCALED @ W, tanh(W.T) @ SCALED.T]
    assert opened(exprs)
    assert not opened(exprs, n=20, k=300)


def test_small_values_and_constants_stay() -> None:
    assert not opened([SUMMED, AGAIN], n=3, d=2)
    assert opened([SUMMED, AGAIN], ["g", "Y"])
    assert not opened([SUMMED, AGAIN], ["X", "g"])


@pytest.mark.parametrize("n", [0, 1, 40])
@pytest.mark.parametrize("d", [0, 1, 30])
def test_values(n: int, d: int) -> None:
    draw = np.random.default_rng(0)
    arrays = {name: draw.standard_normal((n, d)) for name in "XYZ"}
    arrays |= {name: draw.standard_normal(d) for name in "gh"}
    exprs = [SUMMED, AGAIN, 2 * SUMMED, einsum("nd,nd->", SCALED, SCALED), einsum("nd,md->nm", SCALED, Y)]
    for expr, found in zip(exprs, compile(exprs)(**{k: arrays[k] for k in "XYgh"}), strict=True):
        wanted = reference(expr, {k: arrays[k] for k in "XYgh"})
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layer", [batch_norm, layer_norm])
def test_normalized_layers_and_their_gradients(layer: object) -> None:
    assert callable(layer)
    loss = (tanh(layer(X @ W, *tensors("c[k] b[k]"))) @ tensors("v[k]")[0]).sum()
    draw = np.random.default_rng(0)
    shapes = {"X": (30, 6), "W": (6, 20), "c": (20,), "b": (20,), "v": (20,)}
    arrays = {name: draw.standard_normal(shape) for name, shape in shapes.items()}
    exprs = [loss, *gradient(loss, [W, *tensors("c[k] b[k]")])]
    for expr, found in zip(exprs, compile(exprs)(**arrays), strict=True):
        np.testing.assert_allclose(found, reference(expr, arrays), rtol=1e-9, atol=1e-10)
