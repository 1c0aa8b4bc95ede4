"""Running the sections one after the other, and showing each row when it is there."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping

import bracketcalc as bc
from benchmarks.case import BY_HAND, OURS, Cases, Setting
from benchmarks.harness import MATMUL, Row, measured
from benchmarks.peers import Jax, Torch
from benchmarks.plots import draw
from benchmarks.table import heading, line, machine, summary, write

COLUMNS = (OURS, BY_HAND, "NumPy", "CuPy", "opt_einsum", "cotengra", Torch.name, Jax.name, MATMUL)

SECONDS, QUICK_SECONDS = 1.0, 0.02
"""How long a row is measured."""


def run(sections: Mapping[str, Cases], chosen: Namespace) -> int:
    """Print the table and its summary, write the files, and return the exit status.

    What was measured is written too when the user interrupts it.
    """
    setting = Setting(chosen.quick, chosen.device)
    seconds = chosen.seconds if chosen.seconds is not None else QUICK_SECONDS if chosen.quick else SECONDS
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    rows: list[Row] = []
    status = 0
    try:
        for name, cases in sections.items():
            print(f"\n{name}")
            shown: list[str] = []
            for case in cases(setting):
                rows.append(measured(name, case, setting, seconds))
                present = {*shown, *rows[-1].times, *rows[-1].failed}
                names = [column for column in COLUMNS if column in present]
                if names != shown:
                    shown = names
                    print(heading(shown))
                print(line(rows[-1], shown), flush=True)
    except bc.BracketCalcError as error:
        print(f"error: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    print("\nour time over that of the best peer")
    for text in summary(rows):
        print(text)
    if chosen.out is not None:
        write(rows, chosen.out)
        for path in draw(rows, chosen.out):
            print(path)
    return status
