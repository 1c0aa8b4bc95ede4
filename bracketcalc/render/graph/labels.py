"""Placing small texts beside lines such that they hide nothing and nothing hides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bracketcalc.render.graph.geometry import Box, Curve, Point, text_width
from bracketcalc.render.graph.picture import Kind, Shape


class Labels:
    """The labels placed so far, and everything that they must not cover."""

    def __init__(self, shapes: Iterable[Shape], curves: Iterable[Curve]) -> None:
        self.found: list[Shape] = []
        self._boxes = [shape.box.grown(1) for shape in shapes]
        self._points = [point for curve in curves for point in curve.points]

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
            for curve in reversed(curves)
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
        best = min(candidates, key=self._cost)
        self.found.append(Shape(kind, best, text, full))
        self._boxes.append(best.grown(1))

    def _cost(self, box: Box) -> float:
        crossed = sum(box.holds(point) for point in self._points)
        return round(sum(box.overlap(other) for other in self._boxes) + 15 * crossed, 3)


def upward(normal: Point) -> Point:
    """Return a direction or its opposite: the one that points up, or to the right where neither does."""
    down = normal.imag > 1e-6 or (abs(normal.imag) <= 1e-6 and normal.real < 0)
    return -normal if down else normal
