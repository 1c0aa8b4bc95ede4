"""Which values of a program are complex: real parts are computed with real numbers, whatever is beside.

Real and complex values of one program have one precision, so where they meet the result is the complex
type of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bracketcalc.compiler.program.steps import Kind, Step
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Tensor
from bracketcalc.expr.fields import complex_type, real_type

_REAL_UFUNCS = frozenset({"abs", "absolute"})

OF_THEIR_OWN = frozenset({Kind.INPUT, Kind.PARTS, Kind.PART, Kind.CAST, Kind.CAST_COMPLEX, Kind.IMAGINARY})
"""Steps whose field does not follow from their operands; without them nothing is complex."""

_FUNCTIONS = frozenset({Kind.UFUNC, Kind.CALL, Kind.MAP})


def is_complex(step: Step, known: Sequence[bool]) -> bool:
    """Return whether the value of a step is complex.

    Args:
        step: the step.
        known: the same for the steps before it, by slot.
    """
    if step.kind in OF_THEIR_OWN:
        if step.kind is Kind.INPUT:
            return step.parameters[1:] == (True,)
        if step.kind is Kind.PART:
            return step.parameters[2:] == (True,)
        return step.kind in (Kind.CAST_COMPLEX, Kind.IMAGINARY)
    if True not in [known[slot] for slot in step.slots]:
        return False
    if step.kind not in _FUNCTIONS:
        return True
    if step.kind is Kind.UFUNC:
        return step.parameters[0] not in _REAL_UFUNCS
    rule = step.parameters[0].on_complex
    return rule is None or not rule.real_valued


def complex_slots(steps: Sequence[Step]) -> list[bool]:
    """Return for each step whether its value is complex."""
    known: list[bool] = []
    # What is complex is made of a step that says so itself.
    if not any(step.kind in OF_THEIR_OWN and is_complex(step, known) for step in steps):
        return [False] * len(steps)
    for step in steps:
        known.append(is_complex(step, known))
    return known


def type_for(tensor: Tensor, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type in which a program of some precision takes a tensor."""
    return real_type(dtype) if tensor.is_real else complex_type(dtype)


def check_field(tensor: Tensor, kind: Any) -> None:
    """Raise an ArgumentError for a complex array or number of a tensor that is not declared complex."""
    is_number = isinstance(kind, type)
    if tensor.is_real and (kind is complex if is_number else kind.kind == "c"):
        given = "number" if is_number else "array"
        raise ArgumentError(
            f"the value of {tensor.name} is a complex {given}, but {tensor.name} is declared as real",
            hint=f'declare it with tensor("{tensor.name}", …, assume="complex")',
        )
