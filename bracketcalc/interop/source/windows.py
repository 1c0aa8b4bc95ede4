"""Windows in products: an axis seen through them, and windows added up along the axis that they see.

Σ_i x_i W_iop is x at the place that tap p of window o sees. Where i stays, the rest of the product, with
axes o and p, is added at these places. The tensor W itself is only made where neither is possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.interop.source.code import atom, call
from bracketcalc.interop.source.sheet import Block
from bracketcalc.interop.source.values import Contract, Labels, Part, carriers


class Viewing:
    """Writes the windows of one product.

    Args:
        block: where it is written.
        extents: the code of the size of each label.
        contract: writes the product of some of the factors.
    """

    def __init__(self, block: Block, extents: Mapping[int, str], contract: Contract) -> None:
        self.block = block
        self.extents = extents
        self.contract = contract

    def folded(self, parts: Sequence[Part], output: Labels) -> list[Part] | None:
        """Return factors with one window less, which were added up along its axis; None for no such."""
        for window in _windows(parts):
            ends = set(window.labels[1:])
            inner = [part for part in parts if part is not window and ends & set(part.labels)]
            others = [part for part in parts if part is not window and part not in inner]
            if not _folds(window, inner, output):
                continue
            return [*others, self._added(window, inner, others, output)]
        return None

    def _added(self, window: Part, inner: Sequence[Part], others: Sequence[Part], output: Labels) -> Part:
        """Return the product of what has windows and taps, added up along the axis that they see."""
        seen, outer, tap = window.labels
        outside = {*output, *(x for part in others for x in part.labels)}
        kept = [x for part in inner for x in part.labels if x in outside]
        order = dict.fromkeys([*(x for x in output if x in kept or x == seen), *kept])
        labels = tuple(order) if seen in order else (seen, *order)
        at = labels.index(seen)
        spread = (*labels[:at], outer, tap, *labels[at + 1 :])
        if not carriers(inner, tap):
            taps = atom(self.block.made("ones", self.extents[tap]), 1)
            inner = [*inner, Part(taps, (tap,))]
        values = self.contract(inner, spread)
        places = window.known.places
        assert places is not None
        text = call("add_windows", values.code.text, str(at), places.text, self.extents[seen])
        return Part(atom(text, len(labels)), labels, values.is_real)

    def viewed(self, parts: Sequence[Part], output: Labels) -> list[Part] | None:
        """Return factors that are seen through windows, without these; None if there are none.

        Where other windows are left, the taps are contracted first: else all taps would be seen by all.
        """
        windows = [window for window in _windows(parts) if _views(window, parts, output)]
        if not windows:
            return None
        left = [part for part in parts if not any(part is window for window in windows)]
        for window in windows:
            left = [self._seen(part, window) for part in left]
        later = _windows(left)
        taps = {window.labels[2] for window in windows} - {*output}
        taps -= {label for window in later for label in window.labels}
        inner = [part for part in left if taps & set(part.labels)]
        if not later or len(inner) < 2:
            return left
        others = [part for part in left if part not in inner]
        outside = {*output, *(x for part in others for x in part.labels)}
        kept = dict.fromkeys(x for part in inner for x in part.labels if x in outside)
        return [*others, self.contract(inner, tuple(kept))]

    def _seen(self, part: Part, window: Part) -> Part:
        """Return a factor with axes of windows and taps in the place of the axis that is seen."""
        seen, *ends = window.labels
        if seen not in part.labels:
            return part
        at, places = part.labels.index(seen), window.known.places
        assert places is not None
        labels = (*part.labels[:at], *ends, *part.labels[at + 1 :])
        text = call("windows", part.code.text, str(at), places.text)
        return Part(self.block.named(atom(text, len(labels)), "seen"), labels, part.is_real)


def _windows(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.known.places is not None and part.is_plain]


def _folds(window: Part, inner: Sequence[Part], output: Labels) -> bool:
    """Return whether windows and taps are summed, and factors have them that are not seen themselves."""
    seen, outer, tap = window.labels
    if outer in output or tap in output or not carriers(inner, outer):
        return False
    return not any(part.known.places is not None or seen in part.labels for part in inner)


def _views(window: Part, parts: Sequence[Part], output: Labels) -> bool:
    """Return whether the axis that is seen is summed, and those who have it have no windows and taps."""
    seen, *ends = window.labels
    own = carriers(parts, seen, window)
    if seen in output or not own:
        return False
    return all(
        part.known.places is None and part.is_plain and not set(ends) & set(part.labels) for part in own
    )
