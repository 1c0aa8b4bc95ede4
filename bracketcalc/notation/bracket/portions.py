"""The items of a term that are no brackets, their places in the text, and the copies they belong to."""

from __future__ import annotations

from bracketcalc.expr.core import Delta, Expr, Ones
from bracketcalc.notation.bracket.copies import Copies
from bracketcalc.notation.bracket.marks import Marks, copy_number, listed_axes
from bracketcalc.notation.bracket.placeholders import IDENTITY, OPEN, placeholder
from bracketcalc.notation.bracket.tree import Barred, Beside, Fill, Iota, Item, Portion
from bracketcalc.notation.bracket.words import Name, Special
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import failure
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Part, Token

Place = tuple[int, int]


class Portions:
    """The items of one term that are no brackets.

    Attributes:
        places: the first character of each item and the one behind its last, by the item's ``id``.
        names: the names of the tensors, by the ``id`` of a portion.
        parts: what the placeholders among the tensors stand for.
    """

    __slots__ = ("_copies", "_scope", "_spellings", "_text", "names", "parts", "places")

    def __init__(self, text: str, spellings: Spellings, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._spellings = spellings
        self._copies = Copies()
        self.places: dict[int, Place] = {}
        self.names: dict[int, str] = {}
        self.parts: dict[Expr, Part] = {}

    def placeholder(self, text: str, part: Part) -> Expr:
        """Return the tensor that stands for a part; equal texts are copies of one tensor."""
        tensor = placeholder(text, part)
        self.parts[tensor] = part
        return tensor

    def note(self, item: Item, start: int, end: int) -> Item:
        """Remember the place of an item, and return the item."""
        self.places[id(item)] = (start, end)
        return item

    def item(self, name: Name, marks: Marks) -> Item:
        """Return the item that a name stands for with what stands behind it.

        Raises:
            ParseError: for scripts that do not fit.
        """
        subscripts = marks.subscripts
        if len(subscripts) > 1:
            raise failure(
                self._text,
                f"two lists of positions stand on {name.name}",
                *subscripts,
                hint=f"write one list: {name.name}_{{12}}",
            )
        meaning, end = name.meaning, marks.end
        if meaning is OPEN or meaning is Special.ONES:
            meaning = self._with_size(meaning, marks)
            if meaning is not name.meaning:
                marks = Marks((), marks.copy, marks.barred, end)
            if meaning is OPEN:
                self.parts[OPEN] = IDENTITY
        if isinstance(meaning, Special):
            return self._filler(name, meaning, marks)
        barred: tuple[bool, ...] = ()
        if marks.subscripts:
            axes, barred = listed_axes(self._text, marks.subscripts[0], self._scope.given, name.name)
        else:
            axes = tuple(range(len(meaning.sizes)))
        copy = self._copy(meaning, name.name, axes, marks.copy)
        if barred:
            single = [
                self._portion(name.start, end, name.name, Portion(meaning, copy, (axis,))) for axis in axes
            ]
            return self._barred_parts(single, barred, name.start, end)
        item = self._portion(name.start, end, name.name, Portion(meaning, copy, axes))
        return self._under_bar(item, name, marks)

    def plain(self, start: int, end: int, name: str, tensor: Expr, axes: tuple[int, ...]) -> Item:
        """Return the portion that a given name with such axes, and nothing else behind it, stands for."""
        single = self._spellings.single
        copy = self._copies.assign(name, axes) if single else self._copy(tensor, name, axes, None)
        item = Portion(tensor, copy, axes)
        self.places[id(item)], self.names[id(item)] = (start, end), name
        return item

    def _with_size(self, meaning: Expr | Special, marks: Marks) -> Expr | Special:
        """Return 1_n and I_n, where n is the name of a size, as tensors."""
        if not marks.subscripts:
            return meaning
        size = self._scope.sizes.get(plain_subscript(self._text, marks.subscripts[0])[1:])
        if size is None:
            return meaning
        return Delta(size, 2) if meaning is OPEN else Ones((size,))

    def _portion(self, start: int, end: int, name: str, item: Portion) -> Item:
        """Remember the place of a portion and the name of its tensor, and return the portion."""
        key = id(item)
        self.places[key] = (start, end)
        self.names[key] = name
        return item

    def _filler(self, name: Name, meaning: Special, marks: Marks) -> Item:
        """Return the item of 1 or ι."""
        if marks.copy is not None:
            raise failure(
                self._text, f"{name.name} has no copies", marks.copy, hint="leave out the superscript"
            )
        if meaning is Special.IOTA:
            if marks.subscripts:
                raise failure(
                    self._text, "ι is one dimension", marks.subscripts[0], hint="leave out the subscript"
                )
            return self._under_bar(self.note(Iota(), name.start, marks.end), name, marks)
        count = 1
        barred: tuple[bool, ...] = ()
        if marks.subscripts:
            axes, barred = listed_axes(self._text, marks.subscripts[0], self._scope.given, name.name)
            count = len(axes)
        if barred:
            single = [self.note(Fill(1), name.start, marks.end) for _ in barred]
            return self._barred_parts(single, barred, name.start, marks.end)
        return self._under_bar(self.note(Fill(count), name.start, marks.end), name, marks)

    def _under_bar(self, item: Item, name: Name, marks: Marks) -> Item:
        if name.barred or marks.barred:
            return self.note(Barred(item), name.start, marks.end)
        return item

    def _barred_parts(self, parts: list[Item], barred: tuple[bool, ...], start: int, end: int) -> Item:
        """Return A_{12̄} as A_1 beside A_2 with a bar."""
        found = [
            self.note(Barred(part), start, end) if bar else part
            for part, bar in zip(parts, barred, strict=True)
        ]
        return found[0] if len(found) == 1 else self.note(Beside(tuple(found)), start, end)

    def _copy(self, tensor: Expr, name: str, axes: tuple[int, ...], mark: Token | None) -> int:
        """Return the copy that a portion belongs to; each name of a tensor has copies of its own."""
        key, rank, count = self._spellings.find(tensor, name)
        if mark is None:
            copy = self._copies.assign(key, axes)
        else:
            copy = copy_number(self._text, mark)
            self._copies.take(key, axes, copy)
        return copy * count + rank if count > 1 else copy


class Spellings:
    """The names of each expression that was given.

    Attributes:
        single: whether each of them has one name.
    """

    __slots__ = ("_given", "_names", "single")

    def __init__(self, scope: Scope) -> None:
        self._given = given = scope.given
        self._names: dict[Expr, list[str]] | None = None
        self.single = len(set(given.values())) == len(given)

    def find(self, tensor: Expr, name: str) -> tuple[str | Expr, int, int]:
        """Return what copies of a tensor are told apart by, the number of its name, and that of its names.

        Args:
            tensor: any expression.
            name: what the text calls it.
        """
        if self.single and self._given.get(name) is tensor:
            return name, 0, 1
        if self._names is None:
            self._names = {}
            for spelled, meaning in self._given.items():
                if isinstance(meaning, Expr):
                    self._names.setdefault(meaning, []).append(spelled)
        names = self._names.get(tensor)
        if names is None:
            return tensor, 0, 0
        rank = names.index(name) if name in names else 0
        return names[rank], rank, len(names)
