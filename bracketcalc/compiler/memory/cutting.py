"""Cutting axes so that nothing large is held between the expressions of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bracketcalc.compiler.memory.cost import program_cost
from bracketcalc.compiler.memory.task import Task
from bracketcalc.compiler.program.parts import (
    Assembled,
    Body,
    Cast,
    Graph,
    Key,
    Parts,
    UncuttableError,
    cuttable_axes,
    length_of,
)
from bracketcalc.compiler.program.steps import Program
from bracketcalc.expr.core import Elementwise, Expr, Product, Size, Sum, Tensor
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.traverse import depends_on, postorder, substitute

MOST_TRIED = 2
"""How many axes are tried as the outer one."""

OVERHEAD = 1.1
"""The most by which cutting an axis may multiply the operations where another axis does not."""

Slicer = Callable[[Task, int], Program]
"""From what is to be computed and the most bytes to the program that holds no more, or little more."""

_CUT = (Product, Sum, Elementwise, Map, Operator, Cast)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A body, the programs that run it, their operations, and the most bytes that they hold."""

    body: Body
    parts: Parts
    flops: int
    peak: int


class Cutting:
    """Cuts axes so that nothing large is held between the expressions.

    Args:
        task: what is to be computed.
        bounds: the most bytes that an expression may have that is held as a whole, and the most that are
            held while a part is computed.
        depth: how many axes are cut already around it.
        inner: from what is to be computed for one index and the most bytes to the program in which further
            axes are cut; None if one axis must be enough.
    """

    def __init__(self, task: Task, bounds: tuple[int, int], depth: int, inner: Slicer | None) -> None:
        self.task = task
        self.most_held, self.bound = bounds
        self.depth = depth
        self.inner = inner
        self.assembled: dict[Expr, Expr] = {}
        self.part = Size(f"part{depth}")
        self.order = postorder(task.roots)
        tensors = [node for node in self.order if isinstance(node, Tensor)]
        self.arrays = depends_on(self.order, tensors) | set(tensors)
        roots = set(task.roots)
        self.interior = {
            node
            for node in self.order
            if isinstance(node, _CUT)
            and node not in roots
            and task.bytes(node) > self.most_held
            and node in self.arrays
        }
        self.heavy: dict[Expr, bool] = {}

    def roots(self) -> tuple[Expr, ...]:
        """Return the roots with what is computed in parts in the place of the expressions."""
        while True:
            choices = self._choices()
            if choices is not None:
                return self._assembled(choices)

    def _choices(self) -> list[_Choice] | None:
        """Return what is computed in parts; None where something has to be held after all."""
        exits = self._exits()
        waiting = dict.fromkeys(exits)
        choices: list[_Choice] = []
        for node in exits:
            if node not in waiting:
                continue
            del waiting[node]
            choice = self._best(node)
            if choice is not None:
                choice = self._with_others(choice, waiting)
                choices.append(choice)
                continue
            inner = self.interior.intersection(node.children)
            if inner:
                self.interior -= inner
                return None
        return choices

    def _exits(self) -> list[Expr]:
        """Return the expressions that are held, but made of what is not."""
        return [
            node
            for node in self.order
            if isinstance(node, _CUT)
            and node in self.arrays
            and node not in self.interior
            and (not self.interior.isdisjoint(node.children) or self._is_heavy(node))
        ]

    def _is_heavy(self, node: Expr) -> bool:
        """Return whether computing a node from its children takes too much for itself."""
        if node not in self.heavy:
            body = Body(Graph((), self.arrays), self.part)
            try:
                body.add(node, None)
                program = self._lowered(body, 0)
            except UncuttableError:
                return False
            cost = program_cost(program, self.task.itemsize)
            self.heavy[node] = cost.peak - cost.kept > self.most_held
        return self.heavy[node]

    # -- one cut --------------------------------------------------------------------------------------

    def _best(self, node: Expr) -> _Choice | None:
        """Return the best axis to cut below a node, if there is one."""
        found = [self._choice(body) for body in self._bodies(node)]
        if not found:
            return None
        least = min(choice.flops for choice in found)

        def rank(choice: _Choice) -> tuple[bool, bool, int, int]:
            wasteful = choice.flops > OVERHEAD * least
            times = sum(count for _, count in choice.parts.runs)
            return choice.peak > self.bound, wasteful, times, choice.flops

        best = min(found, key=rank)
        if best.peak <= self.bound:
            return best
        if self.inner is None:
            return None
        # One axis is not enough: one is cut into single indices, and others are cut inside of it.
        found.sort(key=lambda choice: (choice.flops > OVERHEAD * least, choice.peak))
        best = min([self._nested(choice, self.inner) for choice in found[:MOST_TRIED]], key=rank)
        return best if best.peak <= self.bound else None

    def _bodies(self, node: Expr) -> Iterator[Body]:
        for axis in cuttable_axes(node):
            body = Body(Graph(self.interior, self.arrays), self.part)
            try:
                body.add(node, axis)
            except UncuttableError:
                continue
            if self._length(body) > 1:
                yield body

    def _length(self, body: Body) -> int:
        node, axis = body.exits[0]
        assert axis is not None
        return self.task.extents([length_of(node, axis)])[0]

    def _choice(self, body: Body) -> _Choice:
        """Return the body with parts as large as fit, or of one index if none do."""
        size = part = self._length(body)
        peak = self.bound + 1
        while part > 1 and peak > self.bound:
            part = (part + 1) // 2
            program = self._lowered(body, part)
            peak = program_cost(program, self.task.itemsize).peak
        rest = self._lowered(body, size % part) if size % part else None
        parts = Parts(
            size=size,
            part=part,
            whole=program,
            rest=rest,
            cut=tuple([axis for _, axis in body.operands]),
            results=tuple([axis if axis is not None and axis >= 0 else None for _, axis in body.exits]),
            shapes=tuple([self.task.extents(node.sizes) for node, _ in body.exits]),
        )
        return self._counted(body, parts)

    def _counted(self, body: Body, parts: Parts) -> _Choice:
        costs = [(program_cost(run, self.task.itemsize), times) for run, times in parts.runs]
        flops = sum(cost.flops * times for cost, times in costs)
        return _Choice(body, parts, flops, max(cost.peak for cost, _ in costs))

    def _nested(self, choice: _Choice, inner: Slicer) -> _Choice:
        """Return a choice whose program is cut again."""
        whole = inner(self._task(choice.body, 1), self.bound)
        return self._counted(choice.body, replace(choice.parts, whole=whole))

    def _task(self, body: Body, part: int) -> Task:
        sizes = {**self.task.sizes, self.part.name: part}
        shapes = [
            tuple([sizes[x.name] if isinstance(x, Size) else x for x in symbol.sizes])
            for symbol in body.symbols.values()
        ]
        positions = {symbol.name: place for place, symbol in enumerate(body.symbols.values())}
        return Task(
            tuple(body.roots), tuple(shapes), positions, sizes, frozenset(), self.task.paths,
            self.task.itemsize, None, frozenset(), self.task.effort,
        )  # fmt: skip

    def _lowered(self, body: Body, part: int) -> Program:
        return self._task(body, part).program()

    # -- several results of one cut -------------------------------------------------------------------

    def _with_others(self, choice: _Choice, waiting: dict[Expr, None]) -> _Choice:
        """Return the choice with other results that are made of the same things: these are made once.

        Args:
            choice: the choice.
            waiting: the expressions that are to be cut, too; those that join it are taken out.
        """
        for node in list(waiting):
            for axis in cuttable_axes(node):
                body = self._joined(choice.body, node, axis, waiting)
                joined = None if body is None else self._choice(body)
                if joined is not None and joined.peak <= self.bound:
                    choice = joined
                    del waiting[node]
                    break
        return choice

    def _joined(self, body: Body, node: Expr, axis: int, waiting: Iterable[Expr]) -> Body | None:
        """Return a body with one more result, if that has something inside in common with it."""
        alone, body = Body(body.graph, self.part), body.copy()
        try:
            alone.add(node, axis)
            body.add(node, axis)
        except UncuttableError:
            return None
        if self._length(alone) != self._length(body) or self._inside(alone).isdisjoint(self._inside(body)):
            return None
        below = postorder([operand for operand, _ in body.operands])
        return None if not set(waiting).union(expr for expr, _ in body.exits).isdisjoint(below) else body

    def _inside(self, body: Body) -> set[Key]:
        return {key for key in body.built if key[0] in self.interior and key[1] is not None}

    def _assembled(self, choices: Sequence[_Choice]) -> tuple[Expr, ...]:
        """Return the roots with the results of all choices in their places."""
        found = self.assembled
        for choice in choices:
            children = tuple(substitute([node for node, _ in choice.body.operands], found))
            for place, (node, _) in enumerate(choice.body.exits):
                found[node] = Assembled(choice.parts, place, children, node.sizes, node.is_real)
        return tuple(substitute(self.task.roots, found))
