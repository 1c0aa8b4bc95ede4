"""From a tree to the product that it means (paper §2.3).

Every slot gets a label. Square brackets make labels one, bars say which labels are summed, and the axes of
the result are the slots of the whole tree that have no bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.errors import BracketCalcError, ParseError, ShapeError, Span
from bracketcalc.expr.build import is_number
from bracketcalc.expr.core import Expr, Extent, Ones, Product, Size, product
from bracketcalc.expr.number import Number, times
from bracketcalc.expr.shapes import describe, show_size
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion
from bracketcalc.notation.places import quote

Places = Mapping[int, Span]
"""Where items are in a text, by their ``id``."""

Labels = list[int]

_NOWHERE: Places = MappingProxyType({})
_UNNAMED: Mapping[int, str] = MappingProxyType({})


def meaning(
    item: Item, coefficient: Number = 1, places: Places = _NOWHERE, names: Mapping[int, str] = _UNNAMED
) -> Product:
    """Return the product that a tree means.

    Each copy of a tensor is one factor, in the order of the first portions. The filler 1 gives no factor:
    its sizes are those of what it is multiplied with.

    Args:
        item: the tree of one term.
        coefficient: a number before it.
        places: where its items are in a text; errors then show these places.
        names: what the tensors of its portions are called there, by the ``id`` of the portion.

    Returns:
        The product, whose axes are the slots without a bar, in order.

    Raises:
        ShapeError: for sizes or numbers of slots that do not fit.
        ParseError: if a dimension of a tensor is missing or used twice, or the size of a 1 does not follow.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, B = tensors("A[2,3] B[3,4]")
        >>> row, column = Portion(A, 0, (0,)), Portion(B, 0, (1,))
        >>> middle = Bracketed((Barred(Portion(A, 0, (1,))), Portion(B, 0, (0,))))
        >>> meaning(Beside((row, middle, column))) == A @ B
        True
    """
    reading = _Reading(places, names)
    labels = reading.walk(item)
    operands = []
    for (tensor, copy), axes in reading.copies.items():
        if None in axes:
            raise reading.missing(tensor, copy)
        if is_number(tensor):
            assert isinstance(tensor, Product)
            coefficient = times(coefficient, tensor.coefficient)
        else:
            operands.append((tensor, [reading.find(label) for label in axes if label is not None]))
    operands += [(Ones((1,)), [label]) for label in reading.lone()]
    output = [label for label in labels if label not in reading.summed]
    return product(coefficient, operands, output)


class _Reading:
    """What is known about the slots of a tree.

    Attributes:
        places: where items are in a text.
        names: what the tensors of portions are called in it.
        copies: for each copy of a tensor, the labels of its axes.
        portions: the portions of the tree.
        owners: for each label, an item that has its size, and which of the item's slots it is.
        sizes: for each label its size, None while it is not known.
        merged: for each label, the label that it was made one with; itself if there is none.
        summed: the labels under a bar.
    """

    __slots__ = ("copies", "merged", "names", "owners", "places", "portions", "sizes", "summed")

    def __init__(self, places: Places, names: Mapping[int, str]) -> None:
        self.places = places
        self.names = names
        self.copies: dict[tuple[Expr, int], list[int | None]] = {}
        self.portions: list[Portion] = []
        self.owners: list[tuple[Item, int]] = []
        self.sizes: list[Extent | None] = []
        self.merged: list[int] = []
        self.summed: set[int] = set()

    def walk(self, root: Item) -> Labels:
        """Return the labels of the slots of a tree, those under a bar among them."""
        done: list[Labels] = []
        stack: list[tuple[Item, bool]] = [(root, False)]
        while stack:
            item, entered = stack.pop()
            if isinstance(item, Portion):
                done.append(self._portion(item))
            elif isinstance(item, Fill | Iota):
                count, size = (item.count, None) if isinstance(item, Fill) else (1, 1)
                done.append([self._label(item, slot, size) for slot in range(count)])
            elif not entered:
                inner = (item.item,) if isinstance(item, Barred) else item.items
                stack.append((item, True))
                stack += [(child, False) for child in reversed(inner)]
            elif isinstance(item, Barred):
                self.summed.update(done[-1])
            else:
                first = len(done) - len(item.items)
                parts = done[first:]
                del done[first:]
                done.append(self._beside(parts) if isinstance(item, Beside) else self._join(item, parts))
        return done[0]

    def _label(self, item: Item, slot: int, size: Extent | None) -> int:
        self.owners.append((item, slot))
        self.sizes.append(size)
        self.merged.append(len(self.merged))
        return len(self.merged) - 1

    def _portion(self, item: Portion) -> Labels:
        tensor = item.tensor
        axes = self.copies.setdefault((tensor, item.copy), [None] * tensor.ndim)
        self.portions.append(item)
        labels = []
        for axis in item.axes:
            if not 0 <= axis < len(axes):
                raise self._no_axis(item, axis)
            if axes[axis] is not None:
                raise self._used_twice(item, axis)
            axes[axis] = self._label(item, axis, tensor.sizes[axis])
            labels.append(len(self.merged) - 1)
        return labels

    @staticmethod
    def _beside(parts: list[Labels]) -> Labels:
        return [label for part in parts for label in part]

    def _join(self, item: Bracketed, parts: list[Labels]) -> Labels:
        """Make the slots of the items of a bracket one, and return those without a bar."""
        if not parts:
            raise self._error(ParseError, "square brackets are empty", [item], "write portions in them")
        first, summed = parts[0], self.summed
        for other, part in zip(item.items[1:], parts[1:], strict=True):
            if len(part) != len(first):
                raise self._unequal_counts(item.items[0], len(first), other, len(part))
            for one, two in zip(first, part, strict=True):
                self._merge(one, two)
                if two in summed:
                    summed.add(one)
        return [label for label in first if label not in summed]

    def _merge(self, one: int, two: int) -> None:
        """Make two labels one, of which the first stays."""
        left, right = self.sizes[one], self.sizes[two]
        if left is None:
            self.sizes[one], self.owners[one] = right, self.owners[two]
        elif right is not None and left is not right and left != right:
            raise self._unequal_sizes(one, two)
        elif isinstance(self.owners[one][0], Iota):
            self.owners[one] = self.owners[two] if right is not None else self.owners[one]
        self.merged[two] = one

    def find(self, label: int) -> int:
        """Return the label that a label was made one with."""
        path = []
        while self.merged[label] != label:
            path.append(label)
            label = self.merged[label]
        for passed in path:
            self.merged[passed] = label
        return label

    def lone(self) -> Labels:
        """Return the labels that only ι has.

        Raises:
            ParseError: if only the filler 1 has a label.
        """
        found = []
        for label, after in enumerate(self.merged):
            if label == after:
                if self.sizes[label] is None:
                    raise self._error(
                        ParseError,
                        "the size of 1 does not follow: nothing that has a size is multiplied with it",
                        [self.owners[label][0]],
                        "multiply it with a portion in [ ], or write {𝟏_n} with its size",
                    )
                if isinstance(self.owners[label][0], Iota):
                    found.append(label)
        return found

    # -- errors -----------------------------------------------------------------------------------------

    def _error(
        self, kind: type[BracketCalcError], message: str, items: list[Item], hint: str = ""
    ) -> BracketCalcError:
        places = [self.places[id(item)] for item in items if id(item) in self.places]
        return kind(message, spans=list(dict.fromkeys(places)), hint=hint)

    def _show(self, item: Item) -> str:
        """Return the text of an item, as far as it is known."""
        place = self.places.get(id(item))
        if place is not None:
            return quote(place.source, place)
        if isinstance(item, Portion):
            return describe(item.tensor)
        return "1" if isinstance(item, Fill) else "ι" if isinstance(item, Iota) else "an item"

    def _tensor(self, item: Portion) -> str:
        """Return the name of a portion's tensor, as it is written."""
        return self.names.get(id(item)) or describe(item.tensor)

    def _dimension(self, label: int) -> str:
        item, slot = self.owners[label]
        return f"dimension {slot + 1} of {self._tensor(item)}" if isinstance(item, Portion) else "ι"

    def _no_axis(self, item: Portion, axis: int) -> BracketCalcError:
        count = item.tensor.ndim
        return self._error(
            ShapeError,
            f"{self._tensor(item)} has {count_dimensions(count)}: there is no dimension {axis + 1}",
            [item],
            f"dimensions count from 1 to {count}" if count else "leave out the subscript",
        )

    def _used_twice(self, item: Portion, axis: int) -> BracketCalcError:
        same = [
            other
            for other in self.portions
            if other.copy == item.copy and axis in other.axes and other.tensor == item.tensor
        ]
        return self._error(
            ParseError,
            f"dimension {axis + 1} of {self._tensor(item)} is used twice",
            [item, *same],
            "use each dimension of each copy of a tensor once",
        )

    def _unequal_counts(self, one: Item, count: int, two: Item, other: int) -> BracketCalcError:
        return self._error(
            ShapeError,
            f"{self._show(one)} has {count_dimensions(count)}, "
            f"but {self._show(two)} has {count_dimensions(other)}",
            [one, two],
            "square brackets multiply items with equal numbers of dimensions",
        )

    def _unequal_sizes(self, one: int, two: int) -> BracketCalcError:
        left, right = self.sizes[one], self.sizes[two]
        symbolic = isinstance(left, Size) or isinstance(right, Size)
        return self._error(
            ShapeError,
            f"{self._dimension(one)} has size {show_size(left)}, "
            f"but {self._dimension(two)} has size {show_size(right)}",
            [self.owners[one][0], self.owners[two][0]],
            "give both dimensions one name if their sizes are always equal"
            if symbolic
            else "dimensions that are multiplied must have one size",
        )

    def missing(self, tensor: Expr, copy: int) -> BracketCalcError:
        """Return the error that not all dimensions of a copy of a tensor are used."""
        portions = [item for item in self.portions if item.tensor == tensor]
        uses = [axis for item in portions for axis in item.axes]
        axis = self.copies[tensor, copy].index(None)
        same = [item for item in portions if item.copy == copy]
        name = self._tensor(same[0])
        message = f"dimension {axis + 1} of {name} is missing"
        most = max(range(tensor.ndim), key=uses.count)
        if axis in uses and uses.count(most) > uses.count(axis):
            times_used = ("once", "twice")[uses.count(axis) - 1] if uses.count(axis) < 3 else "less often"
            often = "twice" if uses.count(most) == 2 else f"{uses.count(most)} times"
            message += f": dimension {most + 1} is used {often}, dimension {axis + 1} {times_used}"
        return self._error(
            ParseError,
            message,
            [*same, *[item for item in portions if item.copy != copy]],
            f"write {name}_{axis + 1} somewhere in the term"
            if axis < 9
            else "write it somewhere in the term",
        )


def count_dimensions(count: int) -> str:
    """Return a number of dimensions in words.

    Example:
        >>> count_dimensions(1), count_dimensions(3)
        ('1 dimension', '3 dimensions')
    """
    return "1 dimension" if count == 1 else f"{count} dimensions"
