"""What a graph consists of: factors, axes, and terms that hold both. Plain data, no drawing."""

from __future__ import annotations

from dataclasses import dataclass

from bracketcalc.expr.core import Delta, Expr, Extent, Ones, Product, Tensor, product
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.number import Number
from bracketcalc.expr.shapes import show_size
from bracketcalc.render.spelling import UNICODE, plain_name
from bracketcalc.render.text import to_text

TEXT_LIMIT = 200
"""About the most characters of the formula of one factor."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One factor.

    Attributes:
        expr: the factor.
        edges: for each axis of the factor, in order, the number of its edge in the term.
    """

    expr: Expr
    edges: tuple[int, ...]

    @property
    def text(self) -> str:
        """Return the factor as text, in one line and of limited length."""
        if isinstance(self.expr, Tensor | Definition):
            return plain_name(self.expr.name)
        if isinstance(self.expr, Ones):
            return UNICODE.ones
        return UNICODE.identity if isinstance(self.expr, Delta) else to_text(self.expr, limit=TEXT_LIMIT)


@dataclass(frozen=True, slots=True)
class Port:
    """One axis of one factor: the factor's number in the term, and the position as in the paper, from 1."""

    node: int
    position: int


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One label: the axes that are multiplied with each other. With three or more it is a hyperedge.

    Attributes:
        size: the size of the axes.
        ports: the axes that have the label, in the order of the factors.
        free: which axis of the result it is, counted from 1; None if it is summed.
    """

    size: Extent
    ports: tuple[Port, ...]
    free: int | None

    @property
    def summed(self) -> bool:
        """Return whether the product is summed over this axis."""
        return self.free is None

    @property
    def size_text(self) -> str:
        """Return the size as text."""
        return plain_name(show_size(self.size))

    @property
    def nodes(self) -> tuple[int, ...]:
        """Return the numbers of the factors that have the label, each once."""
        return tuple(dict.fromkeys(port.node for port in self.ports))


@dataclass(frozen=True, slots=True)
class GraphTerm:
    """One product: a number, the factors, and the axes between them."""

    coefficient: Number
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    @property
    def output(self) -> tuple[int, ...]:
        """Return the numbers of the free edges, in the order of the result's axes."""
        free = {edge.free: number for number, edge in enumerate(self.edges) if edge.free is not None}
        return tuple([free[axis] for axis in range(1, len(free) + 1)])

    @property
    def product(self) -> Product:
        """Return the term as one product.

        Example:
            >>> from bracketcalc.render.graph.build import terms_of
            >>> A, B = Tensor("A", (2, 3)), Tensor("B", (3, 4))
            >>> [term.product == A @ B for term in terms_of(A @ B)]
            [True]
        """
        return product(self.coefficient, [(node.expr, node.edges) for node in self.nodes], self.output)
