"""A bounded table of what was made before, safe to use from several threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import count
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

Made = TypeVar("Made")


class CacheInfo(NamedTuple):
    """How often a cache was asked, and what it holds."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Cache(Generic[Made]):
    """The values made for the most recently used keys.

    A value is made once for each key, also if several threads ask for it at the same time. Reading is
    not held up while a value is made.

    Example:
        >>> cache = Cache(2)
        >>> [cache.get(key, lambda key=key: key * 10) for key in (1, 2, 1, 3, 2)]
        [10, 20, 10, 30, 20]
        >>> cache.info()
        CacheInfo(hits=1, misses=4, maxsize=2, currsize=2)
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._values: OrderedDict[Hashable, Made] = OrderedDict()
        self._reading = Lock()
        self._making = Lock()
        self._hits = 0
        self._misses = 0
        self._quick, self._looks = count(), 0

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return the value of a key, making it where there is none."""
        found = self._find(key)
        if found is not None:
            return found
        with self._making:
            found = self._find(key)
            if found is not None:
                return found
            value = make()
            with self._reading:
                self._misses += 1
                self._values[key] = value
                if len(self._values) > self._maxsize:
                    self._values.popitem(last=False)
            return value

    def _find(self, key: Hashable) -> Made | None:
        with self._reading:
            value = self._values.get(key)
            if value is not None:
                self._hits += 1
                self._values.move_to_end(key)
            return value

    def hit(self) -> None:
        """Count that the most recently used value was found without asking for it."""
        # One step of the interpreter, so that no lock is needed.
        next(self._quick)

    def latest(self) -> Made | None:
        """Return the most recently used value, if there is one."""
        with self._reading:
            return next(reversed(self._values.values()), None)

    def info(self) -> CacheInfo:
        """Return the counts so far."""
        with self._reading:
            # Looking at the counter counts, too.
            hits = self._hits + next(self._quick) - self._looks
            self._looks += 1
            return CacheInfo(hits, self._misses, self._maxsize, len(self._values))

    def clear(self) -> None:
        """Forget every value; the counts go back to 0."""
        with self._reading:
            self._values.clear()
            self._hits = self._misses = 0
            self._quick, self._looks = count(), 0
