"""What is compared: one computation, by us and by others, with the same arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.testing.timing import Run
from support.device import namespace

Array = npt.NDArray[Any]
Values = dict[str, Array]

OURS = "bracketcalc"
BY_HAND = "by hand"
"""NumPy's functions, in the order in which somebody who knows them would write them."""

DTYPES = ("float64", "float32")
TOLERANCES = {"float64": 1e-9, "float32": 2e-3}


@dataclass(frozen=True)
class Setting:
    """How the cases are made.

    Attributes:
        quick: small sizes only, to see in seconds that everything runs.
        device: where the arrays are, ``"cpu"`` or ``"cuda"``.
    """

    quick: bool = False
    device: str = "cpu"

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the types of the arrays: one only where it must be quick."""
        return DTYPES[:1] if self.quick else DTYPES

    def arrays(self, values: Values) -> dict[str, Any]:
        """Return the arrays on the device."""
        xp = namespace(self.device)
        return {name: xp.asarray(value) for name, value in values.items()}


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: what is computed.
        dtype: the type of the arrays.
        runs: the candidates by name, ours among them; each returns an array or a sequence of arrays.
        tolerance: how far a peer's result may be from ours, relative to the largest entry.
        flops: the operations of a call, 0 where they do not matter.
        comparable: for some candidates, from what a run returns to what is compared.
        note: what to say below the row, after it was timed.
        rounds: the fewest rounds.
        beside: candidates that are shown but are no peers: they do less than the others.
        series: the growing work that the case is a part of, empty for none.
        work: how many times the work of the first case of the series.
    """

    name: str
    dtype: str
    runs: Mapping[str, Run]
    tolerance: float
    flops: int = 0
    comparable: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    note: Callable[[], str] | None = None
    rounds: int = 5
    beside: frozenset[str] = frozenset()
    series: str = ""
    work: int = 1


Cases = Callable[[Setting], Iterator[Case]]
"""A section of the suite. A case is made when its turn comes, so that only its arrays are there."""


def program_run(program: Any, values: Mapping[str, Any]) -> Run:
    """Return the call of a program with those of the values that it takes."""
    given = {name: values[name] for name in program.arguments}
    return lambda: program(**given)


def flops_of(program: Any, values: Mapping[str, Any], dtype: str) -> int:
    """Return the operations of a call of a program."""
    given = {name: values[name] for name in program.arguments}
    return int(program.report(np.dtype(dtype), **given).flops)
