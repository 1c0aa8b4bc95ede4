"""The order in which the labels of a product are written (paper §2.3, (8) and (9))."""

from __future__ import annotations

from collections.abc import Sequence


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
    before: dict[int, list[int]] = {label: [] for label in output}
    behind: dict[int, list[int]] = {label: [] for label in output}
    loose: list[int] = []
    # The list that a label stands in, or that those behind it are put in.
    place_of = dict(behind)
    first_place = behind if leading_last else before
    for names in labels:
        known = next((label for label in names if label in place_of), None)
        place = loose if known is None else first_place.get(known, place_of[known])
        for label in names:
            if label not in place_of:
                place_of[label] = place
                place.append(label)
            place = place_of[label]
    found = [one for label in output for one in (*before[label], label, *behind[label])]
    return found + loose
