"""The definitions and formulas of a cell, shown one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.errors import cell_width
from bracketcalc.expr.core import Expr
from bracketcalc.expr.nodes import Definition
from bracketcalc.render.display import LONGEST, SHORTEST
from bracketcalc.render.text import to_text

MOST = 100
"""The most equations that are shown; where there are more, they are shown only as text."""


class Equations:
    """Definitions, aligned at their equality signs, and formulas without a name, as a notebook shows them.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> y = define("y", A @ x)
        >>> print(Equations([y, y + y, define("loss", y @ y)]))
           y = A x
               y + y
        loss = y · y
    """

    __slots__ = ("shown",)

    def __init__(self, shown: Sequence[Expr]) -> None:
        self.shown = shown

    def __str__(self) -> str:
        half = MOST // 2
        left_out = len(self.shown) - MOST
        if left_out <= 0:
            return "\n".join(_lines(self.shown))
        head, tail = _lines(self.shown[:half]), _lines(self.shown[-half:])
        return "\n".join([*head, f"… {left_out} more equations …", *tail])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": str(self)}
        if Expr.display is not None and len(self.shown) <= MOST:
            rows = [_sides(one) for one in self.shown]
            bundle["text/latex"] = Expr.display.equations(rows)
        return bundle


def _sides(shown: Expr) -> tuple[str, Expr]:
    """Return the name on the left, which may be empty, and the expression on the right."""
    return (shown.name, shown.body) if isinstance(shown, Definition) else ("", shown)


def _lines(shown: Sequence[Expr]) -> list[str]:
    """Return a line for each, aligned at the equality signs."""
    rows = [_sides(one) for one in shown]
    width = max([cell_width(name) for name, _ in rows], default=0)
    limit = max(SHORTEST, LONGEST // max(len(rows), 1))
    before = [f"{' ' * (width - cell_width(name))}{name}{' = ' if name else ''}" for name, _ in rows]
    named = any(name for name, _ in rows)
    return [
        (left if name or not named else left + "   ") + to_text(body, limit=limit)
        for left, (name, body) in zip(before, rows, strict=True)
    ]
