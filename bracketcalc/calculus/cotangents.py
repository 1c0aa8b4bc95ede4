"""Reverse mode: the cotangent of every node, from the cotangents of the roots, on the shared graph.

The cotangent of a node has the node's axes. Each node is visited once, after all nodes that use it. For
complex tensors the inner product is Re G · conj(dX): a factor goes to the other side as its conjugate, and
the cotangent of what is real is real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import singledispatch

from bracketcalc.calculus.complex_slopes import adjoint_slope, real_part
from bracketcalc.calculus.loops import LinearLoop, cotangent_symbol, moved_states, simplified_beside
from bracketcalc.calculus.tangents import given_to, local_differential, parameter_differential, slope
from bracketcalc.errors import DerivativeError
from bracketcalc.expr.algebra import fitting_product
from bracketcalc.expr.core import (
    Delta,
    Elementwise,
    Expr,
    Ones,
    Product,
    Sum,
    conjugate,
    product,
)
from bracketcalc.expr.nodes import Definition, Map, Operator, check_sizes_equal_to
from bracketcalc.expr.over_time import OverTime
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated
from bracketcalc.expr.shapes import describe
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.products import zero
from bracketcalc.traverse import depends_on, postorder

Contribution = tuple[Expr, Expr]
"""A child, and what one use of it adds to its cotangent."""


def cotangents(
    seeds: Mapping[Expr, Expr],
    variables: Iterable[Expr],
    stop: Callable[[Expr], bool] | None = None,
) -> dict[Expr, Expr]:
    """Return the cotangent of each variable on which a root depends.

    Args:
        seeds: the cotangent of each root, with the root's axes.
        variables: the nodes whose cotangents are wanted.
        stop: nodes below which nothing is looked at.

    Returns:
        A cotangent with the variable's axes for each variable that some root contains.

    Raises:
        DerivativeError: for a function without a derivative.
    """
    variables = list(variables)
    order = postorder(seeds, stop=stop)
    active = depends_on(order, variables)
    parts: dict[Expr, list[Expr]] = {root: [seed] for root, seed in seeds.items()}
    loops = _loops(order)
    for node in reversed(order):
        if node not in active or (stop is not None and stop(node)):
            continue
        if isinstance(node, Repeated):
            received = {part: _cotangent(part, parts) for part in loops.get(node, ()) if part in parts}
            found = adjoint_loop(received, active) if received else []
        else:
            found = contributions(node, _cotangent(node, parts), active) if node in parts else []
        for child, part in reversed(found):
            if part.sizes != child.sizes:
                check_sizes_equal_to(part, child.sizes, f"a cotangent of {describe(child)}")
            parts.setdefault(child, []).append(part)
    return {variable: _cotangent(variable, parts) for variable in variables if variable in parts}


def _cotangent(node: Expr, parts: Mapping[Expr, list[Expr]]) -> Expr:
    """Return the whole cotangent of a node, real for a real node."""
    whole = total(parts[node])
    return real_part(whole) if node.is_real else whole


def _loops(order: Iterable[Expr]) -> dict[Expr, list[Repeated]]:
    """Return the nodes of each loop, by the first of them in the order.

    One loop gives back what all of its nodes receive. It is the turn of the first, which in reverse
    order comes last, behind everything that uses one of them.
    """
    families: dict[object, list[Repeated]] = {}
    for node in order:
        if isinstance(node, Repeated):
            families.setdefault((node.loop, node.children), []).append(node)
    return {family[0]: family for family in families.values()}


def total(parts: list[Expr]) -> Expr:
    """Return the sum of the contributions to one cotangent, that of the first use first.

    They were found from the last use to the first.
    """
    return parts[0] if len(parts) == 1 else Sum(reversed(parts))


@singledispatch
def contributions(node: Expr, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """Return what a node with the given cotangent adds to the cotangents of its active children."""
    if not node.children:
        return []
    raise DerivativeError(f"there is no rule for the adjoint of a {type(node).__name__}")


@contributions.register
def adjoint_product(node: Product, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · (A dX ..) = (A G ..) · dX: the cotangent takes the factor's place"""
    return [
        (factor, product_adjoint(node, place, cotangent))
        for place, factor in enumerate(node.factors)
        if factor in active
    ]


