"""The benchmark suite: our programs and what people use instead, in one table.

Every row compares one computation with the same arrays: first the values, then the times, of which each
candidate gives one sample in every round. ``ratio`` is our median over that of the best peer, ``least`` the
same for the shortest times. Peers that are not installed are left out.

    python examples/benchmark.py [--quick] [--only SECTION …] [--out FOLDER] [--threads N] [--device cuda]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

SECTIONS = {
    "contractions": "benchmarks.contractions",
    "tensor networks": "benchmarks.tensor_networks",
    "networks": "benchmarks.networks",
    "layers": "benchmarks.layers",
    "hessians": "benchmarks.hessians",
    "deriving": "benchmarks.deriving",
    "growth": "benchmarks.growth",
}
"""The parts of the suite, by name. They are imported after the number of threads is set."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the suite, and return its exit status."""
    chosen = _options().parse_args(words)
    threads = 1 if chosen.quick and chosen.threads is None else chosen.threads
    if threads is not None:
        limit_threads(threads)
    suite = import_module("benchmarks.suite")
    sections = {
        name: import_module(module).cases for name, module in SECTIONS.items() if name in chosen.only
    }
    status: int = suite.run(sections, chosen)
    return status


def limit_threads(number: int) -> None:
    """Let every library use this many threads, of as many processors; call it before they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[name] = str(number)
    if hasattr(os, "sched_setaffinity"):  # what XLA counts
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:number])


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="small sizes, for some milliseconds each")
    options.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="some sections"
    )
    options.add_argument("--out", type=Path, help="a folder for results.csv, results.json and plots")
    options.add_argument(
        "--threads", type=int, help="threads of every library; all if not given, 1 with --quick"
    )
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda needs CuPy")
    options.add_argument("--seconds", type=float, help="for each row; 1 if not given, 0.02 with --quick")
    return options


if __name__ == "__main__":
    sys.exit(main())
