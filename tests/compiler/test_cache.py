"""The bounded table of programs."""

from __future__ import annotations

import threading
import time

import pytest

from bracketcalc.compiler.cache import Cache


def test_the_least_recently_used_value_goes_first() -> None:
    cache: Cache[str] = Cache(2)
    for key in "abac":
        assert cache.get(key, key.upper) == key.upper()
    assert cache.latest() == "C"
    assert cache.get("a", lambda: "new") == "A"
    assert cache.get("b", lambda: "new") == "new"
    assert cache.info() == (2, 4, 2, 2)
    cache.clear()
    assert cache.latest() is None


def test_a_failure_is_not_kept() -> None:
    cache: Cache[int] = Cache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 1) == 1
    assert cache.info() == (0, 1, 2, 1)


def test_reading_does_not_wait_for_making() -> None:
    cache: Cache[int] = Cache(4)
    cache.get("ready", lambda: 1)
    making, finish = threading.Event(), threading.Event()

    def slow() -> int:
        making.set()
        assert finish.wait(10)
        return 2

    thread = threading.Thread(target=cache.get, args=("slow", slow))
    thread.start()
    assert making.wait(10)
    begun = time.monotonic()
    assert cache.get("ready", lambda: 0) == 1
    assert time.monotonic() - begun < 5
    finish.set()
    thread.join()
    assert cache.get("slow", lambda: 0) == 2
