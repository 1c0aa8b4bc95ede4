"""Derivations: the equations that lead from an expression to its gradients, one named rule each.

A derivation follows the definitions of the expression. Each definition gets its own differential, and
each cotangent gets a name, so the number of equations and their length grow linearly with the number of
definitions (paper §6.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bracketcalc.calculus.cotangents import cotangents, total
from bracketcalc.calculus.derivatives import (
    Variable,
    differential_symbol,
    fold,
    names_of,
    variable_list,
)
from bracketcalc.calculus.tangents import tangents
from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, as_expr, constant
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.expr.shapes import describe
from bracketcalc.simplify.engine import is_definition, simplify_all
from bracketcalc.simplify.products import is_zero, zero
from bracketcalc.traverse import definitions_in, depends_on, postorder, tensors_in


class StepKind(Enum):
    """What an equation of a derivation defines."""

    DEFINITION = "definition"
    DIFFERENTIAL = "differential"
    COTANGENT = "cotangent"
    GRADIENT = "gradient"


@dataclass(frozen=True, slots=True)
class Step:
    """One equation ``left = right`` of a derivation, and the rule that gives it.

    Attributes:
        kind: what the equation defines.
        rule: the name of the rule, with its place in the paper.
        left: the name of what the equation defines.
        right: the expression.
    """

    kind: StepKind
    rule: str
    left: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Derivation:
    """The equations from a scalar expression to its gradients.

    Attributes:
        expression: the differentiated expression.
        name: what it is called in the equations.
        wrt: the variables.
        steps: the equations, in order: definitions, differentials, cotangents, gradients.
        gradients: one expression for each variable, in terms of the named cotangents.
    """

    expression: Expr
    name: str
    wrt: tuple[Variable, ...]
    steps: tuple[Step, ...]
    gradients: tuple[Expr, ...]

    def equations(self) -> list[Step]:
        """Return the final equations: the definitions, the named cotangents and the gradients.

        The differentials, which lead there, are left out.
        """
        return [step for step in self.steps if step.kind is not StepKind.DIFFERENTIAL]

    def __str__(self) -> str:
        width = max((len(step.left) for step in self.steps), default=0)
        lines = [(f"{step.left:>{width}} = {step.right}", step.rule) for step in self.steps]
        reach = max((len(line) for line, _ in lines), default=0)
        return "\n".join(f"{line:<{reach}}   [{rule}]" for line, rule in lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if Expr.display is None:
            return {"text/plain": str(self)}
        rows = [(step.left, step.right) for step in self.steps]
        return {"text/plain": str(self), "text/latex": Expr.display.equations(rows)}


def derive(expr: Expr, wrt: Expr | Sequence[Expr]) -> Derivation:
    """Return the derivation of the gradients of a scalar (paper §3.1, §6).

    Args:
        expr: a scalar expression; its definitions are the intermediates of the derivation.
        wrt: a tensor or definition, or a sequence of them.

    Returns:
        The equations. The cotangent ∇_{Z}J of a definition Z is a definition of its own, used by name in
        what follows, unless what follows is no longer without the name. The gradients can be compiled
        together with the expression.

    Raises:
        DerivativeError: if ``expr`` is not a scalar, for a function without a derivative, or if a name
            would stand for two things.

    Example:
        >>> from bracketcalc.expr.algebra import dot
        >>> from bracketcalc.expr.build import define, tensors
        >>> X, w, y = tensors("X[n,d] w[d] y[n]")
        >>> z = define("z", X @ w - y)
        >>> [step.left for step in derive(dot(z, z) / 2, w).steps]
        ['z', 'J', 'dz', 'dJ', '∇_{w}J']
    """
    expr = as_expr(expr)
    if expr.ndim != 0:
        raise DerivativeError(
            f"{describe(expr)} has {expr.ndim} axes: a derivation of gradients starts from a scalar",
            hint="contract it with a cotangent first",
        )
    variables = variable_list(wrt)
    task = _task(expr, variables)
    _check_names(task)
    named = [*((d.name, d.body) for d in task.definitions), (task.name, task.body)]
    steps = [Step(StepKind.DEFINITION, "definition", name, body) for name, body in named]
    steps += _differentials(task)
    backward, gradients = _Backward(task).steps()
    return Derivation(expr, task.name, tuple(variables), (*steps, *backward), tuple(gradients))


def _check_names(task: _Task) -> None:
    """Refuse a derivation in which one name would stand for two things."""
    nodes = {*tensors_in([task.body]), *task.definitions, *task.variables}
    names = [node.name for node in nodes] + [task.name]
    names += [f"d{name}" for name in {*(node.name for node in (*task.stages, *task.variables)), task.name}]
    for name, count in Counter(names).items():
        if count > 1:
            raise DerivativeError(
                f"{name} would stand for {count} different things in the derivation",
                hint="rename one of them, or name the expression with define",
            )


@dataclass(frozen=True, slots=True)
class _Task:
    """What is derived: the body of the scalar and its definitions.

    Attributes:
        name: what the scalar is called.
        body: its expression.
        variables: the tensors and definitions of which gradients are wanted.
        definitions: all definitions, each after those it uses.
        stages: those whose body depends on a variable.
        names: the definition of each body.
    """

    name: str
    body: Expr
    variables: Sequence[Variable]
    definitions: Sequence[Definition]
    stages: Sequence[Definition]
    names: Mapping[Expr, Definition]

    def simplified(self, exprs: Sequence[Expr]) -> list[Expr]:
        """Return the expressions simplified and written with the definitions."""
        return fold(simplify_all(fold(exprs, self.names)), self.names)


def _task(expr: Expr, variables: Sequence[Variable]) -> _Task:
    body, name = (expr.body, expr.name) if isinstance(expr, Definition) else (expr, "J")
    definitions = definitions_in([body])
    active = depends_on(postorder([body]), variables)
    stages = [d for d in definitions if d.body in active]
    return _Task(name, body, variables, definitions, stages, names_of(definitions))


def _differentials(task: _Task) -> list[Step]:
    """Return the differential of each stage in terms of those of the stages it uses."""
    steps = []
    symbols: dict[Expr, Expr] = {v: differential_symbol(v) for v in (*task.variables, *task.stages)}
    for label, inside in [*((stage.name, stage.body) for stage in task.stages), (task.name, task.body)]:
        used = {node: symbols[node] for node in postorder([inside], stop=is_definition) if node in symbols}
        tangent = tangents([inside], used, 0, stop=is_definition)[0]
        known = zero(inside.sizes) if tangent is None else tangent
        right = task.simplified([known])[0]
        steps.append(Step(StepKind.DIFFERENTIAL, _rule_name(inside), f"d{label}", right))
    return steps


def _rule_name(body: Expr) -> str:
    """Return the name of the rule that differentiates the outermost operation of a body."""
    if isinstance(body, Elementwise):
        return "element-wise function (17)"
    if isinstance(body, Map):
        return "function on sub-tensors (32)"
    if isinstance(body, Sum):
        return "linearity §4.1"
    if isinstance(body, Product) and len(body.factors) > 1:
        return "product rule §4.2"
    return "substitution §3.1"


class _Backward:
    """The backward part of a derivation: what each variable and stage has received so far."""

    def __init__(self, task: _Task) -> None:
        self.task = task
        self.wanted: set[Expr] = {*task.stages, *task.variables}
        self.parts: dict[Expr, list[Expr]] = {}

    def steps(self) -> tuple[list[Step], list[Expr]]:
        """Return the equations of the cotangents, last stage first, and the gradients."""
        task, steps = self.task, []
        asked = set(task.variables)
        self._add(self._received(task.body, constant(1)))
        for stage in reversed(task.stages):
            cotangent = self._settled([stage])[0]
            if is_zero(cotangent):
                continue
            named = Definition(self._name(stage), cotangent)
            through, direct = self._received(stage.body, named), self._received(stage.body, cotangent)
            if stage not in asked and _length(direct.values()) <= _length(through.values()):
                self._add(direct)
                continue
            steps.append(self._step(StepKind.COTANGENT, stage, cotangent))
            self._add(through)
        gradients = self._settled(task.variables)
        known = {step.left for step in steps}
        for variable, result in zip(task.variables, gradients, strict=True):
            if self._name(variable) not in known:
                steps.append(self._step(StepKind.GRADIENT, variable, result))
        return steps, gradients

    def _step(self, kind: StepKind, target: Variable, right: Expr) -> Step:
        return Step(kind, f"coefficient of · d{target.name}", self._name(target), right)

    def _name(self, target: Variable) -> str:
        return f"∇_{{{target.name}}}{self.task.name}"

    def _received(self, inside: Expr, seed: Expr) -> dict[Expr, Expr]:
        """Return what a body with the given cotangent gives to each target, simplified."""
        targets = [node for node in postorder([inside], stop=is_definition) if node in self.wanted]
        found = cotangents({inside: seed}, targets, stop=is_definition)
        return dict(zip(found, self.task.simplified(list(found.values())), strict=True))

    def _add(self, received: dict[Expr, Expr]) -> None:
        for target, part in received.items():
            self.parts.setdefault(target, []).append(part)

    def _settled(self, targets: Sequence[Variable]) -> list[Expr]:
        """Return the whole cotangents of targets to which nothing more will be added."""
        sums = [total(self.parts[t]) if t in self.parts else zero(t.sizes) for t in targets]
        return self.task.simplified(sums)


def _length(exprs: Iterable[Expr]) -> int:
    """Return how many names, numbers and functions it takes to write the expressions down.

    A cotangent is worth a name only where its own terms do not cancel in what it is multiplied with: the
    softmax and the logarithm of a cross-entropy do, and the result is shorter without the name (§6.3.1).
    """
    order = postorder(exprs, stop=is_definition)
    lengths: dict[Expr, int] = {}
    for node in order:
        inner = 0 if is_definition(node) else sum(lengths[child] for child in node.children)
        lengths[node] = inner + (0 if isinstance(node, Product | Sum) else 1)
    return sum(lengths[expr] for expr in exprs)
