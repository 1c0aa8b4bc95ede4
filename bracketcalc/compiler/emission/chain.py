"""The texts of a chain: the arrays that it writes, and where the values of a block lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.emission.sheet import Sheet
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.memory.rooms import rooms_of
from bracketcalc.compiler.program.steps import ARITHMETIC


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
    """Return the names for one chain."""
    program = chain.program
    results = tuple([sheet.name("r") for _ in program.outputs])
    places = {
        slot: name
        for slot, name in zip(program.outputs, results, strict=True)
        if program.steps[slot].kind in ARITHMETIC
    }
    rooms = rooms_of(chain)
    room = tuple([sheet.name("w") for _ in range(len(set(rooms.values())))])
    places |= {slot: room[number] for slot, number in rooms.items()}
    operands = tuple([sheet.name("b") for _ in program.shapes])
    return BlockNames(operands, results, room, places)


def new_result(chain: Chain, operands: Sequence[str]) -> str:
    """Return the text that makes an array for a result, with the memory order of an operand."""
    for step, text in zip(chain.program.steps, operands, strict=False):
        alike = step.shape == chain.shape and (step.parameters[1:] == (True,)) == chain.is_complex
        if alike:
            return f"empty_like({text})"
    return f"{'empty_complex' if chain.is_complex else 'empty'}({chain.shape})"
