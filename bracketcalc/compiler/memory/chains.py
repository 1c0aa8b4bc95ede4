"""Chains: element-wise steps on large arrays that run block by block, in the cache.

A chain is found in a program whose steps are in order. It holds steps of one shape; a step that computes
something else may stand between two of them if it does not need the first, and then comes before the chain,
or if the second does not need it, and then comes behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bracketcalc.backends.blocks import BLOCK
from bracketcalc.compiler.program.domain import is_built_in
from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.schedule import renumbered
from bracketcalc.compiler.program.steps import ARITHMETIC, VIEWS, Kind, Program, Step, count

LARGE = 1 << 24
"""From how many bytes an array is large: smaller ones stay in the cache from one step to the next."""

TENTHS = MappingProxyType({Kind.UFUNC: 12, Kind.CALL: 50})
"""About how many tenths of a nanosecond a function takes for one element; arithmetic takes 3."""

SHARE = 300_000
"""The least nanoseconds of work for which starting another thread is worthwhile."""


MOST = 32
"""The most operands and members of a chain: a GPU's kernel takes 4 KiB of pointers, sizes and strides."""


@dataclass(frozen=True, eq=False, slots=True)
class Chain:
    """What runs on every block.

    Attributes:
        program: the program of one block; its arguments are the blocks of the operands.
        shape: the shape of every result.
        is_complex: whether its values are complex.
    """

    program: Program
    shape: tuple[int, ...]
    is_complex: bool

    @property
    def members(self) -> list[Step]:
        """Return the steps that compute something."""
        return [step for step in self.program.steps if step.kind is not Kind.INPUT]

    @property
    def name(self) -> str:
        """Return what a report calls the chain."""
        return f"chain of {len(self.members)}"

    @property
    def block(self) -> int:
        """Return the most elements of a block; a single pass needs only one block for each thread."""
        first, *others = self.members
        return BLOCK if others or first.kind is not Kind.UFUNC else count(self.shape)

    @property
    def shares(self) -> int:
        """Return among how many threads the work may be divided with profit, at least 1."""
        return max(1, count(self.shape) * _tenths(self.members) // 10 // SHARE)


def _tenths(steps: Sequence[Step]) -> int:
    return sum(TENTHS.get(step.kind, 3) for step in steps)


class Group:
    """Steps that may become a chain, in order.

    Attributes:
        members: their slots.
        behind: the slots of other steps that need one of them.
    """

    def __init__(self, slot: int, step: Step, is_complex: bool) -> None:
        self.shape = step.shape
        self.is_complex = is_complex
        self.members = [slot]
        self.behind: set[int] = set()
        self._used = {slot, *step.slots}
        self._inside = {slot}
        self._adjacent = True

    def takes(self, step: Step, is_complex: bool) -> bool:
        """Return whether a step may join: its operands do not need the group through other steps."""
        alike = step.shape == self.shape and is_complex == self.is_complex
        if not alike or not self.behind.isdisjoint(step.slots):
            return False
        if len(self._used.union(step.slots)) >= MOST:
            return False
        return self._adjacent or not self._inside.isdisjoint(step.slots)

    def add(self, slot: int, step: Step) -> None:
        """Let a step join."""
        self.members.append(slot)
        self._inside.add(slot)
        self._used |= {slot, *step.slots}
        self._adjacent = True

    def pass_by(self, slot: int, step: Step) -> None:
        """Note a step that does not join."""
        if not self.behind.isdisjoint(step.slots) or not self._inside.isdisjoint(step.slots):
            self.behind.add(slot)
        if step.kind not in VIEWS and step.kind is not Kind.INPUT:
            self._adjacent = False

    def is_worthwhile(self, steps: Sequence[Step]) -> bool:
        """Return whether there is more to do than one pass of arithmetic over memory."""
        return len(self.members) > 1 or steps[self.members[0]].kind in TENTHS


def with_chains(program: Program, itemsize: int, large: int = LARGE) -> Program:
    """Return an equal program in which element-wise steps on large arrays are chains.

    Args:
        program: the program, its steps just before their first use.
        itemsize: the bytes of an element.
        large: from how many bytes an array is large.

    Example:
        >>> steps = [Step(Kind.INPUT, (), (0,), (9, 5))]
        >>> steps += [Step(Kind.MULTIPLY, (0, 0), (), (9, 5)), Step(Kind.NEGATIVE, (1,), (), (9, 5))]
        >>> found = with_chains(Program(tuple(steps), (2,), ((9, 5),)), 8, large=100)
        >>> [step.kind.value for step in found.steps], found.outputs
        (['input', 'chain', 'part'], (2,))
    """

    def fits(steps: Sequence[Step], step: Step) -> bool:
        return count(step.shape) * itemsize >= large and _is_element_wise(steps, step)

    if not any(count(step.shape) * itemsize >= large for step in program.steps):
        return program
    groups = [group for group in groups_of(program, fits) if group.is_worthwhile(program.steps)]
    return Rebuilding(program, Chain).rebuilt(groups) if groups else program


def groups_of(program: Program, fits: Callable[[Sequence[Step], Step], bool]) -> Iterator[Group]:
    """Yield the groups of steps of which each may become a chain.

    Args:
        program: the program, its steps just before their first use.
        fits: from the steps of a program and one of them to whether it may be in a chain.
    """
    group: Group | None = None
    fields = complex_slots(program.steps)
    for slot, step in enumerate(program.steps):
        # The values of a chain are all real or all complex, also those on the way.
        alike = fields[slot] == any(fields[operand] for operand in step.slots)
        if alike and fits(program.steps, step):
            if group is not None and group.takes(step, fields[slot]):
                group.add(slot, step)
                continue
            if group is not None:
                yield group
            group = Group(slot, step, fields[slot])
        elif group is not None:
            group.pass_by(slot, step)
    if group is not None:
        yield group


def _is_element_wise(steps: Sequence[Step], step: Step) -> bool:
    """Return whether a step can run on a block; a user's function may look at the whole array."""
    if not step.shape:
        return False
    if step.kind is Kind.CALL:
        return is_built_in(step.parameters[0]) and steps[step.slots[0]].shape == step.shape
    return step.kind in ARITHMETIC


class Rebuilding:
    """Writes a program again, with chains.

    Args:
        program: the program.
        made: the kind of chains.
    """

    def __init__(self, program: Program, made: type[Chain]) -> None:
        self.old = program
        self.made = made
        self.complex = complex_slots(program.steps)
        self.steps: list[Step] = []
        self.place: dict[int, int] = {}
        self.used: dict[int, list[int]] = {}
        for slot, step in enumerate(program.steps):
            for operand in step.slots:
                self.used.setdefault(operand, []).append(slot)

    def rebuilt(self, groups: Sequence[Group]) -> Program:
        """Return the program in which these groups are chains."""
        at = 0
        for group in groups:
            first, last = group.members[0], group.members[-1]
            inside = set(group.members)
            between = [slot for slot in range(first, last) if slot not in inside]
            self._copy(range(at, first))
            self._copy([slot for slot in between if slot not in group.behind])
            self._chain(group, inside)
            self._copy([slot for slot in between if slot in group.behind])
            at = last + 1
        self._copy(range(at, len(self.old.steps)))
        place = self.place
        return Program(
            tuple(self.steps),
            tuple([place[slot] for slot in self.old.outputs]),
            self.old.shapes,
            {place[slot]: note for slot, note in self.old.notes.items() if slot in place},
        )

    def _copy(self, slots: Sequence[int]) -> None:
        for slot in slots:
            self.place[slot] = len(self.steps)
            self.steps.append(renumbered(self.old.steps[slot], self.place))

    def _chain(self, group: Group, inside: set[int]) -> None:
        """Write a chain and its parts: the values that something else needs."""
        steps = self.old.steps
        wanted = [
            slot
            for slot in group.members
            if slot in self.old.outputs or not inside.issuperset(self.used.get(slot, ()))
        ]
        read = [operand for slot in group.members for operand in steps[slot].slots]
        given = [slot for slot in dict.fromkeys(read) if slot not in inside]
        inner = {slot: k for k, slot in enumerate([*given, *group.members])}
        blocks = [
            Step(Kind.INPUT, (), (k, True) if self.complex[slot] else (k,), steps[slot].shape)
            for k, slot in enumerate(given)
        ]
        members = [renumbered(steps[slot], inner) for slot in group.members]
        outputs = tuple([inner[slot] for slot in wanted])
        shapes = tuple([steps[slot].shape for slot in given])
        inner_program = Program((*blocks, *members), outputs, shapes)
        chain = self.made(inner_program, group.shape, group.is_complex)
        operands = tuple([self.place[slot] for slot in given])
        number = len(self.steps)
        self.steps.append(Step(Kind.CHAIN, operands, (chain,), (0,)))
        field = (True,) if group.is_complex else ()
        for k, slot in enumerate(wanted):
            self.place[slot] = len(self.steps)
            self.steps.append(Step(Kind.PART, (number,), (k, False, *field), group.shape))
