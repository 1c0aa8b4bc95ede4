"""What an expression needs to be shown; the printers live in a layer above the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bracketcalc.expr.core import Expr


class Display(Protocol):
    """The printers, as the nodes know them."""

    def text(self, expr: Expr) -> str: ...

    def mimebundle(self, expr: Expr) -> dict[str, str]: ...

    def equations(self, rows: Sequence[tuple[str, Expr]]) -> str: ...
