"""Where the vertices of a graph lie: distances on the paper as close as possible to those in the graph.

The sum of (distance on paper - distance in the graph)² / (distance in the graph)² is made small by
majorization, which never increases it. A chain becomes a straight line, a ring becomes round.
"""

from __future__ import annotations

from cmath import phase, rect
from collections.abc import Iterator, Sequence
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
MANY = 40
"""With more vertices, one attempt must do."""


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
    column = _column(boxes, links)
    if column:
        return column
    line = _line(len(boxes), links)
    if line:
        return _rounded(_apart(line, boxes, links))
    distances = _graph_distances(len(boxes), links)
    attempts = []
    for guess in _first_guesses(distances):
        points = _turned(_majorized(guess, distances))
        found = _straightened([complex(x, y) for x, y in points], links)
        found = _rounded(_apart(found, boxes, links))
        if len(boxes) > MANY or not crossings(found, links):
            return found
        attempts.append(found)
    return min(attempts, key=lambda found: crossings(found, links))


def _column(boxes: Sequence[Box], links: Sequence[Link]) -> list[Point]:
    """Return an element-wise product of matrices as a column between its two axes; [] for anything else."""
    pairs = {frozenset(link[:2]) for link in links}
    hubs = [number for number, box in enumerate(boxes) if box.round]
    others = [number for number in range(len(boxes)) if number not in hubs]
    wanted = {frozenset((hub, other)) for hub in hubs for other in others}
    if len(hubs) != 2 or len(others) < 2 or pairs != wanted or len(pairs) != len(links):
        return []
    reach = max(length for _, _, length in links)
    points = dict(zip(hubs, (complex(-reach), complex(reach)), strict=True))
    step = 2 * max(boxes[other].half_height for other in others) + 1.5 * MARGIN
    for row, other in enumerate(others):
        points[other] = complex(0, step * (row - (len(others) - 1) / 2))
    return [points[number] for number in range(len(boxes))]


def _line(count: int, links: Sequence[Link]) -> list[Point]:
    """Return a chain as a line, from the end that comes first; [] for anything else."""
    beside: dict[int, list[tuple[int, float]]] = {}
    for one, two, length in links:
        beside.setdefault(one, []).append((two, length))
        beside.setdefault(two, []).append((one, length))
    ends = [number for number in range(count) if len(beside[number]) == 1]
    if len(links) != count - 1 or len(ends) != 2:
        return []
    last, here, x = -1, ends[0], 0.0
    points = {here: complex(0)}
    while here != ends[1]:
        following, length = next(pair for pair in beside[here] if pair[0] != last)
        last, here, x = here, following, x + length
        points[here] = complex(x)
    return [points[number] - x / 2 for number in range(count)]


def _rounded(points: Sequence[Point]) -> list[Point]:
    return [complex(round(one.real, 1), round(one.imag, 1)) + 0 for one in points]


def crossings(points: Sequence[Point], links: Sequence[Link]) -> int:
    """Return how many pairs of edges cross.

    Example:
        >>> crossings([0, 1 + 1j, 1, 1j], [(0, 1, 1), (2, 3, 1)])
        1
    """
    ends = [(points[one], points[two]) for one, two, _ in links]
    return sum(
        _sides(*ends[one], *ends[two]) < 0 and _sides(*ends[two], *ends[one]) < 0
        for one in range(len(ends))
        for two in range(one)
    )


def _sides(start: Point, end: Point, one: Point, two: Point) -> float:
    """Return a negative number if two points lie on different sides of a line, 0 if one is on it."""
    turn = (end - start).conjugate()
    left, right = ((one - start) * turn).imag, ((two - start) * turn).imag
    return 0.0 if min(abs(left), abs(right)) < 1e-6 else left * right


def _graph_distances(count: int, links: Sequence[Link]) -> Matrix:
    """Return the lengths of the shortest ways between all vertices."""
    distances = np.full((count, count), np.inf)
    np.fill_diagonal(distances, 0)
    for one, two, length in links:
        distances[one, two] = distances[two, one] = min(length, distances[one, two])
    for middle in range(count):
        distances = np.minimum(distances, distances[:, middle, None] + distances[None, middle])
    return distances


def _first_guesses(distances: Matrix) -> Iterator[Matrix]:
    """Yield positions to start from; the first ones are those of classical scaling.

    That takes the two directions in which the distances vary most. Others are for graphs where these lead
    to edges that cross.
    """
    count = len(distances)
    # Of the equally good positions of a symmetric graph, this chooses those nearest to the given order.
    place = np.arange(count) / count
    squares = (distances * (1 + 1e-5 * np.abs(place[:, None] - place) + 1e-6 * np.outer(place, place))) ** 2
    centring = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ squares @ centring)
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.where(vectors[largest, range(count)] < 0, -1, 1)
    # What has no real width is a line, and stays exactly one.
    scales = np.sqrt(np.where(values < 1e-4 * values[-1], 0, values))
    for one, two in ((-2, -1), (-3, -1), (-3, -2)):
        if count + min(one, two) >= 0:
            yield np.stack([vectors[:, one] * scales[one], vectors[:, two] * scales[two]], axis=1)
    for stride in (1, 2, 3):
        angles = 2 * np.pi * ((np.arange(count) * stride) % count + np.arange(count) / count) / count
        yield distances.max() / 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)


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
    places = np.array(points)
    halves = np.array([complex(box.half_width, box.half_height) for box in boxes])
    ends = np.array([link[:2] for link in links])
    for _ in range(60):
        moves = _overlap_pushes(places, halves) + _passing_pushes(places, halves, ends)
        if not moves.any():
            break
        places = places + moves
    found: list[Point] = places.tolist()
    return found


def _overlap_pushes(places: Matrix, halves: Matrix) -> Matrix:
    """Return how far each vertex must go such that no two overlap, along the shorter way out."""
    away = places[:, None] - places
    room = halves[:, None] + halves
    width = np.maximum(room.real + MARGIN - np.abs(away.real), 0)
    height = np.maximum(room.imag + MARGIN - np.abs(away.imag), 0)
    # Of two at the same place, the later one goes to the right or down.
    later = np.sign(np.arange(len(places))[:, None] - np.arange(len(places)))
    right = np.where(away.real == 0, later, np.sign(away.real))
    down = np.where(away.imag == 0, later, np.sign(away.imag))
    push = np.where(width < height, width * right, 1j * height * down)
    push[(width == 0) | (height == 0)] = 0
    return np.asarray(push.sum(axis=1) / 2)


def _passing_pushes(places: Matrix, halves: Matrix, ends: Matrix) -> Matrix:
    """Return how far each vertex must go sideways from the lines between two others that cross it."""
    start, end = places[ends[:, 0]], places[ends[:, 1]]
    length = np.maximum(np.abs(end - start), 1e-9)
    along = ((end - start) / length)[:, None]
    inside = (places - start[:, None]) / np.where(along == 0, 1, along)
    reach = np.abs(along.imag) * halves.real + np.abs(along.real) * halves.imag + MARGIN / 2
    missing = np.maximum(reach - np.abs(inside.imag), 0)
    push = along * 1j * np.where(inside.imag >= 0, missing, -missing)
    push[(inside.real <= 0) | (inside.real >= length[:, None])] = 0
    rows = np.arange(len(ends))
    push[rows, ends[:, 0]] = push[rows, ends[:, 1]] = 0
    return np.asarray(push.sum(axis=0))
