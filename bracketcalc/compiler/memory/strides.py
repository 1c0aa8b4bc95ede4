"""Where the elements of a value lie in memory, as far as it follows from the steps of a program.

Strides are counted in elements. Arguments are taken to lie in C order. What is found decides nothing but
predictions: whether a reshaping or a kernel has to copy.
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.program.steps import ARITHMETIC, VIEWS, Kind, Step

Strides = tuple[int, ...]

Laid = tuple[tuple[int, ...], Strides]
"""A shape and the strides of its axes."""

_FROM_OPERANDS = VIEWS | {Kind.ADD_DIAGONAL, Kind.ADD_ONE_HOT, Kind.REDUCE}
"""Steps whose value lies in memory as follows from their first operand."""

_LIKE_OPERANDS = ARITHMETIC | {Kind.CAST, Kind.CAST_COMPLEX, Kind.COPY, Kind.CALL}
"""Steps whose value lies in memory in the order of their operands."""

FOLLOWING = _LIKE_OPERANDS | _FROM_OPERANDS
"""Steps whose strides depend on those of their operands."""


def c_strides(shape: tuple[int, ...]) -> Strides:
    """Return the strides of an array in C order.

    Example:
        >>> c_strides((2, 3, 4))
        (12, 4, 1)
    """
    return ordered_strides(shape, range(len(shape)))


def ordered_strides(shape: tuple[int, ...], order: Sequence[int]) -> Strides:
    """Return the strides of an array without gaps; ``order`` has the slowest axis first.

    Example:
        >>> ordered_strides((2, 3, 4), (2, 0, 1))
        (3, 1, 6)
    """
    strides = [0] * len(shape)
    step = 1
    for axis in reversed(order):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return tuple(strides)


def _is_packed(laid: Laid, backward: bool) -> bool:
    if 0 in laid[0]:
        return True
    step = 1
    pairs = list(zip(*laid, strict=True))
    for size, stride in pairs if backward else reversed(pairs):
        if size != 1 and stride != step:
            return False
        step *= size
    return True


def is_c_order(laid: Laid) -> bool:
    """Return whether the elements lie one behind the other in C order.

    Example:
        >>> is_c_order(((2, 3), (3, 1))), is_c_order(((2, 3), (1, 2))), is_c_order(((0, 3), (5, 5)))
        (True, False, True)
    """
    return _is_packed(laid, False)


def is_one_segment(laid: Laid) -> bool:
    """Return whether the elements lie one behind the other in C or Fortran order."""
    return _is_packed(laid, False) or _is_packed(laid, True)


def reshaped(laid: Laid, shape: tuple[int, ...]) -> Strides | None:
    """Return the strides of a view with another shape, None where the elements must be copied.

    Example:
        >>> reshaped(((2, 3, 4), (12, 4, 1)), (6, 4)), reshaped(((3, 2), (1, 3)), (6,))
        ((4, 1), None)
    """
    if 0 in shape:
        return c_strides(shape)
    old = [(size, stride) for size, stride in zip(*laid, strict=True) if size != 1]
    strides: list[int] = []
    place = 0
    new = 0
    while place < len(old):
        last, start = place, new
        have, want = old[place][0], shape[new]
        while have != want:
            if have < want:
                last += 1
                have *= old[last][0]
            else:
                new += 1
                want *= shape[new]
        for axis in range(place, last):
            if old[axis][1] != old[axis + 1][0] * old[axis + 1][1]:
                return None
        steps = [old[last][1]]
        for axis in range(new, start, -1):
            steps.append(steps[-1] * shape[axis])
        strides += reversed(steps)
        place, new = last + 1, new + 1
    return (*strides, *[1] * (len(shape) - len(strides)))


def like_operands(shape: tuple[int, ...], operands: Sequence[Laid]) -> Strides:
    """Return the strides of a new array whose axes lie as those of the operands do.

    Example:
        >>> like_operands((2, 3), [((2, 3), (1, 2))]), like_operands((2, 3), [((1, 3), (0, 1))])
        ((1, 2), (3, 1))
    """
    whole = [strides for given, strides in operands if given == shape and 0 not in strides]
    in_c_order = c_strides(shape)
    if not whole or whole[0] == in_c_order:
        return in_c_order
    order = sorted(range(len(shape)), key=lambda axis: -whole[0][axis] if shape[axis] != 1 else 0)
    # An axis of one element has no place of its own: it stays where it is among the others.
    return ordered_strides(shape, _with_ones_in_place(order, shape))


def _with_ones_in_place(order: Sequence[int], shape: tuple[int, ...]) -> list[int]:
    kept = iter([axis for axis in order if shape[axis] != 1])
    return [axis if size == 1 else next(kept) for axis, size in enumerate(shape)]


def strides_of(step: Step, given: Sequence[Laid]) -> Strides:
    """Return the strides of the value of a step.

    Args:
        step: the step.
        given: how its operands lie in memory, those that are slots.
    """
    shape = step.shape
    if step.kind in _LIKE_OPERANDS:
        return like_operands(shape, given)
    if not given or step.kind not in _FROM_OPERANDS:
        return c_strides(shape)
    old, strides = given[0]
    match step.kind:
        case Kind.TRANSPOSE:
            return tuple([strides[axis] for axis in step.parameters])
        case Kind.EXPAND:
            rest = iter(strides)
            return tuple([next(rest) if here else 0 for here in step.parameters])
        case Kind.RESHAPE:
            return reshaped(given[0], shape) or c_strides(shape)
        case Kind.DIAGONAL:
            first, second = step.parameters
            kept = [s for axis, s in enumerate(strides) if axis not in (first, second)]
            return (*kept, strides[first] + strides[second])
        case Kind.PICK:
            return tuple([s for s, index in zip(strides, step.parameters, strict=True) if index is None])
        case Kind.BROADCAST:
            lead = len(shape) - len(old)
            own = zip(old, shape[lead:], strides, strict=True)
            return (*[0] * lead, *[s if size == wanted else 0 for size, wanted, s in own])
        case Kind.WINDOW:
            return _window_strides(step, strides)
        case Kind.ADD_DIAGONAL | Kind.ADD_ONE_HOT:
            return like_operands(shape, given[:1])
        case Kind.REDUCE:
            kept_axes = [axis for axis in range(len(old)) if axis not in step.parameters]
            return like_operands(shape, [(shape, tuple([strides[axis] for axis in kept_axes]))])
    return c_strides(shape)


def _window_strides(step: Step, strides: Strides) -> Strides:
    found, taps = list(strides), []
    for axis, _, _, stride, dilation in step.parameters:
        taps.append(strides[axis] * dilation)
        found[axis] = strides[axis] * stride
    last = step.parameters[-1][0] + 1
    found[last:last] = taps
    return tuple(found)