@contributions.register
def adjoint_sum(node: Sum, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · (dA + dB) = G · dA + G · dB"""
    return [(term, cotangent) for term in node.terms if term in active]


@contributions.register
def adjoint_elementwise(node: Elementwise, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · (f'(X) ⊙ dX) = (G ⊙ conj(f'(X))) · dX (paper (17))"""
    axes = range(node.ndim)
    if not node.argument.is_real and node.function.on_complex != HOLOMORPHIC:
        return [(node.argument, adjoint_slope(node, cotangent))]
    return [(node.argument, product(1, [(cotangent, axes), (conjugate(slope(node)), axes)], axes))]


@contributions.register
def adjoint_map(node: Map, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · df(X; dX) = (df_X^* G) · dX: the adjoint of the differential of f on every sub-tensor"""
    linear, symbol = local_differential(node)
    found = cotangents({linear: cotangent}, [symbol], stop=given_to(node))
    return [(node.argument, found[symbol])]


@contributions.register
def adjoint_operator(node: Operator, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · f(A)[dE] = (f(A)^* G) · dE, and the adjoint of the differential in A

    An operator knows its adjoint without conjugates: the other one is conj ∘ f(A)^* ∘ conj.
    """
    found: list[Contribution] = []
    if node.parameter in active:
        linear, symbol = parameter_differential(node)
        parts = cotangents({linear: cotangent}, [symbol], stop=given_to(node))
        found.append((node.parameter, parts[symbol]))
    for place, operand in enumerate(node.operands):
        if operand in active:
            whole = node.operator.adjoint(node, place, cotangent if node.is_real else conjugate(cotangent))
            found.append((operand, whole if node.is_real else conjugate(whole)))
    return found


@contributions.register
def adjoint_definition(node: Definition, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · dZ = G · d(body of Z)"""
    return [(node.body, cotangent)]


@contributions.register
def adjoint_over_time(node: OverTime, cotangent: Expr, active: set[Expr]) -> list[Contribution]:
    """G · Σ_t dX_t = Σ_t G · dX_t: the cotangent of X_t is that of the sum, for every t"""
    return [(node.body, cotangent)]


def product_adjoint(node: Product, place: int, cotangent: Expr) -> Product:
    """Return the cotangent of one factor of a product.

    A label that the factor has twice becomes a delta, and a label that only the factor carries is spread
    by ones, so the result has exactly the factor's axes. The other factors are conjugated.
    """
    factor, labels = node.factors[place], node.labels[place]
    others = node.factors if node.is_real else [conjugate(other) for other in node.factors]
    operands = list(zip(others, node.labels, strict=True))
    operands[place] = (cotangent, node.output)
    fresh = 1 + max((label for names in node.labels for label in names), default=0)
    result: list[int] = []
    for axis, label in enumerate(labels):
        if label in result:
            operands.append((Delta(factor.sizes[axis], 2), (label, fresh)))
            result.append(fresh)
            fresh += 1
        else:
            result.append(label)
    carried = {label for _, names in operands for label in names}
    for axis, label in enumerate(result):
        if label not in carried:
            operands.append((Ones((factor.sizes[axis],)), (label,)))
    return fitting_product(node.coefficient, operands, result, factor.sizes)


def adjoint_loop(received: Mapping[Repeated, Expr], active: set[Expr]) -> list[Contribution]:
    """∇Z_{t-1} = (∂f/∂Z)* ∇Z_t: the cotangents run against the states (paper §6.4)

    What sequences and constants receive is computed outside of the loop, for all steps at once.
    """
    node = next(iter(received))
    loop = node.loop
    given = dict(zip(loop.symbols, node.children, strict=True))
    moved = [symbol for symbol, child in given.items() if child in active]
    states = moved_states(loop, moved)
    carried = {state: cotangent_symbol(state, not loop.backward) for state in states}
    inputs = {
        twin(f"∇{place}_{{t}}", part.output): part
        for place, part in enumerate(received)
        if isinstance(part, Recurrence)
    }
    seeds: dict[Expr, list[Expr]] = {}
    for state, after in zip(loop.states, loop.following, strict=True):
        if state in carried:
            seeds.setdefault(after, []).append(carried[state])
    for symbol, part in inputs.items():
        seeds.setdefault(part.output, []).append(symbol)
    wanted = list(dict.fromkeys((*states, *moved)))
    found = cotangents({expr: total(parts) for expr, parts in seeds.items()}, wanted)
    raw = [found[symbol] if symbol in found else zero(symbol.sizes) for symbol in wanted]
    local = dict(zip(wanted, simplified_beside(node, raw), strict=True))
    final = {
        loop.states[part.place]: seed for part, seed in received.items() if isinstance(part, FinalState)
    }
    back = LinearLoop(
        node,
        {carried[state]: final.get(state, zero(state.sizes)) for state in states},
        tuple([local[state] for state in states]),
        {symbol: received[part] for symbol, part in inputs.items()},
        {},
        against=True,
    )
    stacking = back.stacking()
    contributions: list[Contribution] = []
    for symbol in moved:
        if symbol in carried:
            gift = back.last(carried[symbol])
        elif symbol in loop.inputs:
            (gift,) = stacking.stack([local[symbol]])
        else:
            gift = stacking.total(local[symbol])
        contributions.append((given[symbol], gift))
    return contributions
