"""Checks of derivatives against differences of values, with the reference evaluator."""

from __future__ import annotations

from bracketcalc.testing.finite import NotFinite, first_not_finite
from bracketcalc.testing.gradients import GradientCheck, check_gradient
from bracketcalc.testing.point import DIRECTIONS, MAX_ENTRIES
from bracketcalc.testing.slopes import Method
from bracketcalc.testing.study import StepStudy, step_study

__all__ = [
    "DIRECTIONS",
    "MAX_ENTRIES",
    "GradientCheck",
    "Method",
    "NotFinite",
    "StepStudy",
    "check_gradient",
    "first_not_finite",
    "step_study",
]
