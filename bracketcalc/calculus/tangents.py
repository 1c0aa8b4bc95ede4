"""Forward mode: the tangent of every node, from the tangents of the variables.

The tangent of a node has the node's axes, then ``extra`` axes that all tangents share: none for a JVP,
the axes of the variable for a Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import singledispatch

from bracketcalc.calculus.complex_slopes import times_slope
from bracketcalc.calculus.loops import LinearLoop, moved_states, simplified_beside, tangent_symbol
from bracketcalc.errors import DerivativeError, ShapeError
from bracketcalc.expr.core import Elementwise, Expr, Extent, Product, Sum, Tensor, as_expr, product
from bracketcalc.expr.nodes import Definition, Map, Operator
from bracketcalc.expr.over_time import OverTime
from bracketcalc.expr.parts import REAL_LINEAR
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated
from bracketcalc.expr.shapes import show_sizes
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.products import is_zero, zero
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
    """d f(X) = f'(X) ⊙ dX (paper (17)), real-linear in dX for complex X"""
    axes = range(node.ndim)
    tangent = known[node.argument]
    if not node.argument.is_real and node.function.on_complex != HOLOMORPHIC:
        return times_slope(node, tangent)
    return product(1, [(slope(node), axes), (tangent, range(tangent.ndim))], range(tangent.ndim))


@tangent_of.register
def d_map(node: Map, known: Tangents, extra: int) -> Expr:
    """d f^P(X) is the differential of f on every sub-tensor (paper (32))"""
    linear, symbol = local_differential(node)
    result = tangents([linear], {symbol: known[node.argument]}, extra, stop=given_to(node))[0]
    assert result is not None
    return result


@tangent_of.register
def d_operator(node: Operator, known: Tangents, extra: int) -> Expr:
    """d f(A)[E, ..] = (df(A; dA))[E, ..] + f(A)[dE, ..] + .."""
    terms: list[Expr] = []
    if node.parameter in known:
        linear, symbol = parameter_differential(node)
        result = tangents([linear], {symbol: known[node.parameter]}, extra, stop=given_to(node))[0]
        assert result is not None
        terms.append(result)
    for place, operand in enumerate(node.operands):
        if operand in known:
            moved = [*node.operands[:place], known[operand], *node.operands[place + 1 :]]
            term = Operator(node.operator, node.parameter, moved, node.batch)
            # The axes that the tangents share stand behind those of this operand, not at the end.
            behind = sum(map(len, node.beside[place + 1 :]))
            last = term.ndim - behind
            axes = range(term.ndim)
            order = [*axes[: last - extra], *axes[last:], *axes[last - extra : last]]
            terms.append(term if order == list(axes) else product(1, [(term, axes)], order))
    return terms[0] if len(terms) == 1 else Sum(terms)


@tangent_of.register
def d_definition(node: Definition, known: Tangents, extra: int) -> Expr:
    """dZ = d(body of Z)"""
    return known[node.body]


@tangent_of.register
def d_recurrence(node: Recurrence, known: Tangents, extra: int) -> Expr:
    """dZ_t = ∂f/∂Z · dZ_{t-1} + ∂f/∂X · dX_t: the tangents run along with the states"""
    beside = _tangent_loop(node, known, extra)
    output = tangents([node.output], beside.seeds, extra)[0]
    if output is None:
        return zero((*node.sizes, *beside.added))
    steps = dict(zip(node.loop.following, node.loop.states, strict=True))
    state = beside.seeds.get(steps[node.output]) if node.output in steps else None
    if state is not None:
        place = list(beside.loop.initial).index(state)
        return beside.loop.every(beside.loop.following[place])
    return beside.loop.every(simplified_beside(node, [output])[0])


@tangent_of.register
def d_final_state(node: FinalState, known: Tangents, extra: int) -> Expr:
    """dZ_τ is the last state of the loop of the tangents"""
    beside = _tangent_loop(node, known, extra)
    state = beside.seeds.get(node.loop.states[node.place])
    return zero((*node.sizes, *beside.added)) if state is None else beside.loop.last(state)


@tangent_of.register
def d_over_time(node: OverTime, known: Tangents, extra: int) -> Expr:
    """d Σ_t X_t = Σ_t dX_t"""
    return OverTime(node.index, known[node.body])


@dataclass(frozen=True, slots=True)
class _TangentLoop:
    """The loop of the tangents, the symbol of each tangent, and the sizes that they have beyond."""

    loop: LinearLoop
    seeds: dict[Expr, Tensor]
    added: tuple[Extent, ...]


