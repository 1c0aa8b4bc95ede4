"""What a program costs, from its steps alone: operations, memory traffic, and the memory held meanwhile.

The memory is followed statement by statement, as the program frees its values, with what the kernels
take for themselves. Everything is counted in bytes, for arguments in C order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.lowering.loops import LoopBody
from bracketcalc.compiler.memory.buffers import analyse, written_over
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.memory.scratch import Sized, chain_bytes, enlarged, kept_bytes, scratch_bytes
from bracketcalc.compiler.memory.strides import like_operands, reshaped, strides_of
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.parts import Parts
from bracketcalc.compiler.program.steps import ARITHMETIC, VIEWS, Kind, Program, Step, count, may_share


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one step costs.

    Attributes:
        slot: the number of the step.
        flops: additions, multiplications and function values.
        moved: bytes read and written.
        held: the most bytes held beside the arguments while the step runs.
    """

    slot: int
    flops: int
    moved: int
    held: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program costs.

    Attributes:
        steps: the cost of each step that computes or copies.
        peak: the most bytes held at one time beside the arguments, results included.
        kept: the bytes of the results.
    """

    steps: tuple[StepCost, ...]
    peak: int
    kept: int

    @property
    def flops(self) -> int:
        """Return the operations of all steps."""
        return sum(step.flops for step in self.steps)

    @property
    def moved(self) -> int:
        """Return the bytes that all steps read and write."""
        return sum(step.moved for step in self.steps)


def program_cost(program: Program, itemsize: int = 8, given: Sequence[Sized] = ()) -> Cost:
    """Return the cost of a program.

    Args:
        program: the program.
        itemsize: the bytes of a real number; a complex one has twice as many.
        given: how the arguments lie in memory, where it is known.
    """
    return _Run(program, itemsize, given).cost()


class _Run:
    """One program, followed from step to step."""

    def __init__(self, program: Program, itemsize: int, given: Sequence[Sized]) -> None:
        self.program = program
        self.itemsize = itemsize
        self.given = given
        self.buffers = analyse(program)
        self.complex = complex_slots(program.steps)
        self.values: dict[int, Sized] = {}
        self.held: dict[int, int] = {}
        self.parts: dict[int, dict[int, int]] = {}
        self.inline: dict[int, int] = {}
        self.now = self.peak = 0

    def cost(self) -> Cost:
        freed = self.buffers.freed_after()
        costs: list[StepCost] = []
        for slot, step in enumerate(self.program.steps):
            if not self.buffers.needed[slot]:
                continue
            operands = [self.values[operand] for operand in step.slots]
            value = self.values[slot] = self._value(slot, step, operands)
            before, self.peak = self.peak, 0
            self._hold(slot, step, operands, value)
            held, self.peak = self.peak, max(before, self.peak)
            self._free(freed.get(slot, ()))
            if step.kind is Kind.PART and self._of_chain(step):
                continue
            if step.kind is not Kind.INPUT and (step.kind not in VIEWS or self._copies(step, operands)):
                costs.append(StepCost(slot, self._flops(step), self._moved(slot, step, operands), held))
        last = sum(self.inline.get(slot, 0) for slot in self.program.outputs)
        self.peak = max(self.peak, self.now + last)
        return Cost(tuple(costs), self.peak, sum(self.values[slot].bytes for slot in self.program.outputs))

    def _value(self, slot: int, step: Step, operands: Sequence[Sized]) -> Sized:
        if step.kind is Kind.INPUT and self.given:
            position: int = step.parameters[0]
            return self.given[position]
        over = self.buffers.over.get(slot)
        laid = [x.laid for x in operands]
        if over is not None:
            strides = self.values[over].laid[1]
        elif step.kind is Kind.PART and self._of_chain(step):
            blocks = self.program.steps[step.slots[0]].slots
            strides = like_operands(step.shape, [self.values[operand].laid for operand in blocks])
        else:
            strides = strides_of(step, laid)
        return Sized((step.shape, strides), self.itemsize * (2 if self.complex[slot] else 1))

    def _hold(self, slot: int, step: Step, operands: Sequence[Sized], value: Sized) -> None:
        """Follow the memory through one statement."""
        waiting = sum(self.inline.get(operand, 0) for operand in step.slots)
        if slot in self.buffers.inlined:
            # The view is made by the statement that reads it.
            self.inline[slot] = waiting + (value.bytes if self._copies(step, operands) else 0)
            return
        over = self.buffers.over.get(slot)
        if step.kind is Kind.LOOP:
            self.parts[slot] = self._loop(slot, step, operands, waiting)
            return
        if step.kind is Kind.CHAIN:
            self.parts[slot] = self._chain(slot, step, waiting)
            return
        if step.kind is Kind.PARTS:
            self.parts[slot] = self._in_parts(step, operands, waiting)
            return
        if step.kind is Kind.PART:
            self.held[slot] = self.parts[step.slots[0]].pop(step.parameters[0], 0)
            return
        new = 0
        if over is not None:
            self.held[slot] = self.held.pop(over, 0)
        elif self._copies(step, operands) or allocates(step):
            new = kept_bytes(step, operands, value)
        elif may_share(step):
            # A view with a name keeps the copy that it is a view of.
            new, waiting = waiting, 0
        root = self.buffers.root[slot]
        if over is None and new:
            self.held[root] = self.held.get(root, 0) + new
        scratch = 0 if step.kind in VIEWS else scratch_bytes(step, operands, value)
        self.now += new
        self.peak = max(self.peak, self.now + waiting + scratch)

    def _free(self, roots: Iterable[int]) -> None:
        for root in roots:
            self.now -= self.held.pop(root, 0)

    def _copies(self, step: Step, operands: Sequence[Sized]) -> bool:
        """Return whether a step that may share memory has to copy."""
        return step.kind is Kind.RESHAPE and reshaped(operands[0].laid, step.shape) is None

    def _of_chain(self, part: Step) -> bool:
        return self.program.steps[part.slots[0]].kind is Kind.CHAIN

    def _chain(self, slot: int, step: Step, waiting: int) -> dict[int, int]:
        """Follow a chain, and return the bytes of each of its parts."""
        chain: Chain = step.parameters[0]
        unit = self.itemsize * (2 if chain.is_complex else 1)
        parts: dict[int, int] = {}
        for place in range(len(chain.program.outputs)):
            over = self.buffers.over.get(slot + 1 + place)
            parts[place] = count(chain.shape) * unit if over is None else self.held.pop(over, 0)
            self.now += parts[place] if over is None else 0
        self.peak = max(self.peak, self.now + waiting + chain_bytes(chain, unit))
        return parts

    # -- loops ----------------------------------------------------------------------------------------

    def _loop(self, slot: int, step: Step, operands: Sequence[Sized], waiting: int) -> dict[int, int]:
        """Follow a loop, and return the bytes of each of its parts."""
        body: LoopBody = step.parameters[0]
        outputs = body.program.outputs[body.states :]
        inner = self._one_step(step, operands)
        over = written_over(step, slot, self.program, self.buffers)
        parts = {
            place: 0 if place in over else body.length * inner.values[output].bytes
            for place, output in enumerate(outputs)
        }
        for _, before, _ in body.pairs:
            # Both lie in one buffer, which is longer by one.
            parts[before] = inner.values[outputs[before]].bytes
        for place, sequence in over.items():
            parts[place] = self._taken(step.slots[sequence])
        finals = [inner.values[body.program.outputs[state]].bytes for state in body.finals]
        stacks = sum(size for place, size in parts.items() if place not in over)
        peak = self.now + waiting + stacks
        states = _last_buffers(inner, body)
        self.peak = max(self.peak, peak + inner.peak + states, peak + states + sum(finals))
        self.now += stacks + sum(finals)
        return parts | dict(enumerate(finals, body.kept))

    def _in_parts(self, step: Step, operands: Sequence[Sized], waiting: int) -> dict[int, int]:
        """Follow a computation in parts, and return the bytes of its results."""
        parts: Parts = step.parameters[0]
        inner = _Run(parts.whole, self.itemsize, _of_a_part(parts, operands))
        peak = inner.cost().peak
        values = [inner.values[output] for output in parts.whole.outputs]
        results = {k: count(parts.shapes[k]) * value.itemsize for k, value in enumerate(values)}
        self.now += sum(results.values())
        self.peak = max(self.peak, self.now + waiting + peak)
        return results

    def _taken(self, sequence: int) -> int:
        """Return the bytes of the buffer of a sequence, which a part of a loop takes over."""
        return self.held.pop(self.buffers.root[sequence], 0)

    def _one_step(self, step: Step, operands: Sequence[Sized]) -> _Run:
        body: LoopBody = step.parameters[0]
        given = list(operands)
        for place in range(body.states, body.states + body.inputs):
            shape, strides = given[place].laid
            given[place] = Sized((shape[1:], strides[1:]), given[place].itemsize)
        inner = _Run(body.program, self.itemsize, given)
        inner.cost()
        return inner

    # -- work -----------------------------------------------------------------------------------------

    def _flops(self, step: Step) -> int:
        if step.kind is Kind.CHAIN:
            return program_cost(step.parameters[0].program).flops
        if step.kind in (Kind.LOOP, Kind.PARTS):
            return sum(times * program_cost(run, self.itemsize).flops for run, times in _runs(step))
        return step_flops(step, self.program.steps)

    def _moved(self, slot: int, step: Step, operands: Sequence[Sized]) -> int:
        if step.kind in (Kind.LOOP, Kind.PARTS):
            return sum(times * program_cost(run, self.itemsize).moved for run, times in _runs(step))
        if step.kind is Kind.PART:
            return 0
        read = sum(_stored(x) for x in operands)
        if step.kind is Kind.CHAIN:
            return read + sum(self.parts[slot].values())
        return self.values[slot].bytes + read


def _runs(step: Step) -> list[tuple[Program, int]]:
    """Return the programs inside a step, and how often each of them runs."""
    inside: LoopBody | Parts = step.parameters[0]
    return inside.runs if isinstance(inside, Parts) else [(inside.program, inside.length)]


def _of_a_part(parts: Parts, operands: Sequence[Sized]) -> list[Sized]:
    """Return how the operands of a part lie in memory."""
    found = []
    for given, axis in zip(operands, parts.cut, strict=True):
        shape, strides = given.laid
        if axis is not None:
            shape = (*shape[:axis], parts.part, *shape[axis + 1 :])
        found.append(Sized((shape, strides), given.itemsize))
    return found


def _stored(value: Sized) -> int:
    """Return the bytes of the different elements of a value; along an axis without stride all are one."""
    sizes = [size for size, stride in zip(*value.laid, strict=True) if stride or size == 0]
    reach = 1 + sum((size - 1) * stride for size, stride in zip(*value.laid, strict=True) if size)
    return min(count(tuple(sizes)), max(reach, 0)) * value.itemsize


def _last_buffers(inner: _Run, body: LoopBody) -> int:
    """Return the bytes of what the step before made and the next one still holds."""
    if body.length < 2:
        return 0
    roots = {inner.buffers.root[output] for output in body.program.outputs}
    return sum(inner.held.get(root, 0) for root in roots)


def allocates(step: Step) -> bool:
    """Return whether a step always needs new memory for its value."""
    return step.kind not in (Kind.INPUT, Kind.INDICES) and step.kind not in VIEWS


def step_flops(step: Step, steps: Sequence[Step]) -> int:
    """Return the operations of a step that is no loop."""
    if step.kind in (Kind.DOT, Kind.MATMUL):
        summed = steps[step.slots[0]].shape[-1]
        return step.elements if summed == 1 else 2 * step.elements * summed
    if step.kind in (Kind.ROW_DOT, Kind.COLUMN_DOT):
        return 2 * steps[step.slots[0]].elements
    if step.kind in ARITHMETIC or step.kind is Kind.CALL:
        return step.elements
    if step.kind in (Kind.REDUCE, Kind.SUM_ROWS, Kind.SUM_COLUMNS, Kind.FOLD):
        return steps[step.slots[0]].elements
    if step.kind is Kind.ADD_DIAGONAL:
        return count(tuple([step.shape[group[0]] for group in step.parameters[0]]))
    if step.kind is Kind.MAP:
        argument = steps[step.slots[0]]
        # Functions of a matrix take a multiple of n³ operations for n² elements.
        return argument.elements * (argument.shape[-1] if step.parameters[0].ndim > 1 else 1)
    if step.kind is Kind.OPERATOR:
        # A factorization of every matrix, and as many products as there are columns.
        matrix = steps[step.slots[0]]
        return enlarged(step) * (matrix.elements + 2 * step.elements) * matrix.shape[-1]
    return 0
