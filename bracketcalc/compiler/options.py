"""What a caller may ask of a program beside its results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import index
from typing import Any, SupportsIndex, cast

from bracketcalc.compiler.paths.cost import Path
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.paths.optimize import finder_for
from bracketcalc.errors import ArgumentError

DEFAULT_CACHE_SIZE = 32


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller asks of a program; see :func:`bracketcalc.compile`.

    Attributes:
        max_bytes: the most bytes that a call may hold beside its arguments, results included.
        cache_size: how many programs for different shapes are kept.
        optimize: how the order of contractions is found.

    Raises:
        ArgumentError: for a number or an order that makes no sense.

    Example:
        >>> Options(max_bytes=1000).cache_size
        32
    """

    max_bytes: int | None = None
    cache_size: int = DEFAULT_CACHE_SIZE
    optimize: str | Callable[..., Any] | Path = "auto"

    def __post_init__(self) -> None:
        if self.max_bytes is not None:
            object.__setattr__(self, "max_bytes", _integer("max_bytes", self.max_bytes, 0))
        object.__setattr__(self, "cache_size", _integer("cache_size", self.cache_size, 1))
        finder_for(self.optimize)

    @property
    def path(self) -> Path | None:
        """Return the path that was given, if one was."""
        return None if isinstance(self.optimize, str) or callable(self.optimize) else self.optimize

    def paths(self) -> PathTable:
        """Return a new table of paths for one program."""
        return PathTable(finder_for(self.optimize), regroups=self.optimize == "auto")


def _integer(name: str, value: object, least: int) -> int:
    """Return an integer as one of Python; NumPy's and others count too."""
    try:
        number = least - 1 if isinstance(value, bool) else index(cast("SupportsIndex", value))
    except TypeError:
        number = least - 1
    if number < least:
        raise ArgumentError(f"{name} must be an integer of at least {least}, got {value!r}")
    return number
