"""Checking a full derivation line by line, with numbers: no rule of the calculus is taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bracketcalc.calculus.derivation import Derivation, Step, StepKind
from bracketcalc.calculus.marks import change_of, is_change
from bracketcalc.calculus.tangents import tangents
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.traverse import definitions_in, depends_on, postorder, substitute, tensors_in
from tests.calculus.numeric import Array, Sizes, shape

EXACT = 1e-10
DIFFERENCES = 1e-6


class Proof:
    """A derivation with random values for its tensors and for the differentials of its variables."""

    def __init__(self, found: Derivation, sizes: Sizes, scale: float = 1.0) -> None:
        rng = np.random.default_rng(0)
        self.steps = found.steps
        self.sizes = sizes
        scalar = next(step for step in found.steps if step.left == found.name).right
        order = postorder([scalar])
        self.name, self.scalar = found.name, scalar
        known = {node.name: node for node in order if isinstance(node, Definition | Tensor)}
        wanted = [known.get(v.name, v) for v in found.wrt]
        inner = {d: depends_on(postorder([d.body]), wanted) for d in definitions_in([scalar])}
        stages = [d for d in inner if d.body in inner[d]]
        free = [v for v in dict.fromkeys(wanted) if v not in stages]
        # A definition that is a variable, and that no other variable changes, varies like a tensor.
        self.opened: dict[Expr, Expr] = {v: Tensor(v.name, v.sizes) for v in free}
        self.arrays: dict[str, Array] = {}
        for tensor in tensors_in([scalar, *wanted]):
            self.arrays[tensor.name] = scale * rng.standard_normal(shape(tensor.sizes, sizes))
        for variable in free:
            if isinstance(variable, Definition):
                self.arrays[variable.name] = evaluate(variable.body, self.arrays, sizes)
        self.symbols = {v: Tensor(f"d{v.name}", v.sizes) for v in (*free, *stages)}
        for v in free:
            self.arrays[f"d{v.name}"] = scale * rng.standard_normal(shape(v.sizes, sizes))
        self.directions = {self.opened[v]: self.symbols[v] for v in free}
        self.random = rng.standard_normal
        for stage in stages:
            self.arrays[f"d{stage.name}"] = self.change(stage.body)
        self.targets = {v.name: v for v in (*wanted, *stages)}

    def free_of_variables(self, expr: Expr) -> Expr:
        return substitute([expr], self.opened)[0]

    def change(self, expr: Expr) -> Array:
        """Return the derivative of an expression along the random differentials, exactly."""
        opened = self.free_of_variables(expr)
        tangent = tangents([opened], self.directions, 0)[0]
        zero = np.zeros(shape(expr.sizes, self.sizes))
        return zero if tangent is None else evaluate(tangent, self.arrays, self.sizes)

    def change_by_differences(self, expr: Expr) -> Array:
        """Return the same from central differences, extrapolated once."""
        opened = self.free_of_variables(expr)

        def value(t: float) -> Array:
            moved = {v.name: self.arrays[v.name] + t * self.arrays[d.name] for v, d in self._pairs()}
            return evaluate(opened, {**self.arrays, **moved}, self.sizes)

        def slope(h: float) -> Array:
            return (value(h) - value(-h)) / (2 * h)

        return (4 * slope(5e-4) - slope(1e-3)) / 3

    def _pairs(self) -> list[tuple[Any, Tensor]]:
        return list(self.directions.items())

    def value(self, right: Expr, changed: Mapping[str, Array] | None = None) -> Array:
        """Return the value of a right side; each d(…) has the value of the exact change."""
        changes = [node for node in postorder([right], stop=_ends) if is_change(node)]
        arrays = {**self.arrays, **(changed or {})}
        standing: dict[Expr, Expr] = {}
        for number, node in enumerate(changes):
            standing[node] = Tensor(f"\0{number}", node.sizes)
            arrays[f"\0{number}"] = self.change(node.argument)
        expr = substitute([right], standing, stop=is_definition)[0]
        return evaluate(self.free_of_variables(expr), arrays, self.sizes)

    def check(self) -> None:
        """Check every step."""
        for number, step in enumerate(self.steps):
            try:
                self._check(step)
            except AssertionError as error:
                raise AssertionError(f"step {number}: {step.left} = {step.right}  [{step.rule}]") from error
        self._check_whole()

    def _check_whole(self) -> None:
        """The gradients along the differentials give the change of the scalar by differences."""
        first = next(step for step in self.steps if step.kind is StepKind.DIFFERENTIAL)
        assert first.left == f"d{self.name}"
        gradients = {
            step.stage: self.value(step.right)
            for step in self.steps
            if step.kind in (StepKind.COTANGENT, StepKind.GRADIENT)
        }
        parts = [np.vdot(gradients[v.name], self.arrays[d.name]) for v, d in self._pairs()]
        close(sum(parts), self.change_by_differences(self.scalar), DIFFERENCES)

    def _check(self, step: Step) -> None:
        value = self.value(step.right)
        if step.rewrites is not None:
            before = self.steps[step.rewrites]
            assert (before.left, before.kind, before.stage) == (step.left, step.kind, step.stage)
            close(value, self.value(before.right), EXACT)
        elif step.kind is StepKind.DIFFERENTIAL:
            (body,) = [
                one.right
                for one in self.steps
                if one.kind is StepKind.DEFINITION and one.left == step.stage
            ]
            symbols: dict[Expr, Expr] = dict(self.symbols.items())
            assert step.right in (change_of(body), symbols.get(body))
            close(value, self.change_by_differences(body), DIFFERENCES)
            if step.stage in self.targets:
                close(value, self.arrays[step.left], EXACT)
        elif step.kind in (StepKind.COTANGENT, StepKind.GRADIENT):
            self._check_read_off(step, value)
        elif step.kind is StepKind.PART:
            self._check_part(step)

    def _check_read_off(self, step: Step, value: Array) -> None:
        """The coefficient of · dX is what the steps named say where X alone changes."""
        direction = self.random(value.shape)
        close(np.vdot(value, direction), self._received(step, direction), EXACT)

    def _check_part(self, step: Step) -> None:
        """∇_{Z}J · dZ is the cotangent named before, or what the steps named say, for any dZ."""
        direction = self.random(self.arrays[f"d{step.stage}"].shape)
        named = self.steps[step.uses[0]]
        if named.kind is StepKind.COTANGENT:
            assert (named.stage, len(step.uses)) == (step.stage, 1)
            expected: Any = np.vdot(self.value(named.right), direction)
        else:
            expected = self._received(step, direction)
        close(self.value(step.right, self._alone(step.stage, direction)), expected, EXACT)

    def _received(self, step: Step, direction: Any) -> Any:
        alone = self._alone(step.stage, direction)
        return np.array(sum(self.value(self.steps[place].right, alone) for place in step.uses))

    def _alone(self, name: str, direction: Any) -> dict[str, Array]:
        """Return the differentials where one of them is given and the others are zero."""
        zeros = {symbol.name: np.zeros_like(self.arrays[symbol.name]) for symbol in self.symbols.values()}
        return {**zeros, f"d{name}": direction}


def _ends(node: Expr) -> bool:
    return is_definition(node) or is_change(node)


def close(one: Any, two: Any, tolerance: float) -> None:
    """Compare to a relative tolerance of the largest entry."""
    scale = max(1.0, float(np.max(np.abs(two), initial=0.0)))
    np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * scale)
