"""Sums over the first or the last axes of an array that lies in one piece: products with ones.

NumPy's reduction goes over an array row by row. A product of a matrix with a vector of ones has the same
sums in a third of the time and less: most where arrays are small, so that calls cost more than additions,
or where rows are short. Sums of long rows stay reductions, which add pairwise and round less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bracketcalc.compiler.memory.strides import FOLLOWING, Laid, is_c_order, is_one_segment, strides_of
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.schedule import renumbered
from bracketcalc.compiler.program.steps import Kind, Program, Step, count

LONGEST_ROW = 512
"""The most elements of a row that are added with a product."""

_WITH_SUMS = frozenset({Kind.REDUCE, Kind.LOOP})

LONGEST_KEPT = 1 << 14
"""The most ones that a program keeps from call to call."""


def with_products(program: Program) -> Program:
    """Return an equal program in which sums are products with ones where those are faster, also in loops.

    Args:
        program: the program, its real values in 4 or 8 bytes.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (5, 2, 3)), Step(Kind.REDUCE, (0,), (0, 1), (3,))]
        >>> found = with_products(Program(tuple(steps), (1,), ((5, 2, 3),)))
        >>> [(step.kind.value, step.shape) for step in found.steps]
        [('input', (5, 2, 3)), ('reshape', (10, 3)), ('sum_rows', (3,))]
    """
    if not any(step.kind in _WITH_SUMS for step in program.steps):
        return program
    complex_ = complex_slots(program.steps)
    steps: list[Step] = []
    place: dict[int, int] = {}
    laid: dict[int, Laid] = {}
    looked_at = _looked_at(program)
    for slot, given in enumerate(program.steps):
        step = _with_products_inside(given) if given.kind is Kind.LOOP else given
        if slot in looked_at:
            operands = program.reads[slot] if step.kind in FOLLOWING else ()
            laid[slot] = (step.shape, strides_of(step, [laid[operand] for operand in operands]))
        form = None
        if step.kind is Kind.REDUCE and not complex_[slot]:
            form = _form(step, laid[step.slots[0]])
        if form is None:
            # Up to the first sum that is a product, all steps stay where they are.
            steps.append(step if len(steps) == slot else renumbered(step, place))
        else:
            _write(steps, step, place, form)
        place[slot] = len(steps) - 1
    outputs = tuple([place[slot] for slot in program.outputs])
    return Program(tuple(steps), outputs, program.shapes, _moved(program.notes, place))


def _looked_at(program: Program) -> set[int]:
    """Return the slots that decide how the operands of sums lie in memory."""
    found: set[int] = set()
    for slot in reversed(range(len(program.steps))):
        kind = program.steps[slot].kind
        if kind is Kind.REDUCE or (slot in found and kind in FOLLOWING):
            found.update(program.reads[slot])
    return found


_Form = tuple[Kind, tuple[int, ...]]
"""The product, and the shape of its operand: a matrix, or a vector where everything is added."""


def _form(step: Step, laid: Laid) -> _Form | None:
    """Return how a sum is a product with ones, None where it stays a reduction."""
    shape, axes = laid[0], sorted(step.parameters)
    number, summed = len(axes), count(tuple([laid[0][axis] for axis in axes]))
    in_one_piece = is_one_segment(laid) if len(shape) == 2 else is_c_order(laid)
    if not in_one_piece or count(shape) == 0:
        return None
    if number == len(shape):
        return (Kind.SUM_ROWS, (summed,)) if summed <= LONGEST_ROW else None
    if axes == list(range(number)):
        return Kind.SUM_ROWS, (summed, count(step.shape))
    if axes == list(range(len(shape) - number, len(shape))) and summed <= LONGEST_ROW:
        return Kind.SUM_COLUMNS, (count(step.shape), summed)
    return None


def _write(steps: list[Step], step: Step, place: Mapping[int, int], form: _Form) -> None:
    """Write a sum as a product, with the axes of its operand and its value as they must be."""
    kind, shape = form
    operand = place[step.slots[0]]
    if steps[operand].shape != shape:
        steps.append(Step(Kind.RESHAPE, (operand,), (), shape))
        operand = len(steps) - 1
    kept = shape[1:] if kind is Kind.SUM_ROWS else shape[:1]
    summed = shape[0] if kind is Kind.SUM_ROWS else shape[1]
    steps.append(Step(kind, (operand,), (summed,), kept))
    if kept != step.shape:
        steps.append(Step(Kind.RESHAPE, (len(steps) - 1,), (), step.shape))


def _with_products_inside(step: Step) -> Step:
    body = step.parameters[0]
    return step._replace(parameters=(replace(body, program=with_products(body.program)),))


def _moved(notes: Mapping[int, object], place: Mapping[int, int]) -> dict[int, object]:
    return {place[slot]: note for slot, note in notes.items() if slot in place}
