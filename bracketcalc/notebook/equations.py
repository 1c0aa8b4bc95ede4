"""The definitions of a cell, shown as equations."""

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
    """Definitions as a notebook shows them: one below the other, aligned at their equality signs.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> y = define("y", A @ x)
        >>> print(Equations([y, define("loss", y @ y)]))
           y = A x
        loss = y · y
    """

    __slots__ = ("definitions",)

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.definitions = definitions

    def __str__(self) -> str:
        half = MOST // 2
        left_out = len(self.definitions) - MOST
        if left_out <= 0:
            return "\n".join(_lines(self.definitions))
        head, tail = _lines(self.definitions[:half]), _lines(self.definitions[-half:])
        return "\n".join([*head, f"… {left_out} more equations …", *tail])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": str(self)}
        if Expr.display is not None and len(self.definitions) <= MOST:
            rows = [(one.name, one.body) for one in self.definitions]
            bundle["text/latex"] = Expr.display.equations(rows)
        return bundle


def _lines(definitions: Sequence[Definition]) -> list[str]:
    """Return an equation for each definition, aligned at the equality signs."""
    width = max([cell_width(one.name) for one in definitions], default=0)
    limit = max(SHORTEST, LONGEST // max(len(definitions), 1))
    return [
        f"{' ' * (width - cell_width(one.name))}{one.name} = {to_text(one.body, limit=limit)}"
        for one in definitions
    ]
