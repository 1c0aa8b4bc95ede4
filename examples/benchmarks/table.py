"""The rows as text, and as files that other programs read."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from math import isnan
from pathlib import Path
from typing import Any

from benchmarks.case import BY_HAND, OURS
from benchmarks.harness import Row, geometric_mean, without
from bracketcalc.testing.timing import Times

LIBRARIES = ("bracketcalc", "numpy", "opt_einsum", "cotengra", "torch", "jax", "cupy")
WIDTH = 16


def heading(names: Sequence[str]) -> str:
    """Return the line above the rows of a section, for its candidates."""
    cells = "".join(f"{name:>{WIDTH}}" for name in names)
    title = "µs, median ± half of the middle half"
    return f"{title:53}{cells}{'ratio':>8}{'least':>7}{'GFLOP/s':>9}{'of matmul':>11}"


def line(row: Row, names: Sequence[str]) -> str:
    """Return a row: the candidates in the order of the names, and our time over the best of the others."""
    cells = "".join(f"{_cell(row.times.get(name)):>{WIDTH}}" for name in names)
    ratios = f"{row.ratio:8.2f}{row.least_ratio:7.2f}" if row.peers else f"{'':15}"
    rate = f"{row.case.flops / row.times[OURS].least / 1e9:9.2f}" if row.case.flops else ""
    rate += "" if isnan(row.share) else f"{100 * row.share:9.0f} %"
    text = f"{row.case.name:44.44}{row.case.dtype:9}{cells}{ratios}{rate}".rstrip()
    notes = [*([row.note] if row.note else []), *(f"{name}: {why}" for name, why in row.failed.items())]
    return "\n".join([text, *(f"    {note:.150}" for note in notes)])


def _cell(times: Times | None) -> str:
    if times is None:
        return "-"
    low, high = times.quartiles
    return f"{1e6 * times.median:.1f} ±{100 * (high - low) / 2 / times.median:2.0f}%"


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each section and type: the geometric mean and the worst of the ratios.

    Where some peers are written by hand, a second line tells the ratios to the libraries alone.
    """
    for section in dict.fromkeys(row.section for row in rows):
        for dtype in dict.fromkeys(row.case.dtype for row in rows if row.section == section):
            found = [row for row in rows if (row.section, row.case.dtype) == (section, dtype) and row.peers]
            libraries = [row for one in found if (row := without(one, BY_HAND)).peers]
            if found:
                yield f"{section:18}{dtype:9}{_ratios(found)}"
            if libraries and any(BY_HAND in row.peers for row in found):
                yield f"{'    libraries only':27}{_ratios(libraries)}"


def _ratios(rows: Sequence[Row]) -> str:
    worst = max(rows, key=lambda row: row.ratio)
    return (
        f"{len(rows):3} cases   geometric mean {geometric_mean([row.ratio for row in rows]):5.2f} "
        f"(of the least times {geometric_mean([row.least_ratio for row in rows]):5.2f})   "
        f"worst {worst.ratio:5.2f}: {worst.case.name} ({worst.best})"
    )


def record(row: Row) -> list[dict[str, Any]]:
    """Return one record for each candidate of a row."""
    common = {
        "section": row.section,
        "case": row.case.name,
        "dtype": row.case.dtype,
        "flops": row.case.flops,
        "series": row.case.series,
        "work": row.case.work,
    }
    found = []
    for name, times in row.times.items():
        low, high = times.quartiles
        found.append(
            {
                **common,
                "candidate": name,
                "median_us": 1e6 * times.median,
                "low_us": 1e6 * low,
                "high_us": 1e6 * high,
                "least_us": 1e6 * times.least,
                "samples": len(times.samples),
                "ours_over_it": row.times[OURS].median / times.median,
            }
        )
    return found


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write ``results.csv`` and ``results.json``, which also tells about the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [found for row in rows for found in record(row)]
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]) if records else [])
        writer.writeheader()
        writer.writerows(records)
    text = json.dumps({"machine": machine(), "rows": records}, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text, encoding="utf-8")


def machine() -> dict[str, Any]:
    """Return the processor, the number of threads, and the versions of the libraries."""
    found: dict[str, Any] = {
        "processor": platform.processor() or platform.machine(),
        "system": platform.system(),
        "threads": os.environ.get("OMP_NUM_THREADS", os.cpu_count()),
        "python": platform.python_version(),
    }
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
