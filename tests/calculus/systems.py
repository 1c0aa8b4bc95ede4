"""Solves the equations of a derivation as they stand: a name is looked up, at its time, when needed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

import bracketcalc as bc
from bracketcalc.calculus.derivation import Derivation, Step, StepKind
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.over_time import OverTime
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.traverse import postorder, substitute

Array = np.ndarray
_SUBSCRIPT = re.compile(r"_\{([^{}]*)\}|_(\w)(?![\w{])")


class System:
    """The equations of a derivation, and the values of what they start from."""

    def __init__(self, found: Derivation, values: Mapping[str, Array]) -> None:
        self.values = dict(values)
        tensors = [node for node in postorder([found.expression]) if isinstance(node, Tensor)]
        self.sizes = {
            size.name: extent
            for node in tensors
            for size, extent in zip(node.sizes, values[node.name].shape, strict=True)
            if isinstance(size, Size)
        }
        self.values.update({self.name(name): value for name, value in values.items()})
        self.equations: dict[str, tuple[Step, str, int]] = {}
        for step in found.steps:
            if step.kind in (StepKind.DIFFERENTIAL, StepKind.PART) or step.rewrites is not None:
                continue
            times = step.times
            if times is None:
                assert self.equations.setdefault(self.name(step.left), (step, "", 0))[0] is step
                continue
            for time in range(self.number(times.first), self.number(times.last) + 1):
                key = self.name(step.left, times.letter, time)
                assert self.equations.setdefault(key, (step, times.letter, time))[0] is step

    def number(self, text: str) -> int:
        """Return the value of 1, τ or τ-1."""
        stem, sign, offset = re.fullmatch(r"(\w+?)(?:([+-])(\d+))?", text).groups()  # type: ignore[union-attr]
        value = self.sizes[stem] if stem in self.sizes else int(stem)
        return value + int(f"{sign}{offset}") if sign else value

    def name(self, name: str, letter: str = "", time: int = 0) -> str:
        """Return a name with numbers for its times."""
        known = {**{size: str(value) for size, value in self.sizes.items()}, letter: str(time)}

        def one(piece: str) -> str:
            stem, sign, offset = re.fullmatch(r"(.*?)(?:([+-])(\d+))?", piece).groups()  # type: ignore[union-attr]
            value = known.get(stem, stem)
            return str(int(value) + int(f"{sign}{offset}")) if sign else value

        def pieces(match: re.Match[str]) -> str:
            inside = match.group(1) if match.group(1) is not None else match.group(2)
            return "_{" + ",".join(map(one, inside.split(","))) + "}"

        # The subscript of a subscript first: that of ∇_{A_{t+1}}J.
        outer = re.fullmatch(r"∇_\{(.*)\}(\w+)", name)
        if outer:
            return f"∇_{{{self.name(outer.group(1), letter, time)}}}{outer.group(2)}"
        return _SUBSCRIPT.sub(pieces, name)

    def value(self, name: str) -> Array:
        """Return the value of a name whose times are numbers."""
        if name not in self.values:
            if name in self.equations:
                step, letter, time = self.equations[name]
                self.values[name] = self.evaluated(step.right, letter, time)
            else:
                stem, time_text = re.fullmatch(r"(.*)_\{(\d+)\}", name).groups()  # type: ignore[union-attr]
                self.values[name] = self.values[stem][int(time_text) - 1]
        return self.values[name]

    def named(self, node: Tensor | Definition, letter: str, time: int) -> Array:
        """Return the value of a name inside of an equation for one time.

        Behind the last step only cotangents have values, which are zero: what they are multiplied with may
        be anything.
        """
        if node.name in self.values:
            return self.values[node.name]
        name = self.name(node.name, letter, time)
        try:
            return self.value(name)
        except LookupError:
            assert not name.startswith("∇"), name
            return np.full([self.sizes[s.name] if isinstance(s, Size) else s for s in node.sizes], 0.7)

    def evaluated(self, expr: Expr, letter: str = "", time: int = 0) -> Array:
        """Return the value of a right side at one time."""
        found: dict[Expr, Expr] = {}
        arrays: dict[str, Array] = {}
        order = postorder([expr], stop=lambda node: is_definition(node) or isinstance(node, OverTime))
        for place, node in enumerate(order):
            if isinstance(node, OverTime):
                last = self.number(node.index.last)
                terms = [self.evaluated(node.body, node.index.letter, k + 1) for k in range(last)]
                extents = [self.sizes[s.name] if isinstance(s, Size) else s for s in node.sizes]
                value = np.sum(terms, axis=0) if terms else np.zeros(extents)
            elif isinstance(node, Tensor | Definition):
                value = self.named(node, letter, time)
            else:
                continue
            found[node] = bc.tensor(f"v{place}", node.sizes)
            arrays[f"v{place}"] = value
        (plain,) = substitute([expr], found)
        return evaluate(plain, arrays, self.sizes)


def check_system(
    loss: Expr, wrt: list[Expr], values: Mapping[str, Array], detail: str = "result", **options: object
) -> Derivation:
    """Assert that the printed equations have the gradients as their solutions; return the derivation."""
    found = bc.derive(loss, wrt, detail=detail, **options)  # type: ignore[arg-type]
    system = System(found, values)
    steps = {step.stage: step for step in found.steps if step.kind is StepKind.GRADIENT}
    np.testing.assert_allclose(system.value("J"), evaluate(loss, values, system.sizes), rtol=1e-12)
    for variable, gradient in zip(wrt, found.gradients, strict=True):
        expected = evaluate(gradient, values, system.sizes)
        assert isinstance(variable, Tensor)
        step = steps.get(variable.name) or next(
            s for s in found.steps if variable.name in s.left and s.times
        )
        if step.times is None:
            solved = system.value(system.name(step.left))
        else:
            last = system.number(step.times.last)
            names = [system.name(step.left, step.times.letter, k + 1) for k in range(last)]
            solved = np.array([system.value(name) for name in names]).reshape(expected.shape)
        np.testing.assert_allclose(solved, expected, rtol=1e-10, atol=1e-12)
    return found
