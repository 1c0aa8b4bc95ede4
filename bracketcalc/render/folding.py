"""HTML in which the parts of a derivation fold, with formulas for MathJax.

It has no script and no colour of its own, so it follows a light or a dark page. Formulas come as LaTeX in
which no name can end the formula or begin a tag; they are escaped once more here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple


class FoldedRow(NamedTuple):
    """An equation: LaTeX for its sides, the words of its rule, and LaTeX behind them."""

    left: str
    right: str
    words: str
    symbols: str


class Section(NamedTuple):
    """A part that folds.

    Attributes:
        title: words before the formula that stays visible.
        formula: LaTeX, or nothing.
        rows: the equations.
        is_open: whether they are visible at first.
    """

    title: str
    formula: str
    rows: Sequence[FoldedRow]
    is_open: bool


_TABLE = "border-collapse:collapse;margin:0.2em 0 0.6em 1.2em"
_LEFT = "text-align:right;vertical-align:baseline;white-space:nowrap;padding:0.15em 0"
_RIGHT = "text-align:left;vertical-align:baseline;padding:0.15em 1.5em 0.15em 0.3em"
_RULE = "text-align:left;vertical-align:baseline;white-space:nowrap;opacity:0.7;padding:0.15em 0"
# MathJax breaks formulas at the width that a cell has before they are set, so it has some from the start.
_RULE_WIDTH = "min-width:14em"


def folded_html(sections: Iterable[Section | str]) -> str:
    r"""Return the HTML of sections that fold; a text between them stays as it is.

    Example:
        >>> row = FoldedRow(r"\nabla_{x} J", "a < b", "linearity", "")
        >>> html = folded_html([Section("Gradients", "", [row], is_open=True), "more"])
        >>> html.count("<details open>"), html.count("<tr>"), "a < b" in html, "a &lt; b" in html
        (1, 1, False, True)
    """
    parts = [_section(one) if isinstance(one, Section) else f"<p>{_words(one)}</p>" for one in sections]
    return "<div>\n" + "\n".join(parts) + "\n</div>"


def _section(section: Section) -> str:
    opening = "<details open>" if section.is_open else "<details>"
    heading = " ".join(part for part in (_words(section.title), _math(section.formula)) if part)
    rows = "\n".join(_row(row) for row in section.rows)
    summary = f'<summary style="cursor:pointer">{heading}</summary>'
    return f'{opening}{summary}\n<table style="{_TABLE}">\n{rows}\n</table></details>'


def _row(row: FoldedRow) -> str:
    rule = " ".join(part for part in (_words(row.words), _math(row.symbols)) if part)
    cells = (
        (_LEFT, _math(row.left)),
        (_RIGHT, _math("{} = " + row.right)),
        (f"{_RULE};{_RULE_WIDTH}", rule),
    )
    return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for style, cell in cells) + "</tr>"


def _math(latex: str) -> str:
    return rf"\(\displaystyle {escape(latex)}\)" if latex else ""


def _words(text: str) -> str:
    """Return text that is neither HTML nor a formula: MathJax sees no formula across two elements."""
    return escape(text).replace("$", "<span>$</span>").replace("\\", "<span>\\</span>")
