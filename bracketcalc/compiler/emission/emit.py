"""The Python source of a program.

The source consists of the names of our own operations, integers, floats and invented names: ``x0`` for
an argument, ``t0`` for a value. Nothing that a user wrote is ever part of it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from bracketcalc.compiler.emission.chain import block_names, new_result
from bracketcalc.compiler.emission.parts import write_parts
from bracketcalc.compiler.emission.sheet import TAB, Line, Sheet, Source
from bracketcalc.compiler.emission.text import called, place_text, sum_text, view_text
from bracketcalc.compiler.lowering.loops import LoopBody
from bracketcalc.compiler.memory.buffers import analyse, written_over
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.memory.fusing import Fused
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.steps import ARITHMETIC, VIEWS, Kind, Operand, Program, Step

WRITES = ARITHMETIC | {Kind.DOT, Kind.MATMUL}
"""Steps that can write their value into an array that is there already."""

_CALLED = WRITES - {Kind.UFUNC}
"""Steps that are calls of the operations that they are named after."""

_IN_PARTS = frozenset({Kind.INPUT, Kind.LOOP, Kind.CHAIN, Kind.PARTS, Kind.PART})
"""Steps that are no expression of their operands."""


class _Writer:
    """Writes one program, a statement for each step that is not a view used once."""

    def __init__(self, program: Program, sheet: Sheet, arguments: Sequence[str], indent: str) -> None:
        self.program = program
        found = analyse(program)
        self.buffers = found if sheet.writes else replace(found, over={})
        self.sheet = sheet
        self.arguments = arguments
        self.indent = indent
        self.places: dict[int, str] = {}
        self.text: dict[int, str] = {}
        self.variables: dict[int, list[str]] = {}
        self.parts: dict[int, Sequence[str]] = {}
        self.elements: list[str] = []

    def line(self, text: str, slot: int | None = None) -> None:
        # What a program says about its slots is not said about those of a loop inside it.
        self.sheet.lines.append(Line(self.indent + text, slot if len(self.indent) == TAB else None))

    def statements(self) -> list[str]:
        """Write the statements, and return the texts of the results."""
        freed = self.buffers.freed_after()
        for slot, step in enumerate(self.program.steps):
            if not self.buffers.needed[slot]:
                continue
            self.step(slot, step)
            dead = [name for root in freed.get(slot, ()) for name in self.variables.get(root, ())]
            if dead:
                self.line(f"del {', '.join(dead)}")
        return [self.text[slot] for slot in self.program.outputs]

    def step(self, slot: int, step: Step) -> None:
        if step.kind in _IN_PARTS:
            self.in_parts(slot, step)
            return
        if slot in self.places:
            self.line(self.expression(step, self.places[slot]), slot)
            self.text[slot] = self.places[slot]
            return
        over = self.buffers.over.get(slot)
        if over is not None:
            self.line(self.expression(step, self.text[over]), slot)
            self.text[slot] = self.text[over]
            self.variables[slot] = self.variables.get(over, [])
            return
        text = self.expression(step, "")
        if slot in self.buffers.inlined:
            self.text[slot] = text
            return
        name = self.sheet.name("t")
        self.line(f"{name} = {text}", slot)
        self.text[slot] = name
        self.variables.setdefault(self.buffers.root[slot], []).append(name)

    def in_parts(self, slot: int, step: Step) -> None:
        """Write a step whose value is an argument, or several arrays, or one of those."""
        start = len(self.sheet.lines)
        if step.kind is Kind.INPUT:
            self.text[slot] = self.arguments[step.parameters[0]]
        elif step.kind is Kind.LOOP:
            self.parts[slot] = self.loop(slot, step)
        elif step.kind is Kind.CHAIN:
            self.parts[slot] = self.chain(slot, step)
        elif step.kind is Kind.PARTS:
            self.parts[slot] = write_parts(self, step.parameters[0], [self.text[k] for k in step.slots])
        else:
            self.text[slot] = self.parts[step.slots[0]][step.parameters[0]]
            self.variables[slot] = [self.text[slot]]
        self.sheet.mark(start, slot, self.indent)

    def chain(self, slot: int, step: Step) -> list[str]:
        """Write what a chain does with a block, and its call; return the names of its parts."""
        chain: Chain = step.parameters[0]
        given = [self.operand(operand) for operand in step.operands]
        parts = []
        for part in range(slot + 1, slot + 1 + len(chain.program.outputs)):
            over = self.buffers.over.get(part)
            parts.append(self.sheet.name("t") if over is None else self.text[over])
            if over is None:
                self.line(f"{parts[-1]} = {new_result(chain, given)}")
        if isinstance(chain, Fused):
            self.line(f"{self.sheet.kernel(chain)}({', '.join([*given, *parts])})", slot)
            return parts
        name, names = self.sheet.name("chain"), block_names(chain, self.sheet)
        self.line(f"def {name}({names.parameters}):")
        inner = _Writer(chain.program, self.sheet, names.operands, self.indent + TAB * " ")
        inner.places.update(names.places)
        for block, text in zip(names.results, inner.statements(), strict=True):
            if block != text:
                inner.line(f"{block}[...] = {text}")
        both = f"({', '.join(given)},), ({', '.join(parts)},)"
        sizes = f"block={chain.block}, scratch={len(names.room)}, shares={chain.shares}"
        self.line(f"in_blocks({name}, {both}, {sizes})", slot)
        return parts

    def loop(self, slot: int, step: Step) -> list[str]:
        """Write a loop, and return the names of its parts."""
        body: LoopBody = step.parameters[0]
        given = [self.operand(operand) for operand in step.operands]
        states = [self.sheet.name("s") for _ in range(body.states)]
        for name, initial in zip(states, given, strict=False):
            self.line(f"{name} = {initial}")
        if not self.sheet.writes:
            return self._collected(body, states, given)
        over = written_over(step, slot, self.program, self.buffers)
        kept, views = self._stacks(body, states, over), list[str]()
        for place, text in enumerate(given[body.states : body.states + body.inputs], body.states):
            if not text.isidentifier():
                given[place] = self.sheet.name("t")
                self.line(f"{given[place]} = {text}")
                views.append(given[place])
        for number, sequence in over.items():
            self.line(f"{kept[number]} = {given[sequence]}")
        time = self._head(body)
        self._loop_body(body, states, given[body.states :], kept, time)
        # Names of views would keep the whole arrays.
        if views or self.elements:
            self.line(" = ".join([*views, *self.elements, "None"]))
        self.elements.clear()
        finals = [self.sheet.name("t") for _ in body.finals]
        for name, place in zip(finals, body.finals, strict=True):
            self.line(f"{name} = copy({states[place]})")
        return [*kept, *finals]

    def _head(self, body: LoopBody) -> str:
        """Write the head of a loop, and return the name of the time."""
        time = self.sheet.name("i")
        backward = f"{body.length - 1}, -1, -1" if body.backward else f"{body.length}"
        self.line(f"for {time} in range({backward}):")
        return time

    def _collected(self, body: LoopBody, states: Sequence[str], given: Sequence[str]) -> list[str]:
        """Write a loop that collects what is kept and stacks it behind; return the names of its parts."""
        kept = [self.sheet.name("t") for _ in range(body.kept)]
        for name in kept:
            self.line(f"{name} = []")
        time = self._head(body)
        inner, results = self._one_step(body, states, given[body.states :], time, {})
        for name, text in zip(kept, results[body.states :], strict=True):
            inner.line(f"{name}.append({text})")
        inner.assign(states, results)
        order = "[::-1]" if body.backward else ""
        for name, slot in zip(kept, body.program.outputs[body.states :], strict=True):
            shape = (body.length, *body.program.steps[slot].shape)
            self.line(f"{name} = stack({name}{order}, {shape})")
        return [*kept, *(states[place] for place in body.finals)]

    def _one_step(
        self,
        body: LoopBody,
        states: Sequence[str],
        given: Sequence[str],
        time: str,
        places: Mapping[int, str],
    ) -> tuple[_Writer, list[str]]:
        """Write the statements of one step; return their writer and the texts of the results."""
        elements = [self.sheet.name("e") for _ in range(body.inputs)]
        arguments = [*states, *elements, *given[body.inputs :]]
        self.elements += elements
        inner = _Writer(body.program, self.sheet, arguments, self.indent + TAB * " ")
        for name, sequence in zip(elements, given, strict=False):
            inner.line(f"{name} = {sequence}[{time}]")
        for place, text in places.items():
            inner.places[place] = self.sheet.name("e")
            self.elements.append(inner.places[place])
            inner.line(f"{inner.places[place]} = {text}[{time}]")
        return inner, inner.statements()

    def assign(self, states: Sequence[str], results: Sequence[str]) -> None:
        """Write that the new states take the place of the old ones."""
        if states:
            self.line(f"{', '.join(states)} = {', '.join(results[: len(states)])}")

    def _stacks(self, body: LoopBody, states: Sequence[str], over: Container[int]) -> list[str]:
        """Write the making of the arrays for what is kept of every step, but those that are there."""
        outputs = body.program.outputs[body.states :]
        shapes = [body.program.steps[slot].shape for slot in outputs]
        fields = complex_slots(body.program.steps)
        made = ["empty_complex" if fields[slot] else "empty" for slot in outputs]
        kept = [self.sheet.name("t") for _ in outputs]
        for state, before, after in body.pairs:
            both = self.sheet.name("t")
            self.line(f"{both} = {made[after]}({(body.length + 1, *shapes[before])})")
            first, (early, late) = ("-1", (1, 0)) if body.backward else ("0", (0, 1))
            self.line(f"{both}[{first}] = {states[state]}")
            self.line(f"{kept[before]} = {both}[{early}:{body.length + early}]")
            self.line(f"{kept[after]} = {both}[{late}:{body.length + late}]")
            self.line(f"del {both}")
        paired = {place for pair in body.pairs for place in pair[1:]}
        for place, (name, shape) in enumerate(zip(kept, shapes, strict=True)):
            if place not in paired and place not in over:
                self.line(f"{name} = {made[place]}({(body.length, *shape)})")
        return kept

    def _loop_body(
        self, body: LoopBody, states: Sequence[str], given: Sequence[str], kept: Sequence[str], time: str
    ) -> None:
        """Write the statements of one step of a loop, and of what is kept of it."""
        outputs = body.program.outputs[body.states :]
        filled = {before for _, before, _ in body.pairs}
        places: dict[int, str] = {}
        for name, slot in zip(kept, outputs, strict=True):
            step = body.program.steps[slot]
            if step.kind in WRITES and step.shape:
                places.setdefault(slot, name)
        inner, results = self._one_step(body, states, given, time, places)
        for place, (name, slot) in enumerate(zip(kept, outputs, strict=True)):
            if place not in filled and places.get(slot) != name:
                inner.line(f"{name}[{time}] = {results[body.states + place]}")
        inner.assign(states, results)

    def expression(self, step: Step, over: str) -> str:
        operands = self.operands(step)
        out = f", {over}" if over else ""
        arguments = ", ".join(operands)
        if step.kind in _CALLED:
            return called(step, arguments, out)
        if step.kind in VIEWS:
            return view_text(step, operands[0], self.sheet.writes)
        match step.kind:
            case Kind.FULL:
                return f"full({step.shape}, {arguments})"
            case Kind.SCATTER:
                return f"scatter({arguments}, {step.shape}, {place_text(step)})"
            case Kind.ADD_DIAGONAL | Kind.ADD_ONE_HOT:
                base = operands[0] if over else f"copy({operands[0]})"
                place = [place_text(step)] if step.kind is Kind.ADD_DIAGONAL else []
                return f"{step.kind.value}({', '.join([base, *operands[1:], *place])})"
            case Kind.PAD:
                return f"pad({arguments}, {step.parameters})"
            case Kind.FOLD:
                return f"fold({arguments}, {step.shape}, {step.parameters[0]}, {step.parameters[1]})"
            case Kind.ONE_HOT:
                return f"one_hot({arguments}, {step.shape})"
            case Kind.PUT:
                return f"put({arguments}, {step.shape}, {step.parameters[0]})"
            case Kind.TAKE:
                return f"take({arguments}, {step.parameters[0]})"
            case Kind.REDUCE:
                axes = step.parameters
                return f"reduce_add({arguments}, {axes[0] if len(axes) == 1 else axes})"
            case Kind.SUM_ROWS | Kind.SUM_COLUMNS:
                return sum_text(step, arguments, self.sheet.ones(step.parameters[0]))
            case Kind.UFUNC:
                self.sheet.ufuncs.add(step.parameters[0])
                return f"{step.parameters[0]}({arguments}{out})"
            case Kind.CALL | Kind.MAP | Kind.OPERATOR | Kind.INDICES:
                return f"{self.sheet.call(step)}({arguments})"
        return called(step, arguments, out)

    def operand(self, operand: Operand) -> str:
        return self.text[operand] if isinstance(operand, int) else self.sheet.number(operand.as_float())

    def operands(self, step: Step) -> list[str]:
        """Return the operands, without new axes that broadcasting puts in front."""
        text = self.text
        texts = [text[x] if type(x) is int else self.operand(x) for x in step.operands]
        slots = step.slots if step.kind in ARITHMETIC else ()
        if len(slots) < 2:
            return texts
        for place, (one, other) in enumerate([slots, slots[::-1]]):
            view = self.program.steps[one]
            in_front = view.kind is Kind.EXPAND and list(view.parameters) == sorted(view.parameters)
            whole = self.program.steps[other].shape == step.shape
            if in_front and whole and self.buffers.readers[one] == 1:
                texts[place] = self.text[view.slots[0]]
                break
        return texts


def write_source(program: Program, casts_back: bool = False, writes: bool = True) -> Source:
    """Return the source of a program.

    Args:
        program: the program.
        casts_back: whether its results have another dtype than its steps.
        writes: whether it may write to arrays that it made.
    """
    sheet = Sheet(writes)
    arguments = [f"x{k}" for k in range(len(program.shapes))]
    sheet.lines.append(Line(f"def run({', '.join(arguments)}):"))
    texts = _Writer(program, sheet, arguments, TAB * " ").statements()
    results = []
    for slot, text in zip(program.outputs, texts, strict=True):
        cast = f"cast_back({text})" if casts_back else text
        results.append(cast if program.steps[slot].shape else f"asarray({cast})")
    sheet.lines.append(Line(f"    return ({', '.join(results)},)" if results else "    return ()"))
    return sheet.source()
