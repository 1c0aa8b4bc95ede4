"""Points, boxes and curves in the plane. A point is a complex number; the y axis points down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from bracketcalc.errors import cell_width

Point = complex

STEPS = 12
"""Into how many straight pieces a curve is cut where lengths and distances are measured."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel rectangle, or a circle around ``centre`` where ``round`` is true."""

    centre: Point
    half_width: float
    half_height: float
    round: bool = False

    def grown(self, by: float) -> Box:
        """Return the box with a margin on every side."""
        return Box(self.centre, self.half_width + by, self.half_height + by, self.round)

    def moved(self, by: Point) -> Box:
        """Return the box at another place."""
        return Box(self.centre + by, self.half_width, self.half_height, self.round)

    def overlap(self, other: Box) -> float:
        """Return the area that two boxes share, both taken as rectangles."""
        between = self.centre - other.centre
        width = self.half_width + other.half_width - abs(between.real)
        height = self.half_height + other.half_height - abs(between.imag)
        return max(width, 0) * max(height, 0)

    def edge_towards(self, target: Point) -> Point:
        """Return where the ray from the centre to a point leaves the box.

        Example:
            >>> Box(0j, 20, 10).edge_towards(100 + 50j), Box(0j, 5, 5, round=True).edge_towards(30 + 40j)
            ((20+10j), (3+4j))
        """
        ray = target - self.centre
        if ray == 0:
            return self.centre
        if self.round:
            return self.centre + ray / abs(ray) * self.half_width
        scales = [
            half / abs(part)
            for half, part in ((self.half_width, ray.real), (self.half_height, ray.imag))
            if part
        ]
        return self.centre + ray * min(scales)


@dataclass(frozen=True, slots=True)
class Curve:
    """A quadratic Bézier curve; a straight line where the control point is in the middle."""

    start: Point
    control: Point
    end: Point

    def at(self, share: float) -> Point:
        """Return the point at a parameter from 0 to 1."""
        rest = 1 - share
        return rest * rest * self.start + 2 * rest * share * self.control + share * share * self.end

    def direction(self, share: float) -> Point:
        """Return the direction of the curve at a parameter, of length 1."""
        along = (1 - share) * (self.control - self.start) + share * (self.end - self.control)
        return along / abs(along) if along else 1 + 0j

    @property
    def points(self) -> list[Point]:
        """Return points along the curve, both ends among them."""
        return [self.at(step / STEPS) for step in range(STEPS + 1)]

    def moved(self, by: Point) -> Curve:
        """Return the curve at another place."""
        return Curve(self.start + by, self.control + by, self.end + by)


def line(start: Point, end: Point) -> Curve:
    """Return the straight line between two points."""
    return Curve(start, (start + end) / 2, end)


def between(first: Box, second: Box, bend: float = 0) -> Curve:
    """Return the curve from the border of one box to that of another, bent sideways by a distance."""
    ray = second.centre - first.centre
    side = ray / abs(ray) * 1j if ray else 1j
    control = (first.centre + second.centre) / 2 + side * bend
    start, end = first.edge_towards(control), second.edge_towards(control)
    if not bend:
        return line(start, end)
    return Curve(start, (start + end) / 2 + side * bend, end)


def unit(degrees: float) -> Point:
    """Return the direction of an angle, counter-clockwise on the screen.

    Example:
        >>> unit(90)
        -1j
    """
    angle = degrees * pi / 180
    return complex(round(cos(angle), 12) + 0, round(-sin(angle), 12) + 0)


def around(boxes: Iterable[Box], points: Sequence[Point] = ()) -> Box:
    """Return the smallest rectangle around boxes and points; one of no size at 0 around nothing."""
    corners = list(points)
    for box in boxes:
        half = complex(box.half_width, box.half_height)
        corners += [box.centre - half, box.centre + half]
    if not corners:
        return Box(0, 0, 0)
    left, right = min(one.real for one in corners), max(one.real for one in corners)
    top, bottom = min(one.imag for one in corners), max(one.imag for one in corners)
    return Box(complex((left + right) / 2, (top + bottom) / 2), (right - left) / 2, (bottom - top) / 2)


def clipped(text: str, cells: int) -> str:
    """Return a text of at most so many display cells; the end of a longer one is left out.

    Example:
        >>> clipped("a long name", 7), clipped("short", 7)
        ('a long…', 'short')
    """
    if cell_width(text) <= cells:
        return text
    kept = text[: cells - 1]
    while cell_width(kept) > cells - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in a proportional font of the given size.

    Example:
        >>> text_width("n", 10) < text_width("m", 10) < text_width("nn", 10)
        True
    """
    wide = sum([character in "mwMW@%" for character in text])
    return size * (0.62 * cell_width(text) + 0.36 * wide)
