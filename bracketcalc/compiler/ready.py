"""A program that is loaded, and what a call must look like to be for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import numpy as np

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.emission.load import make_check
from bracketcalc.compiler.plan import Plan
from bracketcalc.compiler.program.folding import has_values_of_numbers
from bracketcalc.compiler.reports.report import show_bytes
from bracketcalc.errors import ArgumentError, MemoryLimitError
from bracketcalc.expr.core import Expr

NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expected:
    """What the arguments of a call look like that needs no other check.

    Attributes:
        count: how many there are.
        taken: from the arguments by name to a tuple of them, the arrays in order, then the sizes.
        fits: whether those are arrays of the library and the device, with the shapes and types, and the
            same sizes.
        arrays: how many of them are arrays, None if all are.
    """

    count: int
    taken: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    fits: Callable[..., bool]
    arrays: int | None = None

    def fitting(self, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the arrays in order if the arguments look like that."""
        if len(given) != self.count:
            return None
        try:
            values = self.taken(given)
        except KeyError:
            return None
        if not self.fits(*values):
            return None
        return values if self.arrays is None else values[: self.arrays]


@dataclass(frozen=True, slots=True)
class Ready:
    """A program that is ready to run, and what it is called with.

    Attributes:
        plan: the program as data.
        run: the program as a function of positional arrays.
        arguments: from the values of all tensors, in order, to those that the function takes.
        expected: what the arguments look like if all of them are arrays.
    """

    plan: Plan
    run: Callable[..., tuple[Any, ...]]
    arguments: Callable[[Sequence[Any]], list[Any]]
    expected: Expected | None = None

    def results(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the results for arrays that fit.

        Raises:
            MemoryLimitError: if an array cannot be allocated.
        """
        try:
            return self.run(*values)
        except MemoryError as error:
            needed = show_bytes(self.plan.needed_bytes)
            raise MemoryLimitError(
                f"an array could not be allocated; the program needs {needed}",
                hint="use smaller arrays; report tells what a program needs",
            ) from error

    def fitting(self, arrays: Mapping[str, Any]) -> Sequence[Any] | None:
        """Return the arrays in the order of the arguments if the program is known to be for them.

        A call with the same shapes and types as the one before needs no other check.
        """
        expected = self.expected
        return None if expected is None else expected.fitting(arrays)


def expecting(
    arrays: Mapping[str, Any], located: bool, sizes: Mapping[str, int] = NO_SIZES
) -> Expected | None:
    """Return what calls with arrays like these look like.

    Args:
        arrays: an array for each argument, in order, all of one library.
        located: whether the device of the arrays matters.
        sizes: the sizes that are given beside them.

    Example:
        >>> a, b = np.ones((2, 3)), np.ones(3)
        >>> expected = expecting({"A": a, "b": b}, located=False)
        >>> values = expected.taken({"b": b, "A": a})
        >>> values[0] is a, expected.fits(*values), expected.fits(a, a)
        (True, True, False)
    """
    if not arrays:
        return None
    names = (*arrays, *sizes)
    # With one name, itemgetter returns no tuple.
    taken = itemgetter(*names) if len(names) > 1 else lambda given: (given[names[0]],)
    fits = make_check(list(arrays.values()), located, list(sizes.values()))
    return Expected(len(names), taken, fits, len(arrays) if sizes else None)


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
            raise ArgumentError(
                f"the value of {plan.names[place]} is too large for {dtypes[place]}: "
                f"a number of {value.bit_length()} bits",
                hint="pass a number that a float can hold",
            ) from None

    def arguments(values: Sequence[Any]) -> list[Any]:
        return [array(place, value) for place, value in enumerate(values) if place not in constants]

    if not constants and not (backend.writes and has_values_of_numbers(plan.program)):
        plan = plan.on(backend)
        return Ready(plan, plan.function(backend), arguments)
    once, rest = [part.on(backend) for part in plan.folded(constants, exprs)]
    with backend.lasting():
        known = once.function(backend)(*[array(place, constants[place]) for place in sorted(constants)])
    return Ready(rest, partial(rest.function(backend), *known), arguments)
