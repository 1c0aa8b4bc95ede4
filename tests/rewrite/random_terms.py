"""Random bracket terms: brackets in brackets, bars on parts, fillers, ι, diagonals, repeated tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.reference import evaluate
from bracketcalc.rewrite.term import BracketTerm
from bracketcalc.rewrite.trees import rebuilt
from bracketcalc.traverse import tensors_in

SIZES = (2, 3, 2, 3, 5, 1, 0)
"""The sizes of axes; distinct ones, and 0 and 1."""

OPEN = Tensor("open", ())
"""Stands for the tensor of a portion until all portions are known."""


class Builder:
    """Draws the items of a term; the tensors are made last, when their axes are known.

    Attributes:
        random: where the choices come from.
        axes: for each occurrence of a tensor, the sizes of its axes.
        scalars: how many scalars there are.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.scalars = 0
        self.axes: list[list[int]] = [[] for _ in range(random.randint(1, 5))]

    def item(self, sizes: Sequence[int], depth: int) -> Item:
        """Return an item with slots of the given sizes, none of them under a bar."""
        draw = self.random.random()
        if depth == 0 or draw < 0.3:
            return self.portion(sizes)
        if draw < 0.55 and len(sizes) > 1:
            cut = self.random.randint(1, len(sizes) - 1)
            inner = [self.item(sizes[:cut], depth - 1), self.item(sizes[cut:], depth - 1)]
            if self.random.random() < 0.3:
                inner.insert(self.random.randint(0, 2), self.without_slots(depth - 1))
            return Beside(tuple(inner))
        return self.bracket(sizes, depth - 1)

    def portion(self, sizes: Sequence[int]) -> Item:
        """Return the next axes of some occurrence."""
        if list(sizes) == [1] and self.random.random() < 0.3:
            return Iota()
        number = self.random.randrange(len(self.axes))
        first = len(self.axes[number])
        self.axes[number] += sizes
        return Portion(OPEN, number, tuple(range(first, first + len(sizes))))

    def without_slots(self, depth: int) -> Item:
        """Return a scalar, or a bracket in which everything is summed."""
        if self.random.random() < 0.3:
            self.scalars += 1
            return Portion(Tensor(self.random.choice("st"), ()), self.scalars, ())
        return self.bracket([], depth)

    def bracket(self, sizes: Sequence[int], depth: int) -> Item:
        """Return square brackets with the given free slots, and summed ones between them."""
        slots = [(size, False) for size in sizes]
        for _ in range(self.random.randint(0 if sizes else 1, 2)):
            slots.insert(self.random.randint(0, len(slots)), (self.random.choice(SIZES), True))
        whole = [size for size, _ in slots]
        items = [self.item(whole, depth) for _ in range(self.random.randint(0, 2))]
        items.insert(self.random.randint(0, len(items)), self.barred(slots, depth))
        if self.random.random() < 0.3:
            cut = self.random.randint(0, len(slots) - 1)
            filled: list[Item] = [Fill(len(slots) - cut)]
            items.append(Beside((self.item(whole[:cut], 0), *filled)) if cut else filled[0])
        return Bracketed(tuple(items))

    def barred(self, slots: Sequence[tuple[int, bool]], depth: int) -> Item:
        """Return an item with bars over some of its slots."""
        parts: list[Item] = []
        rest = list(slots)
        while rest:
            count = 1
            while count < len(rest) and rest[count][1] == rest[0][1]:
                count += 1
            inner = self.item([size for size, _ in rest[:count]], depth)
            parts.append(Barred(inner) if rest[0][1] else inner)
            del rest[:count]
        return parts[0] if len(parts) == 1 else Beside(tuple(parts))

    def finished(self, items: Sequence[Item]) -> Item:
        """Return the items with tensors; their axes are shuffled, and equal sizes may be one tensor."""
        tensors: list[tuple[Tensor, list[int]]] = []
        for sizes in self.axes:
            order = list(range(len(sizes)))
            self.random.shuffle(order)
            shuffled = tuple([sizes[order.index(axis)] for axis in range(len(sizes))])
            letter = self.random.choice("ABC")
            tensors.append((Tensor(f"{letter}{'x'.join(map(str, shuffled))}", shuffled), order))

        def named(item: Item) -> Item:
            if not isinstance(item, Portion) or item.tensor != OPEN:
                return item
            tensor, order = tensors[item.copy]
            return Portion(tensor, item.copy, tuple([order[axis] for axis in item.axes]))

        return rebuilt(Beside(tuple(items)), named)


def random_term(seed: int) -> BracketTerm:
    """Return a random term."""
    random = Random(seed)
    builder = Builder(random)
    items: list[Item] = []
    for _ in range(random.randint(1, 3)):
        sizes = [random.choice(SIZES) for _ in range(random.randint(1, 2))]
        draw = random.random()
        if draw < 0.2:
            items.append(Barred(builder.item(sizes, 1)))
        elif draw < 0.4:
            items.append(builder.without_slots(2))
        else:
            items.append(builder.item(sizes, 3))
    return BracketTerm(random.choice((1, 1, 2, -0.5)), builder.finished(items))


def is_small(term: BracketTerm) -> bool:
    """Return whether a term is quick to evaluate."""
    product = term.expr
    sizes = label_sizes(product.factors, product.labels)
    most = max([_elements(factor.sizes) for factor in product.factors], default=0)
    return most <= 5000 and _elements(sizes.values()) <= 20_000


def _elements(sizes: Iterable[Any]) -> int:
    return math.prod([max(size, 1) for size in sizes])


def terms() -> st.SearchStrategy[BracketTerm]:
    """Return a random term that is quick to evaluate."""
    return st.integers(0, 10**6).map(random_term).filter(is_small)


def arrays_for(exprs: Sequence[Expr]) -> dict[str, npt.NDArray[Any]]:
    """Return small whole numbers for the tensors, so that every sum is exact."""
    rng = np.random.default_rng(len(tensors_in(exprs)))
    return {
        tensor.name: rng.integers(-2, 3, tensor.sizes).astype(np.float64)  # type: ignore[arg-type]
        for tensor in tensors_in(exprs)
    }


def value(expr: Expr, arrays: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the reference value."""
    return np.asarray(evaluate(expr, arrays, {}))


def assert_same_value(one: Expr, two: Expr) -> None:
    """Fail unless two expressions have equal values at a random point."""
    arrays = arrays_for([one, two])
    assert one.sizes == two.sizes
    np.testing.assert_array_equal(value(one, arrays), value(two, arrays))
