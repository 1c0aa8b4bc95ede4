"""Keeping the memory of arrays that are freed for those that come next."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

LARGE = 1 << 17
"""From how many bytes the C library of Linux gives a block back to the system when it is freed."""

_MOST = (32 << 20) - 8192
"""The most bytes of a block for which it learns not to, with some room for what it adds itself."""


def keep_freed_pages() -> None:
    """Let the C library keep the memory of arrays that are freed.

    At first, glibc asks the system for every block of at least :data:`LARGE` bytes, and gives it back when
    it is freed; so a program touches new pages with each large value, in each call, which can take as long
    as computing it. It stops doing so for blocks up to the size of one that was freed. Here such a block is
    asked for and freed; it is never touched, so it takes no memory. Nothing changes where the environment
    sets the limits of ``malloc``, where a process has too few addresses, or with another C library.
    """
    with suppress(MemoryError):
        np.empty(_MOST, np.uint8)
