"""The loops that differentiate a loop: one for tangents in its direction, one for cotangents against it.

Both take the states before each step of the first loop as a sequence, so they are linear in their own
states, and their steps are made of the step's own expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.calculus.stacked import Stacking
from bracketcalc.expr.core import Expr, Extent, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.recurrence import FinalState, Loop, Recurrence, Repeated, before_step
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.traverse import depends_on, postorder, substitute, tensors_in


def previous_states(node: Repeated) -> list[Expr]:
    """Return the sequences of the states before each step of the loop of a node."""
    return [Recurrence(node.loop, state, node.children) for state in node.loop.states]


def moved_states(loop: Loop, moved: Sequence[Tensor]) -> list[Tensor]:
    """Return the states that change when some symbols do: those themselves, and what they reach in time."""
    order = postorder(loop.following)
    changing = set(moved)
    while True:
        active = depends_on(order, changing)
        reached = {s for s, after in zip(loop.states, loop.following, strict=True) if after in active}
        if reached <= changing:
            return [state for state in loop.states if state in changing]
        changing |= reached


def computed_in(node: Repeated) -> dict[Expr, Expr]:
    """Return the sequence of each expression that the loop computes in every step from its states.

    A named one keeps its name.
    """
    order = postorder(node.loop.following)
    inside = depends_on(order, node.loop.states)
    found: dict[Expr, Expr] = {}
    for part in order:
        if part in inside:
            sequence = Recurrence(node.loop, part, node.children)
            found[part] = Definition(part.name, sequence) if isinstance(part, Definition) else sequence
    return found


def simplified_beside(node: Repeated, exprs: Sequence[Expr]) -> list[Expr]:
    """Return expressions simplified together, with what the loop of a node computes left as it is there.

    So it is recognized where the expressions are stacked, and not computed a second time.
    """
    parts = [part for part in computed_in(node) if not isinstance(part, Tensor)]
    hidden: dict[Expr, Expr] = {part: twin(f"\0{place}", part) for place, part in enumerate(parts)}
    shown = {symbol: part for part, symbol in hidden.items()}
    return substitute(simplify_all(substitute(exprs, hidden)), shown)


@dataclass(frozen=True, slots=True)
class LinearLoop:
    """A loop of new states beside the loop of a node; its step may use the symbols of both.

    Attributes:
        node: a node with the first loop.
        initial: the value of each new state before the first step.
        following: the new states after a step.
        inputs: further sequences by their symbols.
        constants: further constants by their symbols.
        against: whether the new loop runs against the first one.
    """

    node: Repeated
    initial: Mapping[Tensor, Expr]
    following: tuple[Expr, ...]
    inputs: Mapping[Tensor, Expr]
    constants: Mapping[Tensor, Expr]
    against: bool

    def every(self, output: Expr) -> Expr:
        """Return the values of an expression in all steps."""
        loop, children = self._closed(output)
        return Recurrence(loop, output, children)

    def last(self, state: Tensor) -> Expr:
        """Return a state after the last step."""
        loop, children = self._closed(state)
        return FinalState(loop, loop.states.index(state), children)

    def stacking(self) -> Stacking:
        """Return what stacks expressions in the symbols of both loops; what they compute is taken."""
        loop = self.node.loop
        sequences: dict[Expr, Expr] = dict(zip(loop.inputs, self.node.sequences, strict=True))
        sequences.update(computed_in(self.node))
        sequences.update(zip(loop.states, previous_states(self.node), strict=True))
        sequences.update(self.inputs.items())
        order = postorder(self.following)
        inside = depends_on(order, self.initial)
        sequences.update({part: self.every(part) for part in (*self.initial, *order) if part in inside})
        constants: dict[Expr, Expr] = dict(zip(loop.constants, self.node.constants, strict=True))
        constants.update(self.constants.items())
        return Stacking(loop.length, sequences, constants)

    def _closed(self, output: Expr) -> tuple[Loop, tuple[Expr, ...]]:
        """Return the loop with what its step and the output use, and the children of its nodes."""
        loop, used = self.node.loop, set(tensors_in([*self.following, output]))
        previous = zip(loop.states, previous_states(self.node), strict=True)
        sequences = zip(loop.inputs, self.node.sequences, strict=True)
        fixed = zip(loop.constants, self.node.constants, strict=True)
        inputs = {s: child for s, child in (*sequences, *previous, *self.inputs.items()) if s in used}
        constants = {s: child for s, child in (*fixed, *self.constants.items()) if s in used}
        made = Loop(
            states=tuple(self.initial),
            following=self.following,
            inputs=tuple(inputs),
            constants=tuple(constants),
            length=loop.length,
            backward=loop.backward != self.against,
        )
        return made, (*self.initial.values(), *inputs.values(), *constants.values())


def tangent_symbol(symbol: Tensor, added: tuple[Extent, ...]) -> Tensor:
    """Return the symbol of a tangent, with further axes behind those of the symbol."""
    return twin(f"d{symbol.name}", symbol, (*symbol.sizes, *added))


def cotangent_symbol(state: Tensor, backward: bool) -> Tensor:
    """Return the symbol of what the states after a step receive, for a loop in the given direction."""
    stem = state.name.rpartition("_")[0]
    return twin(before_step(f"∇{stem}", backward), state)
