"""A program that is loaded, and what a call must look like to be for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bracketcalc.compiler.plan import Plan


@dataclass(frozen=True, slots=True)
class Ready:
    """A program that is ready to run, and the arguments that must become arrays first.

    Attributes:
        plan: the program as data.
        run: the program as a function of positional arrays.
        numbers: the positions of the arguments that are numbers, not arrays.
        number: from the position of an argument and a number to the array that the program takes.
        expected: the name, shape and type of each argument if all of them are NumPy arrays.
    """

    plan: Plan
    run: Callable[..., tuple[Any, ...]]
    numbers: tuple[int, ...]
    number: Callable[[int, Any], Any]
    expected: tuple[tuple[str, tuple[int, ...], Any], ...] | None

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
