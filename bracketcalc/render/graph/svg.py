"""A picture as SVG: one file without scripts, fonts or links, in the colours of the page around it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from xml.sax.saxutils import escape

from bracketcalc.render.graph.geometry import Curve, Point
from bracketcalc.render.graph.page import MARGIN, SIGN_FONT
from bracketcalc.render.graph.picture import Kind, Picture, Shape, Stroke
from bracketcalc.render.spelling import UNICODE

# Inside a page, the colour is that of the text around the picture. A picture of its own (also one that a
# page shows as an image) is a document whose root is an svg element; only then do these rules hold.
STYLE = (
    "svg:root.bracketcalc-graph{color:#1f2328}"
    "@media (prefers-color-scheme:dark){svg:root.bracketcalc-graph{color:#e6edf3}}"
)

FONTS: Mapping[Kind, float] = MappingProxyType(
    {Kind.FREE: 11, Kind.SIZE: 11, Kind.POSITION: 9, Kind.SIGN: SIGN_FONT}
)
BOXES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TENSOR: 'rx="7" fill="currentColor" fill-opacity="0.1"',
        Kind.CONSTANT: 'rx="15" fill="none" stroke-dasharray="3 2.5"',
        Kind.FORMULA: 'rx="1" fill="currentColor" fill-opacity="0.04"',
    }
)


def svg_text(picture: Picture, title: str, description: str) -> str:
    """Return an SVG document.

    Args:
        picture: what to draw, with its upper left corner at 0.
        title: what it is, for readers who do not see it.
        description: what it shows.
    """
    bounds = picture.bounds
    width, height = (2 * (half + MARGIN) for half in (bounds.half_width, bounds.half_height))
    name = "bracketcalc-" + sha256(f"{title}\n{description}".encode()).hexdigest()[:10]
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="bracketcalc-graph" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" width="{_number(width)}" height="{_number(height)}" '
        f'viewBox="0 0 {_number(width)} {_number(height)}" '
        "font-family=\"system-ui, 'DejaVu Sans', sans-serif\" "
        'style="max-width:100%">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(description)}</desc>',
        f"<style>{STYLE}</style>",
        '<g fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round">',
        *[_stroke(stroke) for stroke in picture.strokes],
        "</g>",
        '<g stroke="currentColor" stroke-width="1.2">',
        *[_outline(shape) for shape in picture.shapes if shape.kind not in _TEXT_ONLY],
        "</g>",
        '<g fill="currentColor" text-anchor="middle">',
        *[_label(shape) for shape in picture.shapes if shape.text],
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


_TEXT_ONLY = (Kind.SIZE, Kind.POSITION, Kind.SIGN)


def _number(value: float) -> str:
    """Return a length with one decimal at most, never -0."""
    return f"{round(value, 1) + 0:g}" if abs(value) < 1e5 else f"{value:.0f}"


def _point(point: Point) -> str:
    return f"{_number(point.real)} {_number(point.imag)}"


def _stroke(stroke: Stroke) -> str:
    curve = stroke.curve
    width = ' stroke-width="2.4"' if stroke.bar else ""
    if _is_straight(curve):
        return f'<path d="M{_point(curve.start)}L{_point(curve.end)}"{width}/>'
    return f'<path d="M{_point(curve.start)}Q{_point(curve.control)} {_point(curve.end)}"{width}/>'


def _is_straight(curve: Curve) -> bool:
    return abs(curve.control - (curve.start + curve.end) / 2) < 1e-6


def _outline(shape: Shape) -> str:
    """Return the border of a box, a dot or a circle."""
    box = shape.box
    if shape.kind in BOXES:
        corner = box.centre - complex(box.half_width, box.half_height)
        return (
            f'<rect x="{_number(corner.real)}" y="{_number(corner.imag)}" '
            f'width="{_number(2 * box.half_width)}" height="{_number(2 * box.half_height)}" '
            f"{BOXES[shape.kind]}/>"
        )
    fill = "currentColor" if shape.kind is Kind.SUMMED else "none"
    return (
        f'<circle cx="{_number(box.centre.real)}" cy="{_number(box.centre.imag)}" '
        f'r="{_number(box.half_width)}" fill="{fill}"/>'
    )


def _label(shape: Shape) -> str:
    """Return a text in the middle of its box, with the full text where it was shortened."""
    font = FONTS.get(shape.kind, 15)
    if shape.kind is Kind.FREE and len(shape.text) > 2:
        font = 8
    # A base line a third of the font below the middle centres letters and digits everywhere, which
    # dominant-baseline does not.
    place = shape.box.centre + complex(0, 0.35 * font)
    faint = ' fill-opacity="0.75"' if shape.kind in (Kind.SIZE, Kind.POSITION) else ""
    # Few fonts have the character of the ones; alone, a bold 1 is the same.
    bold = ' font-weight="bold"' if shape.text == UNICODE.ones else ""
    text = "1" if bold else escape(shape.text)
    hover = f"<title>{escape(shape.full)}</title>" if shape.full else ""
    return (
        f'<text x="{_number(place.real)}" y="{_number(place.imag)}" '
        f'font-size="{_number(font)}"{faint}{bold}>{text}{hover}</text>'
    )
