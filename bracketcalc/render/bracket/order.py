"""The order in which the labels of a product are written (paper §2.3, (8) and (9))."""

from __future__ import annotations

from collections.abc import Sequence


def label_order(labels: Sequence[Sequence[int]], output: Sequence[int]) -> list[int]:
    """Return every label once: the free ones in the order of the output, the summed ones between them.

    A summed label stands behind the free label that is before it in its factor, or before the one that is
    behind it; so the axes of each factor stay in order as far as the output allows.

    Args:
        labels: the labels of each factor's axes.
        output: the free labels.

    Example:
        >>> label_order([(0, 1), (1, 2)], (0, 2))
        [0, 1, 2]
        >>> label_order([(1, 0), (1, 2)], (0, 2))
        [1, 0, 2]
    """
    before: dict[int, list[int]] = {label: [] for label in output}
    behind: dict[int, list[int]] = {label: [] for label in output}
    loose: list[int] = []
    seen = set(output)
    for names in labels:
        first = next((label for label in names if label in before), None)
        place = loose if first is None else before[first]
        for label in names:
            if label in behind:
                place = behind[label]
            elif label not in seen:
                seen.add(label)
                place.append(label)
    found = [one for label in output for one in (*before[label], label, *behind[label])]
    return found + loose
