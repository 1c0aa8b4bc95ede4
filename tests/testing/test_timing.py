"""Times are taken in turns, and say what was measured."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

import pytest

from bracketcalc.testing.timing import Times, take_turns


class FakeClock:
    """A clock that knows how long each call takes, and writes down who was called."""

    def __init__(self, seconds: float, name: str, order: list[str]) -> None:
        self.seconds, self.name, self.order = seconds, name, order

    def __call__(self, run: Callable[[], object], calls: int) -> float:
        self.order.append(self.name)
        return self.seconds * calls


def test_every_round_is_in_another_order() -> None:
    order: list[str] = []
    clocks = {name: FakeClock(0.01, name, order) for name in "abc"}
    times = take_turns(dict.fromkeys("abc", lambda: None), 0, clocks=clocks, rounds=12)
    rounds = ["".join(order[k : k + 3]) for k in range(0, len(order), 3)]
    assert rounds[0] == "abc"
    assert {"".join(sorted(names)) for names in rounds} == {"abc"}
    assert {names[0] for names in rounds[1:]} == set("abc")
    assert [len(found.samples) for found in times.values()] == [12, 12, 12]
    assert times["b"].median == pytest.approx(0.01)


def test_short_calls_are_repeated_until_the_clock_can_measure_them() -> None:
    counted: list[int] = []

    def clock(_: Callable[[], object], calls: int) -> float:
        counted.append(calls)
        return 1e-6 * calls

    times = take_turns({"a": lambda: None}, 0, clocks={"a": clock}, sample=1e-3, rounds=5)
    assert counted[-5:] == [counted[-1]] * 5
    assert 1e-3 <= counted[-1] * 1e-6 < 2e-3
    assert times["a"].least == pytest.approx(1e-6)


def test_a_clock_that_shows_nothing_does_not_stop_the_search() -> None:
    clocks = {"a": lambda _, calls: 0 if calls < 9 else 1}
    times = take_turns({"a": lambda: None}, 0, clocks=clocks, rounds=1)
    assert 0 < times["a"].median < 0.2


def test_before_each_sample_a_short_call_is_made_uncounted() -> None:
    called: list[str] = []
    runs = {name: partial(called.append, name) for name in ("short", "long")}
    clocks = {"short": lambda _, calls: 0.01 * calls, "long": lambda _, calls: 0.1 * calls}
    times = take_turns(runs, 0, clocks=clocks, rounds=4)
    # The clocks make no calls. One goes before all; before the first sample nobody knows which is long.
    assert called.count("short") == 1 + 4
    assert called.count("long") == 1 + 1
    assert [found.median for found in times.values()] == pytest.approx([0.01, 0.1])


def test_a_longer_call_takes_longer() -> None:
    times = take_turns({"long": lambda: sum(range(20_000)), "short": lambda: sum(range(200))}, 0.02)
    assert times["long"].least > 10 * times["short"].least > 0


def test_garbage_is_collected_again_afterwards() -> None:
    with pytest.raises(ZeroDivisionError):
        take_turns({"a": lambda: 1 / 0}, 0)
    assert gc.isenabled()


def test_the_middle_half_lies_around_the_median() -> None:
    times = Times(tuple(map(float, range(101))))
    assert (times.least, times.median, times.quartiles) == (0, 50, (25, 75))
    assert Times((2.0,)).quartiles == (2.0, 2.0)
