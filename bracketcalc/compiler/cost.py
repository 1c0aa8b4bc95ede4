"""What a program costs, from its steps alone: operations, memory traffic, and the most memory held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.compiler.buffers import analyse
from bracketcalc.compiler.program import ARITHMETIC, VIEWS, Kind, Program, Step, count
from bracketcalc.functions.error_function import ERF, ERFC, GELU

TEMPORARIES = 4
"""How many arrays of the size of its argument a function makes on its way to the result, at most."""

MANY_TEMPORARIES = 14
"""The same for the error function, which has a different series on each of several intervals."""


SCATTERED = frozenset({Kind.TRANSPOSE, Kind.DIAGONAL, Kind.PICK, Kind.BROADCAST, Kind.WINDOW})
"""Views whose elements do not lie one behind the other."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one step costs.

    Attributes:
        slot: the number of the step.
        flops: additions, multiplications and function values.
        moved: array elements read and written.
    """

    slot: int
    flops: int
    moved: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program costs.

    Attributes:
        steps: the cost of each step that computes or copies.
        peak: the most array elements held at one time beside the arguments, results included.
    """

    steps: tuple[StepCost, ...]
    peak: int

    @property
    def flops(self) -> int:
        """Return the operations of all steps."""
        return sum(step.flops for step in self.steps)

    @property
    def moved(self) -> int:
        """Return the elements that all steps read and write."""
        return sum(step.moved for step in self.steps)


def program_cost(program: Program) -> Cost:
    """Return the cost of a program."""
    buffers = analyse(program)
    freed = buffers.freed_after()
    steps = program.steps
    costs: list[StepCost] = []
    held: dict[int, int] = {}
    now = peak = 0
    for slot, step in enumerate(steps):
        if not buffers.needed[slot]:
            continue
        over = buffers.over.get(slot)
        if over is not None:
            held[slot] = held.pop(over, 0)
            peak = max(peak, now)
        elif allocates(steps, step):
            root = buffers.root[slot]
            held[root] = held.get(root, 0) + step.elements
            now += step.elements
            peak = max(peak, now + _temporaries(steps, step))
        for root in freed.get(slot, ()):
            now -= held.pop(root, 0)
        if step.kind is not Kind.INPUT and (step.kind not in VIEWS or allocates(steps, step)):
            costs.append(StepCost(slot, _flops(steps, step), _moved(steps, step)))
    return Cost(tuple(costs), peak)


def allocates(steps: Sequence[Step], step: Step) -> bool:
    """Return whether a step needs new memory; for a reshaping, whether it may have to copy."""
    if step.kind is Kind.RESHAPE:
        return steps[step.slots[0]].kind in SCATTERED
    return step.kind is not Kind.INPUT and step.kind not in VIEWS


def _temporaries(steps: Sequence[Step], step: Step) -> int:
    if step.kind is Kind.LOOP:
        return program_cost(step.parameters[0].program).peak
    if step.kind is Kind.OPERATOR:
        return TEMPORARIES * _enlarged(step) * sum(steps[slot].elements for slot in step.slots)
    if step.kind not in (Kind.CALL, Kind.MAP):
        return 0
    many = step.parameters[0] in (ERF, ERFC, GELU)
    return (MANY_TEMPORARIES if many else TEMPORARIES) * max(steps[step.slots[0]].elements, step.elements)


def _flops(steps: Sequence[Step], step: Step) -> int:
    if step.kind is Kind.LOOP:
        body = step.parameters[0]
        return int(body.length * program_cost(body.program).flops)
    if step.kind in (Kind.DOT, Kind.MATMUL):
        return 2 * step.elements * steps[step.slots[0]].shape[-1]
    if step.kind in (Kind.ROW_DOT, Kind.COLUMN_DOT):
        return 2 * steps[step.slots[0]].elements
    if step.kind in ARITHMETIC or step.kind is Kind.CALL:
        return step.elements
    if step.kind in (Kind.REDUCE, Kind.FOLD):
        return steps[step.slots[0]].elements
    if step.kind is Kind.ADD_DIAGONAL:
        return count(tuple([step.shape[group[0]] for group in step.parameters[0]]))
    if step.kind is Kind.MAP:
        argument = steps[step.slots[0]]
        # Functions of a matrix take a multiple of n³ operations for n² elements.
        return argument.elements * (argument.shape[-1] if step.parameters[0].ndim > 1 else 1)
    if step.kind is Kind.OPERATOR:
        # A factorization of every matrix, and as many products as there are columns.
        matrix = steps[step.slots[0]]
        return _enlarged(step) * (matrix.elements + 2 * step.elements) * matrix.shape[-1]
    return 0


def _enlarged(step: Step) -> int:
    """Return how many times the elements of its parameter an operator may work on.

    For each operand that is a matrix, the derivative of a function of a matrix doubles rows and columns.
    """
    matrices = [taken for taken in step.parameters[0].operands if taken > 1]
    return 1 << 2 * len(matrices)


def _moved(steps: Sequence[Step], step: Step) -> int:
    if step.kind is Kind.LOOP:
        body = step.parameters[0]
        return int(body.length * program_cost(body.program).moved)
    if step.kind is Kind.PART:
        return 0
    return step.elements + sum(_stored(steps, slot) for slot in step.slots)


def _stored(steps: Sequence[Step], slot: int) -> int:
    """Return how many different elements a value has in memory."""
    step = steps[slot]
    while step.kind in VIEWS and step.kind not in (Kind.BROADCAST, Kind.DIAGONAL, Kind.PICK):
        step = steps[step.slots[0]]
    return steps[step.slots[0]].elements if step.kind is Kind.BROADCAST else step.elements
