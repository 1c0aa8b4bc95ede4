"""What is drawn: boxes with text, lines, labels. A picture knows its size and can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bracketcalc.render.graph.geometry import Box, Curve, Point, around


class Kind(Enum):
    """What a shape stands for."""

    TENSOR = "tensor"
    CONSTANT = "constant"
    FORMULA = "formula"
    SUMMED = "summed"
    SHARED = "shared"
    FREE = "free"
    SIZE = "size"
    POSITION = "position"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Shape:
    """A box, a dot, a numbered circle or a text.

    Attributes:
        kind: what it stands for.
        box: where it is.
        text: what is written in it.
        full: the text that was shortened, empty where none was.
    """

    kind: Kind
    box: Box
    text: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of an axis, or the bar that marks an axis as summed."""

    curve: Curve
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Strokes, and shapes upon them."""

    shapes: tuple[Shape, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    @property
    def bounds(self) -> Box:
        """Return the rectangle around everything."""
        points = [point for stroke in self.strokes for point in stroke.curve.points]
        return around([shape.box for shape in self.shapes], points)

    def moved(self, by: Point) -> Picture:
        """Return the picture at another place."""
        shapes = [Shape(one.kind, one.box.moved(by), one.text, one.full) for one in self.shapes]
        strokes = [Stroke(one.curve.moved(by), one.bar) for one in self.strokes]
        return Picture(tuple(shapes), tuple(strokes))


def joined(pictures: Sequence[Picture]) -> Picture:
    """Return several pictures as one."""
    return Picture(
        tuple([shape for one in pictures for shape in one.shapes]),
        tuple([stroke for one in pictures for stroke in one.strokes]),
    )


def bar_across(curve: Curve, share: float, length: float) -> Stroke:
    """Return the short bar across a curve that marks its axis as summed."""
    middle, side = curve.at(share), curve.direction(share) * 1j * length / 2
    return Stroke(Curve(middle - side, middle, middle + side), bar=True)
