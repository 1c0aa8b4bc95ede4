"""Taking out of a step what does not depend on the step before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from bracketcalc.calculus.stacked import Stacking
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    product,
)
from bracketcalc.expr.recurrence import Loop
from bracketcalc.expr.twin import twin
from bracketcalc.traverse import depends_on, postorder, substitute, tensors_in, with_children


class Hoisting:
    """Shortens the expressions of a step; what is taken out becomes a new sequence or constant.

    Attributes:
        sequences: what the symbols that differ from step to step stand for; only those in use after
            :meth:`shortened`.
        constants: the same for the other symbols.
    """

    def __init__(
        self, loop: Loop, sequences: Mapping[Tensor, Expr], constants: Mapping[Tensor, Expr]
    ) -> None:
        self.states = frozenset(loop.states)
        self.stacking = Stacking(loop.length, dict(sequences.items()), dict(constants.items()))
        self.sequences = dict(sequences)
        self.constants = dict(constants)
        self._names = count()
        self._taken: dict[Expr, Expr] = {}
        self._changed: dict[Expr, Expr] = {}
        self._varying: set[Expr] = set()

    def shortened(self, following: Sequence[Expr]) -> list[Expr]:
        """Return the expressions with everything taken out that can be; unused symbols are forgotten."""
        order = postorder(following)
        moving = depends_on(order, self.states)
        self._varying = depends_on(order, self.stacking.sequences)
        for node in order:
            if node in moving:
                self._changed[node] = self._short(node, moving)
        result = [self._changed[expr] if expr in moving else self._out(expr) for expr in following]
        used = set(tensors_in(result))
        self.sequences = {symbol: value for symbol, value in self.sequences.items() if symbol in used}
        self.constants = {symbol: value for symbol, value in self.constants.items() if symbol in used}
        return result

    def replaced(self, exprs: Sequence[Expr]) -> list[Expr]:
        """Return further expressions of the step, in terms of what the shortened step computes.

        Symbols that were forgotten are replaced by nothing: they are known to the stacking behind.
        """
        return substitute(exprs, self._changed)

    def _short(self, node: Expr, moving: set[Expr]) -> Expr:
        if node in self.states:
            return node
        if isinstance(node, Sum):
            return self._short_sum(node, moving)
        if isinstance(node, Product):
            return self._short_product(node, moving)
        children = [self._changed[c] if c in moving else self._out(c) for c in node.children]
        return with_children(node, tuple(children))

    def _short_sum(self, node: Sum, moving: set[Expr]) -> Expr:
        """A_t + B_t + C_{t-1} = (A + B)_t + C_{t-1}"""
        still = [term for term in node.terms if term not in moving]
        terms = [self._changed[term] for term in node.terms if term in moving]
        if still:
            terms.append(self._out(still[0] if len(still) == 1 else Sum(still)))
        return Sum(terms) if len(terms) > 1 else terms[0]

    def _short_product(self, node: Product, moving: set[Expr]) -> Expr:
        """A_t B_t C_{t-1} = (A B)_t C_{t-1} where A B has no more axes than its factors"""
        pairs = list(zip(node.factors, node.labels, strict=True))
        loose = [pair for pair in pairs if self._varies(pair[0]) and pair[0] not in moving]
        rest = [pair for pair in pairs if pair not in loose]
        outer = {*node.output, *(label for _, labels in rest for label in labels)}
        kept = [x for x in dict.fromkeys(label for _, labels in loose for label in labels) if x in outer]
        if len(loose) > 1 and len(kept) <= max(len(labels) for _, labels in loose):
            pairs = [*rest, (product(1, loose, kept), tuple(kept))]
        changed = [(self._changed[f] if f in moving else self._out(f), labels) for f, labels in pairs]
        return product(node.coefficient, changed, node.output)

    def _varies(self, expr: Expr) -> bool:
        """Return whether a node of the step, or one made of such nodes, contains an input."""
        return expr in self._varying or any(child in self._varying for child in expr.children)

    def _out(self, expr: Expr) -> Expr:
        """Return the symbol that takes the place of an expression that no state reaches."""
        if expr in self._taken:
            return self._taken[expr]
        varies = self._varies(expr)
        if isinstance(expr, Tensor) or not (varies or _worth_keeping(expr)):
            return expr
        if varies and _is_light(expr):
            return with_children(expr, tuple([self._out(child) for child in expr.children]))
        symbol = twin(f"\0hoisted{next(self._names)}", expr)
        if varies:
            (self.sequences[symbol],) = self.stacking.stack([expr])
        else:
            (self.constants[symbol],) = substitute([expr], self.stacking.constants)
        self._taken[expr] = symbol
        return symbol


def _is_square(node: Expr) -> bool:
    """Return whether a node is X ⊙ X as a power."""
    return isinstance(node, Elementwise) and node.function == POWER and node.parameters == (2,)


def _is_light(expr: Expr) -> bool:
    """Return whether an expression is a polynomial of the elements of one tensor, as 1 - Z ⊙ Z.

    It is computed in every step: for all steps at once it would take as much memory as the tensor.
    """
    order = postorder([expr])
    for node in order:
        if isinstance(node, Product):
            carried = {label for labels in node.labels for label in labels}
            if carried != set(node.output) or any(len(set(names)) < len(names) for names in node.labels):
                return False
        elif not isinstance(node, Sum | Ones | Tensor) and not _is_square(node):
            return False
    tensors = [node for node in order if isinstance(node, Tensor)]
    return len(tensors) == 1 and tensors[0].sizes == expr.sizes


def _worth_keeping(expr: Expr) -> bool:
    """Return whether computing a constant takes more than a view."""
    order = [node for node in postorder([expr]) if not isinstance(node, Ones | Delta | OneHot | Size)]
    if any(isinstance(node, Sum | Elementwise) for node in order):
        return bool(tensors_in([expr]))
    return sum(isinstance(node, Tensor) for node in order) > 1
