"""Running element-wise code on NumPy arrays block by block, on several threads where there is much to do.

NumPy takes one core, and each of its functions passes the whole array through memory. A block stays in the
cache from one function to the next, and NumPy lets other threads run while it computes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from contextvars import copy_context
from itertools import pairwise, product
from math import prod
from threading import Event, Thread
from typing import Any

import numpy as np

from bracketcalc.backends.repeats import RUN_BYTES, unbuffered
from bracketcalc.expr.records import Array

BLOCK = 1 << 17
"""How many elements of an array a block holds: few enough for the cache, many enough for the calls."""

Body = Callable[..., None]

Index = tuple[Any, ...]


def thread_limit(environment: Mapping[str, str]) -> int:
    """Return how many threads may run: OMP_NUM_THREADS, or the number of CPUs that the process may use.

    Example:
        >>> thread_limit({"OMP_NUM_THREADS": "3"}), thread_limit({"OMP_NUM_THREADS": "4,2"})
        (3, 4)
    """
    first = environment.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if first.isdecimal() and int(first):
        return int(first)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def block_runner(limit: int) -> Callable[..., None]:
    """Return the operation that runs a body on all blocks of its operands and results.

    Args:
        limit: how many threads may run.
    """

    def in_blocks(
        body: Body,
        operands: Sequence[Array],
        results: Sequence[Array],
        *,
        block: int,
        scratch: int,
        shares: int,
    ) -> None:
        """Call the body with the blocks of the operands, those of the results and room for other values.

        Args:
            body: what computes a block of each result.
            operands: arrays of the shape of the results, or with sizes 1, or without axes.
            results: arrays of one shape, which are written.
            block: the most elements of a block.
            scratch: how many blocks for other values the body needs.
            shares: among how many threads the work may be divided with profit.
        """
        arrays = _in_memory_order([*operands, *results], results[0])
        threads = min(limit, shares)
        block = min(block, -(-results[0].size // threads))
        pieces = _pieces(arrays[-1].shape, block)

        # The blocks of all arrays have the same last axis.
        run_bytes = arrays[-1].shape[-1] * arrays[-1].itemsize

        def work(part: Sequence[Index], stopped: Event) -> None:
            room = [np.empty(block, results[0].dtype) for _ in range(scratch)]
            for piece in part:
                if stopped.is_set():
                    return
                # Also where the piece is one element, the view of a result must be an array.
                views = [array[(*piece, ...)] if array.ndim else array for array in arrays]
                shape = views[-1].shape
                body(*views, *[space[: views[-1].size].reshape(shape) for space in room])

        with unbuffered() if run_bytes >= RUN_BYTES else nullcontext():
            _run(work, _divided(pieces, threads))

    return in_blocks


def _in_memory_order(arrays: Sequence[Array], first: Array) -> list[Array]:
    """Return views with the axes in the order in which one array has them in memory; flat where all fit.

    Axes of size 1 are repeated, so that one index fits all.
    """
    order = sorted(range(first.ndim), key=lambda axis: -abs(first.strides[axis]))
    turned = [array.transpose(order) if array.ndim else array for array in arrays]
    shape = first.transpose(order).shape
    if all(array.ndim == 0 or (array.shape == shape and array.flags.c_contiguous) for array in turned):
        return [array.reshape(-1) if array.ndim else array for array in turned]
    return [np.broadcast_to(a, shape) if a.ndim and a.shape != shape else a for a in turned]


def _pieces(shape: tuple[int, ...], block: int) -> list[Index]:
    """Return the indices of the blocks of an array, each of at most ``block`` elements.

    Example:
        >>> _pieces((2, 5, 3), 6)[:2]
        [(0, slice(0, 2, None)), (0, slice(2, 4, None))]
    """
    if 0 in shape:
        return []
    axis = len(shape) - 1
    while axis > 0 and prod(shape[axis:]) <= block:
        axis -= 1
    rows = max(1, block // prod(shape[axis + 1 :]))
    slices = [slice(start, start + rows) for start in range(0, shape[axis], rows)]
    return [(*lead, rest) for lead in product(*map(range, shape[:axis])) for rest in slices]


def _divided(pieces: Sequence[Index], parts: int) -> list[Sequence[Index]]:
    """Return the pieces in as many parts of about one length."""
    ends = [len(pieces) * k // parts for k in range(parts + 1)]
    return [pieces[a:b] for a, b in pairwise(ends) if a < b]


def _run(work: Callable[[Sequence[Index], Event], None], parts: Sequence[Sequence[Index]]) -> None:
    """Do the work on every part, each but the first on a thread of its own.

    The threads end with the call. What one of them raises is raised here, and if this one is interrupted,
    the others stop after the block that they are at.
    """
    stopped = Event()
    raised: list[BaseException] = []

    def guarded(part: Sequence[Index]) -> None:
        try:
            work(part, stopped)
        except BaseException as error:  # whatever it is, the calling thread shall raise it
            stopped.set()
            raised.append(error)

    # NumPy's error settings belong to the context.
    threads = [Thread(target=copy_context().run, args=(guarded, part), daemon=True) for part in parts[1:]]
    try:
        for thread in threads:
            thread.start()
        for part in parts[:1]:
            work(part, stopped)
        for thread in threads:
            thread.join()
    except BaseException:
        stopped.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        raise
    if raised:
        raise raised[0]
