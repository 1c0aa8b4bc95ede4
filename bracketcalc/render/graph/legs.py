"""Finding an empty direction for a line that ends nowhere else."""

from __future__ import annotations

from cmath import phase
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, degrees

from bracketcalc.render.graph.geometry import Box, Curve, Point, line, unit

CLEAR = 26.0
"""How far a leg should stay away from everything else."""


@dataclass(frozen=True, slots=True)
class Space:
    """What is drawn already."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]

    def direction(self, anchor: Box, used: Sequence[Point], length: float, place: float) -> Point:
        """Return the best direction for a line of some length that starts at the border of a box.

        Args:
            anchor: the box.
            used: the directions of the lines that start there already.
            length: how much room is needed.
            place: from 0 to 1; 0 prefers the left, 1 the right, 0.5 upwards.

        Example:
            >>> box = Box(0j, 15, 15)
            >>> Space((box,), ()).direction(box, [1j], 50, 0.5).imag
            -1.0
        """
        count = 24 * ceil((len(used) + 1) / 12)
        candidates = [unit(360 / count * step) for step in range(count)]
        near = [box for box in self.boxes if box != anchor]
        points = [point for curve in self.curves for point in curve.points]
        return max(
            candidates,
            key=lambda ray: round(
                _gap(ray, used) + _taste(ray, place) - self.crowding(anchor, ray, length, near, points), 6
            ),
        )

    @staticmethod
    def crowding(
        anchor: Box, ray: Point, length: float, boxes: Sequence[Box], points: Sequence[Point]
    ) -> float:
        """Return how much a line would come near other things; 0 for not at all."""
        begin = anchor.edge_towards(anchor.centre + ray)
        worst = 0.0
        # The first points are near the lines at the same box in any direction; these count as angles.
        for point in line(begin, begin + ray * length).points[4:]:
            nearest = min([box.distance(point) for box in boxes], default=CLEAR)
            nearest = min([nearest, *[abs(point - other) for other in points]])
            worst = max(worst, 1 - min(nearest, CLEAR) / CLEAR)
        return 2 * worst


def _gap(ray: Point, used: Sequence[Point]) -> float:
    """Return the angle to the nearest line at the same box, 1 for a right angle or more."""
    angles = [abs(degrees(phase(other / ray))) for other in used]
    return min([90.0, *angles]) / 90


def _taste(ray: Point, place: float) -> float:
    straight = 0.1 if min(abs(ray.real), abs(ray.imag)) < 1e-9 else 0.0
    wanted = (2 * place - 1) * ray.real - (1 - abs(2 * place - 1)) * ray.imag
    return straight + 0.08 * wanted - 0.01 * ray.imag
