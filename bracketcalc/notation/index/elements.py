"""What happens to the indices of a factor: dots are filled, and functions of an element carry them."""

from __future__ import annotations

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
    if not dots:
        raise failure(
            text, "two subscripts stand on one factor", token, hint="write one, or dots in the first"
        )
    counts = [1 if index.many is None else index.many for index in dots]
    several = any(isinstance(index, Letter) and index.is_multiple for index in found)
    if len(dots) == 1 and (dots[0].many is None or several):
        counts = [len(found)]
    if sum(counts) != len(found):
        raise failure(
            text,
            f"there are {sum(counts)} dots, but {len(found)} indices in their places",
            *dots,
            token,
            hint="write one index for each dot",
        )
    rest, result = list(found), list[Index]()
    for index in before:
        count = counts.pop(0) if isinstance(index, Dots) else 0
        result += rest[:count] if isinstance(index, Dots) else [index]
        del rest[:count]
    return tuple(result)


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
