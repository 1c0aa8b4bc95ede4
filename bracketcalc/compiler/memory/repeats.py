"""Finding arithmetic of an array and a row or a column that is better read where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bracketcalc.backends.repeats import BUFFER, RUN_BYTES
from bracketcalc.compiler.program.steps import Kind, Program, Step, count

LEAST = 1 << 16
"""How many elements the result must have to pay for one call more."""

REPEATS = frozenset({Kind.ADD, Kind.SUBTRACT, Kind.MULTIPLY, Kind.DIVIDE})
"""Steps whose parameter may tell how many times a row is written out, with 0 for a column."""


def with_repeats(program: Program, itemsize: int) -> Program:
    """Return an equal program whose steps tell which operands are read where they lie, to save time.

    Args:
        program: the program.
        itemsize: the bytes of an element.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (2000, 50)), Step(Kind.INPUT, (), (1,), (1, 50))]
        >>> steps += [Step(Kind.ADD, (0, 1), (), (2000, 50))]
        >>> with_repeats(Program(tuple(steps), (2,), ((2000, 50), (1, 50))), 8).steps[2].parameters
        (164,)
    """
    if not any(count(step.shape) >= LEAST for step in program.steps):
        return program
    steps = [
        step._replace(parameters=_repeats(step, program.steps, itemsize)) if step.kind in REPEATS else step
        for step in program.steps
    ]
    return replace(program, steps=tuple(steps))


def _repeats(step: Step, steps: Sequence[Step], itemsize: int) -> tuple[int, ...]:
    """Return how many rows fill a buffer, 0 for a column, and nothing where neither saves time."""
    if len(step.slots) < 2 or step.elements < LEAST:
        return ()
    one, other = [steps[slot].shape for slot in step.slots]
    part = other if one == step.shape else one
    if step.shape not in (one, other) or len(part) != len(step.shape):
        return ()
    if 1 < count(part) < BUFFER and _is_row(part, step.shape):
        return (-(-BUFFER // count(part)),)
    return (0,) if _run(part, step.shape) * itemsize >= RUN_BYTES else ()


def _is_row(part: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Return whether the part has the last axes of the shape, and size 1 on those before."""
    lead = next((axis for axis, size in enumerate(part) if size != 1), len(part))
    return part[lead:] == shape[lead:]


def _run(part: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Return how many times each element is repeated along the last axes, 0 if that is all."""
    end = len(part)
    while end and part[end - 1] == 1:
        end -= 1
    return count(shape[end:]) if end else 0
