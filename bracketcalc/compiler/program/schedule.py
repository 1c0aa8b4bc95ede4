"""Putting the steps of a program in an order that holds few values at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bracketcalc.compiler.program.steps import Operand, Program, Step


def scheduled(program: Program) -> Program:
    """Return the program with each step just before its first use, without steps that nothing needs.

    A sum of many terms then adds each term as soon as it is there, instead of holding all of them.
    """
    order = _by_first_use(program)
    place = {slot: k for k, slot in enumerate(order)}
    return Program(
        tuple([renumbered(program.steps[slot], place) for slot in order]),
        tuple([place[slot] for slot in program.outputs]),
        program.shapes,
        {place[slot]: note for slot, note in program.notes.items() if slot in place},
    )


def _by_first_use(program: Program) -> list[int]:
    """Return the needed slots, operands before the step that uses them, depth first."""
    order: list[int] = []
    entered: set[int] = set()
    reads = program.reads
    for root in program.outputs:
        if root in entered:
            continue
        entered.add(root)
        stack: list[tuple[int, Iterator[int]]] = [(root, iter(reads[root]))]
        while stack:
            slot, rest = stack[-1]
            for operand in rest:
                if operand not in entered:
                    entered.add(operand)
                    stack.append((operand, iter(reads[operand])))
                    break
            else:
                stack.pop()
                order.append(slot)
    return order


def renumbered(step: Step, place: Mapping[int, int]) -> Step:
    """Return a step whose operands are at other slots."""
    operands: list[Operand] = [place[x] if type(x) is int else x for x in step.operands]
    return Step(step.kind, tuple(operands), step.parameters, step.shape)
