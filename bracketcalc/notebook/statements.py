r"""The statements of a cell of formulas: declarations, definitions and formulas, a line each.

A ``#`` begins a comment. A statement goes on in the next line where a bracket is open, or where the line
ends with a backslash. Inside brackets a line with an equality sign begins a new statement all the same,
so that a forgotten bracket is an error in its own line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BRACKETS = r"<\||\|>|\\langle|\\rangle|[()\[\]{}⟨⟩]"
_OPENING = ("<|", r"\langle", "(", "[", "{", "⟨")
_OPERATOR = (
    "[-+/·⋅∙⊙⊗⊘⊖\N{MINUS SIGN}]"
    r"|\.\*|\./|\.(?![0-9])|\(x\)|\\(?:cdot|odot|otimes|oslash|ominus)(?![A-Za-z])"
)
_NAME = r"[^\W\d][\w′']*"
_DECLARATION = rf"\s*(?:{_NAME}[\s,;]+)*{_NAME}\s*\["


class Statement(NamedTuple):
    """A statement and its place: its character k is the character ``start + k`` of the cell.

    Attributes:
        text: the statement, with spaces in place of comments and of backslashes that continue a line.
        start: where it begins in the cell.
    """

    text: str
    start: int

    @property
    def equals(self) -> int:
        """Return where its first equality sign is, or -1."""
        return self.text.find("=")

    @property
    def goes_on(self) -> bool:
        """Return whether it begins as the rest of a line before does: with an operator or a bracket.

        Example:
            >>> Statement("  ⊙ X", 0).goes_on, Statement("X ⊙", 0).goes_on
            (True, False)
        """
        return re.match(rf"\s*(?:{_OPERATOR}|[)\]}}⟩,;=])", self.text) is not None

    @property
    def is_cut(self) -> bool:
        """Return whether it ends with an operator, so that something has to follow."""
        return re.search(rf"(?:{_OPERATOR}|[=,])\s*$", self.text) is not None

    @property
    def declares(self) -> bool:
        """Return whether it declares tensors: its names come first, one of them with sizes.

        Example:
            >>> Statement("lam X[n,d]", 0).declares, Statement("⟨[A_1 B_1]⟩", 0).declares
            (True, False)
        """
        return self.equals < 0 and re.match(_DECLARATION, self.text) is not None


def statements(cell: str) -> list[Statement]:
    r"""Return the statements of a cell, in order.

    Example:
        >>> for statement in statements("X[n,d]  # data\nJ = (X\n  · X)\nJ / 2"):
        ...     print(statement)
        Statement(text='X[n,d]        ', start=0)
        Statement(text='J = (X\n  · X)', start=15)
        Statement(text='J / 2', start=29)
    """
    found: list[Statement] = []
    lines: list[str] = []
    begin = place = depth = 0
    continued = False
    for line in cell.split("\n"):
        code = line.partition("#")[0].rstrip()
        text = code.removesuffix("\\").ljust(len(line))
        if not continued and (depth == 0 or "=" in text):
            _add(found, lines, begin)
            begin, depth = place, 0
        lines.append(text)
        place += len(line) + 1
        depth = _depth(text, depth)
        continued = code.endswith("\\")
    _add(found, lines, begin)
    return found


def _add(found: list[Statement], lines: list[str], begin: int) -> None:
    """Move the lines into a statement, unless they are empty."""
    text = "\n".join(lines)
    lines.clear()
    if text.strip():
        found.append(Statement(text, begin))


def _depth(text: str, depth: int) -> int:
    """Return how many brackets are open behind a text that begins inside ``depth`` of them."""
    for bracket in re.findall(_BRACKETS, text):
        depth = depth + 1 if bracket in _OPENING else max(depth - 1, 0)
    return depth
