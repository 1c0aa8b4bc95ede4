"""An expression for all steps at once: the stack of its values along a new first axis.

What stands for one step is given as a sequence for each symbol; every operation then runs once over the
whole time axis. What does not depend on the time keeps its axes, and meets the rest lazily.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

from bracketcalc.errors import DerivativeError
from bracketcalc.expr.core import Elementwise, Expr, Extent, Ones, Product, Sum, product
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.expr.recurrence import FinalState, Loop, Recurrence
from bracketcalc.expr.twin import twin
from bracketcalc.traverse import depends_on, postorder, with_children

TIME = "time"
"""The label of the new axis in a product; the other labels are integers."""


class Stacking:
    """Stacks expressions of one step.

    Args:
        length: the number of steps.
        sequences: for each symbol that differs from step to step, and for each expression whose sequence
            is known already, the sequence.
        constants: for each symbol that is the same in every step, its value.
    """

    def __init__(
        self, length: Extent, sequences: Mapping[Expr, Expr], constants: Mapping[Expr, Expr]
    ) -> None:
        self.length = length
        self.sequences = sequences
        self.constants = constants

    def stack(self, exprs: Sequence[Expr]) -> list[Expr]:
        """Return the stacks of expressions: each with the time in front of its own axes."""
        known = self._known(exprs)
        return [self._spread(known[expr], expr.ndim) for expr in exprs]

    def total(self, expr: Expr) -> Expr:
        """Return the sum of an expression over all steps, as one contraction over the time."""
        if isinstance(expr, Sum):
            return Sum([self.total(term) for term in expr.terms])
        parts = self._known([expr] if not isinstance(expr, Product) else expr.factors)
        if isinstance(expr, Product):
            pairs = [
                (parts[factor], self._labels(parts[factor], labels))
                for factor, labels in zip(expr.factors, expr.labels, strict=True)
            ]
            if not any(TIME in labels for _, labels in pairs):
                pairs.append((Ones((self.length,)), (TIME,)))
            return product(expr.coefficient, pairs, expr.output)
        axes = range(expr.ndim)
        return product(1, [(self._spread(parts[expr], expr.ndim), (TIME, *axes))], axes)

    def _known(self, exprs: Sequence[Expr]) -> dict[Expr, Expr]:
        """Return the value of every node below: a stack if it differs from step to step."""
        known: dict[Expr, Expr] = {**self.constants, **self.sequences}
        order = postorder(exprs, stop=known.__contains__)
        moving = depends_on(order, self.sequences)
        for node in order:
            if node in known:
                continue
            children = tuple([known[child] for child in node.children])
            if node in moving:
                known[node] = stack_of(node, children, self)
            else:
                known[node] = with_children(node, children)
        return known

    def _spread(self, value: Expr, ndim: int) -> Expr:
        """Return a value as a stack, repeated where it is the same in every step."""
        if value.ndim > ndim:
            return value
        axes = range(ndim)
        return product(1, [(Ones((self.length,)), (TIME,)), (value, axes)], (TIME, *axes))

    def spread_like(self, values: Sequence[Expr], ndims: Sequence[int]) -> list[Expr]:
        """Return several values as stacks."""
        return [self._spread(value, ndim) for value, ndim in zip(values, ndims, strict=True)]

    def _labels(self, value: Expr, labels: Sequence[int]) -> tuple[Any, ...]:
        return (TIME, *labels) if value.ndim > len(labels) else tuple(labels)

    def product_of(self, node: Product, values: Sequence[Expr]) -> Expr:
        """Return the stack of a product whose factors have the given values."""
        pairs = [
            (value, self._labels(value, labels)) for value, labels in zip(values, node.labels, strict=True)
        ]
        return product(node.coefficient, pairs, (TIME, *node.output))


@singledispatch
def stack_of(node: Expr, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    """Return the stack of a node whose children have the given values, stacks or not."""
    raise DerivativeError(f"there is no rule for all steps of a {type(node).__name__} at once")


@stack_of.register
def _stack_product(node: Product, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    return stacking.product_of(node, values)


@stack_of.register
def _stack_sum(node: Sum, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    return Sum(stacking.spread_like(values, [node.ndim] * len(values)))


@stack_of.register
def _stack_elementwise(node: Elementwise, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    return Elementwise(node.function, node.parameters, values[0])


@stack_of.register
def _stack_map(node: Map, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    return Map(node.function, values[0], node.batch + 1)


@stack_of.register
def _stack_definition(node: Definition, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    return Definition(node.name, values[0])


@stack_of.register
def _stack_recurrence(node: Recurrence, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    """The recurrences of all outer steps run side by side; the outer time comes first in the result"""
    loop, renamed, children = _side_by_side(node.loop, values, node.children, stacking)
    (output,) = renamed([node.output])
    axes = range(2, output.ndim + 1)
    found = Recurrence(loop, output, children)
    return product(1, [(found, (0, 1, *axes))], (1, 0, *axes))


@stack_of.register
def _stack_final_state(node: FinalState, values: tuple[Expr, ...], stacking: Stacking) -> Expr:
    loop, _, children = _side_by_side(node.loop, values, node.children, stacking)
    return FinalState(loop, node.place, children)


def _side_by_side(
    loop: Loop, values: tuple[Expr, ...], given: tuple[Expr, ...], outer: Stacking
) -> tuple[Loop, Any, tuple[Expr, ...]]:
    """Return the loop whose symbols have the outer time as their first axis."""
    first, last = len(loop.states), len(loop.states) + len(loop.inputs)
    wide = {symbol: twin(symbol.name, symbol, (outer.length, *symbol.sizes)) for symbol in loop.symbols}
    inner = Stacking(outer.length, dict(wide.items()), {})

    def renamed(exprs: Sequence[Expr]) -> list[Expr]:
        return inner.stack(exprs)

    children = []
    for place, value in enumerate(outer.spread_like(values, [child.ndim for child in given])):
        axes = range(2, value.ndim)
        swap = first <= place < last
        children.append(product(1, [(value, (0, 1, *axes))], (1, 0, *axes)) if swap else value)
    widened = replace(
        loop,
        states=tuple([wide[symbol] for symbol in loop.states]),
        following=tuple(renamed(loop.following)),
        inputs=tuple([wide[symbol] for symbol in loop.inputs]),
        constants=tuple([wide[symbol] for symbol in loop.constants]),
    )
    return widened, renamed, tuple(children)
