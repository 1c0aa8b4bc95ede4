"""An expression with recurrences, written for one time: A_t, Z_t and Z_{t-1} (paper §6.4).

Every sequence X becomes a tensor X_t, every definition of a sequence a definition for one time, and a sum
over the time becomes Σ_t. A loop gives the definitions of its step and its states Z_t; the states before
the step, Z_{t-1}, and those after the last one, Z_τ, are tensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bracketcalc.calculus.time_axes import NotSlicedError, TimeAxes
from bracketcalc.expr.core import Elementwise, Expr, Ones, Product, Size, Sum, Tensor, product
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.expr.over_time import OverTime, TimeIndex, at_time, moved
from bracketcalc.expr.recurrence import FinalState, Loop, Recurrence, Repeated
from bracketcalc.expr.twin import twin
from bracketcalc.notation.spelled import spelled
from bracketcalc.traverse import postorder, substitute, with_children

LETTERS = "tsrqp"
"""The letters for times, the first ones first; a name of the expression is not taken again."""


@dataclass(frozen=True, slots=True)
class State:
    """A state of a loop for one time.

    Attributes:
        stem: its name without a time.
        index: the time.
        before: the tensor for the state before the step.
        after: the definition of the state after the step.
        final: the tensor for the state after the last step.
        initial: the state before the first step.
        backward: whether the last time comes first.
        place: how many definitions there are before those of its loop.
    """

    stem: str
    index: TimeIndex
    before: Tensor
    after: Definition
    final: Tensor
    initial: Expr
    backward: bool
    place: int

    @property
    def first(self) -> str:
        """Return the time of the first step."""
        return self.index.last if self.backward else "1"

    @property
    def last(self) -> str:
        """Return the time of the last step."""
        return "1" if self.backward else self.index.last

    @property
    def step(self) -> int:
        """Return how much the time changes from step to step."""
        return -1 if self.backward else 1


class OneStep:
    """The definitions of an expression and its value, for one time.

    Attributes:
        definitions: the definitions, each after those it uses.
        states: the states of all loops.
        times: the time of each tensor and definition that has one, and its name without it.
        known: for each node its value for one time, or for all where it has no time.
        body: the value of the expression.

    Raises:
        NotSlicedError: where a sequence is used as a whole, or an axis is the time in two ways.
    """

    def __init__(self, expr: Expr) -> None:
        order = postorder([expr])
        self.axes = TimeAxes(order)
        self.definitions: list[Definition] = []
        self.states: list[State] = []
        self.times: dict[Expr, tuple[str, TimeIndex]] = {}
        self.known: dict[Expr, Expr] = {}
        self._names = {node.name for node in order if isinstance(node, Tensor | Definition | Size)}
        self._names.update(size.name for node in order for size in node.sizes if isinstance(size, Size))
        self._letters = [letter for letter in LETTERS if letter not in self._names]
        self._indices: dict[int, TimeIndex] = {}
        self._loops: dict[object, tuple[dict[Expr, Expr], list[State]]] = {}
        self._given = _given_names(order)
        for node in order:
            self.known[node] = self._written(node)
        self.body = self.known[expr]

    def _written(self, node: Expr) -> Expr:
        if node in self.axes.plain:
            return node
        if isinstance(node, Repeated):
            return self._of_loop(node)
        if isinstance(node, Product):
            return self._product(node)
        if isinstance(node, Tensor):
            return self._tensor(node)
        if isinstance(node, Definition):
            return self._definition(node)
        axis = self.axes.of.get(node, (None, 0))[0]
        children = tuple([self._child(child, axis) for child in node.children])
        if axis is None:
            return with_children(node, children)
        if isinstance(node, Map):
            return Map(node.function, children[0], node.batch - 1)
        if isinstance(node, Sum | Elementwise):
            return with_children(node, children)
        raise NotSlicedError(f"a {type(node).__name__} is not written for one time")

    def _child(self, child: Expr, axis: int | None) -> Expr:
        """Return a child of a node with the given time axis."""
        if child in self.axes.plain:
            return child if axis is None else _without_axis(child, axis)
        if (axis is None) == (child in self.axes.of):
            raise NotSlicedError("a sequence is used as a whole")
        return self.known[child]

    def index(self, node: Expr) -> TimeIndex:
        """Return the time of a node with a time axis."""
        axis, number = self.axes.of[node]
        if number not in self._indices:
            if not self._letters:
                raise NotSlicedError("there are more times than letters for them")
            self._indices[number] = TimeIndex(self._letters.pop(0), node.sizes[axis])
        return self._indices[number]

    def _fresh(self, stem: str, index: TimeIndex) -> str:
        """Return a name without time that nothing else has with the time."""
        while at_time(stem, index.letter) in self._names:
            stem += "′"
        self._names.update(at_time(stem, moved(index.letter, steps)) for steps in (-1, 0, 1))
        return stem

    def _tensor(self, node: Tensor) -> Expr:
        if node not in self.axes.of:
            return node
        axis, index = self.axes.of[node][0], self.index(node)
        stem = self._fresh(node.name, index)
        name = at_time(stem, index.letter)
        found = Tensor(name, (*node.sizes[:axis], *node.sizes[axis + 1 :]), _facts_of_one(node, axis))
        self.times[found] = stem, index
        return found

    def _definition(self, node: Definition) -> Expr:
        inner = self._child(node.body, self.axes.of.get(node, (None, 0))[0])
        if node not in self.axes.of:
            found = Definition(node.name, inner)
        elif isinstance(inner, Definition) and isinstance(node.body, Recurrence):
            return inner
        else:
            index = self.index(node)
            stem = self._fresh(node.name, index)
            found = Definition(at_time(stem, index.letter), inner)
            self.times[found] = stem, index
        self.definitions.append(found)
        return found

    def _product(self, node: Product) -> Expr:
        timed: dict[int, Expr] = {}
        for factor, labels in zip(node.factors, node.labels, strict=True):
            if factor in self.axes.of:
                timed.setdefault(labels[self.axes.of[factor][0]], factor)
        own = {node.output[self.axes.of[node][0]]} if node in self.axes.of else set()
        summed = [label for label in timed if label not in own]
        if len(summed) > 1:
            raise NotSlicedError("a sum over two times is not written for one time")
        gone = {*timed, *own}
        pairs: list[tuple[Expr, list[int]]] = []
        for factor, labels in zip(node.factors, node.labels, strict=True):
            value = self.known[factor]
            if factor in self.axes.plain:
                for axis in reversed([axis for axis, label in enumerate(labels) if label in gone]):
                    value = _without_axis(value, axis)
            pairs.append((value, [label for label in labels if label not in gone]))
        output = [label for label in node.output if label not in gone]
        if not summed:
            return product(node.coefficient, pairs, output)
        outside = [(value, names) for value, names in pairs if not names and not self._moves(value)]
        inside = [pair for pair in pairs if pair not in outside]
        total = OverTime(self.index(timed[summed[0]]), product(1, inside, output))
        return product(node.coefficient, [*outside, (total, output)], output)

    def _moves(self, value: Expr) -> bool:
        return any(node in self.times for node in postorder([value]))

    def _of_loop(self, node: Repeated) -> Expr:
        key = node.loop, node.children
        if key not in self._loops:
            self._loops[key] = self._one_step(node)
        inner, states = self._loops[key]
        if isinstance(node, FinalState):
            return states[node.place].final
        assert isinstance(node, Recurrence)
        return substitute([node.output], inner)[0]

    def _one_step(self, node: Repeated) -> tuple[dict[Expr, Expr], list[State]]:
        """Return what stands for the symbols and the states of a loop for one time, and the states."""
        loop = node.loop
        clock = node if isinstance(node, Recurrence) else next(iter(node.sequences), None)
        if clock is None or clock not in self.axes.of:
            raise NotSlicedError("a loop has no sequence")
        index = self.index(clock)
        inner: dict[Expr, Expr] = {}
        for symbol, child in zip(loop.inputs, node.sequences, strict=True):
            inner[symbol] = self._child(child, 0)
        for symbol, child in zip(loop.constants, node.constants, strict=True):
            inner[symbol] = self._child(child, None)
        named = {
            part: self._fresh(part.name, index)
            for part in postorder(loop.following)
            if isinstance(part, Definition)
        }
        stems = self._stems(node, named, index)
        for state, stem in zip(loop.states, stems, strict=True):
            time = moved(index.letter, 1 if loop.backward else -1)
            inner[state] = twin(at_time(stem, time), state)
        initial = [
            self._initial(stem, index, loop.backward, self._child(value, None))
            for stem, value in zip(stems, node.initial, strict=True)
        ]
        start = len(self.definitions)
        after = self._states_after(loop, named, stems, inner, index)
        last = "1" if loop.backward else index.last
        states = []
        for place, (stem, symbol) in enumerate(zip(stems, loop.states, strict=True)):
            before, final = inner[symbol], twin(at_time(stem, last), symbol)
            assert isinstance(before, Tensor)
            states.append(
                State(stem, index, before, after[place], final, initial[place], loop.backward, start)
            )
        self.states += states
        return inner, states

    def _initial(self, stem: str, index: TimeIndex, backward: bool, value: Expr) -> Expr:
        """Return the state before the first step, by its name."""
        name = at_time(stem, moved(index.last, 1) if backward else "0")
        if isinstance(value, Tensor | Definition) and spelled(value.name) == spelled(name):
            return value
        if name in self._names:
            raise NotSlicedError(f"{name} would stand for two things")
        found = Definition(name, value)
        self.definitions.append(found)
        return found

    def _stems(self, node: Repeated, named: Mapping[Definition, str], index: TimeIndex) -> list[str]:
        """Return the name of each state: that of a definition, or that of the step's parameter."""
        stems = []
        for place, (symbol, after) in enumerate(zip(node.loop.states, node.loop.following, strict=True)):
            if isinstance(after, Definition):
                stems.append(named[after])
                continue
            given = self._given.get((node.loop, node.children, place))
            stems.append(self._fresh(given or symbol.name.rpartition("_")[0], index))
        return stems

    def _states_after(
        self,
        loop: Loop,
        named: Mapping[Definition, str],
        stems: Sequence[str],
        inner: dict[Expr, Expr],
        index: TimeIndex,
    ) -> list[Definition]:
        """Return the definitions of the states after a step; all definitions of the step are added."""
        found: dict[Expr, Definition] = {}
        stem_of = dict(zip(loop.following, stems, strict=True))
        for part in postorder(loop.following):
            if not isinstance(part, Definition) and part not in stem_of:
                continue
            body = part
            if isinstance(part, Definition):
                stem_of[part], body = named[part], part.body
            stem = stem_of[part]
            made = Definition(at_time(stem, index.letter), substitute([body], inner)[0])
            self.times[made] = stem, index
            self.definitions.append(made)
            found[part] = inner[part] = made
        return [found[after] for after in loop.following]


