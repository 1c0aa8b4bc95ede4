"""The order in which the labels of a product are written (paper §2.3, (8) and (9))."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush


def label_order(
    labels: Sequence[Sequence[int]], output: Sequence[int], leading_last: bool = False
) -> list[int]:
    """Return every label once: the free ones in the order of the output, the summed ones between them.

    A summed label stands behind the label that is before it in its factor, or before the one that is
    behind it; so the axes of each factor stay in order as far as the output allows.

    Args:
        labels: the labels of each factor's axes.
        output: the free labels.
        leading_last: whether a summed label that begins a factor stands behind the next free one.

    Example:
        >>> label_order([(0, 1), (1, 2)], (0, 2))
        [0, 1, 2]
        >>> label_order([(1, 0), (1, 2)], (0, 2))
        [1, 0, 2]
        >>> label_order([(1, 0), (1, 2)], (0, 2), leading_last=True)
        [0, 1, 2]
    """
    return _Order(labels, output, leading_last).run()


class _Order:
    """The labels that have a place, and the factors that have some label with a place.

    Attributes:
        placed: the labels, in order.
        forward: for each summed label, whether it belongs to the free label before it, not to the one
            behind it; None for a free label.
        ready: the numbers of factors with a label that has a place.
        front: how many labels at the beginning belong to scalars.
    """

    def __init__(self, labels: Sequence[Sequence[int]], output: Sequence[int], leading_last: bool) -> None:
        self.labels = labels
        self.leading_last = leading_last
        self.placed = list(output)
        self.forward: dict[int, bool | None] = dict.fromkeys(output)
        self.owners: dict[int, list[int]] = {}
        for number, names in enumerate(labels):
            for label in names:
                self.owners.setdefault(label, []).append(number)
        self.ready = [number for label in output for number in self.owners[label]]
        heapify(self.ready)
        self.first = self.ready[0] if self.ready else 0
        self.front = 0

    def run(self) -> list[int]:
        """Take the factors in order, those first that are tied to what has a place."""
        done: set[int] = set()
        for start in range(len(self.labels)):
            while self.ready:
                number = heappop(self.ready)
                if number not in done:
                    done.add(number)
                    self._add(self.labels[number])
            if start not in done:
                done.add(start)
                self._begin(start)
        return self.placed

    def _begin(self, number: int) -> None:
        """Place a factor without a free label, in front if it comes before all that have one."""
        block = list(dict.fromkeys(self.labels[number]))
        at = self.front if number < self.first else len(self.placed)
        self.front += len(block) if number < self.first else 0
        self._insert(at, block, forward=True)

    def _add(self, names: Sequence[int]) -> None:
        """Place the labels of a factor, beside those that have a place."""
        before: int | None = None
        block: list[int] = []
        for label in (*dict.fromkeys(names), None):
            if label is not None and label not in self.forward:
                block.append(label)
                continue
            if block:
                self._put(block, before, label)
                block = []
            before = label

    def _put(self, block: list[int], before: int | None, behind: int | None) -> None:
        """Place labels that stand between two labels of their factor, at least one of which has a place."""
        anchor = behind if before is None else before
        assert anchor is not None
        forward = self.forward[anchor]
        if forward is None:
            forward = before is not None or self.leading_last
        at = self.placed.index(anchor) + (forward or before is not None)
        while forward and at < len(self.placed) and self.forward[self.placed[at]] is not None:
            at += 1
        self._insert(at, block, forward)

    def _insert(self, at: int, block: list[int], forward: bool) -> None:
        self.placed[at:at] = block
        for label in block:
            self.forward[label] = forward
            for number in self.owners[label]:
                heappush(self.ready, number)
