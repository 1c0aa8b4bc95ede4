"""Placing small texts beside lines such that they hide nothing and nothing hides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bracketcalc.render.graph.geometry import Box, Curve, Point, text_width
from bracketcalc.render.graph.picture import Kind, Shape

MOST = 8
"""The most lines of one edge beside which a place for its size is looked for."""


CLEAR = 2.0
"""How far a label should stay away from every line, the bars across them among these."""


class Labels:
    """The labels placed so far, and everything that they must not cover."""

    def __init__(self, shapes: Iterable[Shape], curves: Iterable[Curve]) -> None:
        self.found: list[Shape] = []
        self._boxes = [shape.box.grown(1) for shape in shapes]
        points = [point for curve in curves for point in curve.points]
        self._points = np.array(points, dtype=np.complex128)

    def near_start(self, curve: Curve, text: str, font: float) -> None:
        """Write a position where a line starts."""
        length = max(abs(curve.end - curve.start), 1)
        shares = [min(along / length, 0.5) for along in (7, 10, 14)]
        candidates = [self._aside(curve, share, text, font, gap) for share in shares for gap in (3.5, -3.5)]
        self._put(Kind.POSITION, candidates, text, "")

    def beside(self, curves: Sequence[Curve], text: str, full: str, font: float) -> None:
        """Write a size beside one of the lines of an edge."""
        candidates = [
            self._aside(curve, share, text, font, gap)
            for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.8)
            for curve in reversed(curves[:MOST])
            for gap in (-3.5, -8.0, 3.5, 8.0)
        ]
        self._put(Kind.SIZE, candidates, text, full)

    @staticmethod
    def _aside(curve: Curve, share: float, text: str, font: float, gap: float) -> Box:
        """Return the box of a text beside a curve; a positive gap is above a horizontal line."""
        width, height = text_width(text, font) / 2, font / 2
        normal = upward(curve.direction(share) * 1j)
        away = abs(normal.real) * width + abs(normal.imag) * height + abs(gap)
        return Box(curve.at(share) + normal * (away if gap > 0 else -away), width, height)

    def _put(self, kind: Kind, candidates: Sequence[Box], text: str, full: str) -> None:
        """Take the first place that covers nothing, otherwise the one that covers the least."""
        best, least = candidates[0], float("inf")
        for box in candidates:
            cost = self._cost(box)
            if cost < least:
                best, least = box, cost
            if not cost:
                break
        self.found.append(Shape(kind, best, text, full))
        self._boxes.append(best.grown(1))

    def _cost(self, box: Box) -> float:
        between = self._points - box.centre
        near = box.grown(CLEAR)
        inside = (np.abs(between.real) < near.half_width) & (np.abs(between.imag) < near.half_height)
        return round(sum(box.overlap(other) for other in self._boxes) + 15 * float(inside.sum()), 3)


def upward(normal: Point) -> Point:
    """Return a direction or its opposite: the one that points up, or to the right where neither does."""
    down = normal.imag > 1e-6 or (abs(normal.imag) <= 1e-6 and normal.real < 0)
    return -normal if down else normal
