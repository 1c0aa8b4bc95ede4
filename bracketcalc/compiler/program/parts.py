"""Expressions that are computed for one part of an axis after the other, so that less is held at a time.

An axis is cut below one or several expressions: what has the axis is computed for some of its indices,
and the parts are written one beside the other or, where the axis is summed, added up. Every element is
computed once, from the same operands as without the cut.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from bracketcalc.compiler.program.steps import Program
from bracketcalc.expr.core import Elementwise, Expr, Extent, Ones, Product, Size, Sum, Tensor
from bracketcalc.expr.facts import Fact
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.functions.one_hot import ONE_HOT

Axis = int | None
"""The axis that is cut, None for what does not have it; ``-1 - label`` for a label that a product sums."""

Key = tuple[Expr, Axis]


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """What is computed for each part of an axis.

    Attributes:
        size: the length of the axis.
        part: how many indices are computed at a time.
        whole: the program for a part.
        rest: the program for the indices that are left behind the last whole part, if there are any.
        cut: for each operand the axis that is cut, or None.
        results: for each result the axis along which its parts are written, None if they are added up.
        shapes: the shape of each result.
    """

    size: int
    part: int
    whole: Program
    rest: Program | None
    cut: tuple[Axis, ...]
    results: tuple[Axis, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def runs(self) -> list[tuple[Program, int]]:
        """Return the programs and how often each of them runs."""
        found = [(self.whole, self.size // self.part)]
        return found if self.rest is None else [*found, (self.rest, 1)]


class Assembled(Expr):
    """One result of a computation in parts; the children are what it is computed from."""

    __slots__ = ()

    def __init__(
        self, parts: Parts, place: int, children: tuple[Expr, ...], sizes: tuple[Extent, ...], is_real: bool
    ) -> None:
        super().__init__((parts, place, sizes, is_real), children, sizes, is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Assembled:
        return cls(data[0], data[1], children, data[2], data[3])

    @property
    def parts(self) -> Parts:
        """Return what is computed for each part."""
        parts: Parts = self.data[0]
        return parts

    @property
    def place(self) -> int:
        """Return which of the results it is."""
        return int(self.data[1])


class Cast(Expr):
    """A tensor in the type of the program, where its array has another one: an array of its own."""

    __slots__ = ()

    def __init__(self, tensor: Expr) -> None:
        super().__init__((), (tensor,), tensor.sizes, tensor.is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Cast:
        return cls(children[0])


class UncuttableError(Exception):
    """An axis cannot be cut: some function needs all of it at once."""


@dataclass(frozen=True, slots=True)
class Graph:
    """What is known of the expressions that may be cut.

    Attributes:
        interior: the expressions that are never to be held as a whole.
        arrays: the expressions that some tensor is below.
    """

    interior: Collection[Expr]
    arrays: Collection[Expr]


@dataclass(slots=True)
class Body:
    """Expressions in terms of symbols for the parts of what they are computed from.

    Attributes:
        graph: the expressions.
        part: the size of a part.
        exits: the expressions, each with the axis that is cut.
        symbols: what each symbol stands for.
        built: the expressions for a part.
    """

    graph: Graph
    part: Size
    exits: list[Key] = field(default_factory=list)
    symbols: dict[Key, Tensor] = field(default_factory=dict)
    built: dict[Key, Expr] = field(default_factory=dict)

    def copy(self) -> Body:
        """Return a body that can grow on its own."""
        return Body(self.graph, self.part, list(self.exits), dict(self.symbols), dict(self.built))

    def add(self, expr: Expr, axis: Axis) -> None:
        """Add an expression.

        Raises:
            UncuttableError: if the axis cannot be cut.
        """
        key = (expr, axis)
        if key in self.symbols:
            raise UncuttableError
        self.exits.append(key)
        self._build(key)

    @property
    def roots(self) -> list[Expr]:
        """Return the expressions for a part."""
        return [self.built[key] for key in self.exits]

    @property
    def operands(self) -> list[Key]:
        """Return what the expressions are computed from, and the axis of each that is cut."""
        return list(self.symbols)

    def _build(self, root: Key) -> None:
        stack = [root]
        while stack:
            key = stack[-1]
            if key in self.built:
                stack.pop()
                continue
            leaf = self._leaf(key)
            if leaf is not None:
                self.built[key] = leaf
                continue
            node, axis = key
            keys = list(zip(node.children, axes_below(node, axis), strict=True))
            missing = [below for below in keys if below not in self.built]
            if missing:
                stack += missing
                continue
            self.built[key] = type(node).build(node.data, tuple([self.built[below] for below in keys]))

    def _leaf(self, key: Key) -> Expr | None:
        """Return what takes the place of an expression, None where its children are entered."""
        node, axis = key
        if key in self.exits:
            return None
        if axis is None:
            if node not in self.graph.arrays:
                return node
            if node in self.graph.interior:
                raise UncuttableError
            return None if is_structure(node) else self._symbol(key)
        if isinstance(node, Ones):
            return Ones(resized(node.sizes, axis, self.part))
        inside = node in self.graph.interior or is_structure(node)
        if inside or (node not in self.graph.arrays and isinstance(node, Product)):
            return None
        if node not in self.graph.arrays:
            raise UncuttableError
        return self._symbol(key)

    def _symbol(self, key: Key) -> Tensor:
        node, axis = key
        sizes = node.sizes if axis is None else resized(node.sizes, axis, self.part)
        facts = frozenset[Any]() if node.is_real else frozenset({Fact.COMPLEX})
        return self.symbols.setdefault(key, Tensor(f"\0{self.part.name}{len(self.symbols)}", sizes, facts))


def resized(sizes: Sequence[Extent], axis: int, part: Size) -> tuple[Extent, ...]:
    """Return sizes with that of one axis replaced."""
    return (*sizes[:axis], part, *sizes[axis + 1 :])


def is_structure(node: Expr) -> bool:
    """Return whether an expression is one-hot rows, or a tensor repeated along further axes.

    A program makes no array of it.
    """
    if isinstance(node, Map):
        return node.function == ONE_HOT
    if not isinstance(node, Product):
        return False
    arrays = [
        labels
        for factor, labels in zip(node.factors, node.labels, strict=True)
        if factor.children or not isinstance(factor, Ones)
    ]
    return len(arrays) == 1 and len(node.factors) > 1 and set(arrays[0]) < set(node.output)


def axes_below(node: Expr, axis: Axis) -> list[Axis]:
    """Return the axis of each child that is cut where an axis of the node is.

    Raises:
        UncuttableError: if the node needs all of the axis at once.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[n,m] B[m,k]")
        >>> axes_below(A @ B, 0), axes_below(A @ B, -1 - 1)
        ([0, None], [1, 0])
    """
    if axis is None:
        return [None] * len(node.children)
    if isinstance(node, Product):
        label = node.output[axis] if axis >= 0 else -1 - axis
        if any(names.count(label) > 1 for names in node.labels):
            raise UncuttableError
        return [names.index(label) if label in names else None for names in node.labels]
    if isinstance(node, Elementwise | Sum | Cast):
        return [axis] * len(node.children)
    if isinstance(node, Map | Operator) and axis < node.batch:
        return [axis] * len(node.children)
    raise UncuttableError


def cuttable_axes(node: Expr) -> list[int]:
    """Return the axes of a node that may be cut, and the labels that it sums, as :data:`Axis`."""
    axes = list(range(node.ndim))
    if isinstance(node, Product):
        labels = dict.fromkeys(label for names in node.labels for label in names)
        axes += [-1 - label for label in labels if label not in node.output]
    return axes


def length_of(node: Expr, axis: int) -> Extent:
    """Return the size of an axis, or of a summed label."""
    if axis >= 0:
        return node.sizes[axis]
    assert isinstance(node, Product)
    sizes = {
        label: x
        for factor, names in zip(node.factors, node.labels, strict=True)
        for label, x in zip(names, factor.sizes, strict=True)
    }
    return sizes[-1 - axis]
