"""The memory that the kernels of NumPy take beside their operands and their value, kind by kind."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from types import MappingProxyType
from typing import Any

from bracketcalc.backends.blocks import thread_limit
from bracketcalc.backends.repeats import BUFFER
from bracketcalc.compiler.memory.chains import Chain
from bracketcalc.compiler.memory.fusing import Fused
from bracketcalc.compiler.memory.rooms import rooms_of
from bracketcalc.compiler.memory.strides import Laid, is_c_order, is_one_segment
from bracketcalc.compiler.memory.sums import LONGEST_KEPT
from bracketcalc.compiler.program.domain import is_built_in
from bracketcalc.compiler.program.steps import Kind, Step, count
from bracketcalc.functions.gaussian import room_bytes
from bracketcalc.functions.rows import FEW, LARGEST_COPY
from bracketcalc.functions.solving import SOLVES

INDEX_BYTES = 8
"""The bytes of an index."""

UNKNOWN = 4.0
"""How many arrays of the size of its argument a user's function makes on its way, at most, as a guess."""

Times = tuple[float, float]
"""How many arrays of the size of its argument a function makes beside its value: in 8 bytes, in 4."""

FUNCTIONS: Mapping[str, Times] = MappingProxyType(
    {
        "step": (0.13, 0.26),
        "elu": (1, 1),
        "softmax": (0.13, 0),
        "log_softmax": (1, 1),
        "logsumexp": (2, 2),
        "tril": (0.13, 0.25),
        "inv": (0, 3),
        "adjugate": (2, 4),
        "det": (0, 2),
        "logdet": (0, 2),
        "cholesky": (1, 4),
        "eigvalsh": (1, 3),
        "eigvecsh": (3, 4),
        "expm": (9, 14),
        "sqrtm": (5, 9),
        "logm": (6, 10),
        "first_max": (2.13, 2.26),
    }
)
"""The functions that are no single call of NumPy; what is not here takes nothing.

The numbers follow from how the functions are written; a test measures them.
"""

TIMES_THE_RESULT: Mapping[str, Times] = MappingProxyType({"inverse_gaps": (3, 3)})
"""The same for functions whose result is larger than the argument, in results."""

AT_KNOTS = frozenset({"erf", "erfc", "gelu"})
"""The functions that are computed from their values at knots."""


IN_COLUMNS = frozenset({"softmax", "log_softmax"})
"""The functions of rows that copy a small argument."""


@dataclass(frozen=True, slots=True)
class Sized:
    """How a value lies in memory, and the bytes of each of its elements."""

    laid: Laid
    itemsize: int

    @property
    def elements(self) -> int:
        """Return the number of elements."""
        return count(self.laid[0])

    @property
    def bytes(self) -> int:
        """Return the bytes of an array of its own with these elements."""
        return self.elements * self.itemsize


def scratch_bytes(step: Step, given: Sequence[Sized], value: Sized) -> int:
    """Return the bytes that a kernel takes for itself while it runs.

    Args:
        step: the step; no view and no loop.
        given: its operands that are slots.
        value: its value.
    """
    match step.kind:
        case Kind.DOT:
            return _multiplied(given, value)
        case Kind.SUM_ROWS | Kind.SUM_COLUMNS:
            ones = step.parameters[0] if step.parameters[0] > LONGEST_KEPT else 0
            return int(ones * value.itemsize) + _multiplied(given, value)
        case Kind.MATMUL:
            return sum(x.elements * value.itemsize for x in given if x.itemsize != value.itemsize)
        case Kind.MULTIPLY | Kind.ADD | Kind.SUBTRACT | Kind.DIVIDE:
            return _arithmetic(step, given, value)
        case Kind.CALL | Kind.MAP:
            return _function(step, given[0], value)
        case Kind.OPERATOR:
            return _operator(step, given, value)
        case Kind.TAKE:
            places = INDEX_BYTES * given[1].elements if step.parameters[0] else 0
            return places + (0 if is_c_order(given[0].laid) else given[0].bytes)
        case Kind.PUT:
            return _put(step, given[0], value)
        case Kind.ONE_HOT | Kind.ADD_ONE_HOT:
            rows = value.elements // max(value.laid[0][-1], 1)
            return rows * (INDEX_BYTES + max(INDEX_BYTES, value.itemsize))
        case Kind.FOLD:
            return _of_fold(step, given[0])
    return 0


