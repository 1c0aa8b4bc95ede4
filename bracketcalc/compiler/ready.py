"""A program that is loaded, and what a call must look like to be for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.plan import Plan
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr


@dataclass(frozen=True, slots=True)
class Ready:
    """A program that is ready to run, and what it is called with.

    Attributes:
        plan: the program as data.
        run: the program as a function of positional arrays.
        arguments: from the values of all tensors, in order, to those that the function takes.
        expected: the name, shape and type of each argument if all of them are NumPy arrays.
    """

    plan: Plan
    run: Callable[..., tuple[Any, ...]]
    arguments: Callable[[Sequence[Any]], list[Any]]
    expected: tuple[tuple[str, tuple[int, ...], Any], ...] | None = None

    def fitting(self, arrays: Mapping[str, Any]) -> list[Any] | None:
        """Return the arrays in the order of the arguments if the program is known to be for them.

        A call with the same shapes and types as the one before needs no other check.
        """
        if self.expected is None or len(arrays) != len(self.expected):
            return None
        values = []
        for name, shape, dtype in self.expected:
            value = arrays.get(name)
            if type(value) is not np.ndarray or value.dtype is not dtype or value.shape != shape:
                return None
            values.append(value)
        return values


def make_ready(
    plan: Plan,
    backend: Backend,
    kinds: tuple[Sequence[np.dtype[Any]], Collection[int]],
    constants: Mapping[int, Any],
    exprs: Sequence[Expr],
) -> Ready:
    """Return a plan as a function; what depends only on the constants is computed now.

    Args:
        plan: the plan.
        backend: the library of the arrays.
        kinds: the type in which the program takes each tensor, and the positions of those given as numbers.
        constants: the constants, by position.
        exprs: the expressions as they were given.

    Raises:
        ArgumentError: for a constant that is too large for its type.
    """
    dtypes, numbers = kinds

    def array(place: int, value: Any) -> Any:
        if place not in numbers:
            return value
        try:
            return backend.namespace.asarray(value, dtypes[place])
        except OverflowError:
            raise ArgumentError(f"the number {value!r:.40} is too large for {dtypes[place]}") from None

    def arguments(values: Sequence[Any]) -> list[Any]:
        return [array(place, value) for place, value in enumerate(values) if place not in constants]

    if not constants:
        plan = plan.on(backend)
        return Ready(plan, plan.function(backend), arguments)
    once, rest = [part.on(backend) for part in plan.folded(constants, exprs)]
    known = once.function(backend)(*[array(place, constants[place]) for place in sorted(constants)])
    return Ready(rest, partial(rest.function(backend), *known), arguments)
