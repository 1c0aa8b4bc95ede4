"""What a written module knows of a value beside its code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Extent
from bracketcalc.interop.source.code import Code, Level, atom
from bracketcalc.interop.source.targets import Target

Labels = tuple[int, ...]
"""The labels of axes in a product."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is structure in a value, so that others need not be multiplied with it.

    Attributes:
        index: the place of the only 1 of a vector.
        indices: the places of the 1 in each row of one-hot rows: its axes are those of the value but the
            last.
        places: what each tap of each window sees of the axis that is seen, for a window: its axes are the
            last two of the value.
    """

    index: int | None = None
    indices: Code | None = None
    places: Code | None = None


NOTHING = Known()
"""A value like any other."""


@dataclass(frozen=True, slots=True)
class Part:
    """A factor of a product.

    Attributes:
        code: its code.
        labels: the label of each of its axes.
        is_real: whether it is real by its form.
        known: what is structure in it.
    """

    code: Code
    labels: Labels
    is_real: bool = True
    known: Known = NOTHING

    @property
    def is_plain(self) -> bool:
        """Return whether no label is repeated."""
        return len(set(self.labels)) == len(self.labels)


@dataclass(frozen=True, slots=True)
class Spread:
    """A value that may lack axes of its expression, along which it is repeated.

    Attributes:
        code: the value.
        present: for each axis of the expression whether the value has it.
        sizes: the sizes of the axes of the expression.
        is_number: whether it is a number of Python, not an array.
        known: what is structure in it.
    """

    code: Code
    present: tuple[bool, ...]
    sizes: tuple[Extent, ...]
    is_number: bool = False
    known: Known = NOTHING


def whole_value(code: Code, sizes: tuple[Extent, ...], known: Known = NOTHING) -> Spread:
    """Return a value that has all of its axes."""
    return Spread(code, (True,) * len(sizes), sizes, known=known)


Contract = Callable[[Sequence[Part], Labels], Part]
"""``(parts, output) -> part``: their product, summed over the labels that are not in the output."""


def carriers(parts: Sequence[Part], label: int, beside: Part | None = None) -> list[Part]:
    """Return the parts that have a label, except one."""
    return [part for part in parts if part is not beside and label in part.labels]


def aligned(target: Target, part: Part, output: Labels) -> Code:
    """Return a factor with its axes in the order of the output, and axes of size 1 between them."""
    order = [part.labels.index(label) for label in output if label in part.labels]
    code = part.code
    if order != sorted(order):
        code = atom(target.permuted(code.at_least(Level.ATOM), order), code.ndim)
    present = [label in part.labels for label in output]
    if True not in present:
        return code
    first = present.index(True)
    if all(present[first:]):
        return code
    index = ", ".join(":" if here else "None" for here in present[first:])
    return atom(f"{code.at_least(Level.ATOM)}[{index}]", len(output) - first)
