"""What happens to the indices of a factor: dots are filled, and functions of an element carry them."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.functions.application import ElementwiseForm
from bracketcalc.notation.ast import Application, Syntax
from bracketcalc.notation.frames import Frame
from bracketcalc.notation.index.frames import IndexFrame
from bracketcalc.notation.index.letters import Dots, Index, Letter
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Token


def filled(
    text: str, before: tuple[Index, ...], found: tuple[Index, ...], token: Token
) -> tuple[Index, ...]:
    """Return the indices with the dots replaced by further indices, in order (22)."""
    dots = [index for index in before if isinstance(index, Dots)]
    if not dots and all(_width(index) == 0 for index in found):
        return (*before, *found)
    if not dots:
        raise failure(
            text, "two subscripts stand on one factor", token, hint="write one, or dots in the first"
        )
    result = _one_by_one(before, dots, found) or _in_order(before, found)
    if result is None:
        counts = [_width(index) for index in dots]
        most = sum([1 if count is None else count for count in counts])
        raise failure(
            text,
            f"there are {most} dots, but {len(found)} indices in their places",
            *dots,
            token,
            hint="write one index for each dot",
        )
    return tuple(result)


def _width(index: Index) -> int | None:
    """Return for how many axes an index stands, None if that is not known."""
    if isinstance(index, Dots):
        return index.many if index.many is not None else None if index.dimension else 1
    if isinstance(index, Letter) and index.is_multiple:
        return index.length
    return 1


def _one_by_one(
    before: Sequence[Index], dots: Sequence[Dots], found: Sequence[Index]
) -> list[Index] | None:
    """Return the indices, if some length is not known: one index for each dot, or all for the only one."""
    if None not in [_width(index) for index in (*dots, *found)] and not _fills(dots):
        return None
    if len(dots) == len(found):
        rest = list(found)
        return [_as_long(rest.pop(0), index) if isinstance(index, Dots) else index for index in before]
    if len(dots) > 1 or (dots[0].many is not None and None not in [_width(index) for index in found]):
        return None
    at = before.index(dots[0])
    return [*before[:at], *found, *before[at + 1 :]]


def _fills(dots: Sequence[Dots]) -> bool:
    """Return whether there is one dot, for whatever is missing."""
    return len(dots) == 1 and dots[0].many is None


def _as_long(index: Index, dot: Dots) -> Index:
    """Return a capital with as many axes as the dots that it stands for."""
    if isinstance(index, Letter) and index.is_multiple and index.length is None:
        return index._replace(length=dot.many, dimension=index.dimension or dot.dimension)
    return index


def _units(index: Index, single: Index) -> list[Index]:
    """Return dots one by one; any other index is one."""
    if not isinstance(index, Dots):
        return [index]
    return [single] * (_width(index) or 0)


def _in_order(before: Sequence[Index], found: Sequence[Index]) -> list[Index] | None:
    """Return the indices, if all lengths are known and agree; a capital takes dots that are neighbours."""
    dot = Dots(0, 0, 1)
    units = [one for index in before for one in _units(index, dot)]
    rest = [one for index in found for one in _units(index, Dots(index.start, index.end, 1))]
    result: list[Index] = []
    at = 0
    for index in rest:
        while at < len(units) and units[at] is not dot:
            result.append(units[at])
            at += 1
        width = _width(index) or 0
        if any(one is not dot for one in units[at : at + width]) or at + width > len(units):
            return None
        result.append(index)
        at += width
    left = units[at:]
    return None if any(one is dot for one in left) else [*result, *left]


def carry_indices(text: str, nodes: list[Syntax], inner: IndexFrame, outer: Frame) -> None:
    """Give f(A_{ij}), the last factor of ``outer``, the indices of its argument: it is f(A)_{ij} (16).

    Raises:
        ParseError: for a function of a tensor, or of more than one element.
    """
    if not inner.elements:
        return
    assert isinstance(outer, IndexFrame)
    node = nodes[outer.chain[-1]]
    assert isinstance(node, Application)
    if not isinstance(node.function, ElementwiseForm):
        raise failure(
            text,
            f"{node.name} is a function of a tensor, and not of an element",
            node,
            hint=f"write the indices behind it: {node.name}(A)_{{i}}",
        )
    ((first, element), *others) = inner.elements.items()
    if others or first != node.arguments[0] or element.constant is not None:
        raise failure(
            text,
            f"the argument of {node.name} is not the element of one tensor",
            node,
            hint=f"write the indices behind it, as in {node.name}(A + B)_{{ij}}",
        )
    outer.elements[outer.chain[-1]] = element._replace(end=node.end)
