"""The equations of a derivation: definitions, differentials, cotangents and gradients."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bracketcalc.calculus.backward import Passed, Walked
from bracketcalc.calculus.derivation import Step, StepKind, Times
from bracketcalc.calculus.derivatives import Variable
from bracketcalc.calculus.rules import COEFFICIENT, DEFINITION, rule_name
from bracketcalc.calculus.tangents import tangents
from bracketcalc.calculus.task import Task, targets
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import zero


def definition_steps(task: Task) -> list[Step]:
    """Return the equations of the definitions and of the scalar."""
    steps = [
        Step(StepKind.DEFINITION, DEFINITION, d.name, d.body, d.name, times=times_of(task, d))
        for d in task.definitions
    ]
    return [*steps, Step(StepKind.DEFINITION, DEFINITION, task.name, task.body, task.name)]


def times_of(task: Task, node: Expr) -> Times | None:
    """Return all times, for what stands for one of them."""
    index = task.time_of(node)
    return None if index is None else Times(index.letter, "1", index.last)


def differential_steps(task: Task) -> list[Step]:
    """Return the differential of each stage, and of the scalar, in terms of those of what it uses."""
    symbols = task.symbols
    bodies = [
        *((stage.name, stage.body, times_of(task, stage)) for stage in task.stages),
        (task.name, task.body, None),
    ]
    return [
        Step(
            StepKind.DIFFERENTIAL,
            rule_name(body),
            f"d{name}",
            differential_of(body, task, symbols),
            name,
            times=times,
        )
        for name, body, times in bodies
    ]


def differential_of(body: Expr, task: Task, symbols: Mapping[Expr, Tensor]) -> Expr:
    """Return the simplified differential of a body in terms of the symbols of what it uses."""
    used = {node: symbols[node] for node in targets(body, symbols)}
    tangent = tangents([body], used, 0, stop=is_definition)[0]
    return task.simplified([zero(body.sizes) if tangent is None else tangent])[0]


def backward_steps(task: Task, walked: Walked) -> list[Step]:
    """Return the equations of the cotangents, last stage first, and of the gradients."""
    steps: list[Step] = []
    for passed in walked.passed:
        if passed.stage is not None and passed.named:
            steps += cotangent_steps(task, passed.stage, passed, walked)
    return steps + gradient_steps(task, walked.gradients, {step.left for step in steps})


def cotangent_steps(
    task: Task, stage: Definition, passed: Passed, walked: Walked, uses: tuple[int, ...] = ()
) -> list[Step]:
    """Return the equations of the cotangent of a definition: one, and those of the ends of the time."""
    step = coefficient_step(task, StepKind.COTANGENT, stage, passed.cotangent, uses)
    ends = walked.ends.get(stage, ())
    kept = [end.times for end in ends if end.times is not None]
    steps = [replace(step, left=end.name, right=end.right, rule=end.rule, symbols=()) for end in ends]
    return [*(replace(one, times=None) for one in steps), replace(step, times=kept[0]) if kept else step]


def gradient_steps(
    task: Task,
    gradients: Sequence[Expr],
    known: Container[str],
    sources: Mapping[Expr, Sequence[int]] = MappingProxyType({}),
) -> list[Step]:
    """Return the equations of the gradients.

    Args:
        task: what is derived.
        gradients: the gradient of each variable.
        known: the names of the cotangents that have equations already.
        sources: the numbers of the steps from which each variable has its coefficients.
    """
    return [
        coefficient_step(task, StepKind.GRADIENT, variable, right, tuple(sources.get(variable, ())))
        for variable, right in zip(task.variables, gradients, strict=True)
        if task.cotangents[variable] not in known
    ]


def coefficient_step(
    task: Task, kind: StepKind, target: Variable, right: Expr, uses: tuple[int, ...] = ()
) -> Step:
    """Return the equation of what stands before · dX."""
    symbol = f"d{target.name}"
    rule = f"{COEFFICIENT} {symbol}"
    return Step(
        kind,
        rule,
        task.cotangents[target],
        right,
        target.name,
        (symbol,),
        uses=uses,
        times=times_of(task, target),
    )
