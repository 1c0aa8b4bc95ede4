"""A graph in words, for terminals and for readers who do not see the picture."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.render.graph.geometry import clipped
from bracketcalc.render.graph.page import coefficient_text
from bracketcalc.render.graph.parts import GraphEdge, GraphTerm

NAME_CELLS = 40


def description(terms: Sequence[GraphTerm], title: str) -> str:
    """Return a line for the factors and one for each axis, term by term."""
    lines = [title]
    for number, term in enumerate(terms):
        if len(terms) > 1:
            lines.append(f" term {number + 1} of {len(terms)}")
        coefficient = coefficient_text(term.coefficient, first=True, alone=True)
        if term.coefficient != 1 or not term.nodes:
            lines.append(f"  the number {coefficient}")
        if term.nodes:
            names = [clipped(node.text, NAME_CELLS) for node in term.nodes]
            lines.append(f"  {len(names)} factor{'s' * (len(names) > 1)}: {', '.join(names)}")
        lines += [_edge_line(term, edge) for edge in term.edges]
    return "\n".join(lines)


def _edge_line(term: GraphTerm, edge: GraphEdge) -> str:
    names = _names(term)
    places = ", ".join(f"position {port.position} of {names[port.node]}" for port in edge.ports)
    end = "summed" if edge.free is None else f"free, axis {edge.free} of the result"
    return f"  axis of size {clipped(edge.size_text, NAME_CELLS)}: {places}; {end}"


def _names(term: GraphTerm) -> list[str]:
    """Return the names of the factors; where several have one name, with their numbers."""
    names = [clipped(node.text, NAME_CELLS) for node in term.nodes]
    return [
        f"{name} (factor {number})" if names.count(name) > 1 else name
        for number, name in enumerate(names, start=1)
    ]
