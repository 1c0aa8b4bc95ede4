"""Finding arithmetic of an array and a row for which it pays to write the row out several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bracketcalc.backends.rows import BUFFER
from bracketcalc.compiler.program.steps import Kind, Program, Step, count

LEAST = 1 << 16
"""How many elements the result must have to pay for one call more."""

WITH_ROWS = frozenset({Kind.ADD, Kind.SUBTRACT, Kind.MULTIPLY, Kind.DIVIDE})
"""Steps that may have rows written out; their parameter is then how many."""


def with_rows(program: Program) -> Program:
    """Return an equal program whose steps tell how many times a row is written out, where that saves time.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (2000, 50)), Step(Kind.INPUT, (), (1,), (1, 50))]
        >>> steps += [Step(Kind.ADD, (0, 1), (), (2000, 50))]
        >>> with_rows(Program(tuple(steps), (2,), ((2000, 50), (1, 50)))).steps[2].parameters
        (164,)
    """
    steps = [
        replace(step, parameters=(copies,)) if (copies := _copies(step, program.steps)) else step
        for step in program.steps
    ]
    return replace(program, steps=tuple(steps))


def _copies(step: Step, steps: Sequence[Step]) -> int:
    """Return how many rows fill a buffer, 0 where that saves nothing."""
    if step.kind not in WITH_ROWS or len(step.slots) < 2 or step.elements < LEAST:
        return 0
    one, other = [steps[slot].shape for slot in step.slots]
    row = min(count(one), count(other))
    return -(-BUFFER // row) if row < BUFFER and _is_row(one, other, step.shape) else 0


def _is_row(one: tuple[int, ...], other: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Return whether one shape is that of the result, and the other is that of its last axes."""
    row = one if other == shape else other
    if shape not in (one, other) or row == shape:
        return False
    lead = next((axis for axis, size in enumerate(row) if size != 1), len(row))
    return len(row) == len(shape) and lead < len(row) and row[lead:] == shape[lead:]
