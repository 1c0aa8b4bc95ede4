"""A program for known shapes and types, with what can be said about it before it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.emission.emit import write_source
from bracketcalc.compiler.emission.load import make_function
from bracketcalc.compiler.emission.sheet import Source
from bracketcalc.compiler.memory.chains import with_chains
from bracketcalc.compiler.memory.cost import Cost, program_cost
from bracketcalc.compiler.memory.fusing import with_kernels
from bracketcalc.compiler.memory.repeats import with_repeats
from bracketcalc.compiler.memory.slicing import sliced_program
from bracketcalc.compiler.memory.sums import with_products
from bracketcalc.compiler.memory.task import Effort, Task
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.folding import folded
from bracketcalc.compiler.program.steps import Kind, Program, Step, count
from bracketcalc.compiler.reports.equations import equation_of
from bracketcalc.compiler.reports.listing import Captions, listing
from bracketcalc.compiler.reports.report import Operation, Report, show_two
from bracketcalc.errors import MemoryLimitError, ShapeError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.fields import real_type

MOST_AXES = 64
"""The most axes of a NumPy array."""

SMALL = 1 << 24
"""The bytes that every machine has."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A program, the type in which it computes, and the type of its results.

    Attributes:
        names: what each argument is called.
    """

    program: Program
    dtype: np.dtype[Any]
    result_dtype: np.dtype[Any]
    names: tuple[str, ...]

    def on(self, backend: Backend) -> Plan:
        """Return the plan as a backend runs it."""
        if backend.kernel is not None:
            return replace(self, program=with_kernels(self.program, self.dtype))
        if backend.blocks:
            unit = self.dtype.itemsize
            # BLAS has products in 4 and in 8 bytes only.
            program = with_products(self.program) if self.dtype.char in "fdFD" else self.program
            return replace(self, program=with_repeats(with_chains(program, unit), unit))
        return self

    def check_memory(self, limit: int | None) -> None:
        """Raise a MemoryLimitError if the program would hold more than ``limit`` bytes."""
        if limit is not None and self.needed_bytes > limit:
            if self.result_bytes > limit:
                taken, allowed = show_two(self.result_bytes, limit)
                raise MemoryLimitError(
                    f"the results take {taken}, but max_bytes is {allowed}",
                    hint="raise the limit, or compute fewer results",
                )
            needed, allowed = show_two(self.needed_bytes, limit)
            raise MemoryLimitError(
                f"the program needs {needed} beside its arguments, but max_bytes is {allowed}",
                hint="raise the limit, or pass smaller arrays",
            )

    @property
    def needed_bytes(self) -> int:
        """Return the predicted peak of the memory in use beside the arguments."""
        cost = self.cost
        # Results are cast to another type at the end, when everything else is freed.
        cast = 0 if self.dtype == self.result_dtype else cost.kept + self.result_bytes
        return max(cost.peak, cast)

    @property
    def is_small(self) -> bool:
        """Return whether all values together are so small that their memory is not worth counting."""
        steps = list(self.program.steps)
        for loop in [step for step in steps if step.kind is Kind.LOOP]:
            steps += loop.parameters[0].program.steps
        return sum(step.elements for step in steps) * self.dtype.itemsize <= SMALL

    @property
    def largest_bytes(self) -> int:
        """Return the bytes of the largest value."""
        return max([step.elements for step in self.program.steps], default=0) * self.dtype.itemsize

    @property
    def cost(self) -> Cost:
        """Return what the program costs."""
        return program_cost(self.program, real_type(self.dtype).itemsize)

    @property
    def result_bytes(self) -> int:
        """Return the bytes of the results."""
        steps, fields = self.program.steps, complex_slots(self.program.steps)
        unit = real_type(self.result_dtype).itemsize
        return sum(
            steps[slot].elements * unit * (2 if fields[slot] else 1) for slot in self.program.outputs
        )

    @property
    def argument_bytes(self) -> int:
        """Return the bytes of the arguments, in the type of the program."""
        unit = real_type(self.dtype).itemsize
        doubled = {
            step.parameters[0]
            for step in self.program.steps
            if step.parameters[1:] == (True,) and step.kind is Kind.INPUT
        }
        return sum(
            count(shape) * unit * (2 if k in doubled else 1) for k, shape in enumerate(self.program.shapes)
        )

    def check_axes(self) -> None:
        """Raise a ShapeError if an array of the program would have more axes than arrays can have."""
        most = max((len(step.shape) for step in self.program.steps), default=0)
        if most > MOST_AXES:
            raise ShapeError(
                f"the program needs an array with {most} axes, but arrays have at most {MOST_AXES}",
                hint="contract some axes first",
            )

    def text(self, writes: bool = True) -> Source:
        """Return the source of the program; ``writes`` tells whether it may write to its arrays."""
        return write_source(self.program, self.dtype != self.result_dtype, writes)

    def function(self, backend: Backend) -> Callable[..., tuple[Any, ...]]:
        """Return the program as a function of positional arrays."""
        return make_function(self.text(backend.writes), backend, self.dtype, self.result_dtype)

    def folded(self, constants: Collection[int], exprs: Sequence[Expr]) -> tuple[Plan, Plan]:
        """Return the plan of what depends on the arguments at some positions only, and that of the rest.

        The results of the first are the first arguments of the second.
        """
        parts = folded(self.program, constants)
        captions = Captions(exprs, self.program)
        known = [captions.caption(slot) or "a constant" for slot in parts.slots]
        others = [name for place, name in enumerate(self.names) if place not in constants]
        before = [name for place, name in enumerate(self.names) if place in constants]
        return (
            Plan(parts.once, self.dtype, self.dtype, tuple(before)),
            Plan(parts.rest, self.dtype, self.result_dtype, (*known, *others)),
        )

    def listing(self, exprs: Sequence[Expr]) -> str:
        """Return the source with comments; ``exprs`` are the expressions as they were given."""
        arguments = list(zip(self.names, self.program.shapes, strict=True))
        return listing(self.text(), Captions(exprs, self.program), arguments)

    def report(
        self,
        exprs: Sequence[Expr],
        seconds: Mapping[int, float] | None = None,
        rates: tuple[float, float] | None = None,
    ) -> Report:
        """Return the cost of the program, with the measured time of each step where it is known.

        Args:
            exprs: the expressions as they were given.
            seconds: the time of each step, by slot.
            rates: the most operations and the most bytes per second.
        """
        cost = self.cost
        captions = Captions(exprs, self.program)
        steps = self.program.steps
        path = [
            Operation(
                kernel=_kernel(steps[step.slot]),
                operands=tuple([steps[slot].shape for slot in steps[step.slot].slots]),
                result=_shape(steps[step.slot]),
                flops=step.flops,
                bytes_moved=step.moved,
                computes=captions.caption(step.slot),
                equation=equation_of(steps[step.slot], [steps[k].shape for k in steps[step.slot].slots]),
                held_bytes=step.held,
                seconds=None if seconds is None else seconds.get(step.slot, 0.0),
            )
            for step in cost.steps
        ]
        return Report(
            shapes=tuple(zip(self.names, self.program.shapes, strict=True)),
            dtype=str(self.dtype),
            flops=cost.flops,
            bytes_moved=cost.moved,
            peak_bytes=self.needed_bytes,
            argument_bytes=self.argument_bytes,
            result_bytes=self.result_bytes,
            path=tuple(path),
            rates=rates,
        )


def _shape(step: Step) -> tuple[int, ...]:
    return step.parameters[0].shape if step.kind is Kind.CHAIN else step.shape


def _kernel(step: Step) -> str:
    """Return the name of what a step calls."""
    if not step.parameters:
        return step.kind.value
    first = step.parameters[0]
    if isinstance(first, str):
        return first
    return str(getattr(first, "name", step.kind.value))


def make_plan(
    roots: Sequence[Expr],
    shapes: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
    casts: frozenset[int],
    types: tuple[np.dtype[Any], np.dtype[Any]],
    *,
    paths: PathTable,
    real: Sequence[bool] = (),
    constants: Collection[int] = (),
    limit: int | None = None,
) -> Plan:
    """Return the plan that computes the roots.

    Args:
        roots: the expressions, prepared.
        shapes: the shape of each argument, in order.
        sizes: the value of each symbolic size.
        casts: the positions of the arguments that have another type than the program.
        types: the type in which the program computes, and that of its results; complex if any part is.
        paths: where the order of contractions is found.
        real: which results are real arrays; all of them if it is not given.
        constants: the positions of the arguments that are known before any call.
        limit: the most bytes that the program should hold beside its arguments.
    """
    dtype, result = types
    task = Task(
        roots=tuple(roots),
        shapes=tuple(shapes.values()),
        positions={name: place for place, name in enumerate(shapes)},
        sizes=sizes,
        casts=casts,
        paths=paths,
        itemsize=real_type(dtype).itemsize,
        real=tuple(real),
        constants=frozenset(constants),
        effort=Effort(),
    )
    program = task.program() if limit is None else sliced_program(task, limit)
    return Plan(program, dtype, result, tuple(shapes))
