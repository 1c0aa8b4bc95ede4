"""The Python source of a program.

The source consists of the names of our own operations, integers, floats and invented names: ``x0`` for
an argument, ``t0`` for a value. Nothing that a user wrote is ever part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bracketcalc.compiler.buffers import Buffers, analyse
from bracketcalc.compiler.program import VIEWS, Constant, Kind, Operand, Program, Step

INLINE_DEPTH = 3
"""How many views may be nested in one expression of the source."""


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the source, and the slot whose value it makes, if it makes one."""

    text: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a program.

    Attributes:
        lines: the statements, the ``def`` line first.
        calls: the steps that call a function record, by the name they have in the source.
        ufuncs: the ufuncs that are called.
    """

    lines: tuple[Line, ...]
    calls: Mapping[str, Step]
    ufuncs: frozenset[str]

    @property
    def text(self) -> str:
        """Return the source as it is executed."""
        return "\n".join(line.text for line in self.lines) + "\n"


class _Writer:
    """Writes one program, a statement for each step that is not a view used once."""

    def __init__(self, program: Program, buffers: Buffers, returns: str) -> None:
        self.program = program
        self.buffers = buffers
        self.returns = returns
        self.lines: list[Line] = []
        self.text: dict[int, str] = {}
        self.depth: dict[int, int] = {}
        self.variables: dict[int, list[str]] = {}
        self.calls: dict[str, Step] = {}
        self.known_calls: dict[tuple[Any, ...], str] = {}
        self.ufuncs: set[str] = set()
        self.made = 0

    def write(self) -> Source:
        arguments = ", ".join(f"x{k}" for k in range(len(self.program.shapes)))
        self.lines.append(Line(f"def run({arguments}):"))
        freed = self.buffers.freed_after()
        for slot, step in enumerate(self.program.steps):
            if not self.buffers.needed[slot]:
                continue
            self.step(slot, step)
            dead = [name for root in freed.get(slot, ()) for name in self.variables.get(root, ())]
            if dead:
                self.lines.append(Line(f"    del {', '.join(dead)}"))
        results = [self.result(slot) for slot in self.program.outputs]
        self.lines.append(Line(f"    return ({', '.join(results)},)" if results else "    return ()"))
        return Source(tuple(self.lines), self.calls, frozenset(self.ufuncs))

    def result(self, slot: int) -> str:
        text = self.returns.format(self.text[slot])
        return text if self.program.steps[slot].shape else f"asarray({text})"

    def step(self, slot: int, step: Step) -> None:
        if step.kind is Kind.INPUT:
            self.text[slot] = f"x{step.parameters[0]}"
            return
        over = self.buffers.over.get(slot)
        text = self.expression(step, over)
        if over is not None:
            self.lines.append(Line(f"    {text}", slot))
            self.text[slot] = self.text[over]
            self.variables[slot] = self.variables[over]
            return
        depth = max([self.depth.get(operand, 0) for operand in step.slots], default=0)
        if step.kind in VIEWS and self.buffers.readers[slot] == 1 and depth < INLINE_DEPTH:
            self.text[slot], self.depth[slot] = text, depth + 1
            return
        name = f"t{self.made}"
        self.made += 1
        self.lines.append(Line(f"    {name} = {text}", slot))
        self.text[slot] = name
        self.variables.setdefault(self.buffers.root[slot], []).append(name)

    def expression(self, step: Step, over: int | None) -> str:
        operands = [self.operand(operand) for operand in step.operands]
        out = "" if over is None else f", {self.text[over]}"
        arguments = ", ".join(operands)
        match step.kind:
            case Kind.TRANSPOSE:
                method = ".T" if step.parameters == (1, 0) else f".transpose({step.parameters})"
                return operands[0] + method
            case Kind.EXPAND:
                return f"{operands[0]}[{_index(step.parameters)}]"
            case Kind.RESHAPE:
                return f"{operands[0]}.reshape({step.shape})"
            case Kind.DIAGONAL:
                return f"{operands[0]}.diagonal(0, {step.parameters[0]}, {step.parameters[1]})"
            case Kind.PICK:
                return f"{operands[0]}[{_picked(step.parameters)}]"
            case Kind.BROADCAST:
                return f"broadcast_to({arguments}, {step.shape})"
            case Kind.FULL:
                return f"full({step.shape}, {arguments})"
            case Kind.SCATTER:
                return f"scatter({arguments}, {step.shape}, {_place(step)})"
            case Kind.ADD_DIAGONAL:
                base = operands[0] if over is not None else f"copy({operands[0]})"
                return f"add_diagonal({base}, {operands[1]}, {_place(step)})"
            case Kind.REDUCE:
                axes = step.parameters
                return f"reduce_add({arguments}, {axes[0] if len(axes) == 1 else axes})"
            case Kind.UFUNC:
                self.ufuncs.add(step.parameters[0])
                return f"{step.parameters[0]}({arguments}{out})"
            case Kind.CALL | Kind.MAP:
                return f"{self.call(step)}({arguments})"
        return f"{step.kind.value}({arguments}{out})"

    def operand(self, operand: Operand) -> str:
        return self.text[operand] if isinstance(operand, int) else _number(operand)

    def call(self, step: Step) -> str:
        """Return the name under which the source calls a function record."""
        key = (step.kind, step.parameters, step.shape)
        name = self.known_calls.get(key)
        if name is None:
            name = self.known_calls[key] = f"f{len(self.calls)}"
            self.calls[name] = step
        return name


def _index(present: tuple[bool, ...]) -> str:
    """Return the index that adds axes of size 1, like ``:, None``."""
    last = max(k for k, here in enumerate(present) if not here)
    return ", ".join(":" if here else "None" for here in present[: last + 1])


def _picked(picks: tuple[int | None, ...]) -> str:
    """Return the index that takes one index of some axes, like ``:, 2``; the result is an array always."""
    shown = ", ".join(":" if index is None else str(index) for index in picks)
    return shown if None in picks else f"{shown}, ..."


def _place(step: Step) -> str:
    """Return the groups of axes, and the picked indices where there are any."""
    groups, picks = step.parameters
    return str(groups) if all(index is None for index in picks) else f"{groups}, {picks}"


def _number(constant: Constant) -> str:
    return repr(constant.as_float())


def write_source(program: Program, casts_back: bool = False) -> Source:
    """Return the source of a program; ``casts_back`` if its results have another dtype than its steps."""
    return _Writer(program, analyse(program), "cast_back({})" if casts_back else "{}").write()
