"""The command line that the training examples share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bracketcalc as bc
from support.device import DEVICES

OUTPUT = Path(__file__).parents[1] / "output"


def arguments(name: str, description: str | None, steps: int, quick_steps: int) -> argparse.Namespace:
    """Return what was chosen on the command line.

    Args:
        name: the name of the example, from which the names of its files are made.
        description: the docstring of the example.
        steps: how many steps it makes.
        quick_steps: how many it makes with --quick.
    """
    options = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    options.add_argument("--steps", type=int, help=f"training steps, {steps} if not given")
    options.add_argument("--quick", action="store_true", help=f"{quick_steps} steps only")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--device", choices=DEVICES, default="cpu", help="cuda needs CuPy")
    options.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    options.add_argument("--checkpoint", type=Path, default=OUTPUT / f"{name}.checkpoint")
    options.add_argument("--output", type=Path, default=OUTPUT / f"{name}.png", help="the figure")
    options.add_argument("--find-nan", action="store_true", help="say where the first NaN appears")
    chosen = options.parse_args()
    if chosen.steps is None:
        chosen.steps = quick_steps if chosen.quick else steps
    if chosen.steps < 1:
        options.error(f"--steps is {chosen.steps}, but at least one step is needed")
    return chosen


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the program with the message of an error, without the way to where it was found."""
    try:
        yield
    except bc.BracketCalcError as error:
        sys.exit(f"error: {error}")