def chain_bytes(chain: Chain, itemsize: int) -> int:
    """Return the bytes of the blocks that a chain takes beside its results, on all threads."""
    if isinstance(chain, Fused):
        return 0
    threads = min(chain.shares, thread_limit(os.environ))
    size = min(chain.block, -(-count(chain.shape) // threads))
    block = Sized(((size,), (1,)), itemsize)
    calls = [step for step in chain.members if step.kind is Kind.CALL]
    blocks = len(set(rooms_of(chain).values())) + len(calls)
    return threads * (
        blocks * block.bytes + max([_function(step, block, block) for step in calls], default=0)
    )


def kept_bytes(step: Step, given: Sequence[Sized], value: Sized) -> int:
    """Return the bytes of the buffer of a new value."""
    return _folded(step, given[0]) if step.kind is Kind.FOLD else value.bytes


def _function(step: Step, argument: Sized, value: Sized) -> int:
    record: Any = step.parameters[0]
    if not is_built_in(record) and record.name not in TIMES_THE_RESULT:
        return int(UNKNOWN * max(argument.bytes, value.bytes)) + value.bytes
    single = argument.itemsize == 4
    if record.name in TIMES_THE_RESULT:
        return int(TIMES_THE_RESULT[record.name][single] * value.bytes)
    own = FUNCTIONS.get(record.name, (0.0, 0.0))[single] * argument.bytes
    if record.name == "first_max" and argument.laid[0][-1] <= FEW:
        own = _of_few(argument)
    if record.name in AT_KNOTS:
        own += room_bytes(argument.elements, argument.itemsize)
    if step.kind is Kind.MAP and record.ndim == 1:
        own = max(own, _buffer(argument))
        if record.name in IN_COLUMNS and argument.bytes <= LARGEST_COPY:
            own = max(own, argument.bytes)
    return int(own)


def _of_few(argument: Sized) -> int:
    """Return what the largest elements of short rows take: one for each but two elements, and masks."""
    length = max(argument.laid[0][-1], 1)
    return argument.elements // length * (max(length - 2, 0) * argument.itemsize + 3)


def _buffer(value: Sized) -> int:
    return min(BUFFER, value.elements) * value.itemsize


def _multiplied(given: Sequence[Sized], value: Sized) -> int:
    """Return what is copied for a product: operands of another type, and matrices in pieces."""
    # BLAS takes matrices that are one piece of memory, in either order.
    total = 0
    for x in given:
        if x.itemsize != value.itemsize:
            total += x.elements * value.itemsize
        elif len(x.laid[0]) == 2 and not is_one_segment(x.laid):
            total += x.bytes
    return total


def _arithmetic(step: Step, given: Sequence[Sized], value: Sized) -> int:
    """Return the bytes of the rows that are written out, or else of NumPy's buffers."""
    if step.parameters and all(is_c_order(x.laid) for x in given):
        return int(step.parameters[0] * min(x.elements for x in given) * value.itemsize)
    return _unlike(given, value)


def _unlike(given: Sequence[Sized], value: Sized) -> int:
    """Return the buffers for operands that are broadcast, lie in another order, or have another type."""
    shape, strides = value.laid
    pieces = any(x.elements > 1 and not is_one_segment(x.laid) for x in given)
    unlike = 0
    for x in given:
        turned = x.laid[0] != shape or x.itemsize != value.itemsize or _turned(x.laid[1], strides)
        if pieces if x.elements == 1 else turned:
            unlike += 1
    return unlike * _buffer(value)


def _turned(strides: Sequence[int], others: Sequence[int]) -> bool:
    """Return whether some axes lie in another order, or elements repeat."""
    pairs = sorted(zip(others, strides, strict=True))
    return any(0 < one[1] > two[1] for one, two in pairwise(pairs)) or 0 in strides


def _operator(step: Step, given: Sequence[Sized], value: Sized) -> int:
    record: Any = step.parameters[0]
    if record in SOLVES:
        # LAPACK is called in 8 bytes, and the result of a product of axes is copied.
        return value.bytes + (2 * sum(x.bytes for x in given) if value.itemsize == 4 else 0)
    return int(UNKNOWN * enlarged(step) * sum(x.bytes for x in given))


def enlarged(step: Step) -> int:
    """Return how many times the elements of its parameter an operator may work on.

    For each operand that is a matrix, the derivative of a function of a matrix doubles rows and columns.
    """
    matrices = [taken for taken in step.parameters[0].operands if taken > 1]
    return 1 << 2 * len(matrices)


def _of_fold(step: Step, given: Sized) -> int:
    """Return the buffers of both arrays and of the sum through which overlapping taps are added."""
    (_, tap), (stride, dilation, _) = step.parameters
    taps = max(given.laid[0][tap], 1)
    return 0 if stride > dilation * (taps - 1) else 3 * min(BUFFER, given.elements // taps) * given.itemsize


def _put(step: Step, values: Sized, value: Sized) -> int:
    """Return what counting with weights takes, which is done in 8 bytes and element by element."""
    copied = 0 if is_c_order(values.laid) else values.bytes
    rest = prod(value.laid[0][step.parameters[0] + 1 :])
    places = buffers = 0
    if rest != 1:
        places = INDEX_BYTES * (values.elements + values.elements // max(rest, 1))
        buffers = 2 * INDEX_BYTES * min(BUFFER, values.elements)
    counted = 8 * (values.elements + value.elements) if values.itemsize == 4 else 0
    return copied + places + max(buffers, counted - value.bytes)


def _folded(step: Step, given: Sized) -> int:
    """Return the bytes of the array into which windows are added, which is as long as they reach."""
    place: tuple[tuple[int, int], tuple[int, int, int]] = step.parameters
    (output, tap), (stride, dilation, padding) = place
    windows, taps = given.laid[0][output], given.laid[0][tap]
    axis = output - (tap < output)
    reach = max(stride * (windows - 1) + dilation * (taps - 1) + 1, padding + step.shape[axis])
    return given.itemsize * reach * count(step.shape[:axis]) * count(step.shape[axis + 1 :])
