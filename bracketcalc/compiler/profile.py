"""Measuring the steps of a program: the time of each, and the peaks of the machine beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.emission.load import make_function
from bracketcalc.compiler.emission.sheet import Line, Source
from bracketcalc.compiler.ready import Ready

FEWEST, MOST = 3, 200
"""How often a program runs while it is measured, at least and at most."""

ENOUGH = 0.3
"""After how many seconds it has been measured long enough."""

ENOUGH_FOR_PEAKS = 0.05
"""The same for each of the peaks, so that a busy moment does not pass for one."""

SIDE = 512
"""The rows of the matrices whose product tells the peak of operations."""

COPIED = 1 << 24
"""The bytes whose copy tells the peak of memory traffic."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured of a program.

    Attributes:
        seconds: for the slots of the steps the least time that each took.
        flop_rate: the operations per second of one large matrix product.
        byte_rate: the bytes per second that a large copy reads and writes.
    """

    seconds: Mapping[int, float]
    flop_rate: float
    byte_rate: float


def profiled(ready: Ready, backend: Backend, values: Sequence[Any]) -> Profile:
    """Run a program step by step, several times, and return the least time of each step.

    Args:
        ready: the program.
        backend: the library that it runs on.
        values: its arguments, in order.
    """
    plan = ready.plan
    wait = _waiting(backend)
    least: dict[int, float] = {}
    last = [0.0]

    def tick(slot: int) -> None:
        wait()
        now = perf_counter()
        least[slot] = min(now - last[0], least.get(slot, float("inf")))
        last[0] = perf_counter()

    source = _with_ticks(plan.text(backend.writes))
    run = make_function(source, backend, plan.dtype, plan.result_dtype, {"tick": tick})
    # Values that depend on constants alone were computed when the program was made.
    known = ready.run.args if isinstance(ready.run, partial) else ()
    begin = perf_counter()
    for number in range(MOST):
        if number >= FEWEST and perf_counter() - begin > ENOUGH:
            break
        last[0] = perf_counter()
        run(*known, *values)
    return Profile(least, *_rates(backend, plan.dtype, wait))


def _with_ticks(source: Source) -> Source:
    """Return a source that calls ``tick`` behind every statement that makes the value of a slot."""
    lines: list[Line] = []
    for line in source.lines:
        lines.append(line)
        if line.slot is not None:
            lines.append(Line(f"    tick({line.slot})"))
    return replace(source, lines=tuple(lines))


def _waiting(backend: Backend) -> Callable[[], Any]:
    """Return what waits until everything that was asked for is computed."""
    if backend.name.startswith("cupy"):
        return lambda: backend.namespace.cuda.get_current_stream().synchronize()
    if backend.name.startswith("torch on cuda"):
        wait: Callable[[], Any] = backend.namespace.cuda.synchronize
        return wait
    return lambda: None


def _rates(backend: Backend, dtype: Any, wait: Callable[[], Any]) -> tuple[float, float]:
    xp = backend.namespace
    matrix = xp.asarray([[1.0] * SIDE] * SIDE, dtype=dtype)
    row = xp.asarray([1.0] * (COPIED // matrix.itemsize), dtype=dtype)
    product = _least(lambda: xp.matmul(matrix, matrix), wait)
    copy = _least(lambda: -row, wait)
    return 2 * SIDE**3 / product, 2 * COPIED / copy


def _least(call: Callable[[], Any], wait: Callable[[], Any]) -> float:
    times: list[float] = []
    while len(times) < 5 or sum(times) < ENOUGH_FOR_PEAKS:
        begin = perf_counter()
        call()
        wait()
        times.append(perf_counter() - begin)
    return min(times)
