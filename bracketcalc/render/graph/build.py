"""From an expression to the terms of its graph."""

from __future__ import annotations

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.render.graph.parts import GraphEdge, GraphNode, GraphTerm, Port
from bracketcalc.simplify.products import as_product, open_nested, operands

MAX_FACTORS = 60
"""The most factors of one graph, all terms together; a number alone counts as one."""

MAX_AXES = 120
"""The most axes of all factors of one graph together."""


def terms_of(expr: Expr) -> tuple[GraphTerm, ...]:
    """Return one term for each product of a sum; sums inside sums and products inside products are opened.

    Raises:
        ArgumentError: for more factors or axes than a picture can show.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B, C = tensors("A[i,j] B[j,k] C[i,k]")
        >>> [[node.text for node in term.nodes] for term in terms_of(A @ B - C)]
        [['A', 'B'], ['C']]
    """
    terms = _opened_sums(expr)
    _check_factors(terms)
    graphs = tuple([_term(open_nested(as_product(term), lambda _: True)) for term in terms])
    axes = sum(len(node.edges) for graph in graphs for node in graph.nodes)
    if axes > MAX_AXES:
        raise ArgumentError(
            f"the factors have {axes} axes together, a graph shows at most {MAX_AXES}",
            hint="name parts of the expression with define",
        )
    return graphs


def _opened_sums(expr: Expr) -> list[Expr]:
    """Return the terms of a sum, those of sums inside it in their places."""
    terms: list[Expr] = []
    stack = [expr]
    while stack and len(terms) <= MAX_FACTORS:
        node = stack.pop()
        if isinstance(node, Sum):
            stack += reversed(node.terms)
        else:
            terms.append(node)
    return terms


def _check_factors(terms: list[Expr]) -> None:
    """Refuse too many factors before nested products, which may share without end, are opened."""
    count = 0
    for term in terms:
        stack = [term]
        while stack:
            node = stack.pop()
            stack += node.factors if isinstance(node, Product) else ()
            count += not (isinstance(node, Product) and node.factors)
            if count > MAX_FACTORS:
                raise ArgumentError(
                    f"the expression has more than {MAX_FACTORS} factors, which no picture shows well",
                    hint="name parts of it with define",
                )


def _term(expr: Product) -> GraphTerm:
    """Return the term of a product without nested ones, its labels numbered by first appearance."""
    expr = product(expr.coefficient, operands(expr), expr.output)
    nodes = [GraphNode(factor, labels) for factor, labels in operands(expr)]
    sizes = {}
    ports: dict[int, list[Port]] = {}
    for number, node in enumerate(nodes):
        for axis, (label, size) in enumerate(zip(node.edges, node.expr.sizes, strict=True)):
            sizes[label] = size
            ports.setdefault(label, []).append(Port(number, axis + 1))
    free = {label: axis for axis, label in enumerate(expr.output, start=1)}
    edges = [GraphEdge(sizes[label], tuple(found), free.get(label)) for label, found in ports.items()]
    return GraphTerm(expr.coefficient, tuple(nodes), tuple(edges))
