"""Timing several ways to compute one thing, so that all of them see the same load of the machine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any

Run = Callable[[], Any]
"""One call of what is timed."""

Clock = Callable[[Run, int], float]
"""From a call and how often it is made to the seconds that all of these calls take."""

SAMPLE = 1e-3
"""The seconds that a sample should take at least: shorter ones measure the clock."""

PAUSE = 2e-3
"""The seconds between two samples: threads that the one before left waiting for work fall asleep."""

SHORT = 50e-3
"""Up to how many seconds a call is made once more before each sample, uncounted: caches cool in a pause."""

ROUNDS = 3
"""The fewest rounds, however long they take."""


@dataclass(frozen=True, slots=True)
class Times:
    """The seconds that a call took, one number for each sample.

    Attributes:
        samples: the mean time of the calls of each sample.

    Example:
        >>> times = Times((3.0, 1.0, 2.0, 4.0, 5.0))
        >>> times.median, times.least, times.quartiles
        (3.0, 1.0, (2.0, 4.0))
    """

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the time that half of the samples do not exceed."""
        return median(self.samples)

    @property
    def least(self) -> float:
        """Return the shortest time, which other work on the machine disturbs least."""
        return min(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Return the times between which the middle half of the samples lies."""
        if len(self.samples) == 1:
            return self.samples[0], self.samples[0]
        low, _, high = quantiles(self.samples, n=4, method="inclusive")
        return low, high


def wall_clock(run: Run, calls: int) -> float:
    """Return the seconds that pass during several calls."""
    begun = perf_counter()
    for _ in range(calls):
        run()
    return perf_counter() - begun


def take_turns(
    runs: Mapping[str, Run],
    seconds: float,
    *,
    clocks: Mapping[str, Clock] | None = None,
    sample: float = SAMPLE,
    rounds: int = ROUNDS,
) -> dict[str, Times]:
    """Return how long a call of each takes, from samples that are taken in turns.

    Every round takes one sample of each, in another order, so that none always follows the same one. Two
    calls of each go before, which are not counted, and one before each sample of a short call.

    Args:
        runs: what is timed, by name.
        seconds: how long to go on; the last round is finished.
        clocks: another clock than :func:`wall_clock` for some of the names.
        sample: the seconds that a sample takes at least; short calls are repeated within it.
        rounds: the fewest rounds, even if they take longer.

    Returns:
        The times by name, in the order of ``runs``.

    Example:
        >>> times = take_turns({"sum": lambda: sum(range(100)), "list": lambda: list(range(100))}, 0.01)
        >>> list(times), all(one.least <= one.median for one in times.values())
        (['sum', 'list'], True)
    """
    clock_of = {name: (clocks or {}).get(name, wall_clock) for name in runs}
    samples: dict[str, list[float]] = {name: [] for name in runs}
    with _no_collection():
        calls = {name: _calls(run, clock_of[name], sample) for name, run in runs.items()}
        order, draw = list(runs), Random(0)
        until = perf_counter() + seconds
        done = 0
        while done < rounds or perf_counter() < until:
            draw.shuffle(order)
            for name in order:
                sleep(PAUSE)
                if not samples[name] or min(samples[name]) < SHORT:
                    runs[name]()
                samples[name].append(clock_of[name](runs[name], calls[name]) / calls[name])
            done += 1
    return {name: Times(tuple(found)) for name, found in samples.items()}


def _calls(run: Run, clock: Clock, sample: float) -> int:
    """Return how many calls fill a sample, after a call that may compile something."""
    run()
    calls = 1
    while (spent := clock(run, calls)) < sample:
        # Twice as many at least: a clock may show nothing for a short call.
        calls = max(2 * calls, int(calls * sample / max(spent, sample / 1000)))
    return calls


@contextmanager
def _no_collection() -> Iterator[None]:
    """Leave cyclic garbage alone, which would be collected in the time of whoever comes next."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
