"""Finding an empty direction for a line that ends nowhere else."""

from __future__ import annotations

from cmath import phase
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, degrees

import numpy as np

from bracketcalc.render.graph.geometry import Box, Curve, Point, unit

CLEAR = 26.0
"""How far a leg should stay away from everything else."""


def compass(count: int) -> list[Point]:
    """Return evenly spread directions, clockwise from the left.

    Example:
        >>> [(ray.real, ray.imag) for ray in compass(4)]
        [(-1.0, 0.0), (0.0, -1.0), (1.0, 0.0), (0.0, 1.0)]
    """
    return [unit(180 - 360 / count * step) for step in range(count)]


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
        candidates = compass(count)
        crowding = self._crowding(anchor, candidates, length)
        scores = [
            round(_gap(ray, used) + _taste(ray, place) - crowded, 6)
            for ray, crowded in zip(candidates, crowding, strict=True)
        ]
        return candidates[scores.index(max(scores))]

    def _crowding(self, anchor: Box, rays: Sequence[Point], length: float) -> list[float]:
        """Return how much a line in each direction would come near other things; 0 for not at all."""
        begins = np.array([anchor.edge_towards(anchor.centre + ray) for ray in rays])
        # The start is near the lines at the same box in any direction; these count as angles.
        along = np.linspace(0.3, 1, 8) * length
        probes = begins[:, None] + np.array(rays)[:, None] * along
        nearest = np.full(probes.shape, CLEAR)
        for box in self.boxes:
            if box != anchor:
                out_x = np.maximum(np.abs(probes.real - box.centre.real) - box.half_width, 0)
                out_y = np.maximum(np.abs(probes.imag - box.centre.imag) - box.half_height, 0)
                nearest = np.minimum(nearest, np.hypot(out_x, out_y))
        points = np.array([point for curve in self.curves for point in curve.points])
        if len(points):
            reach = anchor.half_width + anchor.half_height + length + CLEAR
            points = points[np.abs(points - anchor.centre) < reach]
        if len(points):
            nearest = np.minimum(nearest, np.abs(probes[:, :, None] - points).min(axis=2))
        worst: list[float] = (2 * (1 - nearest / CLEAR).max(axis=1)).tolist()
        return worst


def _gap(ray: Point, used: Sequence[Point]) -> float:
    """Return the angle to the nearest line at the same box, 1 for a right angle or more."""
    angles = [abs(degrees(phase(other / ray))) for other in used]
    return min([90.0, *angles]) / 90


def _taste(ray: Point, place: float) -> float:
    straight = 0.1 if min(abs(ray.real), abs(ray.imag)) < 1e-9 else 0.0
    wanted = (2 * place - 1) * ray.real - (1 - abs(2 * place - 1)) * ray.imag
    return straight + 0.08 * wanted - 0.01 * ray.imag
