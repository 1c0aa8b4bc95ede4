"""How a recurrence is written: what is kept of every step, the step, where it starts, what it runs over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Expr
from bracketcalc.expr.records import operator_name
from bracketcalc.expr.recurrence import Recurrence, Repeated, after_step, bodies, first_state
from bracketcalc.expr.shapes import show_size
from bracketcalc.render.layout import Apply, Formula, Level, Piece
from bracketcalc.render.plans import Plan, Tie
from bracketcalc.render.spelling import Spelling
from bracketcalc.traverse import definitions_in


@dataclass(slots=True, eq=False, repr=False)
class Steps(Formula):
    """A recurrence in words: its kind, and rows with a name, a sign and a formula each."""

    kind: str
    rows: tuple[tuple[str, str], ...]
    parts: tuple[Formula, ...]

    @property
    def level(self) -> Level:
        return Level.APPLY

    @property
    def operands(self) -> tuple[Formula, ...]:
        return self.parts


@dataclass(slots=True, eq=False, repr=False)
class OverTimes(Formula):
    """The sum of a formula over the times from 1 to the last one."""

    letter: str
    last: str
    body: Formula
    spans = True

    @property
    def level(self) -> Level:
        return Level.DOT

    @property
    def operands(self) -> tuple[Formula, ...]:
        return (self.body,)


def steps_pieces(formula: Steps, spelling: Spelling) -> list[Piece]:
    """Return ``recurrence(z_{t} = tanh(z_{t-1} W + x_{t} U); z_{0} = z0; x_{t}: X)``."""
    head = Apply(formula.kind, operator_name(formula.kind), formula.parts[0])
    found: list[Piece] = [spelling.function(head), spelling.fence[0]]
    for number, ((name, sign), part) in enumerate(zip(formula.rows, formula.parts, strict=True)):
        if number:
            found.append("; ")
        found += [f"{spelling.name(name)}{sign}" if name else "", part]
    return [*found, spelling.fence[1]]


def over_times_pieces(formula: OverTimes, spelling: Spelling) -> list[Piece]:
    """Return ``Σ_t X_t``; a sum of several terms is in parentheses."""
    head, body = f"{spelling.over_times(formula.letter, formula.last)} ", formula.body
    return [head, body] if body.level >= Level.DOT else [head, spelling.fence[0], body, spelling.fence[1]]


def recurrence_plan(expr: Repeated) -> Plan:
    """Return how a recurrence is written."""
    loop = expr.loop
    named = definitions_in(bodies(expr))
    rows = [(definition.name, " = ") for definition in named]
    rows += [(after_step(state.name), " = ") for state in loop.states]
    rows += [(first_state(state.name, show_size(loop.length)), " = ") for state in loop.states]
    rows += [(symbol.name, ": ") for symbol in loop.inputs]
    parts = [*(definition.body for definition in named), *loop.following, *expr.initial, *expr.sequences]
    for symbol, constant in zip(loop.constants, expr.constants, strict=True):
        if getattr(constant, "name", None) != symbol.name:
            rows.append((symbol.name, " = "))
            parts.append(constant)
    if isinstance(expr, Recurrence) and loop.following[:1] != (expr.output,):
        rows, parts = [("", ""), *rows], [expr.output, *parts]
    kind = "recurrence" if isinstance(expr, Recurrence) else "final"
    return Plan(parts, _closed(parts), lambda written, _named: Steps(kind, tuple(rows), tuple(written)))


def _closed(parts: Sequence[Expr]) -> list[Tie]:
    """Return ties by which no part gets a size from another."""
    return [
        Tie((), ((number, axis),), closed=True)
        for number, part in enumerate(parts)
        for axis in range(part.ndim)
    ]
