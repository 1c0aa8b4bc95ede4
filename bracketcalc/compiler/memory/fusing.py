"""Fused kernels: element-wise steps that a GPU runs as one kernel, each element by one thread.

So a value that only the next step needs is never written to memory, and one kernel is started in the place
of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bracketcalc.compiler.memory.chains import Chain, Rebuilding, groups_of
from bracketcalc.compiler.program.elements import is_traceable
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.steps import Kind, Program, Step


@dataclass(frozen=True, eq=False, slots=True)
class Fused(Chain):
    """A chain that is one kernel, and needs no blocks for what its members need among themselves."""

    @property
    def name(self) -> str:
        """Return what a report calls the kernel."""
        return f"kernel of {len(self.members)}"


def with_kernels(program: Program, dtype: np.dtype[Any]) -> Program:
    """Return an equal program in which element-wise steps are fused kernels, also inside its loops.

    Args:
        program: the program, its steps just before their first use.
        dtype: the type in which it computes; complex programs stay as they are.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (9, 5))]
        >>> steps += [Step(Kind.MULTIPLY, (0, 0), (), (9, 5)), Step(Kind.NEGATIVE, (1,), (), (9, 5))]
        >>> found = with_kernels(Program(tuple(steps), (2,), ((9, 5),)), np.dtype("float32"))
        >>> print(found.steps[1].parameters[0].name)
        kernel of 2
    """
    if dtype.char not in "fd" or any(complex_slots(program.steps)):
        return program

    def fits(steps: Sequence[Step], step: Step) -> bool:
        return bool(step.shape) and is_traceable(step, dtype) and _same_shape(steps, step)

    steps = tuple([_with_kernels_inside(step, dtype) for step in program.steps])
    program = replace(program, steps=steps)
    groups = [group for group in groups_of(program, fits) if group.is_worthwhile(steps)]
    return Rebuilding(program, Fused).rebuilt(groups) if groups else program


def _with_kernels_inside(step: Step, dtype: np.dtype[Any]) -> Step:
    if step.kind is not Kind.LOOP:
        return step
    body = step.parameters[0]
    return step._replace(parameters=(replace(body, program=with_kernels(body.program, dtype)),))


def _same_shape(steps: Sequence[Step], step: Step) -> bool:
    """Return whether a function has its value where its argument is; arithmetic may spread operands."""
    return step.kind is not Kind.CALL or steps[step.slots[0]].shape == step.shape
