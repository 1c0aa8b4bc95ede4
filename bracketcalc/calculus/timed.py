"""Derivations through recurrences: equations for every time, as §6.4 of the paper ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bracketcalc.calculus.backward import End, Passed, Walked
from bracketcalc.calculus.carried import Carried, moved_from
from bracketcalc.calculus.derivation import Times
from bracketcalc.calculus.derivatives import Variable, names_of
from bracketcalc.calculus.one_step import OneStep, State
from bracketcalc.calculus.rules import AFTER_LAST, LAST_STEP
from bracketcalc.calculus.task import CotangentNames, Task, check_names, chosen_names
from bracketcalc.calculus.time_axes import NotSlicedError
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.over_time import TimeIndex, moved
from bracketcalc.expr.recurrence import Repeated
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import is_zero, zero
from bracketcalc.traverse import depends_on, postorder, substitute


def timed_task(
    expr: Expr, variables: Sequence[Variable], names: CotangentNames | None
) -> tuple[Task, Walked] | None:
    """Return what is derived, for one time, and what the walk through it finds.

    Args:
        expr: a scalar expression, or a definition of one.
        variables: of which gradients are wanted.
        names: how cotangents are called instead of ∇_{Z}J.

    Returns:
        None for an expression without recurrences, and for one that cannot be written for one time: where
        a sequence is used as a whole, or two of its axes are times.

    Raises:
        DerivativeError: if a name would stand for two things.
    """
    body, name = (expr.body, expr.name) if isinstance(expr, Definition) else (expr, "J")
    if not any(isinstance(node, Repeated) for node in postorder([body])):
        return None
    try:
        one = OneStep(body)
    except NotSlicedError:
        return None
    inside = [found if isinstance(found := one.known.get(v, v), Variable) else v for v in variables]
    task, states = _task(one, name, inside)
    origin = {one.known[node]: node for node in one.known if isinstance(node, Definition)}
    chosen = _chosen(names, task, origin)
    cotangents = {**task.cotangents, **chosen}
    task = replace(task, cotangents=cotangents, chosen=chosen)
    for node in chosen:
        if node in task.times:
            cotangents[node] = task.cotangent_at(node, task.times[node][1].letter)
    check_names(task, [task.body, *task.definitions])
    return task, _walked(task, states)


def _chosen(names: CotangentNames | None, task: Task, origin: Mapping[Expr, Expr]) -> dict[Expr, str]:
    if names is None or isinstance(names, str):
        return chosen_names(names, task.stages, (*task.variables, *task.links), task.definitions)
    given = [node for node in origin.values() if isinstance(node, Definition)]
    chosen = chosen_names(names, (), (), given)
    return {node: chosen[source] for node, source in origin.items() if source in chosen}


def _task(one: OneStep, name: str, variables: Sequence[Variable]) -> tuple[Task, list[State]]:
    """Return what is derived, and the states that depend on a variable."""
    order = postorder([*one.definitions, one.body])
    moving: set[Expr] = set(variables)
    states: list[State] = []
    while True:
        active = depends_on(order, moving)
        found = [s for s in one.states if s.after.body in active or s.initial in active]
        if len(found) == len(states):
            break
        states = found
        moving.update(link for state in states for link in (state.before, state.final))
    stages = [d for d in one.definitions if d.body in active]
    cotangents: dict[Expr, str] = {
        node: f"∇_{{{node.name}}}{name}" for node in dict.fromkeys((*variables, *stages))
    }
    links: dict[Tensor, TimeIndex | None] = {state.before: state.index for state in states}
    links.update({state.final: None for state in states})
    return (
        Task(
            name,
            one.body,
            variables,
            one.definitions,
            stages,
            names_of(one.definitions),
            cotangents,
            one.times,
            {},
            links,
        ),
        states,
    )


def _walked(task: Task, states: Sequence[State]) -> Walked:
    """Return what the walk finds; the cotangent of a state has a name where other times need it."""
    forced: set[State] = set()
    while True:
        run = Carried(task, states, forced)
        passed = list(run.walk())
        gradients = run.gradients()
        open_ends = [
            *(run.given_back(s) for s in states),
            *(run.given_last(s) for s in states),
            *_of_tensors(task, gradients),
        ]
        open_ends += [one.cotangent for one in passed if one.named and task.time_of(one.stage) is None]
        used = set(postorder(open_ends, stop=is_definition))
        leaked = {state for state in states if run.carry[state] in used and _carries(run, state)}
        if not leaked:
            return _closed(run, passed, gradients)
        forced |= leaked


def _of_tensors(task: Task, gradients: Sequence[Expr]) -> list[Expr]:
    pairs = zip(task.variables, gradients, strict=True)
    return [gradient for variable, gradient in pairs if variable not in task.stages]


def _carries(run: Carried, state: State) -> bool:
    return not (is_zero(run.given_back(state)) and is_zero(run.given_last(state)))


def _closed(run: Carried, passed: Sequence[Passed], gradients: Sequence[Expr]) -> Walked:
    """Return the walk with what the next step gives to each state in its place."""
    task, states = run.task, run.states
    values: dict[Expr, Expr] = {}
    for state in states:
        time = moved(state.index.letter, state.step)
        values[run.carry[state]] = run.at(run.given_back(state), state.index, time)
    carried = set(values)

    def settled(exprs: Sequence[Expr]) -> list[Expr]:
        return task.simplified(substitute(exprs, values, stop=is_definition))

    found: list[Passed] = []
    ends: dict[Definition, list[End]] = {}
    for one in passed:
        (cotangent,) = settled([one.cotangent])
        if one.named and one.stage is not None and isinstance(one.used, Definition):
            own = carried.intersection(postorder([one.cotangent], stop=is_definition))
            inside = [state for state in states if run.carry[state] in own]
            ends[one.stage] = _last_step(run, one, inside, values)
            values[one.used] = Definition(one.used.name, cotangent)
        (used,) = settled([one.used]) if one.named else (cotangent,)
        received = dict(zip(one.received, settled(list(one.received.values())), strict=True))
        found.append(Passed(one.stage, cotangent, used, received))
    _add_zeros(run, ends)
    return Walked(found, settled(gradients), ends)


def _last_step(
    run: Carried, one: Passed, inside: Sequence[State], values: Mapping[Expr, Expr]
) -> list[End]:
    """Return the equation at the last time of a state that receives something there."""
    seeds: dict[Expr, Expr] = {run.carry[state]: run.given_last(state) for state in inside}
    if one.stage is None or not any(map(run.ends_apart, inside)):
        return []
    state = inside[0]
    (right,) = run.task.simplified(substitute([one.cotangent], {**values, **seeds}, stop=is_definition))
    index = state.index
    first, last = (moved("1", 1), index.last) if state.backward else ("1", moved_from(index.last, -1))
    name = run.task.cotangent_at(one.stage, state.last)
    return [End(name, run.at(right, index, state.last), LAST_STEP, Times(index.letter, first, last))]


def _add_zeros(run: Carried, ends: dict[Definition, list[End]]) -> None:
    """Say that cotangents behind the last step are zero, where the equations speak of them."""
    known = {named: stage for stage, named in run.named.items()}
    for state in run.states:
        if run.ends_apart(state):
            continue
        for node in postorder([run.given_back(state)], stop=is_definition):
            stage = known.get(node) if isinstance(node, Definition) else None
            if isinstance(stage, Definition) and not any(e.rule == AFTER_LAST for e in ends.get(stage, ())):
                name = run.task.cotangent_at(stage, moved(state.last, state.step))
                ends.setdefault(stage, []).insert(0, End(name, zero(stage.sizes), AFTER_LAST))
