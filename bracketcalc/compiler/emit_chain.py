"""The texts of a chain: the arrays that it writes, and where the values of a block lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.buffers import analyse
from bracketcalc.compiler.chains import Chain
from bracketcalc.compiler.emit_sheet import Sheet
from bracketcalc.compiler.program import ARITHMETIC


@dataclass(frozen=True, slots=True)
class BlockNames:
    """The names inside the function of one block.

    Attributes:
        operands: the blocks of the operands.
        results: the blocks of the results.
        room: blocks for values that nothing needs behind the chain.
        places: for the slots that are written to one of the last two, its name.
    """

    operands: tuple[str, ...]
    results: tuple[str, ...]
    room: tuple[str, ...]
    places: Mapping[int, str]

    @property
    def parameters(self) -> str:
        """Return the parameters of the function, as text."""
        return ", ".join([*self.operands, *self.results, *self.room])


def block_names(chain: Chain, sheet: Sheet) -> BlockNames:
    """Return the names for one chain; a block is used again as soon as nothing needs its value."""
    program = chain.program
    results = tuple([sheet.name("r") for _ in program.outputs])
    places = {
        slot: name
        for slot, name in zip(program.outputs, results, strict=True)
        if program.steps[slot].kind in ARITHMETIC
    }
    found = analyse(program)
    freed = found.freed_after()
    room, free, at = list[str](), list[str](), dict[int, str]()
    for slot, step in enumerate(program.steps):
        over = found.over.get(slot)
        if over in at and slot not in places:
            at[slot] = at[over]
        elif step.kind in ARITHMETIC and over is None and slot not in places:
            if not free:
                free.append(sheet.name("w"))
                room.extend(free)
            at[slot] = places[slot] = free.pop()
        free += [at[root] for root in freed.get(slot, ()) if root in at]
    operands = tuple([sheet.name("b") for _ in program.shapes])
    return BlockNames(operands, results, tuple(room), places)


def new_result(chain: Chain, operands: Sequence[str]) -> str:
    """Return the text that makes an array for a result, with the memory order of an operand."""
    for step, text in zip(chain.program.steps, operands, strict=False):
        alike = step.shape == chain.shape and (step.parameters[1:] == (True,)) == chain.is_complex
        if alike:
            return f"empty_like({text})"
    return f"{'empty_complex' if chain.is_complex else 'empty'}({chain.shape})"
