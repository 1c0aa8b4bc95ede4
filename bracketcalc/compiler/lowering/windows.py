"""Contracting products with windows: views of what is seen, and sums of slices for the adjoint.

Σ_i x_i W_iop is a view of x with an axis of windows and one of taps. Where i stays, the rest of the
product, with axes o and p, is added up slice by slice. The tensor W itself is only made where two windows
meet in a way that neither covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.compiler.lowering.kernels import Labelled, arranged, memory_labels
from bracketcalc.compiler.lowering.labels import contract_indexed
from bracketcalc.compiler.lowering.pairwise import Space
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.operands import View
from bracketcalc.compiler.program.steps import Constant, Kind
from bracketcalc.functions.windows import Windows, WindowValue


@dataclass(frozen=True, slots=True)
class _Window:
    """A factor that is a window: what it does, and the labels of the seen axis, windows and taps."""

    factor: Labelled
    windows: Windows
    seen: int
    output: int
    tap: int

    @property
    def labels(self) -> tuple[int, int, int]:
        return self.seen, self.output, self.tap


def contract_windowed(b: Builder, factors: Sequence[Labelled], space: Space) -> Labelled:
    """Return the product of at least one factor as :func:`contract_indexed`, with windows among them."""
    if Kind.MAP not in b.kinds:
        return contract_indexed(b, factors, space)
    windows = [found for found in (_window(b, factor) for factor in factors) if found is not None]
    rest = [factor for factor in factors if all(factor is not w.factor for w in windows)]
    while windows:
        folded = next((w for w in windows if _folds(w, windows, rest, space)), None)
        if folded is not None:
            windows.remove(folded)
            rest = _fold(b, folded, windows, rest, space)
            continue
        viewed = _viewed_together(windows, rest, space)
        if not viewed:
            break
        windows = [w for w in windows if w not in viewed]
        rest = _view(b, viewed, rest)
        if windows:
            rest = _contracted_taps(b, viewed, windows, rest, space)
    return contract_indexed(b, [*rest, *(w.factor for w in windows)], space)


def _window(b: Builder, factor: Labelled) -> _Window | None:
    """Return what a factor is as a window: a function that keeps elements, of ones."""
    step = b.steps[factor.slot]
    if step.kind is not Kind.MAP or not isinstance(step.parameters[0].value, WindowValue):
        return None
    ones = b.steps[step.slots[0]]
    if ones.kind is not Kind.FULL or ones.operands != (Constant(1),) or len(set(factor.labels)) < 3:
        return None
    return _Window(factor, step.parameters[0].value.windows, *factor.labels)


def is_window(b: Builder, factor: Labelled) -> bool:
    """Return whether a factor is a window."""
    return _window(b, factor) is not None


def _carriers(rest: Sequence[Labelled], label: int) -> list[Labelled]:
    return [factor for factor in rest if label in factor.labels]


def _others_have(label: int, window: _Window, windows: Sequence[_Window]) -> bool:
    return any(label in other.labels for other in windows if other is not window)


def _folds(window: _Window, windows: Sequence[_Window], rest: Sequence[Labelled], space: Space) -> bool:
    """Return whether the windows and taps are summed, and other factors than those seen have them."""
    for label in (window.output, window.tap):
        if label in space.output or _others_have(label, window, windows):
            return False
        if any(window.seen in factor.labels for factor in _carriers(rest, label)):
            return False
    return bool(_carriers(rest, window.output))


def _fold(
    b: Builder, window: _Window, windows: Sequence[_Window], rest: Sequence[Labelled], space: Space
) -> list[Labelled]:
    """Contract what has the windows and the taps, and add it up along the seen axis."""
    ends = {window.output, window.tap}
    inner = [factor for factor in rest if ends.intersection(factor.labels)]
    others = [factor for factor in rest if not ends.intersection(factor.labels)]
    part = contract_indexed(b, inner, _needed(inner, others, windows, space, ends))
    if window.tap not in part.labels:
        slot = b.expand(part.slot, [*[True] * len(part.labels), False])
        part = Labelled(
            b.broadcast(slot, (*b.shape(part.slot), space.sizes[window.tap])), (*part.labels, window.tap)
        )
    memory = memory_labels(b, part)
    axes = memory.index(window.output), memory.index(window.tap)
    size = space.sizes[window.seen]
    slot = b.fold(arranged(b, part, memory), axes, window.windows, size)
    labels = [window.seen if x == window.output else x for x in memory if x != window.tap]
    return [*others, Labelled(slot, tuple(labels))]


def _viewed_together(windows: Sequence[_Window], rest: Sequence[Labelled], space: Space) -> list[_Window]:
    """Return windows whose seen axes are summed and on the same factors, which have no taps yet."""
    found: list[_Window] = []
    carriers: list[Labelled] = []
    for window in windows:
        own = _carriers(rest, window.seen)
        if window.seen in space.output or not own or _others_have(window.seen, window, windows):
            continue
        if any(x in factor.labels for factor in own for x in (window.output, window.tap)):
            continue
        if found and not all(factor in carriers for factor in own):
            continue
        carriers = carriers or own
        found.append(window)
    return found


def _view(b: Builder, viewed: Sequence[_Window], rest: Sequence[Labelled]) -> list[Labelled]:
    """Return the factors with axes of windows and taps in the place of those that are seen."""
    return [_view_of(b, factor, [w for w in viewed if w.seen in factor.labels]) for factor in rest]


def _view_of(b: Builder, factor: Labelled, viewed: Sequence[_Window]) -> Labelled:
    if not viewed:
        return factor
    memory = memory_labels(b, factor)
    by_label = {w.seen: w for w in viewed}
    ordered = [by_label[label] for label in memory if label in by_label]
    shapes = [b.shape(w.factor.slot) for w in ordered]
    views = tuple(
        [
            View(memory.index(w.seen), shape[1], shape[2], w.windows)
            for w, shape in zip(ordered, shapes, strict=True)
        ]
    )
    slot = b.window(arranged(b, factor, memory), views)
    last = memory.index(ordered[-1].seen) + 1
    labels = [by_label[label].output if label in by_label else label for label in memory]
    labels[last:last] = [w.tap for w in ordered]
    return Labelled(slot, tuple(labels))


def _contracted_taps(
    b: Builder,
    viewed: Sequence[_Window],
    windows: Sequence[_Window],
    rest: Sequence[Labelled],
    space: Space,
) -> list[Labelled]:
    """Contract the taps before anything else sees the windows: else every tap would be seen by all taps."""
    taps = {w.tap for w in viewed if w.tap not in space.output and not _others_have(w.tap, w, windows)}
    inner = [factor for factor in rest if taps.intersection(factor.labels)]
    others = [factor for factor in rest if not taps.intersection(factor.labels)]
    if len(inner) < 2:
        return list(rest)
    return [*others, contract_indexed(b, inner, _needed(inner, others, windows, space, set()))]


def _needed(
    inner: Sequence[Labelled],
    others: Sequence[Labelled],
    windows: Sequence[_Window],
    space: Space,
    ends: set[int],
) -> Space:
    """Return the space of a part of a product: the labels that the rest of it needs."""
    outside = ends.union(space.output, *[factor.labels for factor in others], *[w.labels for w in windows])
    kept = dict.fromkeys(x for factor in inner for x in factor.labels if x in outside)
    first = [label for label in space.output if label in kept]
    return Space(tuple(dict.fromkeys([*first, *kept])), space.sizes)
