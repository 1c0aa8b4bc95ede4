"""The texts of indices, places and calls in the source of a program."""

from __future__ import annotations

from bracketcalc.compiler.memory.repeats import REPEATS
from bracketcalc.compiler.program.steps import Kind, Step


def index_text(present: tuple[bool, ...]) -> str:
    """Return the index that adds axes of size 1, like ``:, None``."""
    last = max(k for k, here in enumerate(present) if not here)
    return ", ".join(":" if here else "None" for here in present[: last + 1])


def picked_text(picks: tuple[int | None, ...]) -> str:
    """Return the index that takes one index of some axes, like ``:, 2``; the result is an array always."""
    shown = ", ".join(":" if index is None else str(index) for index in picks)
    return shown if None in picks else f"{shown}, ..."


def view_text(step: Step, operand: str, writes: bool) -> str:
    """Return the text of a view; ``writes`` tells whether the arrays are those that a program may write to.

    Example:
        >>> view_text(Step(Kind.EXPAND, (0,), (True, False), (3, 1)), "t0", writes=True)
        't0[:, None]'
    """
    match step.kind:
        case Kind.RESHAPE:
            return f"{operand}.reshape({step.shape})"
        case Kind.EXPAND:
            return f"{operand}[{index_text(step.parameters)}]"
        case Kind.DIAGONAL:
            return f"{operand}.diagonal(0, {step.parameters[0]}, {step.parameters[1]})"
        case Kind.PICK:
            return f"{operand}[{picked_text(step.parameters)}]"
        case Kind.BROADCAST:
            return f"broadcast_to({operand}, {step.shape})"
        case Kind.WINDOW:
            return f"window({operand}, {step.parameters})"
    if step.parameters == (1, 0):
        return f"{operand}.T"
    return f"{operand}.transpose({step.parameters})" if writes else f"permute({operand}, {step.parameters})"


def place_text(step: Step) -> str:
    """Return the groups of axes, and the picked indices where there are any."""
    groups, picks = step.parameters
    return str(groups) if all(index is None for index in picks) else f"{groups}, {picks}"


def called(step: Step, operands: str, out: str) -> str:
    """Return the call of the operation that a step is named after, with rows written out where it says so.

    Example:
        >>> from bracketcalc.compiler.program.steps import Kind
        >>> called(Step(Kind.ADD, (0, 1), (164,), (2000, 50)), "x0, x1", "")
        'in_rows(add, x0, x1, 164)'
    """
    name = step.kind.value
    if step.kind in REPEATS and step.parameters:
        copies = step.parameters[0]
        return (
            f"in_rows({name}, {operands}, {copies}{out})"
            if copies
            else f"in_columns({name}, {operands}{out})"
        )
    return f"{name}({operands}{out})"


def sum_text(step: Step, operand: str, ones: str) -> str:
    """Return the product of an operand with ones that adds up its rows or its columns."""
    both = f"{ones}, {operand}" if step.kind is Kind.SUM_ROWS else f"{operand}, {ones}"
    return f"dot({both})"
