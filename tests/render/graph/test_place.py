"""Where vertices and legs are put."""

from __future__ import annotations

import random
from cmath import exp
from itertools import combinations, pairwise
from math import pi

import pytest

from bracketcalc.render.graph.geometry import Box
from bracketcalc.render.graph.legs import Space, compass
from bracketcalc.render.graph.place import Link, crossings, placed

SQUARE, DOT = Box(0j, 17, 15), Box(0j, 4, 4, round=True)


def links(*pairs: tuple[int, int]) -> list[Link]:
    return [(one, two, 90.0) for one, two in pairs]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 60])
def test_a_chain_is_a_horizontal_line_in_the_given_order(count: int) -> None:
    points = placed([SQUARE] * count, links(*pairwise(range(count))))
    assert all(abs(point.imag) <= 0.2 for point in points)
    steps = [two.real - one.real for one, two in pairwise(points)]
    assert steps == pytest.approx([90.0] * (count - 1), abs=0.5)


def test_a_ring_is_a_regular_polygon() -> None:
    points = placed([SQUARE] * 5, links((0, 1), (1, 2), (2, 3), (3, 4), (4, 0)))
    lengths = [
        abs(points[one] - points[two]) for one, two, _ in links((0, 1), (1, 2), (2, 3), (3, 4), (4, 0))
    ]
    assert max(lengths) - min(lengths) < 1
    assert crossings(points, links((0, 1), (1, 2), (2, 3), (3, 4), (4, 0))) == 0


def test_the_factors_of_an_elementwise_product_are_a_column_between_its_axes() -> None:
    points = placed(
        [DOT, SQUARE, SQUARE, SQUARE, DOT], links(*[(hub, m) for hub in (0, 4) for m in (1, 2, 3)])
    )
    assert [point.real for point in points] == [-90, 0, 0, 0, 90]
    assert points[1].imag < points[2].imag < points[3].imag
    assert points[0].imag == points[4].imag == 0


def test_a_planar_graph_is_drawn_without_crossings() -> None:
    wheel = links(*[(0, rim) for rim in (1, 2, 3, 4)], (1, 2), (2, 3), (3, 4), (4, 1))
    assert crossings(placed([SQUARE] * 5, wheel), wheel) == 0


def test_boxes_of_connected_graphs_do_not_overlap() -> None:
    draw = random.Random(5)
    for _ in range(20):
        count = draw.randint(3, 14)
        tree = [(draw.randrange(later), later) for later in range(1, count)]
        extra = [tuple(sorted(draw.sample(range(count), 2))) for _ in range(draw.randint(0, 3))]
        boxes = [Box(0j, draw.choice([17.0, 40.0, 110.0]), 15) for _ in range(count)]
        pairs = [(one, two, 60 + boxes[one].half_width + boxes[two].half_width) for one, two in tree]
        pairs += [(one, two, 200.0) for one, two in extra]
        points = placed(boxes, pairs)
        found = [box.moved(point) for box, point in zip(boxes, points, strict=True)]
        assert all(one.overlap(two) == 0 for one, two in combinations(found, 2))


def test_wide_boxes_around_a_point_do_not_overlap() -> None:
    boxes = [DOT, *[Box(0j, 100, 15)] * 12]
    points = placed(boxes, [(0, leaf, 60.0) for leaf in range(1, 13)])
    found = [box.moved(point) for box, point in zip(boxes, points, strict=True)]
    assert all(one.overlap(two) == 0 for one, two in combinations(found, 2))


def test_lines_that_are_too_short_are_made_longer() -> None:
    points = placed([Box(0j, 100, 15)] * 2, [(0, 1, 30.0)])
    assert Box(points[0], 100, 15).overlap(Box(points[1], 100, 15)) == 0


def test_no_line_passes_through_a_third_vertex() -> None:
    points = placed([SQUARE] * 3, [(0, 1, 90.0), (1, 2, 90.0), (0, 2, 180.0)])
    line = points[2] - points[0]
    assert abs(((points[1] - points[0]) / line * abs(line)).imag) >= SQUARE.half_height


def test_crossings_are_counted() -> None:
    square = [0j, 1 + 0j, 1 + 1j, 1j]
    assert crossings(square, links((0, 2), (1, 3))) == 1
    assert crossings(square, links((0, 1), (1, 2), (2, 3), (3, 0))) == 0
    assert crossings([*square, 0.5 + 2j, 0.4 - 2j], links((0, 2), (1, 3), (4, 5))) == 3


def test_a_leg_goes_where_nothing_is() -> None:
    ways = Space((SQUARE,), ())
    assert ways.direction(SQUARE, [1 + 0j], 60, 0.0) == pytest.approx(-1)
    assert ways.direction(SQUARE, [1 + 0j, -1 + 0j], 60, 0.5) == pytest.approx(-1j)
    assert ways.direction(SQUARE, [1 + 0j, -1 + 0j, -1j], 60, 0.5) == pytest.approx(1j)
    above = Space((SQUARE, SQUARE.moved(-70j)), ())
    assert above.direction(SQUARE, [1 + 0j, -1 + 0j], 60, 0.5) == pytest.approx(1j)


def test_the_compass_goes_clockwise_from_the_left() -> None:
    assert compass(8) == pytest.approx([-exp(2j * pi * step / 8) for step in range(8)])
