"""Slopes of array functions: the formulas for one step, and slopes whose step is chosen here.

A formula has a truncation error of some order of the step, and all but the complex step lose digits to
cancellation, about 1e-16 over the step. What chooses a step therefore tries several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, nan
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import ArgumentError
from bracketcalc.testing.point import Values, one_direction

Method = Literal["forward", "central", "richardson", "complex"]

METHODS: tuple[Method, ...] = ("forward", "central", "richardson", "complex")

Value = Callable[[npt.NDArray[Any]], Any]
"""A function of the array of one variable."""

Formula = Callable[[Value, Values, Values, float], Any]
"""``(at, point, direction, step) -> slope``"""

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
"""The steps of central differences, relative to the size of the entry; tried in turn until they settle."""

SETTLED = 1e-5
"""Differences with a step and with half of it that agree to this are good; so are the two methods."""

FIRST_STEPS = (1e-1, 1e-2, 1e-3, 1e-5)
"""The longest steps of the tables of Richardson extrapolation; tried in turn."""

ROWS = 8
"""How often a table halves its step."""

ROUNDING = 2.0**-53

EXACT = 1e-13
"""A table whose last extrapolations agree to this is not improved."""


# -- one step -------------------------------------------------------------------------------------------


def forward(at: Value, point: Values, direction: Values, step: float) -> Any:
    """(f(x + hv) - f(x)) / h: error of order h"""
    return (at(point + step * direction) - at(point)) / step


def central(at: Value, point: Values, direction: Values, step: float) -> Any:
    """(f(x + hv) - f(x - hv)) / 2h: error of order h²"""
    return (at(point + step * direction) - at(point - step * direction)) / (2 * step)


def richardson(at: Value, point: Values, direction: Values, step: float) -> Any:
    """(4 D(h/2) - D(h)) / 3 with central differences D: error of order h⁴"""
    coarse = central(at, point, direction, step)
    return (4 * central(at, point, direction, step / 2) - coarse) / 3


def complex_step(at: Value, point: Values, direction: Values, step: float) -> Any:
    """Im f(x + ihv) / h: error of order h², and nothing cancels"""
    return np.imag(at(point + 1j * step * direction)) / step


FORMULAS: Mapping[Method, Formula] = MappingProxyType(
    {"forward": forward, "central": central, "richardson": richardson, "complex": complex_step}
)


# -- a step that is chosen --------------------------------------------------------------------------------


def slope(method: Method, at: Value, point: Values, direction: Values) -> float:
    """Return the slope of a scalar function along a direction, by steps that suit the method.

    Example:
        >>> at = lambda x: (x**3).sum()
        >>> round(slope("richardson", at, np.array([1.0, 2.0]), np.array([1.0, 0.0])), 9)
        3.0
    """
    return _CHOOSING[method](at, point, direction)


def _scale(point: Values, direction: Values) -> float:
    """Return the size that steps are relative to."""
    return max(1.0, float(np.max(np.abs(point * direction), initial=0.0)))


def _forward(at: Value, point: Values, direction: Values) -> float:
    """The step is √ε, where truncation and cancellation are about equal."""
    return float(forward(at, point, direction, 2.0**-26 * _scale(point, direction)))


def _central(at: Value, point: Values, direction: Values) -> float:
    """Central differences, extrapolated to fourth order."""
    scale = _scale(point, direction)
    best, error = nan, inf
    for step in STEPS:
        coarse = float(central(at, point, direction, step * scale))
        fine = float(central(at, point, direction, step * scale / 2))
        if abs(coarse - fine) < error:
            best, error = (4 * fine - coarse) / 3, abs(coarse - fine)
        if error <= SETTLED * max(1.0, abs(best)):
            break
    return best


def _richardson(at: Value, point: Values, direction: Values) -> float:
    """Central differences with steps h, h/2, h/4, .., extrapolated to h = 0 as far as they agree.

    Two extrapolations may agree by accident, so the rounding of the values, over the step, is an error too.
    """
    scale, size = _scale(point, direction), abs(float(at(point)))
    best, error = nan, inf
    for first in FIRST_STEPS:
        row: list[float] = []
        for halvings in range(ROWS):
            step = first * scale / 2**halvings
            before, row = row, [float(central(at, point, direction, step))]
            for order, coarse in enumerate(before, 1):
                row.append(row[-1] + (row[-1] - coarse) / (4**order - 1))
                change = max(abs(row[-1] - row[-2]), abs(row[-1] - coarse)) + ROUNDING * size / step
                if change < error:
                    best, error = row[-1], change
        if error <= EXACT * max(1.0, abs(best)):
            break
    return best


def _complex(at: Value, point: Values, direction: Values) -> float:
    """The step is so short that the truncation error is below rounding."""
    return float(complex_step(at, point, direction, 1e-100))


_CHOOSING: Mapping[Method, Callable[[Value, Values, Values], float]] = MappingProxyType(
    {"forward": _forward, "central": _central, "richardson": _richardson, "complex": _complex}
)


def has_complex_step(at: Value, point: Values) -> bool:
    """Return whether the complex step agrees with central differences along one direction.

    It does not for array code that drops imaginary parts, as that of abs must.
    """
    direction = one_direction(point)
    difference = _central(at, point, direction)
    try:
        found = _complex(at, point, direction)
    except TypeError:
        return False
    return abs(found - difference) <= 10 * SETTLED * max(1.0, abs(difference))


def no_complex_step() -> ArgumentError:
    """Return the error for a function that has no complex step."""
    return ArgumentError(
        "a function of the expression is not analytic, or not computed for complex arguments",
        hint="use method='central'",
    )
