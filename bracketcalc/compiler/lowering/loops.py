"""Lowering a loop: one step that runs a program of its own for every time, and a part for each result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import Kind, Program
from bracketcalc.expr.core import Expr
from bracketcalc.expr.recurrence import FinalState, Loop, Recurrence, Repeated

Pair = tuple[int, int, int]


@dataclass(frozen=True, eq=False, slots=True)
class LoopBody:
    """What a loop runs, and what is kept of it.

    Attributes:
        program: the program of one step; its arguments are the states, then an element of each
            sequence, then the constants; its results are the new states, then the kept values.
        states: how many states there are.
        inputs: how many sequences there are.
        length: the number of steps.
        backward: whether the last time comes first.
        finals: the states whose last value is a result of the loop, behind the kept values.
        pairs: a state, and the places of the kept values that it is before and after each step: one
            buffer, longer by one, holds both.
    """

    program: Program
    states: int
    inputs: int
    length: int
    backward: bool
    finals: tuple[int, ...]
    pairs: tuple[Pair, ...]

    @property
    def kept(self) -> int:
        """Return how many values are kept of every step."""
        return len(self.program.outputs) - self.states


def family_of(node: Repeated, order: Sequence[Expr]) -> list[Repeated]:
    """Return all nodes with the loop and the children of a node."""
    return [
        other
        for other in order
        if isinstance(other, Repeated) and other.loop == node.loop and other.children == node.children
    ]


def outputs_of(family: Sequence[Repeated]) -> list[Expr]:
    """Return the expressions that are kept in every step, each once."""
    return list(dict.fromkeys(node.output for node in family if isinstance(node, Recurrence)))


def finals_of(family: Sequence[Repeated]) -> list[int]:
    """Return the places of the states that are wanted after the last step, each once."""
    return list(dict.fromkeys(node.place for node in family if isinstance(node, FinalState)))


def pairs_of(loop: Loop, kept: Sequence[Expr]) -> tuple[Pair, ...]:
    """Return the places of the kept values that are one state before and after the steps."""
    pairs: list[Pair] = []
    for state, (before, after) in enumerate(zip(loop.states, loop.following, strict=True)):
        unique = after not in loop.states and loop.following.count(after) == 1
        if unique and before in kept and after in kept:
            pairs.append((state, kept.index(before), kept.index(after)))
    return tuple(pairs)


def emit_parts(
    b: Builder, family: Sequence[Repeated], body: LoopBody, operands: Sequence[int]
) -> dict[Repeated, int]:
    """Return the slot of each node of a loop."""
    loop = b.emit(Kind.LOOP, operands, (0,), (body,))
    kept, finals = outputs_of(family), finals_of(family)
    slots: dict[Repeated, int] = {}
    for node in family:
        shared = False
        if isinstance(node, Recurrence):
            place = kept.index(node.output)
            shared = any(place in pair[1:] for pair in body.pairs)
            step = body.program.steps[body.program.outputs[body.states + place]]
            shape = (body.length, *step.shape)
        else:
            assert isinstance(node, FinalState)
            place = len(kept) + finals.index(node.place)
            shape = body.program.steps[body.program.outputs[node.place]].shape
        # Only a complex part has a third parameter.
        field = () if node.is_real else (True,)
        slots[node] = b.emit(Kind.PART, (loop,), shape, (place, shared, *field))
    return slots
