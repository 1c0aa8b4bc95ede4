"""What can be wrong with a tree, with the places of the items in a text where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bracketcalc.errors import BracketCalcError, ParseError, ShapeError, Span
from bracketcalc.expr.core import Extent, Size
from bracketcalc.expr.shapes import describe, show_size
from bracketcalc.notation.bracket.tree import Fill, Iota, Item, Portion
from bracketcalc.notation.places import quote


class Text(NamedTuple):
    """Where the items of a tree are in a text.

    Attributes:
        places: where an item is, by its ``id``.
        names: what the tensor of a portion is called, by the ``id`` of the portion.
    """

    places: Mapping[int, Span]
    names: Mapping[int, str]

    def error(
        self, kind: type[BracketCalcError], message: str, items: Sequence[Item], hint: str
    ) -> BracketCalcError:
        """Return an error with carets under items."""
        spans = [self.places[id(item)] for item in items if id(item) in self.places]
        return kind(message, spans=list(dict.fromkeys(spans)), hint=hint)

    def show(self, item: Item) -> str:
        """Return an item as it is written, as far as that is known."""
        place = self.places.get(id(item))
        if place is not None:
            return quote(place.source, place)
        if isinstance(item, Portion):
            return self.name(item)
        return "1" if isinstance(item, Fill) else "ι" if isinstance(item, Iota) else "an item"

    def name(self, item: Portion) -> str:
        """Return the name of a portion's tensor, as it is written."""
        return self.names.get(id(item)) or describe(item.tensor)

    def dimension(self, item: Item, slot: int) -> str:
        """Return the name of a dimension of an item."""
        return f"dimension {slot + 1} of {self.name(item)}" if isinstance(item, Portion) else "ι"


Slot = tuple[Item, int]
"""An item and a number: an axis of a portion's tensor, or a slot of another item."""


def no_dimension(text: Text, item: Portion, axis: int) -> BracketCalcError:
    """Return the error that a tensor does not have a dimension that is used."""
    count = item.tensor.ndim
    return text.error(
        ShapeError,
        f"{text.name(item)} has {count_dimensions(count)}: there is no dimension {axis + 1}",
        [item],
        f"dimensions count from 1 to {count}" if count else "leave out the subscript",
    )


def used_twice(text: Text, item: Portion, axis: int, portions: Sequence[Portion]) -> BracketCalcError:
    """Return the error that a copy of a tensor has a dimension twice."""
    others = [
        other
        for other in portions
        if other.copy == item.copy and axis in other.axes and other.tensor == item.tensor
    ]
    return text.error(
        ParseError,
        f"dimension {axis + 1} of {text.name(item)} is used twice",
        [item, *others],
        "use each dimension of each copy of a tensor once",
    )


def missing(text: Text, first: Portion, axis: int, portions: Sequence[Portion]) -> BracketCalcError:
    """Return the error that a copy of a tensor, whose first portion is given, lacks a dimension."""
    name = text.name(first)
    items = [item for item in portions if item.tensor == first.tensor and text.name(item) == name]
    same = [item for item in items if item.copy == first.copy]
    uses = [used for item in items for used in item.axes]
    most = max(range(first.tensor.ndim), key=uses.count)
    message = f"dimension {axis + 1} of {name} is missing"
    if axis in uses and uses.count(most) > uses.count(axis):
        message += (
            f": dimension {most + 1} is used {_times(uses.count(most))}, "
            f"dimension {axis + 1} {_times(uses.count(axis))}"
        )
    return text.error(
        ParseError,
        message,
        [*same, *[item for item in items if item.copy != first.copy]],
        f"write {name}_{axis + 1} somewhere in the term" if axis < 9 else "write it somewhere in the term",
    )


def _times(count: int) -> str:
    return ("once", "twice")[count - 1] if count < 3 else f"{count} times"


def unequal_counts(text: Text, one: Item, count: int, two: Item, other: int) -> BracketCalcError:
    """Return the error that two items in square brackets have unequal numbers of dimensions."""
    return text.error(
        ShapeError,
        f"{text.show(one)} has {count_dimensions(count)}, "
        f"but {text.show(two)} has {count_dimensions(other)}",
        [one, two],
        "square brackets multiply items with equal numbers of dimensions",
    )


def unequal_sizes(text: Text, one: Slot, left: Extent, two: Slot, right: Extent) -> BracketCalcError:
    """Return the error that two dimensions in square brackets have unequal sizes."""
    return text.error(
        ShapeError,
        f"{text.dimension(*one)} has size {show_size(left)}, "
        f"but {text.dimension(*two)} has size {show_size(right)}",
        [one[0], two[0]],
        size_hint(left, right, "dimensions that are multiplied must have one size"),
    )


def size_hint(left: Extent, right: Extent, otherwise: str) -> str:
    """Return what to do about two unequal sizes."""
    symbolic = isinstance(left, Size) or isinstance(right, Size)
    return "give both dimensions one name if their sizes are always equal" if symbolic else otherwise


def undetermined(text: Text, item: Item) -> BracketCalcError:
    """Return the error that the size of a filler, an I, or a formula in braces does not follow."""
    shown = text.show(item)
    constant = "1" if isinstance(item, Fill) else "I"
    size = f"its size: {constant}_n" if not shown.startswith("{") else "the size of its 𝟏 or I: 𝟏_n"
    return text.error(
        ParseError,
        f"the size of {shown} does not follow: nothing with a size is multiplied with it",
        [item],
        f"multiply it with a portion in [ ], or write {size}",
    )


def empty(text: Text, item: Item) -> BracketCalcError:
    """Return the error that square brackets hold nothing."""
    return text.error(ParseError, "square brackets are empty", [item], "write portions in them")


def count_dimensions(count: int) -> str:
    """Return a number of dimensions in words.

    Example:
        >>> count_dimensions(1), count_dimensions(3)
        ('1 dimension', '3 dimensions')
    """
    return "1 dimension" if count == 1 else f"{count} dimensions"
