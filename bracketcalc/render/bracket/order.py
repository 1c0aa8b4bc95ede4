"""The order in which the labels of a product are written (paper §2.3, (8) and (9))."""

from __future__ import annotations

from collections.abc import Sequence

Labels = Sequence[Sequence[int]]
"""The labels of each factor's axes."""


def label_order(labels: Labels, output: Sequence[int]) -> list[int]:
    """Return every label once: the free ones in the order of the output, the summed ones between them.

    The axes of the first factor come first, in order, then those of the second that are left, and so on.
    If the output has another order, the factors are taken in the order of the output; if that does not
    help, a summed label stays beside the label that is beside it in its factor.

    Example:
        >>> label_order([(0, 1), (1, 2)], (0, 2))
        [0, 1, 2]
        >>> label_order([(1, 2), (0, 1)], (0, 2))
        [0, 1, 2]
        >>> label_order([(0, 1, 2)], (2, 0))
        [2, 0, 1]
    """
    free = {label: place for place, label in enumerate(output)}
    written = _walked(labels)
    if _fits(written, free):
        return written
    last = len(free)
    by_output = sorted(labels, key=lambda names: min([free.get(label, last) for label in names], default=0))
    walked = _walked(by_output)
    return walked if _fits(walked, free) else _beside_neighbours(labels, output)


def _walked(labels: Labels) -> list[int]:
    return list(dict.fromkeys(label for names in labels for label in names))


def _fits(walked: Sequence[int], free: dict[int, int]) -> bool:
    places = [free[label] for label in walked if label in free]
    return places == sorted(places)


def _beside_neighbours(labels: Labels, output: Sequence[int]) -> list[int]:
    """Put each summed label behind the free label before it in its factor, or before the one behind it."""
    before: dict[int, list[int]] = {label: [] for label in output}
    behind: dict[int, list[int]] = {label: [] for label in output}
    loose: list[int] = []
    seen = set(output)
    for names in labels:
        following = next((label for label in names if label in before), None)
        place = loose if following is None else before[following]
        for label in names:
            if label in behind:
                place = behind[label]
            elif label not in seen:
                seen.add(label)
                place.append(label)
    found = [one for label in output for one in (*before[label], label, *behind[label])]
    return found + loose
