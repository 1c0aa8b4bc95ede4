"""Where the values lie that the members of a chain need among themselves: in few blocks, used in turn."""

from __future__ import annotations

from bracketcalc.compiler.memory.buffers import analyse
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.program.steps import ARITHMETIC


def rooms_of(chain: Chain) -> dict[int, int]:
    """Return for some slots of a chain's program the number of the block to which the value is written.

    These are the slots whose value is no result, can be written to a given place, and is not written over
    an operand. A block is used again as soon as nothing needs its value.
    """
    program = chain.program
    found = analyse(program)
    freed = found.freed_after()
    places: dict[int, int] = {}
    free, at, made = list[int](), dict[int, int](), 0
    for slot, step in enumerate(program.steps):
        over = found.over.get(slot)
        if step.kind in ARITHMETIC and slot not in program.outputs:
            if over in at:
                at[slot] = at[over]
            elif over is None:
                if not free:
                    free.append(made)
                    made += 1
                at[slot] = places[slot] = free.pop()
        free += [at[root] for root in freed.get(slot, ()) if root in at]
    return places
