"""Saying in words what the steps of a program compute: for the listing of its source and for reports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bracketcalc.compiler.emission.sheet import Source
from bracketcalc.compiler.program.steps import Kind, Program
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.expr.core import Expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.shapes import describe
from bracketcalc.traverse import definitions_in, postorder, substitute, with_children

LONGEST = 12
"""Expressions with more nodes than this, shared ones counted each time, are not written out."""


class Captions:
    """The definition or short expression that each value of a program is, as text.

    Args:
        exprs: the expressions as they were given, with their definitions.
        program: the program made from them.
    """

    def __init__(self, exprs: Sequence[Expr], program: Program) -> None:
        self.program = program
        self.names = _named(exprs)
        self.sizes = _written_sizes(list(program.notes.values()), self.names)

    def caption(self, slot: int) -> str:
        """Return what a slot holds, an empty text for a part of something or something long."""
        if self.program.steps[slot].kind is Kind.CHAIN:
            parts = range(slot + 1, slot + 1 + len(self.program.steps[slot].parameters[0].program.outputs))
            return "; ".join(filter(None, [self.caption(part) for part in parts]))
        expr = self.program.notes.get(slot)
        if expr is None:
            return ""
        definition = self.names.get(expr)
        name = definition.name if isinstance(definition, Definition) else ""
        if self.sizes[expr] > LONGEST:
            return name
        children = substitute(expr.children, self.names)
        text = _text(with_children(expr, tuple(children)))
        return f"{name} = {text}" if name else text


def _named(exprs: Sequence[Expr]) -> dict[Expr, Expr]:
    """Return the definitions by the form that their bodies have in a program."""
    definitions = definitions_in(exprs)
    bodies = prepared([definition.body for definition in definitions])
    named: dict[Expr, Expr] = {}
    for body, definition in zip(bodies, definitions, strict=True):
        if body.children:
            named.setdefault(body, definition)
    return named


def _written_sizes(exprs: Sequence[Expr], names: Mapping[Expr, Expr]) -> dict[Expr, int]:
    """Return how many nodes each expression has when written out, names counting as one."""
    written: dict[Expr, int] = {}
    for node in postorder(exprs):
        inside = [1 if child in names else written[child] for child in node.children]
        written[node] = min(1 + sum(inside), LONGEST + 1)
    return written


def _text(expr: Expr) -> str:
    return describe(expr) if Expr.display is None else " ".join(str(expr).split())


def listing(source: Source, captions: Captions, arguments: Sequence[tuple[str, tuple[int, ...]]]) -> str:
    """Return the source of a program with a comment on each line that says what it computes."""
    places = [f"x{k} = {name} {shape}" for k, (name, shape) in enumerate(arguments)]
    head = [f"# {place}" for place in places]
    rows = []
    for line in source.lines:
        caption = "" if line.slot is None else captions.caption(line.slot)
        rows.append((_with_numbers(line.text, source.numbers), caption))
    calls = [f"# {name} is {step.parameters[0].name}" for name, step in source.calls.items()]
    width = min(max((len(text) for text, caption in rows if caption), default=0), 60)
    body = [f"{text:<{width}}  # {caption}" if caption else text for text, caption in rows]
    return "\n".join([*head, *calls, *body])


def _with_numbers(text: str, numbers: Mapping[str, float]) -> str:
    """Return a line of source with the numbers themselves in the place of their names."""
    return re.sub(r"\bc\d+\b", lambda match: repr(numbers[match[0]]), text) if numbers else text
