"""Comparing the values of a case, and then the times of its candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import exp, log
from typing import Any

import numpy as np

import bracketcalc as bc
from benchmarks.case import OURS, Array, Case, Setting
from benchmarks.peers import Jax
from bracketcalc.testing.timing import Clock, Run, Times, take_turns, wall_clock
from support.device import namespace

MATMUL = "matmul"
"""A bare matrix product of as many operations as a case has."""

LARGE = 10**8
"""The operations from which a case is compared with a bare matrix product."""

SLOW = 1.0
"""A peer whose call takes more seconds, and more than the whole row should, is timed once only."""


@dataclass(frozen=True)
class Row:
    """What was measured for a case.

    Attributes:
        section: the part of the suite.
        case: the case.
        times: the times of the candidates that work, ours first.
        failed: why the others are left out, by name.
        note: what the case says afterwards.
    """

    section: str
    case: Case
    times: Mapping[str, Times]
    failed: Mapping[str, str]
    note: str = ""

    @property
    def best(self) -> str:
        """Return the fastest peer by its median, empty where there is none."""
        return min(self.peers, key=lambda name: self.peers[name].median, default="")

    @property
    def ratio(self) -> float:
        """Return our median over the least median of a peer."""
        return self.times[OURS].median / min(times.median for times in self.peers.values())

    @property
    def least_ratio(self) -> float:
        """Return our shortest time over the shortest time of any peer."""
        return self.times[OURS].least / min(times.least for times in self.peers.values())

    @property
    def peers(self) -> dict[str, Times]:
        """Return the times of those who do the same as we."""
        others = {OURS, MATMUL, *self.case.beside}
        return {name: times for name, times in self.times.items() if name not in others}

    @property
    def share(self) -> float:
        """Return the part of a bare matrix product's speed that we reach, NaN where it was not timed."""
        return self.times[MATMUL].least / self.times[OURS].least if MATMUL in self.times else float("nan")


def without(row: Row, name: str) -> Row:
    """Return the row as if one of its candidates had not been timed."""
    return replace(row, times={other: times for other, times in row.times.items() if other != name})


def measured(section: str, case: Case, setting: Setting, seconds: float) -> Row:
    """Return the times of a case, after the values of all candidates were compared.

    Raises:
        bc.ArgumentError: if a peer computes something else.
    """
    ours = comparable(case, OURS, case.runs[OURS]())
    for array in ours:
        if array.dtype != case.dtype:
            raise bc.ArgumentError(f"{case.name}: our result is {array.dtype}, not {case.dtype}")
    working: dict[str, Run] = {OURS: case.runs[OURS]}
    failed: dict[str, str] = {}
    for name, run in case.runs.items():
        if name == OURS:
            continue
        try:
            result = run()
        except Exception as error:  # whatever a library raises where it cannot do the case
            failed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
            continue
        check_equal(case, name, ours, comparable(case, name, result))
        working[name] = run
    if case.flops >= LARGE:
        working[MATMUL] = _bare_matmul(case, setting)
    once: dict[str, Times] = {}
    for name in [name for name in working if name != OURS]:
        spent = wall_clock(working[name], 1)
        if spent > max(seconds, SLOW):
            once[name] = Times((spent,))
            del working[name]
    clocks = {name: clock for name in working if (clock := _clock(name, setting)) is not None}
    times = take_turns(working, seconds, clocks=clocks, rounds=case.rounds)
    return Row(section, case, {**times, **once}, failed, case.note() if case.note else "")


def _bare_matmul(case: Case, setting: Setting) -> Run:
    """Return the product of two square matrices that needs as many operations as the case."""
    xp = namespace(setting.device)
    size = round((case.flops / 2) ** (1 / 3))
    square = xp.ones((size, size), case.dtype)
    return partial(xp.matmul, square, square)


def comparable(case: Case, name: str, result: Any) -> list[Array]:
    """Return the arrays of a candidate's result in the memory of the machine."""
    result = case.comparable.get(name, lambda found: found)(result)
    return [on_host(array) for array in (result if isinstance(result, list | tuple) else [result])]


def on_host(array: Any) -> Array:
    """Return a NumPy array of the same values, from any library."""
    for method in ("get", "cpu"):
        if hasattr(array, method):
            array = getattr(array, method)()
    return np.asarray(array)


def check_equal(case: Case, name: str, ours: Sequence[Array], theirs: Sequence[Array]) -> None:
    """Refuse a peer whose results are others than ours.

    Raises:
        bc.ArgumentError: that names the case, the peer and the difference.
    """
    if [one.shape for one in ours] != [other.shape for other in theirs]:
        raise bc.ArgumentError(f"{case.name}, {case.dtype}: {name} has results of other shapes")
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True), 1):
        scale = float(np.max(np.abs(one), initial=0)) or 1.0
        error = float(np.max(np.abs(one - other), initial=0)) / scale
        if not error < case.tolerance:
            raise bc.ArgumentError(
                f"{case.name}, {case.dtype}: result {place} of {name} differs by {error:.1e}"
            )


def geometric_mean(numbers: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers."""
    return exp(sum(map(log, numbers)) / len(numbers))


def _clock(name: str, setting: Setting) -> Clock | None:
    """Return how a candidate is timed, None for the clock on the wall.

    On a CUDA device events of the current stream are used, but not for JAX: it has streams of its own,
    and waits for its results.
    """
    if setting.device == "cpu" or name == Jax.name:
        return None
    return partial(_by_events, namespace(setting.device).cuda)


def _by_events(cuda: Any, run: Run, calls: int) -> float:
    """Return the seconds between two events on the device, before and after the calls."""
    begun, ended = cuda.Event(), cuda.Event()
    begun.record()
    for _ in range(calls):
        run()
    ended.record()
    ended.synchronize()
    return float(cuda.get_elapsed_time(begun, ended)) / 1e3
