"""Making a program fit into memory: axes are cut until what is held at one time is small enough."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bracketcalc.compiler.memory.cost import Cost, program_cost
from bracketcalc.compiler.memory.cutting import OVERHEAD, Cutting
from bracketcalc.compiler.memory.task import Task, TooLargeError
from bracketcalc.compiler.program.steps import Program
from bracketcalc.traverse import substitute

MOST_HALVINGS = 8
"""How often the size from which on something is not held as a whole is halved, at most."""

MOST_NESTED = 3
"""How many axes are cut inside of each other, at most."""


def sliced_program(task: Task, limit: int, depth: int = 0) -> Program:
    """Return the program that holds at most ``limit`` bytes, or as few as cutting axes can reach.

    Args:
        task: what is to be computed.
        limit: the most bytes to be held beside the arguments, results included.
        depth: how many axes are cut already around it.
    """
    whole = task.program()
    cost = program_cost(whole, task.itemsize)
    if cost.peak <= limit or (task.real is not None and sum(map(task.bytes, task.roots)) > limit):
        return whole
    smallest = _Cut(whole, cost)
    for nested in (False, True)[: MOST_NESTED - depth]:
        fitting: list[_Cut] = []
        for most_held in _halved(limit):
            cut = _cut_program(task, (most_held, most_held), depth, nested)
            if cut is None:
                continue
            if cut.peak > limit:
                smallest = min(smallest, cut, key=lambda one: one.peak)
                continue
            fitting.append(_with_larger_parts(task, (limit, most_held), depth, nested, cut))
            # Where less is held as a whole, more is computed in one cut, and less of it twice.
            if fitting[-1].flops <= OVERHEAD * cost.flops:
                break
        if fitting:
            return min(fitting, key=lambda one: one.flops).program
    return smallest.program


@dataclass(frozen=True, slots=True)
class _Cut:
    """A program with cuts, and what it costs."""

    program: Program
    cost: Cost

    @property
    def flops(self) -> int:
        return self.cost.flops

    @property
    def peak(self) -> int:
        return self.cost.peak


def _with_larger_parts(task: Task, limits: tuple[int, int], depth: int, nested: bool, cut: _Cut) -> _Cut:
    """Return a program as cheap as the given one, with the largest parts that fit: it takes less time."""
    limit, most_held = limits
    for most_inside in _halved(limit):
        if most_inside <= most_held:
            break
        found = _cut_program(task, (most_held, most_inside), depth, nested)
        if found is not None and found.peak <= limit and found.flops <= cut.flops:
            return found
    return cut


def _halved(limit: int) -> list[int]:
    """Return a limit and its halves."""
    return [limit >> k for k in range(MOST_HALVINGS) if limit >> k]


def _cut_program(task: Task, bounds: tuple[int, int], depth: int, nested: bool) -> _Cut | None:
    """Return a program with cuts, None where no axis makes the parts small enough."""

    def inner(task: Task, limit: int) -> Program:
        return sliced_program(task, limit, depth + 1)

    cutting = Cutting(task, bounds, depth, inner if nested else None)
    try:
        roots = cutting.roots()
        program = replace(task, roots=roots).program()
    except TooLargeError:
        return None
    known = {node: expr for expr, node in cutting.assembled.items()}
    notes = zip(program.notes, substitute(program.notes.values(), known), strict=True)
    return _Cut(replace(program, notes=dict(notes)), program_cost(program, task.itemsize))
