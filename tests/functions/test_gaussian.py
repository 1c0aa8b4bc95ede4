"""Integrals of a Gaussian from knots: accuracy for other constants, and every layout of arrays."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.functions.error_function import ERFC
from bracketcalc.functions.gaussian import BLOCK, Integral, has_knots, in_blocks, integral, room_bytes

Array = npt.NDArray[np.float64]

EPS = np.finfo(np.float64).eps


def made(height: float, rate: float, per_unit: int = 1024, last: int = 6) -> Integral:
    """Return the integral from 0."""
    x = np.arange(-last * per_unit, last * per_unit + 1) / per_unit
    values = np.array([exact(e, height, rate) for e in x.tolist()])
    return integral(values, per_unit=per_unit, height=height, rate=rate, far=1.0)


def exact(x: float, height: float, rate: float) -> float:
    return height * math.sqrt(math.pi / rate) / 2 * math.erf(math.sqrt(rate) * x)


@pytest.mark.parametrize(("height", "rate"), [(1.0, 1.0), (-3.0, 0.25), (0.5, 2.0)])
def test_other_heights_and_rates(height: float, rate: float) -> None:
    x = np.concatenate([np.linspace(-6, 6, 3001), np.logspace(-20, -2, 50)])
    found = in_blocks(made(height, rate).write, x)
    wanted = [exact(e, height, rate) for e in x.tolist()]
    np.testing.assert_allclose(found, wanted, rtol=6 * EPS, atol=0)


def test_the_error_falls_with_the_fifth_power_of_the_distance_of_the_knots() -> None:
    x = np.random.default_rng(0).uniform(-3, 3, 20001)
    wanted = np.array([exact(e, 1.0, 1.0) for e in x.tolist()])
    errors = [np.abs(in_blocks(made(1.0, 1.0, k).write, x) - wanted).max() for k in (8, 16, 32)]
    assert 16 < errors[0] / errors[1] < 64
    assert 16 < errors[1] / errors[2] < 64


def test_beyond_the_ends_the_values_stay() -> None:
    found = in_blocks(made(1.0, 1.0).write, np.array([6.0, 6.1, 1e300, np.inf, -1e9, -np.inf]))
    np.testing.assert_allclose(found, math.sqrt(math.pi) / 2 * np.array([1, 1, 1, 1, -1, -1]), rtol=4 * EPS)


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "columns": np.asfortranarray,
    "permuted": lambda x: x.transpose(1, 2, 0),
    "steps": lambda x: x[::2, :, 1::3],
    "backwards": lambda x: x[::-1, :, ::-1],
    "repeated": lambda x: np.broadcast_to(x[:, :1], x.shape),
    "empty": lambda x: x[:, :0],
    "one": lambda x: x[0, 0, 0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout: str) -> None:
    x = LAYOUTS[layout](np.random.default_rng(0).standard_normal((3, 5, 7)))
    found = ERFC.value(np, np.asarray(x))
    assert found.shape == x.shape
    np.testing.assert_array_equal(found, ERFC.value(np, np.array(x, order="C")))


def test_a_permuted_array_gives_one_with_its_order() -> None:
    x = np.random.default_rng(0).standard_normal((3, 5, 7)).transpose(1, 2, 0)
    assert ERFC.value(np, x).strides == x.strides


def test_nan_does_not_hide_what_is_far() -> None:
    x = np.zeros(BLOCK + 3)
    x[[5, BLOCK + 1]] = np.nan
    x[[7, BLOCK + 2]] = 6.5
    found = ERFC.value(np, x)
    assert np.isnan(found[[5, BLOCK + 1]]).all()
    np.testing.assert_allclose(found[[7, BLOCK + 2]], math.erfc(6.5), rtol=6 * EPS)


def test_the_types_with_knots() -> None:
    kinds = [np.float64, np.float32, np.float16, np.longdouble, np.complex128]
    assert [has_knots(np, np.zeros(1, kind)) for kind in kinds] == [True, True, False, False, False]
    assert not has_knots(object(), np.zeros(1))
    swapped = np.linspace(-3, 3, 5).astype(np.dtype(np.float64).newbyteorder())
    np.testing.assert_allclose(ERFC.value(np, swapped), ERFC.value(np, swapped.astype(float)), rtol=8 * EPS)


def test_tables_cannot_be_written_to() -> None:
    made_here = made(1.0, 1.0)
    for knots in (made_here.double, made_here.single):
        with pytest.raises(ValueError, match="read-only"):
            knots.values[0] = 1.0


def test_room_is_bounded() -> None:
    assert room_bytes(10 * BLOCK, 8) == room_bytes(BLOCK, 8) == 24 * BLOCK
    assert room_bytes(BLOCK, 4) == 20 * BLOCK
