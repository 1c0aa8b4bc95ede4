"""The sheet on which a module is written, and the blocks of statements on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bracketcalc.expr.core import Expr
from bracketcalc.interop.source.code import Code, atom, statement
from bracketcalc.interop.source.names import Names
from bracketcalc.interop.source.targets import Target

WIDTH = 100
"""The longest line, where it can be broken."""


@dataclass(slots=True)
class Sheet:
    """What all blocks of one module share.

    Attributes:
        target: the library.
        names: gives out names.
        sizes: the code of each symbolic size.
        like: the code of a real array from which new arrays take their type; empty if there is none.
        titles: the name that a user gave to an expression.
        lines: the statements so far.
    """

    target: Target
    names: Names
    sizes: Mapping[object, str]
    like: str
    titles: Mapping[Expr, str]
    lines: list[str] = field(default_factory=list)


class Block:
    """Statements that run one after another.

    Args:
        sheet: what is shared with the rest of the module.
        indent: what stands in front of every statement.
    """

    def __init__(self, sheet: Sheet, indent: str) -> None:
        self.sheet = sheet
        self.target = sheet.target
        self.xp = sheet.target.xp
        self.indent = indent
        self._named: dict[str, Code] = {}

    def line(self, text: str) -> None:
        """Write a statement."""
        self.sheet.lines.append(self.indent + text)

    def assign(self, name: str, code: str) -> None:
        """Write a statement that gives a name to a value."""
        self.sheet.lines.extend(statement(f"{self.indent}{name} =", code, WIDTH))

    def fresh(self, wanted: str, otherwise: str) -> str:
        """Return a name that nothing has yet."""
        return self.sheet.names.name(wanted, otherwise)

    def named(self, code: Code, wanted: str = "t") -> Code:
        """Return a name for a value; a value that this block has named already keeps its name."""
        if code.text.isidentifier():
            return code
        if code.text not in self._named:
            name = self.fresh(wanted, "t")
            self.assign(name, code.text)
            self._named[code.text] = atom(name, code.ndim)
        return self._named[code.text]

    # -- what modules write in many places ------------------------------------------------------------

    def extent(self, size: object) -> str:
        """Return the code of a size."""
        return str(size) if isinstance(size, int) else self.sheet.sizes[size]

    def shape(self, sizes: Sequence[object]) -> str:
        """Return the code of a shape."""
        inner = ", ".join(self.extent(size) for size in sizes)
        return f"({inner},)" if len(sizes) == 1 else f"({inner})"

    def made(self, function: str, size: str) -> str:
        """Return a call that makes an array, such as ``zeros((n, 3), dtype=X.dtype)``."""
        like = f", {self.target.like.format(self.sheet.like)}" if self.sheet.like else ""
        return f"{self.xp}.{function}({size}{like})"

    def arange(self, size: str) -> str:
        """Return the call that makes the integers from 0."""
        on = self.target.device.format(self.sheet.like) if self.sheet.like else ""
        return f"{self.xp}.arange({size}{', ' + on if on else ''})"

    @property
    def dtype(self) -> str:
        """Return the code of the type of real arrays."""
        return f"{self.sheet.like}.dtype" if self.sheet.like else f"{self.xp}.float64"
