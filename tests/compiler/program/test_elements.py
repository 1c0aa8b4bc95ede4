"""Texts of one element: what has none raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.compiler.program.elements import (
    Element,
    Trace,
    UntraceableError,
    element_text,
    is_traceable,
)
from bracketcalc.compiler.program.steps import Constant, Kind, Program, Step
from bracketcalc.expr.core import POWER
from bracketcalc.functions.table import ELEMENTWISE

FLOAT = np.dtype(np.float64)


def call(name: str, *parameters: Any) -> Step:
    return Step(Kind.CALL, (0,), (ELEMENTWISE[name], *parameters), (3,))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "silu", "relu", "step", "erf", "erfc", "gelu"])
def test_built_in_functions_have_a_text(name: str) -> None:
    assert is_traceable(call(name), FLOAT)


def test_parameters_are_numbers_in_the_text() -> None:
    steps = (Step(Kind.INPUT, (), (0,), (3,)), call("leaky_relu", 0.25))
    assert "T(0.25)" in element_text(Program(steps, (1,), ((3,),)), FLOAT)
    assert is_traceable(Step(Kind.CALL, (0,), (POWER, 3), (3,)), FLOAT)


@pytest.mark.parametrize(
    "step",
    [
        Step(Kind.REDUCE, (0,), (0,), ()),
        Step(Kind.UFUNC, (0,), ("cbrt",), (3,)),
        Step(Kind.ADD, (0, Constant(float("inf"))), (), (3,)),
    ],
)
def test_what_has_no_text(step: Step) -> None:
    assert not is_traceable(step, FLOAT)


WRONG: dict[str, Callable[[Any, Any], Any]] = {
    "equality": lambda t, x: x == 0,
    "inequality": lambda t, x: x != 0,
    "another comparison": lambda t, x: x <= 0,
    "a decision": lambda t, x: 1 if x > 0 else 2,
    "a write": lambda t, x: x.__iadd__(1),
    "a sum of truth values": lambda t, x: (x > 0) + (x > 1),
    "a truth value as a number": lambda t, x: 2 * (x > 0),
    "a choice by a number": lambda t, x: t.write("where", x, x, x),
    "too many operands": lambda t, x: t.write("exp", x, x),
    "an array": lambda t, x: x * np.ones(3),
    "its length": lambda t, x: len(x),
    "an element of it": lambda t, x: x[0],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_means_something_else_for_an_array_is_refused(name: str) -> None:
    trace = Trace(FLOAT)
    with pytest.raises(UntraceableError):
        WRONG[name](trace, Element(trace, "b0"))
