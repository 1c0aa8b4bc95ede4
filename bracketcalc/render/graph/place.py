"""Where the vertices of a graph lie: distances on the paper as close as possible to those in the graph.

The sum of (distance on paper - distance in the graph)² / (distance in the graph)² is made small by
majorization, which never increases it. A chain becomes a straight line, a ring becomes round.
"""

from __future__ import annotations

from cmath import phase, rect
from collections.abc import Sequence
from math import degrees, radians
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.render.graph.geometry import Box, Point

Matrix = npt.NDArray[Any]
Link = tuple[int, int, float]
"""Two vertices, and the distance of their centres that would be best."""

ROUNDS = 150
MARGIN = 16.0


def placed(boxes: Sequence[Box], links: Sequence[Link]) -> list[Point]:
    """Return the centres of the vertices of one connected graph.

    Args:
        boxes: the space that each vertex takes, in the order in which they should come from left to right.
        links: the edges, with their best lengths.

    Example:
        >>> square = Box(0, 10, 10)
        >>> placed([square, square, square], [(0, 1, 50), (1, 2, 50)])
        [(-50+0j), 0j, (50+0j)]
    """
    if len(boxes) < 2:
        return [0j for _ in boxes]
    distances = _graph_distances(len(boxes), links)
    points = _majorized(_first_guess(distances), distances)
    points = _turned(points)
    found = _straightened([complex(x, y) for x, y in points], links)
    found = _apart(found, boxes, links)
    return [complex(round(point.real, 1), round(point.imag, 1)) + 0 for point in found]


def _graph_distances(count: int, links: Sequence[Link]) -> Matrix:
    """Return the lengths of the shortest ways between all vertices."""
    distances = np.full((count, count), np.inf)
    np.fill_diagonal(distances, 0)
    for one, two, length in links:
        distances[one, two] = distances[two, one] = min(length, distances[one, two])
    for middle in range(count):
        distances = np.minimum(distances, distances[:, middle, None] + distances[None, middle])
    return distances


def _first_guess(distances: Matrix) -> Matrix:
    """Return the positions of classical scaling: the two directions in which the distances vary most."""
    count = len(distances)
    # Of the equally good positions of a symmetric graph, this chooses those nearest to the given order.
    place = np.arange(count) / count
    squares = (distances * (1 + 1e-5 * np.abs(place[:, None] - place) + 1e-6 * np.outer(place, place))) ** 2
    centring = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ squares @ centring)
    # What has no real width is a line, and stays exactly one.
    values = np.where(values < 1e-4 * values[-1], 0, values)
    guess = vectors[:, -2:] * np.sqrt(values[-2:])
    largest = np.abs(guess).argmax(axis=0)
    signs = np.where(guess[largest, range(guess.shape[1])] < 0, -1, 1)
    return np.asarray(guess * signs)


def _majorized(points: Matrix, distances: Matrix) -> Matrix:
    """Return positions with less stress, by repeated Guttman transforms."""
    off = ~np.eye(len(points), dtype=bool)
    weights = np.zeros_like(distances)
    weights[off] = distances[off] ** -2.0
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    for _ in range(ROUNDS):
        between = points[:, None, :] - points[None, :, :]
        lengths = np.maximum(np.sqrt((between**2).sum(axis=-1)), 1e-9)
        ratio = weights * distances / lengths
        points = np.asarray(inverse @ (np.diag(ratio.sum(axis=1)) - ratio) @ points)
    return points


def _turned(points: Matrix) -> Matrix:
    """Turn the picture such that the factors come in order from left to right as well as they can."""
    points = points - points.mean(axis=0)
    order = np.arange(len(points)) - (len(points) - 1) / 2
    along = order @ points
    if np.linalg.norm(along) < 0.3 * np.linalg.norm(order) * np.linalg.norm(points) / np.sqrt(2):
        along = np.linalg.svd(points, full_matrices=False)[2][0]
        along = along * (-1 if (order @ points) @ along < 0 else 1)
    along = along / np.linalg.norm(along)
    turned = np.asarray(points @ np.array([[along[0], -along[1]], [along[1], along[0]]]))
    lifted = turned[np.abs(turned[:, 1]) > 1, 1]
    # The first vertex beside the middle line goes above it, where y is negative.
    return turned * np.array([1.0, -1.0]) if len(lifted) and lifted[0] > 0 else turned


def _straightened(points: list[Point], links: Sequence[Link]) -> list[Point]:
    """Turn the picture a little, such that as many edges as possible are horizontal or vertical."""
    angles = [degrees(phase(points[two] - points[one])) for one, two, _ in links]
    turns = sorted([round(-_off_axis(angle), 6) for angle in angles], key=lambda turn: (abs(turn), turn))

    def aligned(turn: float) -> int:
        return sum(abs(_off_axis(angle + turn)) < 1 for angle in angles)

    best = max(turns, key=aligned)
    return [point * rect(1, radians(best)) for point in points]


def _off_axis(angle: float) -> float:
    """Return how many degrees an angle is past the nearest multiple of 90."""
    return (angle + 45) % 90 - 45


def _apart(points: list[Point], boxes: Sequence[Box], links: Sequence[Link]) -> list[Point]:
    """Push vertices off each other and off the edges that pass them."""
    for _ in range(60):
        moves = [0j] * len(points)
        for one in range(len(points)):
            for two in range(one):
                push = _overlap_push(boxes[one].moved(points[one]), boxes[two].moved(points[two]))
                moves[one] += push / 2
                moves[two] -= push / 2
        for one, two, _ in links:
            for third in range(len(points)):
                if third not in (one, two):
                    push = _passing_push(points[third], boxes[third], points[one], points[two])
                    moves[third] += push
        if not any(moves):
            break
        points = [point + move for point, move in zip(points, moves, strict=True)]
    return points


def _overlap_push(one: Box, two: Box) -> Point:
    """Return how far the first of two boxes must go, along the shorter way out of the second."""
    away = one.centre - two.centre
    width = one.half_width + two.half_width + MARGIN - abs(away.real)
    height = one.half_height + two.half_height + MARGIN - abs(away.imag)
    if width <= 0 or height <= 0:
        return 0j
    if width < height:
        return complex(width if away.real >= 0 else -width, 0)
    return complex(0, height if away.imag >= 0 else -height)


def _passing_push(point: Point, box: Box, start: Point, end: Point) -> Point:
    """Return how far a vertex must go sideways from the line between two others that crosses it."""
    ray = end - start
    length = abs(ray)
    if length == 0:
        return 0j
    along = ray / length
    inside = (point - start) / along
    if not 0 < inside.real < length:
        return 0j
    reach = abs(along.imag) * box.half_width + abs(along.real) * box.half_height + MARGIN / 2
    missing = reach - abs(inside.imag)
    return 0j if missing <= 0 else along * complex(0, missing if inside.imag >= 0 else -missing)
