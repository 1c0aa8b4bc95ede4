"""What is to be computed by a program, for known sizes, and how long is searched for one that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.lowering.lower import Lowering
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.steps import Program, count
from bracketcalc.expr.core import Expr, Extent, Size


class TooLargeError(Exception):
    """No axis makes the parts small enough, or too many programs were made to find one."""


@dataclass(slots=True)
class Effort:
    """How many programs may still be made in the search for one that fits."""

    left: int = 800


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be computed.

    Attributes:
        roots: the expressions.
        shapes: the shape of each argument, in order.
        positions: the position of each tensor among them.
        sizes: the value of each symbolic size.
        casts: the positions whose arrays do not have the dtype of the program.
        paths: where the order of contractions is found.
        itemsize: the bytes of a real number.
        real: which results are real arrays; None for a part of a program, whose results it may share.
        constants: the positions of the arguments that are known before any call.
        effort: how many programs may still be made.
    """

    roots: tuple[Expr, ...]
    shapes: tuple[tuple[int, ...], ...]
    positions: Mapping[str, int]
    sizes: Mapping[str, int]
    casts: frozenset[int]
    paths: PathTable
    itemsize: int
    real: tuple[bool, ...] | None
    constants: frozenset[int]
    effort: Effort

    def program(self) -> Program:
        """Return the program of the roots.

        Raises:
            TooLargeError: if the effort is used up.
        """
        if self.effort.left == 0:
            raise TooLargeError
        self.effort.left -= 1
        lowering = Lowering(self.sizes, self.positions, self.casts, self.paths, self.constants)
        if self.real is None:
            return lowering.step_program([(root, root) for root in self.roots], self.shapes)
        return lowering.program(self.roots, self.shapes, self.real)

    def extents(self, extents: Sequence[Extent]) -> tuple[int, ...]:
        """Return the numbers that sizes are."""
        return tuple([self.sizes[x.name] if isinstance(x, Size) else x for x in extents])

    def bytes(self, node: Expr) -> int:
        """Return the bytes of the array of an expression."""
        return count(self.extents(node.sizes)) * self.itemsize * (1 if node.is_real else 2)
