"""The chart: every point inside the frame, names apart, zeros on the floor, nothing undefined drawn."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bracketcalc.testing.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Curve, chart


def circles(svg: str) -> list[tuple[float, float]]:
    """Return the centers of the points of curves, without those of the names."""
    return [
        (float(node.get("cx", 0)), float(node.get("cy", 0)))
        for node in ElementTree.fromstring(svg).iter()
        if node.tag.endswith("circle") and node.get("r") == "2.4"
    ]


def test_points_are_inside_the_frame_and_ordered() -> None:
    points = [(10.0**-k, 10.0 ** (-2 * k)) for k in range(6)]
    found = circles(chart([Curve("a", points)], "step", "error"))
    assert len(found) == 6
    assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in found)
    assert found == sorted(found, key=lambda at: -at[0])
    assert found == sorted(found, key=lambda at: at[1])


def test_zeros_and_undefined_values() -> None:
    text = chart([Curve("a", [(1, 1), (0.1, 0.0), (0.01, float("nan"))])], "step", "error")
    assert len(circles(text)) == 2
    assert "nan" not in text


@pytest.mark.parametrize("curves", [[], [Curve("a", [])], [Curve("a", [(1, 1)])]])
def test_few_points(curves: list[Curve]) -> None:
    assert ElementTree.fromstring(chart(curves, "x", "y")).tag.endswith("svg")


def test_names_are_apart_and_escaped() -> None:
    curves = [Curve(f"<{k}>", [(1, 1e-3), (0.1, 1e-5)]) for k in range(5)]
    text = chart(curves, "step", "error")
    heights = sorted(
        float(re.findall(r'y="([\d.]+)"', line)[0]) for line in text.splitlines() if "&lt;" in line
    )
    assert len(heights) == 5
    assert all(below - above >= 18 for above, below in pairwise(heights))
    assert heights[-1] <= HEIGHT - BOTTOM + 4


def test_a_name_stands_beside_the_end_of_its_curve() -> None:
    """The curves end on the right with their largest x, in whatever order the points are."""
    text = chart([Curve("low", [(1, 1e-8), (0.1, 1e0)]), Curve("high", [(0.1, 1e-8), (1, 1e0)])], "x", "y")
    height = {name: float(re.findall(rf'y="([\d.]+)"[^>]*>{name}<', text)[0]) for name in ("low", "high")}
    assert height["high"] < TOP + 20
    assert height["low"] > HEIGHT - BOTTOM - 20
