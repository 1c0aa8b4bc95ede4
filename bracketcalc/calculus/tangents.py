"""Forward mode: the tangent of every node, from the tangents of the variables.

The tangent of a node has the node's axes, then ``extra`` axes that all tangents share: none for a JVP,
the axes of the variable for a Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import singledispatch

from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, Tensor, product
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.traverse import depends_on, postorder

Tangents = Mapping[Expr, Expr]


def tangents(
    roots: Iterable[Expr], seeds: Tangents, extra: int, stop: Callable[[Expr], bool] | None = None
) -> list[Expr | None]:
    """Return the tangent of each root, or None for a root that does not depend on the variables.

    Args:
        roots: the expressions to differentiate.
        seeds: the tangent of each variable: the variable's axes, then ``extra`` more.
        extra: how many axes the tangents have beyond those of their nodes.
        stop: nodes below which nothing varies.

    Raises:
        DerivativeError: for a function without a derivative.
    """
    roots = list(roots)
    order = postorder(roots, stop=stop)
    active = depends_on(order, seeds)
    known: dict[Expr, Expr] = dict(seeds)
    for node in order:
        if node in active and node not in known:
            known[node] = tangent_of(node, known, extra)
    return [known.get(root) for root in roots]


@singledispatch
def tangent_of(node: Expr, known: Tangents, extra: int) -> Expr:
    """Return the tangent of a node from the tangents of its children."""
    raise DerivativeError(f"there is no rule for the differential of a {type(node).__name__}")


@tangent_of.register
def d_product(node: Product, known: Tangents, extra: int) -> Expr:
    """d(A B ..) = dA B .. + A dB .. + .., under one contraction (paper §4.2)"""
    added = tuple(("extra", axis) for axis in range(extra))
    pairs = list(zip(node.factors, node.labels, strict=True))
    terms = []
    for place, (factor, labels) in enumerate(pairs):
        if factor in known:
            replaced = [*pairs[:place], (known[factor], (*labels, *added)), *pairs[place + 1 :]]
            terms.append(product(node.coefficient, replaced, (*node.output, *added)))
    return terms[0] if len(terms) == 1 else Sum(terms)


@tangent_of.register
def d_sum(node: Sum, known: Tangents, extra: int) -> Expr:
    """d(A + B) = dA + dB (paper §4.1)"""
    terms = [known[term] for term in node.terms if term in known]
    return terms[0] if len(terms) == 1 else Sum(terms)


@tangent_of.register
def d_elementwise(node: Elementwise, known: Tangents, extra: int) -> Expr:
    """d f(X) = f'(X) ⊙ dX (paper (17))"""
    axes = range(node.ndim)
    tangent = known[node.argument]
    return product(1, [(slope(node), axes), (tangent, range(tangent.ndim))], range(tangent.ndim))


@tangent_of.register
def d_map(node: Map, known: Tangents, extra: int) -> Expr:
    """d f^P(X) is the differential of f on every sub-tensor (paper (32))"""
    linear, symbol = local_differential(node)
    result = tangents([linear], {symbol: known[node.argument]}, extra)[0]
    return vanished(node) if result is None else result


@tangent_of.register
def d_definition(node: Definition, known: Tangents, extra: int) -> Expr:
    """dZ = d(body of Z)"""
    return known[node.body]


def slope(node: Elementwise) -> Expr:
    """Return f'(x) for an element-wise node.

    Raises:
        DerivativeError: for a function without a derivative.
    """
    derivative = node.function.derivative
    if derivative is None:
        raise _no_rule(node.function.name, "derivative")
    return derivative(node.argument, *node.parameters)


def local_differential(node: Map) -> tuple[Expr, Tensor]:
    """Return df(x; dx) of a function on sub-tensors, and the symbol that stands for dx in it.

    Raises:
        DerivativeError: for a function without a differential.
    """
    if node.function.differential is None:
        raise _no_rule(node.function.name, "differential")
    # A name that no user can give: declared names are printable.
    symbol = Tensor("\0d", node.argument.sizes)
    return node.function.differential(node.argument, node, symbol, node.batch), symbol


def vanished(node: Map) -> Expr:
    """Refuse a differential that does not contain dx: a rule must never drop a term in silence."""
    raise DerivativeError(
        f"the differential of {node.function.name} does not depend on dx",
        hint="return an expression that is linear in dx",
    )


def _no_rule(name: str, kind: str) -> DerivativeError:
    return DerivativeError(
        f"{name} has no {kind}", hint=f"give its record a {kind}, or keep the variable out of its argument"
    )
