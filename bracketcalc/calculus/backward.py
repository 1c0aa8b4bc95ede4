"""The backward part of a derivation: from the scalar to its variables, the last definition first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bracketcalc.calculus.cotangents import cotangents, total
from bracketcalc.calculus.derivation import Times
from bracketcalc.calculus.derivatives import Variable
from bracketcalc.calculus.task import Task, targets
from bracketcalc.expr.core import Delta, Elementwise, Expr, OneHot, Product, Sum, Tensor, constant
from bracketcalc.expr.nodes import Definition
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.powers import as_power
from bracketcalc.simplify.products import as_product, is_zero, zero
from bracketcalc.traverse import postorder


@dataclass(frozen=True, slots=True)
class Passed:
    """What one definition passes on.

    Attributes:
        stage: the definition; None for the scalar itself.
        cotangent: what it has received in all; 1 for the scalar.
        used: the cotangent as what follows uses it: its name, or itself where no name is worth it.
        received: what it gives to each variable and definition that its body uses.
    """

    stage: Definition | None
    cotangent: Expr
    used: Expr
    received: dict[Expr, Expr]

    @property
    def named(self) -> bool:
        """Return whether the cotangent has got a name."""
        return self.stage is not None and self.used is not self.cotangent


@dataclass(frozen=True, slots=True)
class End:
    """The equation of a cotangent at an end of the time.

    Attributes:
        name: that of the cotangent there.
        right: its value.
        rule: why it has the value.
        times: the times for which the general equation holds, if not for all.
    """

    name: str
    right: Expr
    rule: str
    times: Times | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk from the scalar to its variables has found.

    Attributes:
        passed: what the scalar and each definition pass on, in the order of the walk.
        gradients: what the variables have received.
        ends: for definitions of one time, the equations of their cotangents at the ends of the time.
    """

    passed: Sequence[Passed]
    gradients: Sequence[Expr]
    ends: Mapping[Definition, Sequence[End]] = field(default_factory=dict)


def walked(task: Task) -> Walked:
    """Return what the walk through the definitions of a task finds."""
    backward = Backward(task)
    passed = list(backward.walk())
    return Walked(passed, backward.gradients())


class Backward:
    """What each variable and definition has received so far."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.wanted: set[Expr] = {*task.stages, *task.variables}
        self.parts: dict[Expr, list[Expr]] = {}

    def walk(self) -> Iterator[Passed]:
        """Yield what the scalar passes on, then each definition, the last one first."""
        task = self.task
        one = constant(1)
        yield self._add(Passed(None, one, one, self._received(task.body, one)))
        for stage in reversed(task.stages):
            cotangent = self._whole(stage)
            if not is_zero(cotangent):
                yield self._add(self._passed(stage, cotangent))

    def gradients(self) -> list[Expr]:
        """Return what the variables have received."""
        return self._settled(self.task.variables)

    def _whole(self, stage: Definition) -> Expr:
        """Return what a definition has received in all."""
        return self._settled([stage])[0]

    def _passed(self, stage: Definition, cotangent: Expr) -> Passed:
        """Return what a definition with a cotangent passes on, by name where it is worth one."""
        named = Definition(self.task.cotangents[stage], cotangent)
        through = self._received(stage.body, named)
        is_short = _length([cotangent]) < 2
        asked = stage in self.task.variables
        worth_it = asked or not (is_short or _may_cancel([cotangent, *through.values()]))
        direct = through if worth_it else self._received(stage.body, cotangent)
        if worth_it or _length(direct.values()) > _length(through.values()):
            return Passed(stage, cotangent, named, through)
        return Passed(stage, cotangent, cotangent, direct)

    def _received(self, inside: Expr, seed: Expr) -> dict[Expr, Expr]:
        """Return what a body with the given cotangent gives to each target, simplified."""
        found = cotangents({inside: seed}, targets(inside, self.wanted), stop=is_definition)
        return dict(zip(found, self.task.simplified(list(found.values())), strict=True))

    def _add(self, passed: Passed) -> Passed:
        for target, part in passed.received.items():
            self.parts.setdefault(target, []).append(part)
        return passed

    def _settled(self, nodes: Sequence[Variable]) -> list[Expr]:
        """Return the whole cotangents of nodes to which nothing more will be added."""
        sums = [total(self.parts[t]) if t in self.parts else zero(t.sizes) for t in nodes]
        return self.task.simplified(sums)


def _may_cancel(exprs: Iterable[Expr]) -> bool:
    """Return whether a product with one of the expressions may be shorter than its factors.

    Powers add up, inverses meet their matrices, deltas, one-hots and ones go away. A product that has
    none of them as factors keeps all its factors, whatever else they are.
    """
    stack = list(exprs)
    while stack:
        node = stack.pop()
        if isinstance(node, Product):
            stack.extend(node.factors)
        elif isinstance(node, Sum):
            inside = [factor for term in node.terms for factor in as_product(term).factors]
            if any(isinstance(factor, Delta | OneHot) for factor in inside):
                return True
        elif not isinstance(node, Tensor | Definition | Elementwise) or as_power(node)[0] is not node:
            return True
    return False


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
