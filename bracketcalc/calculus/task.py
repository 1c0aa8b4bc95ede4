"""What a derivation is about: the scalar, its definitions, and the names that its equations use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from bracketcalc.calculus.derivatives import Variable, differential_symbol, fold, names_of
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.over_time import TimeIndex, at_time
from bracketcalc.expr.shapes import describe
from bracketcalc.simplify.engine import is_definition, simplify_all
from bracketcalc.traverse import definitions_in, depends_on, postorder, tensors_in


@dataclass(frozen=True, slots=True)
class Task:
    """What is derived: the body of the scalar and its definitions.

    Attributes:
        name: what the scalar is called.
        body: its expression.
        variables: the tensors and definitions of which gradients are wanted.
        definitions: all definitions, each after those it uses.
        stages: those whose body depends on a variable.
        names: the definition of each body.
        cotangents: the name of the cotangent of each variable and stage.
        times: for what stands for one time, its name without the time, and the time (paper §6.4).
        chosen: the names of cotangents that were chosen, without a time.
        links: the tensors that stand for states of other times, Z_{t-1} with its t, and Z_τ without.
    """

    name: str
    body: Expr
    variables: Sequence[Variable]
    definitions: Sequence[Definition]
    stages: Sequence[Definition]
    names: Mapping[Expr, Definition]
    cotangents: Mapping[Expr, str]
    times: Mapping[Expr, tuple[str, TimeIndex]] = field(default_factory=dict)
    chosen: Mapping[Expr, str] = field(default_factory=dict)
    links: Mapping[Tensor, TimeIndex | None] = field(default_factory=dict)

    @property
    def symbols(self) -> dict[Expr, Tensor]:
        """Return the tensor dX for each variable, stage and link X."""
        return {node: differential_symbol(node) for node in (*self.variables, *self.stages, *self.links)}

    def time_of(self, node: Expr | None) -> TimeIndex | None:
        """Return the time of what stands for one time, or None."""
        if isinstance(node, Tensor) and node in self.links:
            return self.links[node]
        return None if node is None or node not in self.times else self.times[node][1]

    def cotangent_at(self, node: Expr, time: str) -> str:
        """Return the name of the cotangent of what stands for one time, at that time."""
        if node in self.chosen:
            return at_time(self.chosen[node], time)
        return f"∇_{{{at_time(self.times[node][0], time)}}}{self.name}"

    def simplified(self, exprs: Sequence[Expr]) -> list[Expr]:
        """Return the expressions simplified and written with the definitions."""
        return fold(simplify_all(fold(exprs, self.names)), self.names)


CotangentNames = str | Mapping[Expr, str]
"""A letter for the cotangents that are used several times, or the names of some cotangents."""


def task_of(expr: Expr, variables: Sequence[Variable], names: CotangentNames | None = None) -> Task:
    """Return what is derived, after checking that no name stands for two things.

    Args:
        expr: a scalar expression, or a definition of one.
        variables: of which gradients are wanted.
        names: how cotangents are called instead of ∇_{Z}J.

    Raises:
        DerivativeError: if a name would stand for two things.
        ArgumentError: for a name of something that is no definition in the expression.
    """
    body, name = (expr.body, expr.name) if isinstance(expr, Definition) else (expr, "J")
    definitions = definitions_in([body])
    active = depends_on(postorder([body]), variables)
    stages = [d for d in definitions if d.body in active]
    cotangents: dict[Expr, str] = {
        node: f"∇_{{{node.name}}}{name}" for node in dict.fromkeys((*variables, *stages))
    }
    cotangents.update(chosen_names(names, stages, variables, definitions))
    task = Task(name, body, variables, definitions, stages, names_of(definitions), cotangents)
    check_names(task, [task.body])
    return task


def chosen_names(
    names: CotangentNames | None,
    stages: Sequence[Definition],
    variables: Sequence[Variable],
    definitions: Sequence[Definition],
) -> dict[Expr, str]:
    """Return the names of cotangents that are not ∇_{Z}J.

    Raises:
        ArgumentError: for a name of something that is no definition in the expression.
    """
    if isinstance(names, str):
        return _numbered(names, stages, {*stages, *variables})
    return {} if names is None else _chosen(names, {*definitions})


def _numbered(letter: str, stages: Sequence[Definition], wanted: set[Expr]) -> dict[Expr, str]:
    """Return S_1, S_2, … for the definitions whose cotangents go to several variables or definitions."""
    several = [stage for stage in stages if len(targets(stage.body, wanted)) > 1]
    return {stage: f"{letter}_{number}" for number, stage in enumerate(several, start=1)}


def _chosen(names: Mapping[Expr, str], definitions: set[Expr]) -> dict[Expr, str]:
    for node in names:
        if node not in definitions:
            raise ArgumentError(
                f"{describe(node)} is no definition in the expression, so its cotangent has no name",
                hint="name it with define first",
            )
    return dict(names)


def targets(inside: Expr, wanted: Container[Expr]) -> list[Expr]:
    """Return which of the wanted variables and definitions an expression uses, in order."""
    return [node for node in postorder([inside], stop=is_definition) if node in wanted]


def check_names(task: Task, roots: Sequence[Expr]) -> None:
    """Refuse a derivation in which one name would stand for two things.

    Raises:
        DerivativeError: with the name.
    """
    nodes = {*tensors_in(roots), *task.definitions, *task.variables}
    names = [node.name for node in nodes] + [task.name, *task.cotangents.values()]
    names += [f"d{name}" for name in {*(node.name for node in (*task.stages, *task.variables)), task.name}]
    for name, count in Counter(names).items():
        if count > 1:
            raise DerivativeError(
                f"{name} would stand for {count} different things in the derivation",
                hint="rename one of them, or name the expression with define",
            )
