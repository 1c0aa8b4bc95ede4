"""Making a program fit into memory: axes are cut until what is held at one time is small enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bracketcalc.compiler.memory.cost import Cost, program_cost
from bracketcalc.compiler.memory.cutting import OVERHEAD, Cutting
from bracketcalc.compiler.memory.task import Effort, Task, TooLargeError
from bracketcalc.compiler.program.parts import Cast
from bracketcalc.compiler.program.steps import Program
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.traverse import postorder, substitute

MOST_HALVINGS = 8
"""How often the size from which on something is not held as a whole is halved, at most."""

LAST_EFFORT = 200
"""How many programs are made to tell how far a limit has to be raised."""

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
    # Inside of a cut, results may share memory with what is held anyway.
    results = 0 if task.real is None else sum(map(task.bytes, task.roots))
    if cost.peak <= limit or results > limit:
        return whole
    if task.casts:
        return _with_casts(task, limit)
    smallest = _Cut(whole, cost)
    for nested in (False, True)[: MOST_NESTED - depth]:
        # What the results leave is a finer bound where they take the most of what is allowed.
        for bounds in (_halved(limit), _halved(limit - results) if results else []):
            fitting, others = _fitting(task, (limit, bounds), depth, nested, cost.flops)
            if fitting:
                return min(fitting, key=lambda one: one.flops).program
            smallest = min([smallest, *others], key=lambda one: one.peak)
    if depth == 0 and smallest.peak == cost.peak:
        smallest = min([smallest, *_larger_than_allowed(task, limit, cost.peak)], key=lambda one: one.peak)
    return smallest.program


def _with_casts(task: Task, limit: int) -> Program:
    """Return the program of a task whose casts are expressions, which can be cut as others."""
    tensors = [
        node
        for node in postorder(task.roots)
        if isinstance(node, Tensor) and task.positions[node.name] in task.casts
    ]
    casts: dict[Expr, Expr] = {tensor: Cast(tensor) for tensor in tensors}
    roots = tuple(substitute(task.roots, casts))
    program = sliced_program(replace(task, roots=roots, casts=frozenset()), limit)
    back = {cast: tensor for tensor, cast in casts.items()}
    return replace(program, notes=_noted(program, back))


def _noted(program: Program, known: Mapping[Expr, Expr]) -> dict[int, Expr]:
    """Return what the slots of a program hold, with other expressions in the place of some."""
    return dict(zip(program.notes, substitute(program.notes.values(), known), strict=True))


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


def _fitting(
    task: Task, bounds: tuple[int, Sequence[int]], depth: int, nested: bool, flops: int
) -> tuple[list[_Cut], list[_Cut]]:
    """Return programs with cuts that fit into a limit, up to one without much overhead, and the others.

    Args:
        task: what is to be computed.
        bounds: the limit, and the sizes from which on something is not held as a whole.
        depth: how many axes are cut already around it.
        nested: whether axes are cut inside of each other.
        flops: the operations of the program without cuts.
    """
    limit, sizes = bounds
    fitting: list[_Cut] = []
    others: list[_Cut] = []
    for most_held in sizes:
        cut = _cut_program(task, (most_held, most_held), depth, nested)
        if cut is None:
            continue
        if cut.peak > limit:
            others.append(cut)
            continue
        fitting.append(_with_larger_parts(task, (limit, most_held), depth, nested, cut))
        # Where less is held as a whole, more is computed in one cut, and less of it twice.
        if fitting[-1].flops <= OVERHEAD * flops:
            break
    return fitting, others


def _larger_than_allowed(task: Task, limit: int, peak: int) -> list[_Cut]:
    """Return a program with cuts that holds more than the limit, if it holds less than without cuts.

    It tells how far the limit has to be raised.

    Args:
        task: what is to be computed.
        limit: the most bytes to be held.
        peak: what is held without cuts.
    """
    task = replace(task, effort=Effort(LAST_EFFORT))
    bound = max(limit, 1)
    while bound < peak:
        cut = _cut_program(task, (bound, bound), 0, False)
        if cut is not None and cut.peak < peak:
            return [cut]
        bound *= 2
    return []


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
    return _Cut(replace(program, notes=_noted(program, known)), program_cost(program, task.itemsize))
