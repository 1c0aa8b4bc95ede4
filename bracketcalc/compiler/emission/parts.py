"""The source of a computation in parts: a loop over slices of the operands, and what is left behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bracketcalc.compiler.program.fields import complex_slots
from bracketcalc.compiler.program.parts import Axis, Parts

TAB = "    "


Writer = Any
"""The writer of a program; one of the same type writes the program of a part."""


def write_parts(writer: Writer, parts: Parts, given: Sequence[str]) -> list[str]:
    """Write a computation in parts, and return the names of its results."""
    given, views = list(given), []
    for place, text in enumerate(given):
        if not text.isidentifier():
            given[place] = writer.sheet.name("t")
            writer.line(f"{given[place]} = {text}")
            views.append(given[place])
    names = _results(writer, parts)
    behind = parts.size - parts.size % parts.part
    for program, first, last, step in (
        (parts.whole, 0, behind, parts.part),
        (parts.rest, behind, parts.size, parts.size - behind),
    ):
        if program is not None:
            time = writer.sheet.name("i")
            writer.line(f"for {time} in range({first}, {last}, {step}):")
            inner = type(writer)(program, writer.sheet, (), writer.indent + TAB)
            _write_part(inner, parts, given, names, f"{time}:{time} + {step}")
    if not writer.sheet.writes:
        for name, axis in zip(names, parts.results, strict=True):
            if axis is not None:
                writer.line(f"{name} = joined({name}, {axis})")
    if views:
        writer.line(f"del {', '.join(views)}")
    return names


def _results(writer: Writer, parts: Parts) -> list[str]:
    """Write the arrays that the parts are added to or written into, and return their names."""
    fields = complex_slots(parts.whole.steps)
    names = []
    for slot, axis, shape in zip(parts.whole.outputs, parts.results, parts.shapes, strict=True):
        name = writer.sheet.name("t")
        names.append(name)
        if axis is None:
            zeros = f"full({shape}, 0)"
            writer.line(f"{name} = cast_complex({zeros})" if fields[slot] else f"{name} = {zeros}")
        elif writer.sheet.writes:
            writer.line(f"{name} = {'empty_complex' if fields[slot] else 'empty'}({shape})")
        else:
            writer.line(f"{name} = []")
    return names


def _write_part(
    inner: Writer, parts: Parts, given: Sequence[str], names: Sequence[str], bounds: str
) -> None:
    """Write the statements for the part of the axis between some bounds."""
    elements = []
    arguments = []
    for text, axis in zip(given, parts.cut, strict=True):
        if axis is None:
            arguments.append(text)
            continue
        name = inner.sheet.name("e")
        inner.line(f"{name} = {text}[{_index(axis, bounds)}]")
        elements.append(name)
        arguments.append(name)
    inner.arguments = arguments
    results = inner.statements()
    for name, axis, text in zip(names, parts.results, results, strict=True):
        if axis is None:
            out = f", {name}" if inner.sheet.writes else ""
            inner.line(f"{'' if out else f'{name} = '}add({name}, {text}{out})")
        elif inner.sheet.writes:
            inner.line(f"{name}[{_index(axis, bounds)}] = {text}")
        else:
            inner.line(f"{name}.append({text})")
    roots = [inner.buffers.root[slot] for slot in inner.program.outputs]
    held = [name for root in roots for name in inner.variables.get(root, ())]
    dead = dict.fromkeys([*elements, *held])
    if dead:
        # What the next part makes takes the place of this.
        inner.line(f"del {', '.join(dead)}")


def _index(axis: Axis, bounds: str) -> str:
    return ":, " * (axis or 0) + bounds
