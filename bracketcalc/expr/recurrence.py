"""Recurrences: one step written once, run along a time axis (paper §6.4).

The step is a closed expression: it speaks of its own symbols only, and what they stand for are the
children of the node. So no pass over an expression meets a symbol by accident, the size of a node does not
depend on the number of steps, and substituting in the children is substituting in the whole recurrence.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, final

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Extent, Tensor
from bracketcalc.expr.nodes import check_sizes_equal_to
from bracketcalc.expr.shapes import describe, show_size, show_sizes


@dataclass(frozen=True, slots=True)
class Loop:
    """One step of a recurrence, and how often and in which direction it is repeated.

    Attributes:
        states: the symbols of the states before the step.
        following: the states after the step, as expressions of all symbols.
        inputs: the symbols of what the step takes from each sequence.
        constants: the symbols of what is the same in every step.
        length: the number of steps.
        backward: whether the last time comes first.
    """

    states: tuple[Tensor, ...]
    following: tuple[Expr, ...]
    inputs: tuple[Tensor, ...]
    constants: tuple[Tensor, ...]
    length: Extent
    backward: bool = False

    def __post_init__(self) -> None:
        for state, after in zip(self.states, self.following, strict=True):
            check_sizes_equal_to(after, state.sizes, f"the next value of {state.name}")
        names = [symbol.name for symbol in self.symbols]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(f"two symbols of a step are called {name}")

    @property
    def symbols(self) -> tuple[Tensor, ...]:
        """Return all symbols, in the order of the children of a node with this loop."""
        return (*self.states, *self.inputs, *self.constants)

    def check(self, children: tuple[Expr, ...]) -> None:
        """Raise a ShapeError unless each child has the axes that its symbol stands for.

        What is complex where its symbol is real is refused with an ArgumentError.
        """
        pairs = (*zip(self.symbols, children, strict=False), *zip(self.states, self.following, strict=True))
        for symbol, part in pairs:
            if symbol.is_real and not part.is_real:
                raise ArgumentError(f"{symbol.name} is real, but {describe(part)} is complex")
        if len(children) != len(self.symbols):
            raise ShapeError(
                f"a step with {len(self.symbols)} symbols was given {len(children)} expressions"
            )
        first = len(self.states)
        for place, (symbol, child) in enumerate(zip(self.symbols, children, strict=True)):
            if not first <= place < first + len(self.inputs):
                check_sizes_equal_to(child, symbol.sizes, f"the value of {symbol.name}")
            elif child.sizes[:1] != (self.length,):
                raise ShapeError(
                    f"{describe(child)} with sizes {show_sizes(child.sizes)} is not a sequence of "
                    f"{show_size(self.length)} steps",
                    hint="put the time on the first axis",
                )
            else:
                check_sizes_equal_to(child, (self.length, *symbol.sizes), f"the sequence of {symbol.name}")


class Repeated(Expr):
    """A node with a loop, whose children are what the symbols of the loop stand for."""

    __slots__ = ()

    @property
    def loop(self) -> Loop:
        """Return the loop."""
        loop: Loop = self.data[0]
        return loop

    @property
    def initial(self) -> tuple[Expr, ...]:
        """Return the states before the first step."""
        return self.children[: len(self.loop.states)]

    @property
    def sequences(self) -> tuple[Expr, ...]:
        """Return the sequences, with the time as their first axis."""
        first = len(self.loop.states)
        return self.children[first : first + len(self.loop.inputs)]

    @property
    def constants(self) -> tuple[Expr, ...]:
        """Return what is the same in every step."""
        return self.children[len(self.loop.states) + len(self.loop.inputs) :]


@final
class Recurrence(Repeated):
    """The values of an expression in every step of a loop, along a new first axis.

    The element at time t is the value of ``output`` in the step that takes the sequences at time t.
    """

    __slots__ = ()

    def __init__(self, loop: Loop, output: Expr, children: tuple[Expr, ...]) -> None:
        loop.check(children)
        super().__init__((loop, output), children, (loop.length, *output.sizes), output.is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Recurrence:
        return cls(data[0], data[1], children)

    @property
    def output(self) -> Expr:
        """Return the expression whose values are kept, in the symbols of the loop."""
        output: Expr = self.data[1]
        return output


@final
class FinalState(Repeated):
    """A state after the last step of a loop; without any step the initial one."""

    __slots__ = ()

    def __init__(self, loop: Loop, place: int, children: tuple[Expr, ...]) -> None:
        loop.check(children)
        state = loop.states[place]
        super().__init__((loop, place), children, state.sizes, state.is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> FinalState:
        return cls(data[0], data[1], children)

    @property
    def place(self) -> int:
        """Return which of the states it is."""
        return int(self.data[1])


INSIDE = "\1"
"""How the names of symbols begin while a step is written: no other tensor is called so."""

BEFORE = ("{t-1}", "{t+1}")
"""The times of the states that a step takes, in a loop that runs forward and in one that runs backward."""


def before_step(stem: str, backward: bool) -> str:
    """Return the name of the symbol for a state before a step.

    Example:
        >>> before_step("z", backward=False), after_step("z_{t-1}")
        ('z_{t-1}', 'z_{t}')
    """
    return f"{stem}_{BEFORE[backward]}"


def after_step(name: str) -> str:
    """Return the name of a state after a step, from that of its symbol."""
    for before in BEFORE:
        name = name.replace(before, "{t}")
    return name


def first_state(name: str, length: str) -> str:
    """Return the name of the state before the first step, from that of its symbol.

    Example:
        >>> first_state("z_{t-1}", "n"), first_state("z_{t+1}", "n")
        ('z_{0}', 'z_{n+1}')
    """
    return name.replace(BEFORE[0], "{0}").replace(BEFORE[1], f"{{{length}+1}}")


def bodies(node: Expr) -> tuple[Expr, ...]:
    """Return the expressions inside a node that are not its children: what a loop computes in a step."""
    if not isinstance(node, Repeated):
        return ()
    return tuple(chain(node.loop.following, (node.output,) if isinstance(node, Recurrence) else ()))
