"""Products on grids: the same values where the grid of all labels is too large, exact for fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.expr import grids
from bracketcalc.expr.grids import product_on_grid

DRAW = np.random.default_rng(0)
FACTORS = [
    (DRAW.integers(-9, 9, (3, 4, 5)), (0, 1, 2)),
    (DRAW.integers(-9, 9, (4, 6)), (1, 3)),
    (DRAW.integers(-9, 9, (6, 6)), (3, 3)),
    (DRAW.integers(-9, 9, (5, 2)), (2, 4)),
    (DRAW.integers(-9, 9, 7), (5,)),
]
OUTPUTS: list[tuple[int, ...]] = [(), (0,), (4, 0), (3, 1), (0, 1, 2, 3, 4, 5)]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("most", [1, 200])
def test_labels_are_summed_one_after_another(
    output: tuple[int, ...], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = [item for array, labels in FACTORS for item in (array, list(labels))]
    expected = 3 * np.einsum(*given, list(output))
    monkeypatch.setattr(grids, "MOST", most)
    np.testing.assert_array_equal(product_on_grid(3, FACTORS, output, np.int64), expected)
    halves = [(np.vectorize(lambda x: Fraction(int(x), 2))(array), labels) for array, labels in FACTORS]
    found = product_on_grid(Fraction(3), halves, output, np.dtype(object))
    assert np.asarray(found == Fraction(1, 32) * expected.astype(object)).all()
    turned = [(1j * array, labels) for array, labels in FACTORS]
    np.testing.assert_allclose(product_on_grid(3, turned, output, np.float64), 1j * expected)


def test_gradients_of_two_convolutions_can_be_checked() -> None:
    image, first, second = bc.tensors("X[n,8,6,1] F[2,1,1,3] H[3,2,3,2]")
    inner = bc.relu(layers.convolution(image, first, None, layers.Windows(padding=1)))
    outer = layers.convolution(layers.average_pool(inner, (2, 2)), second, None, layers.Windows(padding=1))
    shapes = {"X": (2, 8, 6, 1), "F": (2, 1, 1, 3), "H": (3, 2, 3, 2)}
    values = {name: DRAW.standard_normal(shape) for name, shape in shapes.items()}
    (check,) = bc.check_gradient((layers.mean(outer, (1, 2)) ** 2).sum(), [first], values)
    assert check.relative < 1e-6
