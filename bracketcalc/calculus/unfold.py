"""From d(expression) to the differentials of its variables, one rule after the other (paper §4).

A line is an expression with some d(…) that are not worked out. The next line works out those of one kind:
sums and constant factors, products, element-wise functions, or functions on sub-tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bracketcalc.calculus.marks import change_of, grouped, is_change, split_scalars
from bracketcalc.calculus.rules import CONSTANT, LINEARITY, POWERS, START, rule_name
from bracketcalc.calculus.tangents import tangent_of
from bracketcalc.calculus.tidy import tidied, without_powers_of_powers
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, product
from bracketcalc.expr.over_time import OverTime
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.products import Operand, zero
from bracketcalc.traverse import depends_on, postorder, substitute, with_children

Line = tuple[str, Expr]
"""The name of a rule, and the expression that it gives."""


def differential_lines(body: Expr, symbols: Mapping[Expr, Expr], names: Mapping[Expr, Expr]) -> list[Line]:
    """Return the lines from d(body) to an expression that is linear in the symbols.

    Args:
        body: what is differentiated; definitions in it are not entered.
        symbols: the differential of each variable, definitions among them.
        names: the definition of each body that is written with its name.

    Returns:
        Lines of equal value. Every one has the axes of the body. There is one line for a variable.

    Raises:
        DerivativeError: for a function without a derivative.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.expr.core import Tensor
        >>> A, x, b = tensors("A[m,n] x[n] b[m]")
        >>> dA, dx = (Tensor(f"d{v.name}", v.sizes) for v in (A, x))
        >>> lines = differential_lines(A @ x + b, {A: dA, x: dx}, {})
        >>> [rule for rule, _ in lines]
        ['differential (11)', 'linearity §4.1', 'product rule §4.2']
        >>> lines[-1][1] == dA @ x + A @ dx
        True
    """
    if body in symbols:
        return [(START, symbols[body])]
    lines: list[Line] = [(START, change_of(body))]
    plain = without_powers_of_powers(body)
    if plain != body:
        lines.append((POWERS, change_of(plain)))
    unfolding = _Unfolding(plain, symbols, names)
    line = lines[-1][1]
    while True:
        pending = list(unfolding.pending(line))
        if not pending:
            return lines
        rule = unfolding.rule(pending[0])
        chosen: dict[Expr, Expr] = {
            one: unfolding.worked_out(one) for one in pending if unfolding.rule(one) == rule
        }
        line = tidied(substitute([line], chosen, stop=is_definition)[0])
        lines.append((rule, line))


class _Unfolding:
    """What is needed to work out one d(…): the variables, and the parts of the body that contain them."""

    def __init__(self, body: Expr, symbols: Mapping[Expr, Expr], names: Mapping[Expr, Expr]) -> None:
        order = postorder([body], stop=is_definition)
        self.symbols = {node: symbols[node] for node in order if node in symbols}
        self.names = names
        self.active = depends_on(order, self.symbols)

    def pending(self, line: Expr) -> Iterator[Elementwise]:
        """Yield the d(…) of a line, in order."""
        for node in postorder([line], stop=_is_closed):
            if is_change(node):
                yield node

    def rule(self, change: Elementwise) -> str:
        """Return the name of the rule that works out a d(…)."""
        inside = change.argument
        if inside not in self.active:
            return CONSTANT
        return LINEARITY if self._is_linear(inside) or self._front(inside) else rule_name(inside)

    def worked_out(self, change: Elementwise) -> Expr:
        """Return what one rule makes of d(…)."""
        inside = change.argument
        if inside not in self.active:
            return zero(inside.sizes)
        found = self._linear(inside) if self.rule(change) == LINEARITY else self._one_rule(inside)
        return grouped(substitute([found], self.names, stop=_is_closed)[0])

    def _one_rule(self, node: Expr) -> Expr:
        """Return the differential of a node in terms of those of its children: symbols, or d(…)."""
        below = {child: self._below(child) for child in node.children if child in self.active}
        if isinstance(node, Product):
            below = {grouped(child): change for child, change in below.items()}
            node = with_children(node, tuple([grouped(child) for child in node.children]))
        return tangent_of(node, below, 0)

    def _below(self, child: Expr) -> Expr:
        """Return d(X), which is dX for a variable, with its axes in another order where X has them so."""
        if child in self.symbols:
            return self.symbols[child]
        if isinstance(child, Product) and len(child.factors) == 1 and child.coefficient == 1:
            inner, labels = child.factors[0], child.labels[0]
            if inner in self.symbols and sorted(labels) == sorted(child.output):
                return product(1, [(self.symbols[inner], labels)], child.output)
        return change_of(child)

    def _is_linear(self, node: Expr) -> bool:
        """Return whether a node is a sum, or a product with one factor that varies."""
        if node in self.symbols:
            return False
        if isinstance(node, Product):
            return sum(factor in self.active for factor in node.factors) == 1
        return isinstance(node, Sum | OverTime)

    def _front(self, node: Expr) -> bool:
        """Return whether a number or a scalar that does not vary stands in front of a product."""
        if not isinstance(node, Product) or node in self.symbols:
            return False
        constants, _ = self._split(node)
        return bool(constants) or node.coefficient != 1

    def _split(self, node: Product) -> tuple[list[Operand], list[Operand]]:
        outside, inside = split_scalars(node)
        constants = [item for item in outside if item[0] not in self.active]
        return constants, [item for item in outside if item[0] in self.active] + inside

    def _linear(self, top: Expr) -> Expr:
        """Return d of sums, of products with one factor that varies, and of numbers times something."""

        def ends(node: Expr) -> bool:
            return node not in self.active or not self._is_linear(node)

        known: dict[Expr, Expr] = {}
        for node in postorder([top], stop=ends):
            if node not in self.active:
                continue
            if node in self.symbols:
                known[node] = self.symbols[node]
            elif self._is_linear(node):
                known[node] = tangent_of(node, known, 0)
            else:
                known[node] = self._without_front(node)
        return known[top]

    def _without_front(self, node: Expr) -> Expr:
        """Return d(…), with the number and the scalars that do not vary in front of it."""
        if not isinstance(node, Product) or not self._front(node):
            return change_of(node)
        constants, rest = self._split(node)
        inside = product(1, rest, node.output)
        self.active.add(inside)
        axes = tuple(range(inside.ndim))
        return product(node.coefficient, [*constants, (change_of(inside), axes)], axes)


def _is_closed(node: Expr) -> bool:
    return is_definition(node) or is_change(node)
