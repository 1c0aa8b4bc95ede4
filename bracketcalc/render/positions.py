"""Joining two factors with position lists: A ·_k B, A^{P} ·^{Q} B, A^{P} ⊙^{Q} B (paper §2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bracketcalc.render.items import Block, Item, Label
from bracketcalc.render.layout import DOT, ODOT, Formula, Joined


class Joint(NamedTuple):
    """Two factors joined: the formula, the labels of its axes, and how many position lists it needs."""

    formula: Formula
    labels: tuple[Label, ...]
    lists: int

    @property
    def cost(self) -> tuple[int, int]:
        """Return the number of position lists, then of axes."""
        return self.lists, len(self.labels)


def joint(first: Item, second: Item, needed: set[Label]) -> Joint:
    """Return the product of two items that share labels; those not needed elsewhere are summed.

    A form without position lists is preferred, then the order in which the factors were given.
    """
    found: Joint | None = None
    for left, right in ((first, second), (second, first)):
        for left_formula, left_labels in _turns(left):
            for right_formula, right_labels in _turns(right):
                new = _joined(left_formula, left_labels, right_formula, right_labels, needed)
                if found is None or new.lists < found.lists:
                    found = new
    assert found is not None
    return found


def _turns(one: Item) -> Iterator[tuple[Formula, tuple[Label, ...]]]:
    """Yield an item as it is, and transposed if it is a matrix."""
    if isinstance(one, Block):
        yield one.shown, one.labels
        return
    path = one if one.left is not None else one.flipped()
    yield path.formula, path.labels
    if len(path.labels) == 2:
        yield path.flipped().formula, path.flipped().labels


def _joined(
    left: Formula,
    left_labels: tuple[Label, ...],
    right: Formula,
    right_labels: tuple[Label, ...],
    needed: set[Label],
) -> Joint:
    shared = [label for label in left_labels if label in right_labels]
    summed = [label for label in shared if label not in needed]
    labels = tuple([label for label in left_labels if label not in summed])
    labels += tuple([label for label in right_labels if label not in shared])
    operator = DOT if len(summed) == len(shared) else ODOT
    count = len(shared)
    if (operator == DOT or not summed) and left_labels[-count:] == right_labels[:count]:
        return Joint(Joined(operator, left, right, count=count), labels, 0)
    bars = operator == ODOT
    left_marks = tuple([(left_labels.index(label) + 1, bars and label in summed) for label in shared])
    right_marks = tuple([(right_labels.index(label) + 1, False) for label in shared])
    return Joint(Joined(operator, left, right, left_marks, right_marks), labels, 1)
