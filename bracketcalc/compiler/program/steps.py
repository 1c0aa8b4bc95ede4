"""A program: a list of array operations, each of which makes one new value.

The value of step k is slot k. A step never changes another step's value; which values may share one
buffer is decided later, in :mod:`bracketcalc.compiler.memory.buffers`, where every use is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple, Union

from bracketcalc.expr.number import Number


class Kind(Enum):
    """What a step does. The comment says what ``parameters`` holds."""

    INPUT = "input"  # the position of the argument; behind it True if it is complex
    CAST = "cast"  # ()
    CAST_COMPLEX = "cast_complex"  # ()
    IMAGINARY = "imaginary"  # ()
    TRANSPOSE = "transpose"  # for each new axis the old one
    EXPAND = "expand"  # for each new axis whether it comes from the operand; else it has size 1
    RESHAPE = "reshape"  # ()
    DIAGONAL = "diagonal"  # two axes; the diagonal becomes the last axis
    PICK = "pick"  # for each axis the index that is taken; None keeps the axis
    BROADCAST = "broadcast"  # ()
    WINDOW = "window"  # for each axis that is seen through windows: axis, windows, taps, strides
    COPY = "copy"  # for copies of one value, which of them it is
    FULL = "full"  # ()
    SCATTER = "scatter"  # groups: for each axis of the operand the axes of the result it runs along; picks
    ADD_DIAGONAL = "add_diagonal"  # the same, for the second operand along the first
    DOT = "dot"  # ()
    MATMUL = "matmul"  # ()
    ROW_DOT = "row_dot"  # ()
    COLUMN_DOT = "column_dot"  # ()
    MULTIPLY = "multiply"  # how many times a row is written out; 0 for a repeated column
    ADD = "add"  # the same
    SUBTRACT = "subtract"  # the same
    DIVIDE = "divide"  # the same
    NEGATIVE = "negative"  # ()
    REDUCE = "reduce"  # the summed axes
    SUM_ROWS = "sum_rows"  # the length of the first axis, which is summed by a product with ones
    SUM_COLUMNS = "sum_columns"  # the same for the last axis
    UFUNC = "ufunc"  # the name of the function in the namespace
    CALL = "call"  # the record, then its parameters
    MAP = "map"  # the record
    INDICES = "indices"  # the range in which the indices must lie
    ONE_HOT = "one_hot"  # ()
    TAKE = "take"  # how many leading axes the array and the indices have in common
    PUT = "put"  # the same, of the values and the indices; values at one place are added
    ADD_ONE_HOT = "add_one_hot"  # ()
    PAD = "pad"  # for each axis how many zeros before and behind
    FOLD = "fold"  # the axes of windows and taps, stride and dilation, padding
    LOOP = "loop"  # what the loop runs; its value is the tuple of the results, which are its parts
    CHAIN = "chain"  # what runs on every block; its value is the tuple of the results, which are its parts
    PARTS = "parts"  # what is computed for each part of an axis; its value is as that of a loop
    # The position of the result; whether another part shares its buffer; True behind if it is complex.
    PART = "part"
    OPERATOR = "operator"  # the record, then the number of batch axes

    # Each kind is one object. Enum would find the hash of its name, by a method.
    __hash__ = object.__hash__


VIEWS = frozenset(
    {Kind.TRANSPOSE, Kind.EXPAND, Kind.RESHAPE, Kind.DIAGONAL, Kind.PICK, Kind.BROADCAST, Kind.WINDOW}
)
"""Steps whose value may share memory with their operand and cost no arithmetic."""

READ_ONLY = frozenset({Kind.BROADCAST, Kind.DIAGONAL, Kind.WINDOW})
"""Views that must not be written to, also where the buffer may be."""

_NOT_OWN = READ_ONLY | {Kind.INPUT}

ARITHMETIC = frozenset({Kind.MULTIPLY, Kind.ADD, Kind.SUBTRACT, Kind.DIVIDE, Kind.NEGATIVE, Kind.UFUNC})
"""Element-wise steps that can write their value over an operand that nothing else needs."""


class Constant(NamedTuple):
    """A number in the place of an operand; Python floats keep the dtype of the arrays."""

    value: Number

    def as_float(self) -> float:
        """Return the nearest float, infinite for an exact number beyond the range."""
        try:
            return float(self.value)
        except OverflowError:
            return float("inf") if self.value > Fraction(0) else float("-inf")


Operand = Union[int, Constant]
"""A slot or a number."""


class Step(NamedTuple):
    """One operation: its kind, its operands, what else it needs, and the shape of its value."""

    kind: Kind
    operands: tuple[Operand, ...]
    parameters: tuple[Any, ...]
    shape: tuple[int, ...]

    @property
    def slots(self) -> tuple[int, ...]:
        """Return the operands that are slots."""
        for operand in self.operands:
            if type(operand) is not int:
                return tuple([operand for operand in self.operands if type(operand) is int])
        return self.operands  # type: ignore[return-value]

    @property
    def elements(self) -> int:
        """Return the number of elements of the value."""
        return count(self.shape)


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in the order in which they run, and the slots of the results.

    Attributes:
        steps: the steps; the value of ``steps[k]`` is slot k.
        outputs: the slots of the results; each has a buffer of its own.
        shapes: the shapes of the arguments.
        notes: for some slots, the name or expression that the slot holds.
        reads: for each step the operands that are slots.
    """

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    notes: dict[int, Any] = field(default_factory=dict)
    reads: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", tuple([step.slots for step in self.steps]))


def is_own_buffer(step: Step) -> bool:
    """Return whether the buffer of a step that is no view holds nothing but its value."""
    return step.kind not in _NOT_OWN and not (step.kind is Kind.PART and step.parameters[1])


def may_share(step: Step) -> bool:
    """Return whether the value of a step may lie in the buffer of its first operand."""
    return step.kind in VIEWS


def count(shape: tuple[int, ...]) -> int:
    """Return the number of elements of an array of this shape.

    Example:
        >>> count((2, 3)), count(())
        (6, 1)
    """
    total = 1
    for size in shape:
        total *= size
    return total


def matmul_shape(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the product of matrices or vectors, stacked along broadcast axes.

    Example:
        >>> matmul_shape((5, 1, 2, 3), (6, 3, 4)), matmul_shape((3,), (6, 3, 4))
        ((5, 6, 2, 4), (6, 4))
    """
    one, two = left[:-2], right[:-2]
    missing = (1,) * abs(len(one) - len(two))
    one, two = (missing + one, two) if len(one) < len(two) else (one, missing + two)
    return broadcast_shape(one, two) + left[-2:-1] + (right[-1:] if len(right) > 1 else ())


def broadcast_shape(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Return the common shape of two shapes of which each axis is equal or 1, or one is ``()``.

    Example:
        >>> broadcast_shape((1, 3), (2, 1))
        (2, 3)
    """
    if not left or not right:
        return left or right
    return tuple([b if a == 1 else a for a, b in zip(left, right, strict=True)])
