"""The slots of a tree, each with a label: which are one, which are summed, and their sizes (paper §2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bracketcalc.expr.core import Expr, Extent, Ones, Product
from bracketcalc.expr.node import made
from bracketcalc.expr.number import Number, times_if_fits
from bracketcalc.notation.bracket.faults import (
    Slot,
    Text,
    empty,
    missing,
    no_dimension,
    undetermined,
    unequal_counts,
    unequal_sizes,
    used_twice,
)
from bracketcalc.notation.bracket.placeholders import NO_PARTS, Copy
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.tokens import Part

Labels = list[int]


class Slots:
    """What is known about the slots of a tree.

    Attributes:
        text: where the tree is in a text.
        output: the labels of the tree's slots without a bar, in order.
        sizes: for each label its size, None while it is not known.
        owners: for each label, a slot that has its size.

    Raises:
        ShapeError: for sizes or numbers of slots that do not fit.
        ParseError: if a dimension of a tensor is missing or used twice.
    """

    __slots__ = (
        *("_copies", "_fillers", "_merged", "_open", "_parts", "_portions", "_summed"),
        *("output", "owners", "sizes", "text"),
    )

    def __init__(self, root: Item, text: Text, parts: Mapping[Expr, Part] = NO_PARTS) -> None:
        self.text = text
        self._parts = parts
        self.sizes: list[Extent | None] = []
        self.owners: list[Slot] = []
        self._copies: dict[Copy, Labels] = {}
        self._portions: list[Portion] = []
        self._fillers: Labels = []
        self._merged: Labels = []
        self._summed: set[int] = set()
        labels = self._walk(root)
        self.output = [label for label in labels if label not in self._summed]
        self._open: dict[Copy, Labels] = {}
        for key, axes in self._copies.items():
            if -1 in axes:
                raise missing(text, self._first(key), axes.index(-1), self._portions)
            if parts and key[0] in parts:
                self._open[key] = [self._find(label) for label in axes]
        if parts:
            self.settle()

    def _first(self, key: Copy) -> Portion:
        """Return the first portion of a copy of a tensor."""
        return next(item for item in self._portions if (item.tensor, item.copy) == key)

    def settle(self) -> None:
        """Give the dimensions that are tied together, such as those of I, one size, as far as it is known.

        Raises:
            ShapeError: if their sizes differ.
        """
        pairs = self._pairs()
        changed = bool(pairs)
        while changed:
            changed = False
            for one, two in pairs:
                left, right = self.sizes[one], self.sizes[two]
                if left is not None and right is not None and left != right:
                    raise unequal_sizes(self.text, self.owners[one], left, self.owners[two], right)
                if (left is None) != (right is None):
                    self.sizes[one] = self.sizes[two] = right if left is None else left
                    changed = True
            # A chain of them is settled in two rounds, whichever end has a size.
            pairs.reverse()

    @property
    def ties(self) -> list[tuple[int, int]]:
        """Return the pairs of axes that are tied together, such as the two dimensions of an I."""
        places = {label: place for place, label in enumerate(self.output)}
        return [(places[one], places[two]) for one, two in self._pairs() if {one, two} <= places.keys()]

    def _pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of labels that have one size because a placeholder says so."""
        return [
            (axes[one], axes[two])
            for (tensor, _), axes in self._open.items()
            for one, two in self._parts[tensor].ties
        ]

    @property
    def may_be_open(self) -> bool:
        """Return whether some sizes may not be known: those of fillers and placeholders."""
        return bool(self._fillers or self._parts)

    def tensors(self) -> dict[Copy, Expr]:
        """Return what each copy of a placeholder stands for.

        Raises:
            ParseError: if a size is not known.
        """
        found: dict[Copy, Expr] = {}
        for key, axes in self._open.items():
            sizes = tuple([self.sizes[label] for label in axes])
            if any(size is None for size in sizes):
                raise undetermined(self.text, self._first(key))
            found[key] = self._parts[key[0]].build(sizes)
        return found

    def _walk(self, root: Item) -> Labels:
        """Return the labels of the slots of a tree, those under a bar among them."""
        around: list[tuple[Item, Iterator[Item], list[Labels]]] = []
        outer = root if isinstance(root, Beside) else Beside((root,))
        item: Item = outer
        inner: Iterator[Item] = iter(outer.items)
        parts: list[Labels] = []
        while True:
            for child in inner:
                if isinstance(child, Portion):
                    parts.append(self._portion(child))
                elif isinstance(child, Fill):
                    parts.append([self._label(child, slot, None) for slot in range(child.count)])
                elif isinstance(child, Iota):
                    parts.append([self._label(child, 0, 1)])
                else:
                    around.append((item, inner, parts))
                    inner = iter((child.item,) if isinstance(child, Barred) else child.items)
                    item, parts = child, []
                    break
            else:
                labels = self._together(item, parts)
                if not around:
                    return labels
                item, inner, parts = around.pop()
                parts.append(labels)

    def _together(self, item: Item, parts: list[Labels]) -> Labels:
        """Return the labels of an item from those of the items in it."""
        if isinstance(item, Bracketed):
            return self._join(item, parts)
        if isinstance(item, Barred):
            self._summed.update(parts[0])
        return parts[0] if len(parts) == 1 else [label for part in parts for label in part]

    def _label(self, item: Item, slot: int, size: Extent | None) -> int:
        """Return a new label for a slot that is no dimension of a tensor."""
        label = len(self._merged)
        self._fillers.append(label)
        self._merged.append(label)
        self.owners.append((item, slot))
        self.sizes.append(size)
        return label

    def _portion(self, item: Portion) -> Labels:
        tensor, copy, wanted = item
        sizes = self._parts[tensor].sizes if self._parts and tensor in self._parts else tensor.sizes
        axes = self._copies.setdefault((tensor, copy), [])
        if not axes:
            axes += [-1] * len(sizes)
        self._portions.append(item)
        labels: Labels = []
        for label, axis in enumerate(wanted, len(self._merged)):
            if not 0 <= axis < len(axes):
                raise no_dimension(self.text, item, axis)
            if axes[axis] >= 0:
                raise used_twice(self.text, item, axis, self._portions)
            axes[axis] = label
            labels.append(label)
            self.owners.append((item, axis))
            self.sizes.append(sizes[axis])
        self._merged += labels
        return labels

    def _join(self, item: Bracketed, parts: list[Labels]) -> Labels:
        """Make the slots of the items of a bracket one, and return those without a bar."""
        if not parts:
            raise empty(self.text, item)
        first, summed = parts[0], self._summed
        for number in range(1, len(parts)):
            part = parts[number]
            if len(part) != len(first):
                raise unequal_counts(self.text, item.items[0], len(first), item.items[number], len(part))
            for one, two in zip(first, part, strict=True):
                self._merge(one, two)
                if two in summed:
                    summed.add(one)
        return [label for label in first if label not in summed]

    def _merge(self, one: int, two: int) -> None:
        """Make two labels one, of which the first stays."""
        left, right = self.sizes[one], self.sizes[two]
        self._merged[two] = one
        if left is right and isinstance(self.owners[one][0], Portion):
            return
        # A portion is what gives a size; ι gives one where there is no portion, a filler never does.
        unsized = left is None and (right is not None or not isinstance(self.owners[one][0], Portion))
        if unsized or (right is not None and isinstance(self.owners[one][0], Iota)):
            owner = self.owners[two]
        else:
            owner = self.owners[one]
        if left is not None and right is not None and left is not right and left != right:
            raise unequal_sizes(self.text, self.owners[one], left, self.owners[two], right)
        self.sizes[one] = right if left is None else left
        self.owners[one] = owner

    def _find(self, label: int) -> int:
        """Return the label that a label was made one with."""
        path = []
        while self._merged[label] != label:
            path.append(label)
            label = self._merged[label]
        for passed in path:
            self._merged[passed] = label
        return label

    def product(self, coefficient: Number) -> Product:
        """Return the product that the tree means.

        Raises:
            ParseError: if the size of a filler is not known.
        """
        operands: list[tuple[Expr, Labels]] = []
        tensors = self.tensors() if self._open else {}
        for (tensor, copy), axes in self._copies.items():
            merged = None
            if tensors and (tensor, copy) in tensors:
                operands.append((tensors[tensor, copy], self._open[tensor, copy]))
                continue
            if isinstance(tensor, Product) and not tensor.children:
                merged = times_if_fits(coefficient, tensor.coefficient)
            if merged is None:
                operands.append((tensor, axes))
            else:
                coefficient = merged
        for label in self._fillers:
            owner, size = self.owners[label][0], self.sizes[label]
            if not isinstance(owner, Portion) and label == self._merged[label]:
                if size is None:
                    raise undetermined(self.text, owner)
                operands.append((Ones((size,)), [label]))
        return self._made(coefficient, operands)

    def _made(self, coefficient: Number, operands: list[tuple[Expr, Labels]]) -> Product:
        """Return the product of operands whose sizes were compared when their labels were made one."""
        numbers: dict[int, int] = {}
        labels: list[tuple[int, ...]] = []
        merged, number = self._merged, numbers.setdefault
        for _, axes in operands:
            found = []
            for label in axes:
                root = label if merged[label] == label else self._find(label)
                found.append(number(root, len(numbers)))
            labels.append(tuple(found))
        output = tuple([numbers[label] for label in self.output])
        sizes = tuple([self.sizes[label] for label in self.output])
        factors = tuple([factor for factor, _ in operands])
        return made(Product, (coefficient, tuple(labels), output), factors, sizes)
