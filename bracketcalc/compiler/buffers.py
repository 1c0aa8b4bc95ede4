"""Which steps may write over an operand, and when each buffer is last used.

A buffer belongs to the step that made it; views share it. A buffer may be written again only if the
program made it, nothing needs it afterwards, and no other operand of the step looks into it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.compiler.fields import complex_slots
from bracketcalc.compiler.program import ARITHMETIC, Kind, Program, Step, is_own_buffer, may_share

KEPT = 1 << 62
"""The last use of a buffer that is returned."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """The result of the analysis.

    Attributes:
        needed: for each slot whether a result depends on it.
        root: for each slot the slot whose buffer it uses.
        last_use: for each root the last step that reads it.
        over: for a step that writes over an operand, the slot of that operand.
        readers: for each slot how many needed steps and results read it.
    """

    needed: tuple[bool, ...]
    root: tuple[int, ...]
    last_use: dict[int, int]
    over: dict[int, int]
    readers: dict[int, int]

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
    steps = program.steps
    needed = [False] * len(steps)
    for slot in program.outputs:
        needed[slot] = True
    for slot in reversed(range(len(steps))):
        if needed[slot]:
            for operand in steps[slot].slots:
                needed[operand] = True
    root = list(range(len(steps)))
    last_use: dict[int, int] = {}
    readers: dict[int, int] = {}
    for slot, step in enumerate(steps):
        if not needed[slot]:
            continue
        if may_share(step):
            root[slot] = root[step.slots[0]]
        for operand in step.slots:
            last_use[root[operand]] = slot
            readers[operand] = readers.get(operand, 0) + 1
    for slot in program.outputs:
        last_use[root[slot]] = KEPT
        readers[slot] = readers.get(slot, 0) + 1
    over: dict[int, int] = {}
    fields = complex_slots(steps)
    for slot, step in enumerate(steps):
        target = _overwritten(steps, slot, step, root, last_use) if needed[slot] else None
        if target is not None and fields[target] == fields[slot]:
            over[slot] = target
    return Buffers(tuple(needed), tuple(root), last_use, over, readers)


def _overwritten(
    steps: tuple[Step, ...], slot: int, step: Step, root: list[int], last_use: dict[int, int]
) -> int | None:
    """Return the operand that a step may write over, if there is one."""
    if not step.shape:
        return None
    if step.kind in ARITHMETIC:
        candidates = step.slots
    elif step.kind in (Kind.ADD_DIAGONAL, Kind.ADD_ONE_HOT):
        candidates = step.slots[:1]
    else:
        return None
    for operand in candidates:
        if (
            root[operand] == operand
            and is_own_buffer(steps[operand])
            and steps[operand].shape == step.shape
            and last_use[operand] == slot
            and all(other == operand or root[other] != operand for other in step.slots)
        ):
            return operand
    return None
