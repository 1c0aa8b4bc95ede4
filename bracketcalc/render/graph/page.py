"""The terms of a graph on one page: signs and numbers, connected parts, and line breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.expr.number import Number
from bracketcalc.render.graph.component import component_picture
from bracketcalc.render.graph.geometry import Box, clipped, text_width
from bracketcalc.render.graph.parts import GraphTerm
from bracketcalc.render.graph.picture import Kind, Picture, Shape, joined
from bracketcalc.render.spelling import plain_name, plain_number

PAGE_WIDTH = 900.0
GAP, ROW_GAP, MARGIN = 26.0, 26.0, 12.0
SIGN_FONT = 18.0
TITLE_CELLS = 40


def page(terms: Sequence[GraphTerm], name: str | None) -> Picture:
    """Return the picture of all terms, with its upper left corner at 0.

    Args:
        terms: the terms of the sum.
        name: what the sum is called, None if it has no name.
    """
    blocks = [_sign(clipped(plain_name(name), TITLE_CELLS) + " =", plain_name(name))] if name else []
    for number, term in enumerate(terms):
        text = coefficient_text(term.coefficient, first=number == 0, alone=not term.nodes)
        blocks += [_sign(text)] if text else []
        blocks += [component_picture(term, nodes) for nodes in components(term)]
    whole = joined(_rows(blocks))
    corner = whole.bounds
    shift = complex(corner.half_width + MARGIN, corner.half_height + MARGIN) - corner.centre
    return whole.moved(shift)


def coefficient_text(value: Number, *, first: bool, alone: bool) -> str:
    """Return how a coefficient is written before its factors, with its sign.

    Example:
        >>> [coefficient_text(value, first=False, alone=False) for value in (1, -1, -2.5)]
        ['+', '−', '− 2.5']
    """
    negative = value < 0
    sign = "−" if negative else "" if first else "+"
    size = -value if negative else value
    return sign if size == 1 and not alone else f"{sign} {plain_number(size)}".strip()


def components(term: GraphTerm) -> list[tuple[int, ...]]:
    """Return the numbers of the factors, those together that axes connect."""
    group = {number: [number] for number in range(len(term.nodes))}
    for edge in term.edges:
        one, *others = edge.nodes
        for two in others:
            if group[one] is not group[two]:
                group[one] += group[two]
                for number in group[one]:
                    group[number] = group[one]
    found = {id(members): tuple(sorted(members)) for members in group.values()}
    return sorted(found.values())


def _sign(text: str, full: str = "") -> Picture:
    box = Box(0j, text_width(text, SIGN_FONT) / 2, SIGN_FONT / 2)
    return Picture((Shape(Kind.SIGN, box, text, full if full and full not in text else ""),))


@dataclass
class _Row:
    """The pictures of one row, each with its own base line at 0."""

    pictures: list[Picture]
    width: float = 0.0

    def add(self, picture: Picture) -> None:
        bounds = picture.bounds
        left = self.width + (GAP if self.pictures else 0)
        self.pictures.append(picture.moved(left + bounds.half_width - bounds.centre.real))
        self.width = left + 2 * bounds.half_width


def _rows(blocks: Sequence[Picture]) -> list[Picture]:
    """Return the blocks in rows; a sign stays with the picture after it."""
    rows = [_Row([])]
    for number, block in enumerate(blocks):
        group = [block, *blocks[number + 1 : number + 2]] if _is_sign(block) else [block]
        width = sum(2 * one.bounds.half_width + GAP for one in group)
        after_sign = number > 0 and _is_sign(blocks[number - 1])
        if rows[-1].pictures and not after_sign and rows[-1].width + width > PAGE_WIDTH:
            rows.append(_Row([]))
        rows[-1].add(block)
    found, top = [], 0.0
    for row in rows:
        whole = joined(row.pictures)
        bounds = whole.bounds
        found.append(whole.moved(complex(0, top - (bounds.centre.imag - bounds.half_height))))
        top += 2 * bounds.half_height + ROW_GAP
    return found


def _is_sign(block: Picture) -> bool:
    return len(block.shapes) == 1 and block.shapes[0].kind is Kind.SIGN
