"""Splitting a program in two: what depends only on constants or numbers, which runs once, and the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.schedule import renumbered
from bracketcalc.compiler.program.steps import VIEWS, Kind, Program, Step

MOST_OF_NUMBERS = 1 << 16
"""The most elements of a value that is made of numbers alone and kept from call to call."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A program in two parts.

    Attributes:
        once: from the constants to the values that the other part needs of them.
        rest: from those values, and behind them the arguments that are no constants, to the results.
        slots: for each of those values its slot in the whole program.
    """

    once: Program
    rest: Program
    slots: tuple[int, ...]


def folded(program: Program, constants: Collection[int]) -> Folded:
    """Return a program in two parts, of which one depends on the arguments at the given positions only.

    A result that is a constant is copied in each call, so no call returns an array of another one.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (k,), (2,)) for k in range(2)]
        >>> steps += [Step(Kind.NEGATIVE, (0,), (), (2,)), Step(Kind.ADD, (2, 1), (), (2,))]
        >>> parts = folded(Program(tuple(steps), (3,), ((2,), (2,))), {0})
        >>> [step.kind.value for step in parts.once.steps], [step.kind.value for step in parts.rest.steps]
        (['input', 'negative'], ['input', 'input', 'add'])
    """
    known = _known(program, constants)
    users = [step for step, constant in zip(program.steps, known, strict=True) if not constant]
    used = {*program.outputs, *(slot for step in users for slot in step.slots)}
    slots = sorted([slot for slot in used if known[slot] and _is_kept(program, slot)])
    once = _once(program, sorted(constants), known, slots)
    others = [position for position in range(len(program.shapes)) if position not in constants]
    return Folded(once, _rest(program, others, known, slots), tuple(slots))


def has_values_of_numbers(program: Program) -> bool:
    """Return whether something worth keeping is computed from numbers alone, such as a mask.

    Example:
        >>> steps = [Step(Kind.FULL, (), (), (2,)), Step(Kind.UFUNC, (0,), ("exp",), (2,))]
        >>> has_values_of_numbers(Program(tuple(steps), (1,), ()))
        True
    """
    if all(
        reads or step.kind is Kind.INPUT for step, reads in zip(program.steps, program.reads, strict=True)
    ):
        return False
    known = _known(program, ())
    pairs = zip(program.steps, known, strict=True)
    return any(constant and step.slots and step.kind not in VIEWS for step, constant in pairs)


def _known(program: Program, constants: Collection[int]) -> list[bool]:
    """Return for each step whether its value is known before any call."""
    known: list[bool] = []
    of_numbers: list[bool] = []
    for step in program.steps:
        of_numbers.append(step.kind is not Kind.INPUT and all(of_numbers[slot] for slot in step.slots))
        if step.kind is Kind.INPUT:
            known.append(step.parameters[0] in constants)
            continue
        # What is small may be made of what is too large to keep.
        is_held = not of_numbers[-1] or (step.elements <= MOST_OF_NUMBERS and step.kind not in _IN_PIECES)
        known.append(is_held and all(known[slot] for slot in step.slots))
    return known


_IN_PIECES = frozenset({Kind.LOOP, Kind.PARTS, Kind.CHAIN, Kind.PART})
"""Steps whose value is no array, and the arrays that are taken from it."""


def _is_kept(program: Program, slot: int) -> bool:
    """Return whether a value is made of arguments; one made of numbers alone is made anew in each call."""
    step = program.steps[slot]
    return step.kind is Kind.INPUT or bool(step.slots)


def _once(
    program: Program, constants: Sequence[int], known: Sequence[bool], wanted: Sequence[int]
) -> Program:
    """Return the part that makes the wanted values from the constants."""
    computed = [slot for slot, constant in enumerate(known) if constant]
    steps, place = _steps(program, (), computed, constants)
    shapes = [program.shapes[position] for position in constants]
    return _part(program, steps, place, [place[slot] for slot in wanted], shapes)


def _rest(program: Program, others: Sequence[int], known: Sequence[bool], given: Sequence[int]) -> Program:
    """Return the part that runs in each call, from the given values and the other arguments."""
    computed = [slot for slot, constant in enumerate(known) if not constant or not _is_kept(program, slot)]
    steps, place = _steps(program, given, computed, others)
    outputs = []
    for number, slot in enumerate(program.outputs):
        outputs.append(len(steps) if known[slot] else place[slot])
        if known[slot]:
            steps.append(Step(Kind.COPY, (place[slot],), (number,), program.steps[slot].shape))
    shapes = [program.steps[slot].shape for slot in given] + [
        program.shapes[position] for position in others
    ]
    return _part(program, steps, place, outputs, shapes)


def _steps(
    program: Program, given: Sequence[int], computed: Sequence[int], arguments: Sequence[int]
) -> tuple[list[Step], dict[int, int]]:
    """Return the steps of a part, and the new slot of each old one.

    Args:
        program: the whole program.
        given: the slots whose values are the first arguments of the part.
        computed: the slots of the steps that the part has itself.
        arguments: the positions of the whole program's arguments that are arguments of the part, too.
    """
    complex_ = complex_slots(program.steps)
    position = {old: len(given) + k for k, old in enumerate(arguments)}
    steps = []
    for k, slot in enumerate(given):
        steps.append(Step(Kind.INPUT, (), (k, True) if complex_[slot] else (k,), program.steps[slot].shape))
    place = {slot: k for k, slot in enumerate(given)}
    for slot in computed:
        step = program.steps[slot]
        if step.kind is Kind.INPUT:
            step = step._replace(parameters=(position[step.parameters[0]], *step.parameters[1:]))
        place[slot] = len(steps)
        steps.append(renumbered(step, place))
    return steps, place


def _part(
    program: Program,
    steps: Sequence[Step],
    place: Mapping[int, int],
    outputs: Sequence[int],
    shapes: Sequence[tuple[int, ...]],
) -> Program:
    notes = {place[slot]: note for slot, note in program.notes.items() if slot in place}
    return Program(tuple(steps), tuple(outputs), tuple(shapes), notes)
