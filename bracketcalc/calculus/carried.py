"""The backward part of a derivation at one time: what a state passes to the step before it (paper §6.4).

The cotangent of Z_t is what Z_t passes on at the time t, and what the step t + 1 gives to the state before
it. The latter is what the step t gives to Z_{t-1}, one step later: an expression in ∇_{A_{t+1}}J. What a
parameter receives is the sum over all times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bracketcalc.calculus.backward import Backward, Passed
from bracketcalc.calculus.cotangents import cotangents, total
from bracketcalc.calculus.one_step import State
from bracketcalc.calculus.task import Task, targets
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.over_time import OverTime, TimeIndex, at_time, moved
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import is_zero, zero
from bracketcalc.traverse import postorder, substitute


class Carried(Backward):
    """What each variable, definition and state has received at one time.

    Args:
        task: what is derived, with definitions for one time.
        states: the states that depend on a variable.
        forced: the states whose cotangents must have a name.
    """

    def __init__(self, task: Task, states: Sequence[State], forced: Iterable[State]) -> None:
        super().__init__(task)
        self.states = states
        self.carry = {state: twin(f"\0carry{k}", state.before) for k, state in enumerate(states)}
        self.forced = {*task.variables, *(state.after for state in forced)}
        self._after = {state.after for state in states}
        self.wanted.update(state.before for state in states)
        self.wanted.update(state.final for state in states)
        self.named: dict[Expr, Definition] = {}
        self._open = list(states)
        self._places = {definition: place for place, definition in enumerate(task.definitions)}
        for state in states:
            self.parts[state.after] = [self.carry[state]]

    def _whole(self, stage: Definition) -> Expr:
        self._give_to_initial(self._places[stage])
        return super()._whole(stage)

    def _passed(self, stage: Definition, cotangent: Expr) -> Passed:
        """Leave out the name of a state that goes to one definition only, as the paper leaves out Z_t."""
        if stage not in self._after:
            found = super()._passed(stage, cotangent)
        elif stage in self.forced or len(targets(stage.body, self.wanted)) > 1:
            named = Definition(self.task.cotangents[stage], cotangent)
            found = Passed(stage, cotangent, named, self._received(stage.body, named))
        else:
            found = Passed(stage, cotangent, cotangent, self._received(stage.body, cotangent))
        if isinstance(found.used, Definition) and found.named:
            self.named[stage] = found.used
        return found

    def _add(self, passed: Passed) -> Passed:
        own = self.task.time_of(passed.stage)
        for target, part in passed.received.items():
            self._keep(target, part, own)
        return passed

    def _keep(self, target: Expr, part: Expr, own: TimeIndex | None) -> None:
        if own is not None and own != self.task.time_of(target) and not is_zero(part):
            part = OverTime(own, part)
        self.parts.setdefault(target, []).append(part)

    def gradients(self) -> list[Expr]:
        self._give_to_initial(-1)
        return super().gradients()

    def _give_to_initial(self, place: int) -> None:
        """Pass on what initial states receive, of loops whose definitions come behind a place."""
        while self._open and self._open[-1].place > place:
            state = self._open.pop()
            gift = self.given_back(state)
            if is_zero(gift):
                continue
            first = self.at(gift, state.index, state.first)
            found = cotangents(
                {state.initial: first}, targets(state.initial, self.wanted), stop=is_definition
            )
            for target, part in found.items():
                self._keep(target, part, None)

    def given_back(self, state: State) -> Expr:
        """Return what a step gives to the state before it."""
        return self._settled_at(state.before)

    def given_last(self, state: State) -> Expr:
        """Return what the state after the last step receives beside what it passes on at that time."""
        return self._settled_at(state.final)

    def ends_apart(self, state: State) -> bool:
        """Return whether the last step has an equation of its own.

        It has none where all that the next step gives holds a cotangent of that step: behind the last step
        those are zero.
        """
        if not is_zero(self.given_last(state)):
            return True
        nothing: dict[Expr, Expr] = {
            named: zero(stage.sizes)
            for stage, named in self.named.items()
            if self.task.time_of(stage) == state.index
        }
        kept = substitute([self.given_back(state)], nothing, stop=is_definition)
        return not is_zero(self.task.simplified(kept)[0])

    def _settled_at(self, symbol: Tensor) -> Expr:
        parts = self.parts.get(symbol)
        return zero(symbol.sizes) if parts is None else self.task.simplified([total(parts)])[0]

    def at(self, expr: Expr, index: TimeIndex, time: str) -> Expr:
        """Return an expression at the time t for another time, with tensors for what has a name."""
        replacements: dict[Expr, Expr] = {}
        cotangent_of: dict[Expr, Expr] = {named: stage for stage, named in self.named.items()}
        before: dict[Expr, State] = {state.before: state for state in self.states}
        for node in postorder([expr], stop=is_definition):
            source = cotangent_of.get(node) if isinstance(node, Definition) else None
            if source is not None and self.task.time_of(source) == index:
                replacements[node] = twin(self.task.cotangent_at(source, time), node)
            elif node in self.task.times and self.task.times[node][1] == index:
                replacements[node] = twin(at_time(self.task.times[node][0], time), node)
            elif node in before and before[node].index == index:
                state = before[node]
                earlier = moved_from(time, -state.step)
                same = earlier == index.letter
                name = at_time(state.stem, earlier)
                replacements[node] = state.after if same else twin(name, node)

        def ends(node: Expr) -> bool:
            return is_definition(node) or (isinstance(node, OverTime) and node.index == index)

        return substitute([expr], replacements, stop=ends)[0]


def moved_from(time: str, steps: int) -> str:
    """Return a time some steps after one such as t + 1."""
    for known, offset in (("+1", 1), ("-1", -1)):
        if time.endswith(known):
            return moved(time.removesuffix(known), offset + steps)
    return moved(time, steps)