def _facts_of_one(node: Tensor, axis: int) -> frozenset[AnyFact]:
    """Return what is known of the elements of a sequence along an axis."""
    found: set[AnyFact] = set()
    for fact in node.facts:
        if isinstance(fact, SumsToOne):
            if fact.axis != axis:
                found.add(SumsToOne(fact.axis - (fact.axis > axis)))
        elif fact is Fact.COMPLEX or axis < node.ndim - 2:
            found.add(fact)
    return frozenset(found)


def _given_names(order: Sequence[Expr]) -> dict[object, str]:
    """Return the names of definitions of the states of loops."""
    found: dict[object, str] = {}
    for node in order:
        if isinstance(node, Definition) and isinstance(node.body, Recurrence):
            run = node.body
            if run.output in run.loop.following:
                found.setdefault((run.loop, run.children, run.loop.following.index(run.output)), node.name)
    return found


def _without_axis(node: Expr, axis: int) -> Expr:
    """Return one element, along an axis, of an expression without variables that is constant along it."""
    if isinstance(node, Ones):
        return Ones((*node.sizes[:axis], *node.sizes[axis + 1 :]))
    if isinstance(node, Product):
        label = node.output[axis]
        pairs: list[tuple[Any, list[int]]] = []
        for factor, labels in zip(node.factors, node.labels, strict=True):
            value = factor
            for place in reversed([k for k, name in enumerate(labels) if name == label]):
                value = _without_axis(value, place)
            pairs.append((value, [name for name in labels if name != label]))
        return product(node.coefficient, pairs, [name for name in node.output if name != label])
    if isinstance(node, Sum | Elementwise):
        return with_children(node, tuple([_without_axis(child, axis) for child in node.children]))
    raise NotSlicedError("an identity has the time as an axis")
