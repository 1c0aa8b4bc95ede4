"""A line chart with two logarithmic scales as SVG, without any library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isnan, log10

WIDTH, HEIGHT = 620, 380
LEFT, RIGHT, TOP, BOTTOM = 74, 110, 16, 52

COLORS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#b8860b", "#56b4e9")
"""Colors that can be told apart without seeing all of them, on light and on dark."""

FLOOR = 1e-17
"""Smaller values are drawn here: a logarithm of 0 has no place."""

STYLE = (
    "svg:root.bracketcalc-chart{color:#1f2328}"
    "@media (prefers-color-scheme:dark){svg:root.bracketcalc-chart{color:#e6edf3}}"
    ".bracketcalc-chart text{font:13px system-ui,sans-serif;fill:currentColor}"
    ".bracketcalc-chart .scale{font-size:11px}"
)


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points; a point with a NaN is left out.

    Attributes:
        name: what the line is called.
        points: positive x and non-negative y.
    """

    name: str
    points: Sequence[tuple[float, float]]

    @property
    def drawn(self) -> list[tuple[float, float]]:
        """Return the decimal logarithms of the points that can be drawn."""
        return [(log10(x), log10(max(y, FLOOR))) for x, y in self.points if not isnan(y)]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Whole decades, and where they are drawn: ``low`` at ``start``, ``high`` at ``end``."""

    low: int
    high: int
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def ticks(self) -> range:
        """Return some of the decades, at most about ten."""
        return range(self.low, self.high + 1, max(1, ceil((self.high - self.low) / 10)))


def chart(curves: Sequence[Curve], across: str, up: str) -> str:
    """Return the curves as an SVG document, the names of its axes given.

    Example:
        >>> text = chart([Curve("forward", [(1e-3, 1e-3), (1e-6, 1e-9)])], "step", "error")
        >>> text.startswith("<svg"), text.count("<path"), ">forward</text>" in text
        (True, 1, True)
    """
    points = [point for curve in curves for point in curve.drawn]
    x = _scale([point[0] for point in points], LEFT, WIDTH - RIGHT)
    y = _scale([point[1] for point in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bracketcalc-chart" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(f"{up} by {across}")}">',
        f"<style>{STYLE}</style>",
        *_frame(x, y, across, up),
    ]
    heights = _apart([y(max(curve.drawn)[1]) if curve.drawn else y(y.low) for curve in curves])
    for number, (curve, height) in enumerate(zip(curves, heights, strict=True)):
        parts += _line(curve, COLORS[number % len(COLORS)], x, y, height)
    return "\n".join([*parts, "</svg>"])


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    """Return the scale of the decades that hold some values."""
    low, high = floor(min(values, default=0)), ceil(max(values, default=0))
    return _Scale(low, max(high, low + 1), start, end)


def _frame(x: _Scale, y: _Scale, across: str, up: str) -> Iterable[str]:
    """Yield the grid, its numbers and the names of the axes."""
    for tick in x.ticks:
        yield _rule(x(tick), y.start, x(tick), y.end)
        yield _text(x(tick), y.start + 17, f"1e{tick}", "middle", "scale")
    for tick in y.ticks:
        yield _rule(x.start, y(tick), x.end, y(tick))
        yield _text(x.start - 7, y(tick) + 4, f"1e{tick}", "end", "scale")
    yield _text((x.start + x.end) / 2, HEIGHT - 12, across, "middle")
    middle = (y.start + y.end) / 2
    yield (
        f'<text x="16" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle:.1f})">{escape(up)}</text>'
    )


def _line(curve: Curve, color: str, x: _Scale, y: _Scale, height: float) -> Iterable[str]:
    """Yield a curve, its points and its name."""
    places = [f"{x(at):.1f} {y(value):.1f}" for at, value in curve.drawn]
    if places:
        yield f'<path d="M{" L".join(places)}" fill="none" stroke="{color}" stroke-width="1.8"/>'
    for place in places:
        across, up = place.split()
        yield f'<circle cx="{across}" cy="{up}" r="2.4" fill="{color}"/>'
    yield f'<circle cx="{x.end + 12:.1f}" cy="{height:.1f}" r="4" fill="{color}"/>'
    yield _text(x.end + 21, height + 4, curve.name, "start")


def _apart(heights: Sequence[float], gap: float = 18) -> list[float]:
    """Return heights in the same order, moved until neighbors are apart and inside the frame."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = list(heights)
    for rank, place in enumerate(order):
        above = moved[order[rank - 1]] + gap if rank else TOP + gap / 2
        moved[place] = max(moved[place], above)
    over = max(0.0, moved[order[-1]] - (HEIGHT - BOTTOM)) if order else 0.0
    return [height - over for height in moved]


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        'stroke="currentColor" stroke-opacity="0.18"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
