"""How paths are found: chosen here, by opt_einsum or cotengra, by a callable, or given.

opt_einsum and cotengra are asked in the same way each time, so a program is the same each time. Searches
whose time explodes are refused above a number of factors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import MappingProxyType
from typing import Any, Union

from opt_einsum import get_symbol, paths

from bracketcalc.compiler.paths.constants import Finder
from bracketcalc.compiler.paths.cost import Factor, Labels, Path, path_cost
from bracketcalc.compiler.paths.search import automatic_path
from bracketcalc.errors import ArgumentError

Optimize = Union[str, Callable[..., Any], Sequence[Sequence[int]]]
"""A name, a callable as opt_einsum takes them, or a path."""

NAMES = (
    "auto",
    "cotengra",
    "auto-hq",
    "optimal",
    "dp",
    "branch-all",
    "branch-2",
    "branch-1",
    "greedy",
    "random-greedy",
    "random-greedy-128",
)
"""What can be asked for by name; opt_einsum knows further names for some of them."""

MOST_FACTORS: Mapping[str, int] = MappingProxyType(
    {"optimal": 9, "branch-all": 11, "branch-2": 18, "dp": 30, "dynamic-programming": 30}
)
"""Up to how many factors a search is allowed whose time grows exponentially."""

MANY_FACTORS = 30
"""From how many factors on cotengra is asked too, where it is installed: its search takes longer, and finds
better orders."""

_DRAWING = Lock()
"""Held by the search that draws from the shared generator: two at a time would find other paths."""

COTENGRA_TRIES = 64
"""How many orders cotengra compares before it improves the best one."""


def fixed(optimize: Optimize) -> str | Callable[..., Any] | Path:
    """Return what was asked for; a name in small letters, a path as tuples, which nobody can change."""
    if isinstance(optimize, str):
        return optimize.lower()
    return optimize if callable(optimize) else given_path(optimize)


def finder_for(optimize: Optimize) -> Finder:
    """Return what finds the paths.

    Args:
        optimize: see :func:`bracketcalc.compile`.

    Raises:
        ArgumentError: for an unknown name, for cotengra where it is not installed, and for what is neither
            a name nor a callable nor a path.

    Example:
        >>> find = finder_for("optimal")
        >>> find([(0, 1), (0,)], frozenset((1,)), {0: 9, 1: 9})
        ((0, 1),)
    """
    if isinstance(optimize, str):
        return _named(optimize)
    if callable(optimize):
        return _Called(optimize)
    return _Given(given_path(optimize))


def given_path(optimize: Any) -> Path:
    """Return a path that was given as a sequence of sequences of positions.

    Raises:
        ArgumentError: for anything else, and for steps that name a position twice or one that is not there.

    Example:
        >>> given_path([(1, 2), [0, 1]])
        ((1, 2), (0, 1))
    """
    try:
        path = tuple([tuple([_position(place) for place in step]) for step in optimize])
    except TypeError:
        raise ArgumentError(
            f"optimize must be a name, a callable or a path, got {optimize!r:.80}",
            hint="a path is a sequence of pairs of positions, as [(1, 2), (0, 1)]",
        ) from None
    check_path(path, _factors_of(path))
    return path


def _factors_of(path: Path) -> int:
    """Return how many factors a path contracts."""
    return 1 + sum(max(len(step) - 1, 0) for step in path)


def _position(place: Any) -> int:
    if isinstance(place, bool) or not hasattr(place, "__index__"):
        raise TypeError
    return int(place.__index__())


def check_path(path: Path, count: int) -> None:
    """Raise an ArgumentError unless a path contracts ``count`` factors to one."""
    if _factors_of(path) != count:
        raise ArgumentError(
            f"the path contracts {_factors_of(path)} factors, but the product has {count}",
            hint=f"give a path that contracts {count} factors",
        )
    left = count
    for number, step in enumerate(path):
        if not step or len(set(step)) != len(step) or not all(0 <= place < left for place in step):
            raise ArgumentError(
                f"step {number} of the path contracts the positions {step}, "
                f"but there are {left} factors then",
                hint="use different positions from 0; each result goes to the end of the list",
            )
        left -= len(step) - 1


def _named(name: str) -> Finder:
    if name == "auto":
        return _automatic
    if name == "cotengra":
        if find_spec("cotengra") is None:
            raise ArgumentError(
                "optimize='cotengra' needs cotengra, which is not installed",
                hint="install cotengra, or leave optimize away",
            )
        return _by_cotengra
    try:
        return _Searched(name, paths.get_path_fn(name))
    except KeyError:
        near = get_close_matches(name, NAMES, 1)
        raise ArgumentError(
            f"optimize={name!r} is not known; the names are {', '.join(NAMES)}",
            hint=f"did you mean {near[0]!r}?" if near else "use one of these names",
        ) from None


def _automatic(inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
    """Return our own path; for many factors that of cotengra, if it is installed and that is better."""
    own = automatic_path(inputs, kept, sizes)
    if len(inputs) < MANY_FACTORS or find_spec("cotengra") is None:
        return own
    other = _by_cotengra(inputs, kept, sizes)
    return min(own, other, key=lambda path: path_cost(path, inputs, kept, sizes))


@dataclass(frozen=True, slots=True)
class _Searched:
    """A search of opt_einsum by name."""

    name: str
    search: Callable[..., Any]

    def __call__(self, inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
        most = MOST_FACTORS.get(self.name, len(inputs))
        if len(inputs) > most:
            raise ArgumentError(
                f"optimize={self.name!r} takes too long for a product of {len(inputs)} factors, "
                f"it is allowed up to {most}",
                hint="use optimize='auto'",
            )
        # The random searches draw from the generator that everything shares, from a seed of their own.
        with _DRAWING:
            state = random.getstate()
            try:
                return _plain(self.search(list(map(frozenset, inputs)), kept, dict(sizes)))
            finally:
                random.setstate(state)


@dataclass(frozen=True, slots=True)
class _Called:
    """A callable of the user, which gets characters as labels, as from opt_einsum."""

    search: Callable[..., Any]

    def __call__(self, inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
        names = {label: get_symbol(label) for label in sizes}
        found = self.search(
            [frozenset([names[label] for label in labels]) for labels in inputs],
            frozenset([names[label] for label in kept]),
            {names[label]: size for label, size in sizes.items()},
        )
        if found is None:
            raise ArgumentError(
                f"the search {getattr(self.search, '__name__', self.search)!r:.60} returned no path",
                hint="return a sequence of pairs of positions, as [(1, 2), (0, 1)]",
            )
        path = given_path(found)
        check_path(path, len(inputs))
        return path


@dataclass(frozen=True, slots=True)
class _Given:
    """A path that was given."""

    path: Path

    def __call__(self, inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
        check_path(self.path, len(inputs))
        return self.path


def _by_cotengra(inputs: Sequence[Factor], kept: Labels, sizes: Mapping[int, int]) -> Path:
    cotengra = import_module("cotengra")
    names = {label: get_symbol(label) for label in sizes}
    terms = [tuple([names[label] for label in labels]) for labels in inputs]
    search = cotengra.RandomGreedyOptimizer(max_repeats=COTENGRA_TRIES, seed=0, parallel=False)
    tree = search.search(
        terms,
        tuple([names[label] for label in sorted(kept)]),
        {names[label]: size for label, size in sizes.items()},
    )
    tree.subtree_reconfigure_(subtree_size=8, maxiter=100)
    return _plain(tree.get_path())


def _plain(found: Any) -> Path:
    return tuple([tuple(sorted(map(int, step))) for step in found])
