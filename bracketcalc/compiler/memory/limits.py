"""How much memory there is, so that a program that would exceed it is refused before it runs."""

from __future__ import annotations

import os
from pathlib import Path

from bracketcalc.backends.record import Backend

MEMINFO = Path("/proc/meminfo")

GROUP = Path("/sys/fs/cgroup")


def free_bytes(backend: Backend, meminfo: Path = MEMINFO, group: Path = GROUP) -> int | None:
    """Return the bytes that a program may take where it runs, None where that is not known.

    Args:
        backend: the library that the program runs on.
        meminfo: the file in which Linux tells what is available.
        group: the folder in which it tells the limits of the control group.
    """
    if backend.name in ("numpy", "torch on cpu"):
        found = [x for x in (_available(meminfo), _left_in_group(group)) if x is not None]
        return min(found) if found else _installed()
    if backend.name.startswith("cupy"):
        cuda = backend.namespace
        return int(cuda.cuda.runtime.memGetInfo()[0] + cuda.get_default_memory_pool().free_bytes())
    if backend.name.startswith("torch on cuda"):
        return int(backend.namespace.cuda.mem_get_info()[0])
    return None


def _available(meminfo: Path) -> int | None:
    """Return what Linux can give to a program without swapping."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return _number(rest.removesuffix("kB"), 1024)
    return None


def _left_in_group(group: Path) -> int | None:
    """Return what the limit of the control group leaves; cached files make room when it is needed."""
    try:
        limit = _number((group / "memory.max").read_text(encoding="ascii"))
        used = _number((group / "memory.current").read_text(encoding="ascii"))
        rows = (group / "memory.stat").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    cached = [_number(row.partition(" ")[2]) for row in rows if row.startswith("inactive_file ")]
    if limit is None or used is None:
        return None
    return max(limit - used + sum(x or 0 for x in cached), 0)


def _installed() -> int | None:
    """Return the memory of the machine, where the system tells nothing better."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _number(text: str, unit: int = 1) -> int | None:
    text = text.strip()
    return int(text) * unit if text.isdecimal() else None
