"""The public form of graphs: :func:`to_graph` and :class:`Graph`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.render.graph.build import terms_of
from bracketcalc.render.graph.describe import description
from bracketcalc.render.graph.dot import dot_text
from bracketcalc.render.graph.page import page
from bracketcalc.render.graph.parts import GraphTerm
from bracketcalc.render.graph.svg import svg_text
from bracketcalc.render.spelling import plain_name
from bracketcalc.render.text import to_text

TITLE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Graph:
    """An expression as a graph, which a notebook shows as a picture.

    Attributes:
        expr: the expression.
        terms: one :class:`GraphTerm` for each product: its factors as nodes, its axes as edges.
        name: the name of a definition, None for anything else.
    """

    expr: Expr
    terms: tuple[GraphTerm, ...]
    name: str | None = None

    @property
    def title(self) -> str:
        """Return the expression as text, shortened where it is long."""
        body = self.expr.body if isinstance(self.expr, Definition) else self.expr
        text = to_text(body, limit=TITLE_LIMIT)
        return text if self.name is None else f"{plain_name(self.name)} = {text}"

    @property
    def svg(self) -> str:
        """Return the picture as an SVG document that needs nothing else."""
        return svg_text(page(self.terms, self.name), f"Graph of {self.title}", str(self))

    @property
    def dot(self) -> str:
        """Return the graph in the DOT language of Graphviz."""
        return dot_text(self.terms, self.title)

    def save(self, path: str | Path) -> None:
        """Write the graph to a file, as SVG or DOT by the ending ``.svg``, ``.dot`` or ``.gv``.

        Raises:
            ArgumentError: for another ending.
        """
        path = Path(path)
        if path.suffix not in (".svg", ".dot", ".gv"):
            raise ArgumentError(
                f"a graph is saved as .svg, .dot or .gv, not as {path.suffix or 'a file without ending'!r}",
                hint="write save('graph.svg')",
            )
        path.write_text(self.svg if path.suffix == ".svg" else self.dot, encoding="utf-8")

    def __str__(self) -> str:
        return description(self.terms, self.title)

    def __repr__(self) -> str:
        return f"<Graph of {self.title}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "image/svg+xml": self.svg}


def to_graph(x: object) -> Graph:
    """Return an expression as a graph: tensors are nodes, axes are edges (after paper §6.4).

    An axis of two factors is a line, of more factors a dot with a line to each of them, of one factor a
    loop where it is a diagonal. A free axis ends in a circle with its number in the result; a summed one
    in a bar, or has a bar across or a filled dot. The small numbers at a factor are the positions of its
    axes, so that the picture says all that the formula says. Products inside products and sums inside
    sums are opened; any other factor is one node with its formula. A sum is one picture for each term.

    Args:
        x: an expression or a number; of a definition, its body is drawn.

    Raises:
        ArgumentError: for more factors or axes than a picture can show.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(to_graph(A @ B))
        A B
          2 factors: A, B
          axis of size i: position 1 of A; free, axis 1 of the result
          axis of size j: position 2 of A, position 1 of B; summed
          axis of size k: position 2 of B; free, axis 2 of the result
    """
    expr = as_expr(x)
    if isinstance(expr, Definition):
        return Graph(expr, terms_of(expr.body), expr.name)
    return Graph(expr, terms_of(expr))
