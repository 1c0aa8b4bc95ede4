"""The equations of a derivation: definitions, differentials, cotangents and gradients."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType

from bracketcalc.calculus.backward import Backward
from bracketcalc.calculus.derivation import Step, StepKind
from bracketcalc.calculus.derivatives import Variable
from bracketcalc.calculus.rules import COEFFICIENT, DEFINITION, rule_name
from bracketcalc.calculus.tangents import tangents
from bracketcalc.calculus.task import Task, targets
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import zero


def definition_steps(task: Task) -> list[Step]:
    """Return the equations of the definitions and of the scalar."""
    named = [*((d.name, d.body) for d in task.definitions), (task.name, task.body)]
    return [Step(StepKind.DEFINITION, DEFINITION, name, body, name) for name, body in named]


def differential_steps(task: Task) -> list[Step]:
    """Return the differential of each stage, and of the scalar, in terms of those of what it uses."""
    symbols = task.symbols
    bodies = [*((stage.name, stage.body) for stage in task.stages), (task.name, task.body)]
    return [
        Step(StepKind.DIFFERENTIAL, rule_name(body), f"d{name}", differential_of(body, task, symbols), name)
        for name, body in bodies
    ]


def differential_of(body: Expr, task: Task, symbols: Mapping[Expr, Tensor]) -> Expr:
    """Return the simplified differential of a body in terms of the symbols of what it uses."""
    used = {node: symbols[node] for node in targets(body, symbols)}
    tangent = tangents([body], used, 0, stop=is_definition)[0]
    return task.simplified([zero(body.sizes) if tangent is None else tangent])[0]


def backward_steps(task: Task) -> tuple[list[Step], list[Expr]]:
    """Return the equations of the cotangents, last stage first, and the gradients."""
    backward = Backward(task)
    steps = [
        coefficient_step(task, StepKind.COTANGENT, passed.stage, passed.cotangent)
        for passed in backward.walk()
        if passed.stage is not None and passed.named
    ]
    gradients = backward.gradients()
    return steps + gradient_steps(task, gradients, {step.left for step in steps}), gradients


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
    return Step(kind, rule, task.cotangents[target], right, target.name, (symbol,), uses=uses)
