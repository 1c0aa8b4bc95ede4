"""Every step of a derivation: differentials worked out, substituted, dX taken out, coefficients read off.

The scalar comes first, then each definition, the last one first (paper §6.2). For a definition Z there is

    dZ = d(…) = …                        one rule after the other
    d_{Z}J = ∇_{Z}J · dZ = …             the differential is substituted, and dX taken out

and what stands before · dX is a part of ∇_{X}J. The number of steps for a definition does not depend on
how many definitions there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.calculus.backward import Passed, Walked
from bracketcalc.calculus.complex_slopes import real_part
from bracketcalc.calculus.cotangents import cotangents
from bracketcalc.calculus.derivation import Step, StepKind
from bracketcalc.calculus.equations import (
    cotangent_steps,
    definition_steps,
    differential_of,
    gradient_steps,
    times_of,
)
from bracketcalc.calculus.linear import linear_terms
from bracketcalc.calculus.marks import grouped, ungrouped
from bracketcalc.calculus.rules import LINEARITY, PART, REGROUP, SUBSTITUTION, TAKE_OUT, TAKE_OUT_ALL
from bracketcalc.calculus.task import Task, targets
from bracketcalc.calculus.tidy import tidied
from bracketcalc.calculus.unfold import differential_lines
from bracketcalc.expr.core import Expr, Sum, Tensor, conjugate, constant, product
from bracketcalc.expr.over_time import OverTime, TimeIndex
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import is_zero

MOST_NAMED = 4
"""More differentials than this are not named in a rule."""


def full_steps(task: Task, walked: Walked) -> list[Step]:
    """Return all steps."""
    proof = _Proof(task, walked)
    for passed in walked.passed:
        proof.pass_on(passed)
    known = {step.left for step in proof.steps if step.kind is StepKind.COTANGENT}
    return proof.steps + gradient_steps(task, walked.gradients, known, proof.sources)


class _Proof:
    """The steps so far, and where each variable and definition has its coefficients from."""

    def __init__(self, task: Task, walked: Walked) -> None:
        self.task = task
        self.walked = walked
        self.steps = definition_steps(task)
        self.symbols = task.symbols
        self.changes = frozenset(self.symbols.values())
        self.sources: dict[Expr, list[int]] = {}

    def pass_on(self, passed: Passed) -> None:
        """Add the steps of the scalar or of one definition."""
        task, stage = self.task, passed.stage
        if stage is None:
            last = self._differential(task.name, task.body)
            self._taken_out(passed, last)
            return
        given = tuple(self.sources.get(stage, ()))
        if passed.named:
            self.steps += cotangent_steps(task, stage, passed, self.walked, given)
            given = (len(self.steps) - 1,)
        last = self._differential(stage.name, stage.body)
        used, change = grouped(passed.used), self.symbols[stage]
        line = tidied(_contracted(used, change))
        left = f"d_{{{stage.name}}}{task.name}"
        times = times_of(task, stage)
        self.steps.append(Step(StepKind.PART, PART, left, line, stage.name, uses=given, times=times))
        right = self.steps[last].right
        self._rewrite(SUBSTITUTION, tidied(_contracted(used, grouped(right))), uses=(last,))
        self._taken_out(passed, last)

    def _differential(self, name: str, body: Expr) -> int:
        """Add the lines from d(body) to its differential, and return the number of the last."""
        lines = differential_lines(body, self.symbols, self.task.names)
        for place, (rule, right) in enumerate(lines):
            if place == 0:
                self.steps.append(Step(StepKind.DIFFERENTIAL, rule, f"d{name}", right, name))
            else:
                self._rewrite(rule, right)
        final = differential_of(body, self.task, self.symbols)
        if tidied(ungrouped(lines[-1][1])) != final:
            self._rewrite(REGROUP, final)
        return len(self.steps) - 1

    def _rewrite(
        self, rule: str, right: Expr, symbols: tuple[str, ...] = (), uses: tuple[int, ...] = ()
    ) -> None:
        """Add a line that goes on where the last one ended, unless nothing has changed."""
        last = self.steps[-1]
        if right != last.right:
            place = len(self.steps) - 1
            self.steps.append(Step(last.kind, rule, last.left, right, last.stage, symbols, place, uses))

    def _taken_out(self, passed: Passed, last: int) -> None:
        """Add the lines in which each differential stands alone behind its coefficient."""
        terms = linear_terms(self.steps[last].right, self.changes)
        if not terms:
            return
        right = self.steps[last].right
        before = len(right.terms) if passed.stage is None and isinstance(right, Sum) else 1
        if len(terms) > before:
            used = grouped(passed.used)
            self._rewrite(LINEARITY, tidied(Sum([_contracted(used, grouped(one.shown)) for one in terms])))
        changes = {self.symbols[node]: node for node in passed.received}
        pairs = [pair for term in terms for pair in self._coefficients(term.plain, passed.used, changes)]
        order = list(dict.fromkeys(change for _, change in pairs))
        own = self.task.time_of(passed.stage)
        sums = {
            change: index
            for change in order
            if (index := self.task.time_of(changes[change])) is not None and index != own
        }
        whole = [(passed.received[changes[change]], change) for change in order]
        names = tuple([change.name for change in order])
        rule = f"{TAKE_OUT} {', '.join(names)}" if len(names) <= MOST_NAMED else TAKE_OUT_ALL
        apart = _total(pairs if len(pairs) > len(order) else whole, sums)
        self._rewrite(rule, apart, names if len(names) <= MOST_NAMED else ())
        self._rewrite(REGROUP, _total(whole, sums))
        for coefficient, change in whole:
            if not is_zero(coefficient):
                self.sources.setdefault(changes[change], []).append(len(self.steps) - 1)

    def _coefficients(
        self, term: Expr, used: Expr, changes: Mapping[Tensor, Expr]
    ) -> list[tuple[Expr, Tensor]]:
        """Return what stands before each differential in used · term."""
        inside = [node for node in targets(term, changes) if isinstance(node, Tensor)]
        found = cotangents({term: used}, inside, stop=is_definition)
        return list(zip(self.task.simplified(list(found.values())), inside, strict=True))


def _contracted(left: Expr, right: Expr) -> Expr:
    """Return left · right, for complex tensors Re conj(left) · right."""
    axes = range(right.ndim)
    return real_part(product(1, [(conjugate(left), axes), (right, axes)], ()))


def _total(pairs: Sequence[tuple[Expr, Tensor]], sums: Mapping[Tensor, TimeIndex]) -> Expr:
    """Return the sum of the coefficients · dX; it is written as such, whatever the coefficients are.

    A differential of one time is summed over all times, unless the whole is about that time.
    """
    terms: list[Expr] = []
    for coefficient, change in pairs:
        term = _contracted(grouped(coefficient), change)
        terms.append(OverTime(sums[change], term) if change in sums else term)
    return tidied(Sum(terms)) if terms else constant(0)
