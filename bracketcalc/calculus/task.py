"""What a derivation is about: the scalar, its definitions, and the names that its equations use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.calculus.derivatives import Variable, differential_symbol, fold, names_of
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
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
    """

    name: str
    body: Expr
    variables: Sequence[Variable]
    definitions: Sequence[Definition]
    stages: Sequence[Definition]
    names: Mapping[Expr, Definition]
    cotangents: Mapping[Expr, str]

    @property
    def symbols(self) -> dict[Expr, Tensor]:
        """Return the tensor dX for each variable and stage X."""
        return {node: differential_symbol(node) for node in (*self.variables, *self.stages)}

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
    if isinstance(names, str):
        cotangents.update(_numbered(names, stages, {*stages, *variables}))
    elif names is not None:
        cotangents.update(_chosen(names, {*definitions}))
    task = Task(name, body, variables, definitions, stages, names_of(definitions), cotangents)
    _check_names(task)
    return task


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


def _check_names(task: Task) -> None:
    """Refuse a derivation in which one name would stand for two things."""
    nodes = {*tensors_in([task.body]), *task.definitions, *task.variables}
    names = [node.name for node in nodes] + [task.name, *task.cotangents.values()]
    names += [f"d{name}" for name in {*(node.name for node in (*task.stages, *task.variables)), task.name}]
    for name, count in Counter(names).items():
        if count > 1:
            raise DerivativeError(
                f"{name} would stand for {count} different things in the derivation",
                hint="rename one of them, or name the expression with define",
            )
