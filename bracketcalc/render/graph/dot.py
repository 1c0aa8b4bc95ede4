r"""A graph as text in the DOT language of Graphviz: hyperedges are nodes of their own, drawn as points."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.expr.core import Delta, Ones, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.render.graph.geometry import clipped
from bracketcalc.render.graph.page import coefficient_text
from bracketcalc.render.graph.parts import GraphEdge, GraphNode, GraphTerm
from bracketcalc.render.spelling import plain_name

LABEL_CELLS = 60


def dot_text(terms: Sequence[GraphTerm], title: str) -> str:
    """Return the graph in DOT; each term of a sum of several is a cluster under its sign."""
    lines = [
        f"graph {quoted(title)} {{",
        '  graph [rankdir=LR, nodesep=0.5, ranksep=0.9, bgcolor="transparent"];',
        "  node [shape=box, style=rounded];",
        "  edge [fontsize=10, labeldistance=1.4];",
    ]
    for number, term in enumerate(terms):
        text = coefficient_text(term.coefficient, first=number == 0, alone=not term.nodes)
        prefix = f"t{number}_" if len(terms) > 1 else ""
        body = _term_lines(term, prefix)
        if len(terms) > 1:
            lines.append(f"  subgraph cluster_{number} {{")
            lines.append(f"    label={quoted(text)};")
            # A cluster without nodes would not be drawn, nor its label.
            lines += ["  " + line for line in body] or [f'    {prefix}number [shape=plain, label=""];']
            lines.append("  }")
        else:
            lines += [f"  coefficient [shape=plain, label={quoted(text)}];"] if text else []
            lines += body
    return "\n".join([*lines, "}"]) + "\n"


def quoted(text: str) -> str:
    r"""Return a DOT string that is shown as it is: no escapes, no entities, no end before its end.

    Example:
        >>> print(quoted('a "b" \\N &lt;'))
        "a \"b\" \\N &amp;lt;"
    """
    text = clipped(plain_name(text), LABEL_CELLS)
    return '"' + text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') + '"'


def _term_lines(term: GraphTerm, prefix: str) -> list[str]:
    lines = [
        f"  {prefix}n{number} [label={quoted(node.text)}{_style(node)}];"
        for number, node in enumerate(term.nodes)
    ]
    for number, edge in enumerate(term.edges):
        lines += _edge_lines(term, number, edge, prefix)
    return lines


def _style(node: GraphNode) -> str:
    if isinstance(node.expr, Tensor | Definition):
        return ""
    return ", style=dashed" if isinstance(node.expr, Ones | Delta) else ', style=""'


def _edge_lines(term: GraphTerm, number: int, edge: GraphEdge, prefix: str) -> list[str]:
    """Return one edge: a line between two factors, or lines that meet in a point."""
    size = f"label={quoted(edge.size_text)}"
    tails = [_port(term, edge, place, "tail") for place in range(len(edge.ports))]
    starts = [f"{prefix}n{port.node}" for port in edge.ports]
    end = f"{prefix}free{edge.free}" if edge.free is not None else f"{prefix}sum{number}"
    lines = []
    if edge.free is not None:
        lines.append(f'  {end} [shape=circle, style="", margin=0, width=0.25, label="{edge.free}"];')
    if len(edge.ports) == 1:
        if edge.summed:
            lines.append(
                f'  {end} [shape=box, style=filled, fillcolor=black, width=0.04, height=0.25, label=""];'
            )
        return [*lines, f"  {starts[0]} -- {end} [{size}{tails[0]}];"]
    if edge.summed and len(edge.ports) == 2:
        return [f"  {starts[0]} -- {starts[1]} [{size}{tails[0]}{_port(term, edge, 1, 'head')}];"]
    junction = f"{prefix}e{number}"
    lines.append(f'  {junction} [shape=point, style="", label=""];')
    for place, (start, tail) in enumerate(zip(starts, tails, strict=True)):
        label = size if place == 0 and edge.summed else 'label=""'
        lines.append(f"  {start} -- {junction} [{label}{tail}];")
    return [*lines, f"  {junction} -- {end} [{size}];"] if edge.free is not None else lines


def _port(term: GraphTerm, edge: GraphEdge, place: int, end: str) -> str:
    """Return the position of an axis as a label of one end of its line; none for a vector."""
    port = edge.ports[place]
    return f', {end}label="{port.position}"' if len(term.nodes[port.node].edges) > 1 else ""