def _tangent_loop(node: Repeated, known: Tangents, extra: int) -> _TangentLoop:
    loop = node.loop
    added = next(known[child].sizes[child.ndim :] for child in node.children if child in known)
    given = dict(zip(loop.symbols, node.children, strict=True))
    moved = [symbol for symbol, child in given.items() if child in known]
    states = moved_states(loop, moved)
    seeds: dict[Expr, Tensor] = {
        symbol: tangent_symbol(symbol, added) for symbol in dict.fromkeys((*moved, *states))
    }
    after = dict(zip(loop.states, loop.following, strict=True))
    found = tangents([after[state] for state in states], seeds, extra)
    following = [zero(seeds[s].sizes) if f is None else f for s, f in zip(states, found, strict=True)]

    def tangents_of(symbols: Iterable[Tensor]) -> dict[Tensor, Expr]:
        return {
            seeds[symbol]: known.get(given[symbol], zero((*given[symbol].sizes, *added)))
            for symbol in symbols
            if symbol in seeds
        }

    beside = LinearLoop(
        node,
        tangents_of(states),
        tuple(simplified_beside(node, following)),
        tangents_of(loop.inputs),
        tangents_of(loop.constants),
        against=False,
    )
    return _TangentLoop(beside, seeds, added)


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
        DerivativeError: for a function without a differential, or one that is not linear in dx: a rule
            must never drop a term in silence.
        ShapeError: for a differential with other axes than f(x).
    """
    name, rule = node.function.name, node.function.differential
    if rule is None:
        raise _no_rule(name, "differential")
    # A name that no user can give: declared names are printable.
    symbol = twin("\0d", node.argument)
    linear = as_expr(rule(node.argument, node, symbol, node.batch))
    if linear.sizes != node.sizes:
        raise ShapeError(
            f"the differential of {name} has sizes {show_sizes(linear.sizes)}, "
            f"but its value has sizes {show_sizes(node.sizes)}",
            hint="return an expression with the axes of y",
        )
    _check_linear(name, linear, symbol, node)
    return linear, symbol


def parameter_differential(node: Operator) -> tuple[Expr, Tensor]:
    """Return the differential of an operator in its parameter, and the symbol that stands for dA in it.

    Raises:
        DerivativeError: for an operator without a differential, or one that is not linear in dA.
        ShapeError: for a differential with other axes than the node.
    """
    name, rule = node.operator.name, node.operator.differential
    if rule is None:
        raise _no_rule(name, "differential")
    symbol = twin("\0d", node.parameter)
    linear = as_expr(rule(node, symbol))
    if linear.sizes != node.sizes:
        raise ShapeError(
            f"the differential of {name} has sizes {show_sizes(linear.sizes)}, "
            f"but its value has sizes {show_sizes(node.sizes)}",
            hint="return an expression with the axes of the node",
        )
    _check_linear(name, linear, symbol, node)
    return linear, symbol


def _check_linear(name: str, linear: Expr, symbol: Tensor, node: Map | Operator) -> None:
    """Raise a DerivativeError unless every term of a differential has the symbol once."""
    degrees: dict[Expr, int] = {symbol: 1}
    for part in postorder([linear], stop=given_to(node)):
        degrees.setdefault(part, _degree(part, degrees, node))
    if degrees[linear] != 1:
        problem = "does not depend on" if degrees[linear] == 0 else "is not linear in"
        raise DerivativeError(
            f"the differential of {name} {problem} dx", hint="return a sum of products with one dx each"
        )


def given_to(node: Map | Operator) -> Callable[[Expr], bool]:
    """Return the test for what a differential is given, which is constant in it and may be huge."""
    return frozenset((node, *node.children)).__contains__


def _degree(part: Expr, degrees: Mapping[Expr, int], node: Map | Operator) -> int:
    """Return how many dx every term of a part of a differential has; 2 where it is not a polynomial."""
    inside = [degrees.get(child, 0) for child in part.children]
    if not any(inside):
        return 0
    if isinstance(part, Product):
        return sum(inside)
    if isinstance(part, Sum):
        found = {n for n, term in zip(inside, part.terms, strict=True) if not is_zero(term)}
        return max(found, default=1) if len(found) < 2 else 2
    if isinstance(part, Definition):
        return inside[0]
    if isinstance(part, Operator):
        return 2 if inside[0] else sum(inside[1:])
    if isinstance(part, Elementwise):
        return inside[0] if part.function in REAL_LINEAR else 2
    # Another function may be linear, but f of dx itself has a differential that holds f of dx again.
    same = isinstance(node, Map) and isinstance(part, Map) and part.function == node.function
    return inside[0] if isinstance(part, Map) and not same else 2


def _no_rule(name: str, kind: str) -> DerivativeError:
    return DerivativeError(
        f"{name} has no {kind}", hint=f"give its record a {kind}, or keep the variable out of its argument"
    )
