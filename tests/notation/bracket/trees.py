"""Random trees of the general bracket notation that mean something, and a writer of their text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hypothesis import strategies as st

from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Iota, Item, Portion

Sizes = tuple[int, ...]

EXTENTS = (2, 3, 1, 0)


class _Leaf(NamedTuple):
    """A portion whose tensor is not chosen yet."""

    sizes: Sizes


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> Beside:
    """Return a tree with few slots; the tensors are T0, T1, …, some of which occur several times."""
    items: list[Item] = []
    for _ in range(draw(st.integers(1, 3))):
        item = draw(_items(draw(_shapes(1, 2)), depth))
        items.append(Barred(item) if draw(st.integers(0, 3)) == 0 else item)
    return Beside(tuple(_with_tensors(draw, items)))


def _shapes(least: int, most: int) -> st.SearchStrategy[Sizes]:
    return st.lists(st.sampled_from(EXTENTS), min_size=least, max_size=most).map(tuple)


@st.composite
def _items(draw: st.DrawFn, sizes: Sizes, depth: int, filler: bool = False) -> Item:
    """Return an item whose slots have the given sizes; a filler may stand where its size follows."""
    kinds = ["portion", "portion"]
    if filler:
        kinds.append("filler")
    if sizes == (1,):
        kinds.append("iota")
    if depth:
        kinds.append("bracket")
    if len(sizes) > 1:
        kinds.append("beside")
    kind = draw(st.sampled_from(kinds))
    if kind == "filler":
        return Fill(len(sizes))
    if kind == "iota":
        return Iota()
    if kind == "beside":
        cut = draw(st.integers(1, len(sizes) - 1))
        return Beside((draw(_items(sizes[:cut], depth, filler)), draw(_items(sizes[cut:], depth, filler))))
    if kind == "bracket":
        return draw(_brackets(sizes, depth - 1))
    return _Leaf(sizes)  # type: ignore[return-value]


@st.composite
def _brackets(draw: st.DrawFn, sizes: Sizes, depth: int) -> Bracketed:
    """Return square brackets with the given slots; a summed slot may be among those of their items."""
    summed = draw(st.integers(0, len(sizes))) if draw(st.booleans()) else None
    inner = sizes
    if summed is not None:
        inner = (*sizes[:summed], draw(st.sampled_from(EXTENTS)), *sizes[summed:])
    found = [draw(_items(inner, depth))]
    if draw(st.booleans()):
        found.append(draw(_items(inner, depth, True)))
    if summed is not None:
        parts = [
            Barred(draw(_items((size,), 0, True))) if slot == summed else draw(_items((size,), 0, True))
            for slot, size in enumerate(inner)
        ]
        found.append(parts[0] if len(parts) == 1 else Beside(tuple(parts)))
    return Bracketed(tuple(draw(st.permutations(found))))


def _with_tensors(draw: st.DrawFn, items: list[Item]) -> list[Item]:
    """Return the items with portions for the leaves; two tensors of the same sizes may be copies of one."""
    count = _Leaves()
    for item in items:
        count.fill(item)
    groups: list[list[int]] = []
    for leaf in draw(st.permutations(range(len(count.leaves)))):
        fitting = [group for group in groups if len(group) < 2]
        if draw(st.booleans()) and fitting:
            fitting[0].append(leaf)
        else:
            groups.append([leaf])
    portions: dict[int, Portion] = {}
    copies: dict[Sizes, int] = {}
    for group in groups:
        slots = [(leaf, slot) for leaf in group for slot in range(len(count.leaves[leaf].sizes))]
        order = draw(st.permutations(slots))
        sizes = tuple([count.leaves[leaf].sizes[slot] for leaf, slot in order])
        tensor: Expr = Tensor("T" + "".join(map(str, sizes)), sizes)
        copy = copies.get(sizes, 0)
        copies[sizes] = copy + 1
        for leaf in group:
            width = len(count.leaves[leaf].sizes)
            portions[leaf] = Portion(tensor, copy, tuple([order.index((leaf, k)) for k in range(width)]))
    replace = _Leaves(portions)
    return [replace.fill(item) for item in items]


class _Leaves:
    """The leaves of trees in order, and the trees with other items for them."""

    def __init__(self, replacements: Mapping[int, Item] = MappingProxyType({})) -> None:
        self.leaves: list[_Leaf] = []
        self.replacements = replacements

    def fill(self, item: Item | _Leaf) -> Item:
        if isinstance(item, _Leaf):
            self.leaves.append(item)
            return self.replacements.get(len(self.leaves) - 1, Iota())
        if isinstance(item, Beside | Bracketed):
            return type(item)(tuple([self.fill(part) for part in item.items]))
        return Barred(self.fill(item.item)) if isinstance(item, Barred) else item


# -- text -----------------------------------------------------------------------------------------------


class Spelling(NamedTuple):
    """How bars and ι are written."""

    before: str
    after: str
    iota: str


SPELLINGS = (
    Spelling("~", "", "ι"),
    Spelling("", "\u0304", "ι"),
    Spelling("", "\u0305", "ι"),
    Spelling(r"\overline{", "}", r"\iota "),
    Spelling(r"\bar{", "}", "iota "),
)


def write(tree: Item, spelling: Spelling) -> str:
    """Return the text of a tree; every portion names its copy."""
    if isinstance(tree, Beside):
        return "".join([_write(item, spelling) for item in tree.items])
    return _write(tree, spelling)


def _write(item: Item, spelling: Spelling, barred: bool = False) -> str:
    before, after = (spelling.before, spelling.after) if barred else ("", "")
    behind = after if after != "}" else ""
    if isinstance(item, Barred):
        return _write(item.item, spelling, True)
    if isinstance(item, Portion):
        assert isinstance(item.tensor, Tensor)
        between = "," if max(item.axes, default=0) > 8 else ""
        positions = between.join([str(axis + 1) for axis in item.axes])
        positions += between if len(item.axes) == 1 else ""
        marks = f"^{{({item.copy + 1})}}_{{{positions}}}"
        found = f"{item.tensor.name}{behind}{marks}"
    elif isinstance(item, Fill):
        between = "," if item.count > 9 else ""
        found = f"1{behind}_{{{between.join(str(k + 1) for k in range(item.count))}}}"
    elif isinstance(item, Iota):
        found = spelling.iota.rstrip() + behind
    else:
        inner = "".join([_write(part, spelling) for part in item.items])
        found = (f"[{inner}]" if isinstance(item, Bracketed) else f"({inner})") + behind
    return f" {before}{found}{after if not behind else ''} "
