"""Two bracket terms joined by ⊙ or · with position lists, as the paper writes them (§2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, final

from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import Expr, Extent, Ones, Product, product
from bracketcalc.expr.shapes import axis_tuple, show_sizes
from bracketcalc.notation.bracket.tree import Beside, Fill, Portion
from bracketcalc.render import layout
from bracketcalc.render.layout import DOT, ODOT, OUTER, Formula, Infix, Joined
from bracketcalc.rewrite.show import Shown, operand_formula
from bracketcalc.rewrite.term import BracketTerm, bracket_term
from bracketcalc.rewrite.trees import bars_of
from bracketcalc.simplify.products import open_nested

Label = tuple[int, int]
"""The operand whose axis it is, and the axis."""


class Pair(NamedTuple):
    """An axis of the left operand and the axis of the right that it is multiplied with.

    Attributes:
        left: the axis of the left operand, counted from 0.
        right: the axis of the right operand.
        summed: whether the two are summed.
    """

    left: int
    right: int
    summed: bool


@final
class Join(Shown):
    """A^P ⊙^Q B of two bracket terms, some of the positions summed, with its axes in some order.

    Attributes:
        left: the term A.
        right: the term B.
        pairs: the positions in the lists P and Q, with their bars.
        order: axis ``order[k]`` of A^P ⊙^Q B is axis k of the join.
        expr: the product that it means.
    """

    __slots__ = ("expr", "left", "order", "pairs", "right")

    left: BracketTerm
    right: BracketTerm
    pairs: tuple[Pair, ...]
    order: tuple[int, ...]
    expr: Product

    def __init__(
        self,
        left: BracketTerm,
        right: BracketTerm,
        pairs: Iterable[Pair],
        order: Iterable[int] | None = None,
    ) -> None:
        pairs = tuple(pairs)
        labels = _labels(left, right, pairs)
        count = len(labels.output)
        order = tuple(range(count) if order is None else order)
        if sorted(order) != list(range(count)):
            raise ShapeError(f"{order} is no order of {count} axes")
        output = [labels.output[axis] for axis in order]
        whole = product(1, [(left.expr, labels.left), (right.expr, labels.right)], output)
        put = object.__setattr__
        put(self, "left", left)
        put(self, "right", right)
        put(self, "pairs", pairs)
        put(self, "order", order)
        put(self, "expr", open_nested(whole, lambda one: one is left.expr or one is right.expr))

    @property
    def sizes(self) -> tuple[Extent, ...]:
        """Return the sizes of its axes."""
        return self.expr.sizes

    @property
    def is_in_order(self) -> bool:
        """Return whether its axes are those of A^P ⊙^Q B without a permutation."""
        return self.order == tuple(range(len(self.order)))

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.left, self.right, self.pairs, self.order

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"joins are immutable: cannot set {name!r}")

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Join) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[Any, ...]:
        return Join, self._key

    def __repr__(self) -> str:
        return f"<{self}, sizes {show_sizes(self.sizes)}>"

    @property
    def formula(self) -> Formula:
        """Return what is written, before it is spelled."""
        body = _join_formula(self)
        if self.is_in_order:
            return body
        return layout.Portions(body, tuple([((axis + 1, False),) for axis in self.order]))


class _Labels(NamedTuple):
    """The labels of the axes of both operands, and of their join."""

    left: list[Label]
    right: list[Label]
    output: list[Label]


def _labels(left: BracketTerm, right: BracketTerm, pairs: Sequence[Pair]) -> _Labels:
    axes = axis_tuple([pair.left for pair in pairs], left.ndim)
    partners = axis_tuple([pair.right for pair in pairs], right.ndim)
    partner_of = dict(zip(partners, axes, strict=True))
    gone = {axis for axis, pair in zip(axes, pairs, strict=True) if pair.summed}
    first = [(0, axis) for axis in range(left.ndim)]
    second = [(0, partner_of[axis]) if axis in partner_of else (1, axis) for axis in range(right.ndim)]
    output = [label for label in first if label[1] not in gone]
    output += [label for label in second if label[0] == 1]
    return _Labels(first, second, output)


def join(
    left: BracketTerm | Expr,
    right: BracketTerm | Expr,
    axes: tuple[int | Sequence[int], int | Sequence[int]],
    sum: int | Sequence[int] = (),
) -> Join:
    """Return A^P ⊙^Q B, with the positions of ``sum`` summed (paper (3) and the barred form).

    Args:
        left: a term with N axes, or an expression.
        right: a term with M axes, or an expression.
        axes: the axes P of ``left`` and Q of ``right`` that are multiplied in pairs, counted from 0.
        sum: those axes of P (counted in ``left``) that are summed.

    Returns:
        The join: the axes of ``left`` in order without the summed ones, then those of ``right`` outside Q.

    Raises:
        ShapeError: for lists of different lengths, an axis twice or out of range, unequal sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j] B[j,k]")
        >>> print(join(A, B, axes=(1, 0), sum=1))
        A ·_1 B
    """
    one = left if isinstance(left, BracketTerm) else bracket_term(left)
    two = right if isinstance(right, BracketTerm) else bracket_term(right)
    chosen, partners = axis_tuple(axes[0], one.ndim), axis_tuple(axes[1], two.ndim)
    gone = axis_tuple(sum, one.ndim)
    if len(chosen) != len(partners):
        raise ShapeError(f"⊙ pairs the axes {chosen} with {partners}: two lists of unequal lengths")
    for axis in gone:
        if axis not in chosen:
            raise ShapeError(f"axis {axis} is summed but is not among the multiplied axes {chosen}")
    found = zip(chosen, partners, strict=True)
    return Join(one, two, [Pair(axis, partner, axis in gone) for axis, partner in found])


def swap_operands(joined: Join) -> Join:
    """Return B^Q ⊙^P A for A^P ⊙^Q B: the operands in the other order, and the axes in the same.

    The two operators give the same numbers, but their axes differ by a permutation, which is the ``order``
    of the result (paper §2.2, (4) and (5)). Where it changes nothing, none is written.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[i,j,k] B[l,j,i]")
        >>> one = join(A, B, axes=((0, 1), (2, 1)))
        >>> print(one, "=", swap_operands(one))
        A^{1,2} ⊙^{3,2} B = (B^{3,2} ⊙^{1,2} A)_{3241}
    """
    pairs = [Pair(pair.right, pair.left, pair.summed) for pair in joined.pairs]
    here = _labels(joined.left, joined.right, joined.pairs)
    there = _labels(joined.right, joined.left, pairs)
    name_of = dict(zip((*there.left, *there.right), (*here.right, *here.left), strict=True))
    place_of = {name_of[label]: place for place, label in enumerate(there.output)}
    order = [place_of[here.output[axis]] for axis in joined.order]
    return Join(joined.right, joined.left, pairs, order)


# -- what is written ------------------------------------------------------------------------------------


def _join_formula(joined: Join) -> Formula:
    ones = _ones_slots(joined.left.tree)
    # Of two ones that are paired, one must say its size.
    open_slots = [pair.right for pair in joined.pairs if pair.left not in ones]
    left_tree = _with_fillers(joined.left.tree, [pair.left for pair in joined.pairs])
    left = operand_formula(joined.left.coefficient, left_tree)
    right = operand_formula(joined.right.coefficient, _with_fillers(joined.right.tree, open_slots))
    count = len(joined.pairs)
    if not count:
        return Infix((left, right), (OUTER,))
    operator = DOT if all(pair.summed for pair in joined.pairs) else ODOT
    bars = operator == ODOT and any(pair.summed for pair in joined.pairs)
    ends = range(joined.left.ndim - count, joined.left.ndim)
    if not bars and [pair[:2] for pair in joined.pairs] == list(zip(ends, range(count), strict=True)):
        if count == joined.left.ndim == joined.right.ndim:
            return Infix((left, right), (operator,))
        return Joined(operator, left, right, count=count)
    marks = tuple([(pair.left + 1, bars and pair.summed) for pair in joined.pairs])
    return Joined(operator, left, right, marks, tuple([(pair.right + 1, False) for pair in joined.pairs]))


def _with_fillers(tree: Beside, paired: Iterable[int]) -> Beside:
    """Return the tree with a filler for a vector of ones that gets its size from the other operand."""
    ones = _ones_slots(tree)
    chosen = {ones[slot] for slot in paired if slot in ones}
    return Beside(tuple([Fill(1) if place in chosen else item for place, item in enumerate(tree.items)]))


def _ones_slots(tree: Beside) -> dict[int, int]:
    """Return the slots in which only a vector of ones is, and the places of these items."""
    found: dict[int, int] = {}
    slot = 0
    for place, item in enumerate(tree.items):
        if isinstance(item, Portion) and isinstance(item.tensor, Ones) and len(item.axes) == 1:
            found[slot] = place
        slot += bars_of(item).count(False)
    return found
