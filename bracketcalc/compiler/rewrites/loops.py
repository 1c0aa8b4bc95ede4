"""Recurrences before they are translated: only what depends on the previous step stays in the loop.

All nodes of one loop become nodes of one new loop. What its step computes from the sequences alone is
computed for all steps at once before it, and what is computed from its states but not needed by the next
step is computed for all steps at once behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from bracketcalc.calculus.loops import computed_in
from bracketcalc.calculus.stacked import Stacking
from bracketcalc.compiler.rewrites.hoist import Hoisting
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.recurrence import FinalState, Loop, Recurrence, Repeated
from bracketcalc.expr.twin import twin
from bracketcalc.traverse import depends_on, expand_definitions, postorder, substitute, tensors_in

Simplifier = Callable[[Sequence[Expr]], list[Expr]]


def with_short_steps(roots: Sequence[Expr], simplified: Simplifier) -> list[Expr]:
    """Return equal expressions whose loops compute in each step only what depends on the step before.

    Args:
        roots: the expressions, without definitions outside of loops.
        simplified: what is applied to the expressions of a step, together.
    """
    found, done = list(roots), set[Loop]()
    while True:
        family = _outermost(found, done)
        if not family:
            return found
        loop, replacements = _Family(family, simplified).replacements()
        done.add(loop)
        found = substitute(found, replacements)


def _outermost(roots: Sequence[Expr], done: set[Loop]) -> list[Repeated]:
    """Return the nodes of one loop that is not done yet and that no other such loop depends on."""
    families: dict[object, list[Repeated]] = {}
    below: dict[Expr, int] = {}
    inside: dict[object, int] = {}
    for node in postorder(roots):
        mask = 0
        for child in node.children:
            mask |= below[child]
        if isinstance(node, Repeated) and node.loop not in done:
            key = _key(node)
            families.setdefault(key, []).append(node)
            inside[key] = inside.get(key, 0) | mask
            mask |= 1 << list(families).index(key)
        below[node] = mask
    used = 0
    for mask in inside.values():
        used |= mask
    return next((family for bit, family in enumerate(families.values()) if not used >> bit & 1), [])


def _key(node: Repeated) -> object:
    """Return what two nodes must have in common to be computed by one loop."""
    loop = node.loop
    needed = set(tensors_in(loop.following))
    pairs = zip(loop.symbols, node.children, strict=True)
    shared = frozenset((symbol, child) for symbol, child in pairs if symbol in needed)
    return loop.states, loop.following, loop.length, loop.backward, node.initial, shared


@dataclass(frozen=True, slots=True)
class _Given:
    """What the symbols of a loop stand for."""

    sequences: dict[Tensor, Expr]
    constants: dict[Tensor, Expr]


class _Family:
    """The nodes of one loop."""

    def __init__(self, nodes: Sequence[Repeated], simplified: Simplifier) -> None:
        self.nodes = nodes
        self.simplified = simplified
        self.loop = nodes[0].loop
        self.given = _Given({}, {})
        for node in nodes:
            self.given.sequences.update(zip(node.loop.inputs, node.sequences, strict=True))
            self.given.constants.update(zip(node.loop.constants, node.constants, strict=True))

    def replacements(self) -> tuple[Loop, dict[Expr, Expr]]:
        """Return the new loop, and what takes the place of each node."""
        outputs = [node.output for node in self.nodes if isinstance(node, Recurrence)]
        states = len(self.loop.states)
        step = self._step([*self.loop.following, *outputs])
        hoisting = Hoisting(self.loop, self.given.sequences, self.given.constants)
        following = hoisting.shortened(step[:states])
        children = (*self.nodes[0].initial, *hoisting.sequences.values(), *hoisting.constants.values())
        loop = replace(
            self.loop,
            following=tuple(following),
            inputs=tuple(hoisting.sequences),
            constants=tuple(hoisting.constants),
        )
        stacks = iter(self._behind(loop, children).stack(hoisting.replaced(step[states:])))
        return loop, {
            node: FinalState(loop, node.place, children) if isinstance(node, FinalState) else next(stacks)
            for node in self.nodes
        }

    def _behind(self, loop: Loop, children: tuple[Expr, ...]) -> Stacking:
        """Return what stacks expressions of the step from what the new loop computes, behind it."""
        first, last = len(loop.states), len(loop.states) + len(loop.inputs)
        order = postorder(loop.following)
        moving = depends_on(order, loop.states)
        sequences: dict[Expr, Expr] = dict(self.given.sequences.items())
        sequences.update(zip(loop.inputs, children[first:last], strict=True))
        for part in (*loop.states, *order):
            if part in moving:
                sequences[part] = Recurrence(loop, part, children)
        constants: dict[Expr, Expr] = dict(self.given.constants.items())
        constants.update(zip(loop.constants, children[last:], strict=True))
        return Stacking(loop.length, sequences, constants)

    def _step(self, exprs: Sequence[Expr]) -> list[Expr]:
        """Return the expressions of a step simplified; what another loop computed is an input."""
        known = self._computed_elsewhere()
        names = count()
        symbols: dict[Expr, Expr] = {}
        found = list(exprs)
        used = [part for part in postorder(exprs, stop=known.__contains__) if part in known]
        for part in used:
            symbol = twin(f"\0known{next(names)}", part)
            symbols[part] = symbol
            self.given.sequences[symbol] = known[part]
        found = substitute(found, symbols)
        return self.simplified(found)

    def _computed_elsewhere(self) -> dict[Expr, Expr]:
        """Return the sequence of each expression of the step that the loop it was derived from computes.

        Such a loop gives the states before each of its steps, under the symbols that they have in it.
        """
        known: dict[Expr, Expr] = {}
        seen: set[object] = set()
        for symbol, child in self.given.sequences.items():
            if not isinstance(child, Recurrence) or child.output != symbol or _key(child) in seen:
                continue
            seen.add(_key(child))
            same = self._same_symbols(child)
            for part, sequence in computed_in(child).items():
                if part.children and same.issuperset(tensors_in([part])):
                    known[part] = expand_definitions([sequence])[0]
        return known

    def _same_symbols(self, other: Repeated) -> set[Tensor]:
        """Return the symbols that stand in this loop for what they stand for in another."""
        theirs = dict(zip(other.loop.inputs, other.sequences, strict=True))
        theirs |= dict(zip(other.loop.constants, other.constants, strict=True))
        theirs |= {state: Recurrence(other.loop, state, other.children) for state in other.loop.states}
        ours: Mapping[Tensor, Expr] = {**self.given.sequences, **self.given.constants}
        return {symbol for symbol, value in theirs.items() if ours.get(symbol) == value}
