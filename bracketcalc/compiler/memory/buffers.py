"""Which steps may write over an operand, and when each buffer is last used.

A buffer belongs to the step that made it; views share it. A buffer may be written again only if the
program made it, nothing needs it afterwards, and no other operand of the step looks into it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.steps import (
    ARITHMETIC,
    VIEWS,
    Kind,
    Program,
    Step,
    is_own_buffer,
    may_share,
)

KEPT = 1 << 62
"""The last use of a buffer that is returned."""

_OVERWRITING = ARITHMETIC | {Kind.ADD_DIAGONAL, Kind.ADD_ONE_HOT, Kind.CHAIN}

INLINE_DEPTH = 3
"""How many views may be nested in one expression of the source."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """The result of the analysis.

    Attributes:
        needed: for each slot whether a result depends on it.
        root: for each slot the slot whose buffer it uses.
        last_use: for each root the last step that reads it.
        over: for a step that writes over an operand, the slot of that operand.
        readers: for each slot how many needed steps and results read it.
        inlined: the views that have no name: the statement that reads them makes them.
    """

    needed: tuple[bool, ...]
    root: tuple[int, ...]
    last_use: dict[int, int]
    over: dict[int, int]
    readers: dict[int, int]
    inlined: frozenset[int]

    def freed_after(self) -> dict[int, list[int]]:
        """Return for each step the roots that nothing reads after it and that are not written over."""
        reused = set(self.over.values())
        freed: dict[int, list[int]] = {}
        for root, step in self.last_use.items():
            if step != KEPT and root not in reused:
                freed.setdefault(step, []).append(root)
        return freed


def analyse(program: Program) -> Buffers:
    """Return what is known about the buffers of a program."""
    steps, reads = program.steps, program.reads
    needed = [False] * len(steps)
    for slot in program.outputs:
        needed[slot] = True
    for slot in reversed(range(len(steps))):
        if needed[slot]:
            for operand in reads[slot]:
                needed[operand] = True
    root = list(range(len(steps)))
    last_use: dict[int, int] = {}
    readers: dict[int, int] = {}
    for slot, step in enumerate(steps):
        if not needed[slot]:
            continue
        if may_share(step):
            root[slot] = root[reads[slot][0]]
        for operand in reads[slot]:
            last_use[root[operand]] = slot
            readers[operand] = readers.get(operand, 0) + 1
    for slot in program.outputs:
        last_use[root[slot]] = KEPT
        readers[slot] = readers.get(slot, 0) + 1
    over: dict[int, int] = {}
    fields = complex_slots(steps)
    for slot, step in enumerate(steps):
        if not needed[slot] or step.kind not in _OVERWRITING:
            continue
        if step.kind is Kind.CHAIN:
            over |= _over_by_chain(steps, slot, root, last_use, fields)
        else:
            target = _overwritten(steps, slot, step, root, last_use)
            if target is not None and fields[target] == fields[slot]:
                over[slot] = target
    return Buffers(tuple(needed), tuple(root), last_use, over, readers, _inlined(program, needed, readers))


def _inlined(program: Program, needed: list[bool], readers: dict[int, int]) -> frozenset[int]:
    """Return the views that are read once and not nested too deep."""
    depth: dict[int, int] = {}
    for slot, step in enumerate(program.steps):
        if needed[slot] and step.kind in VIEWS and readers[slot] == 1:
            below = max([depth.get(operand, 0) for operand in program.reads[slot]], default=0)
            if below < INLINE_DEPTH:
                depth[slot] = below + 1
    return frozenset(depth)


def _overwritten(
    steps: tuple[Step, ...], slot: int, step: Step, root: list[int], last_use: dict[int, int]
) -> int | None:
    """Return the operand that a step may write over, if there is one."""
    if not step.shape:
        return None
    given = step.slots
    for operand in given if step.kind in ARITHMETIC else given[:1]:
        if (
            root[operand] == operand
            and last_use[operand] == slot
            and is_own_buffer(steps[operand])
            and steps[operand].shape == step.shape
            and all(other == operand or root[other] != operand for other in given)
        ):
            return operand
    return None


def _over_by_chain(
    steps: tuple[Step, ...], slot: int, root: list[int], last_use: dict[int, int], fields: list[bool]
) -> dict[int, int]:
    """Return parts of a chain that may lie where one of its operands does, with the operand."""
    step = steps[slot]
    chain: Chain = step.parameters[0]
    roots = [root[operand] for operand in step.slots]
    free = [
        place
        for place, operand in enumerate(step.slots)
        if root[operand] == operand
        and is_own_buffer(steps[operand])
        and steps[operand].shape == chain.shape
        and last_use[operand] == slot
        and roots.count(operand) == 1
    ]
    last_read = _last_reads(chain.program)
    chosen: dict[int, int] = {}
    for part in range(slot + 1, slot + 1 + len(chain.program.outputs)):
        output = chain.program.outputs[steps[part].parameters[0]]
        # What cannot be written in place is written when the block is done.
        late = chain.program.steps[output].kind not in ARITHMETIC
        for place in free:
            operand = step.slots[place]
            if fields[operand] == fields[part] and (late or last_read.get(place, -1) < output):
                chosen[part] = operand
                free.remove(place)
                break
    return chosen


def written_over(step: Step, slot: int, program: Program, found: Buffers) -> dict[int, int]:
    """Return kept values of a loop that may lie where one of its sequences does, with the sequence.

    Nothing reads the sequence behind the loop, nothing else that the loop reads lies in its buffer, and a
    step of the loop reads the element before it writes the value.

    Args:
        step: the loop.
        slot: its slot in the program.
        program: the program.
        found: what is known about the buffers of the program.
    """
    body = step.parameters[0]
    inner = body.program
    roots = [found.root[operand] for operand in step.slots]
    free = {
        place: roots[place]
        for place in range(body.states, body.states + body.inputs)
        if roots.count(roots[place]) == 1
        and found.last_use[roots[place]] == slot
        and is_own_buffer(program.steps[roots[place]])
        and program.steps[step.slots[place]].kind is not Kind.BROADCAST
    }
    fields, inner_fields = complex_slots(program.steps), complex_slots(inner.steps)
    last_read = _last_reads(inner)
    paired = {place for pair in body.pairs for place in pair[1:]}
    chosen: dict[int, int] = {}
    for kept, output in enumerate(inner.outputs[body.states :]):
        made = inner.steps[output]
        again = inner.outputs.index(output, body.states) != kept + body.states
        if kept in paired or again or made.kind not in ARITHMETIC or not made.shape:
            continue
        for place in free:
            sequence = step.slots[place]
            same = program.steps[sequence].shape == (body.length, *made.shape)
            same = same and fields[sequence] == inner_fields[output]
            if same and place not in chosen.values() and last_read.get(place, -1) < output:
                chosen[kept] = place
                break
    return chosen


def _last_reads(program: Program) -> dict[int, int]:
    """Return for each argument the last step that reads it or a view of it, or the step before it.

    The latter where the step may write over the argument.
    """
    found: dict[int, int] = {}
    root = list(range(len(program.steps)))
    for slot, step in enumerate(program.steps):
        if may_share(step):
            root[slot] = root[step.slots[0]]
        for operand in step.slots:
            base = program.steps[root[operand]]
            in_place = step.kind in ARITHMETIC and root[operand] == operand and base.shape == step.shape
            if base.kind is Kind.INPUT:
                # A step may write its value over an operand, element by element.
                argument = base.parameters[0]
                found[argument] = max(found.get(argument, -1), slot - in_place)
    for slot in program.outputs:
        base = program.steps[root[slot]]
        if base.kind is Kind.INPUT:
            found[base.parameters[0]] = len(program.steps)
    return found
