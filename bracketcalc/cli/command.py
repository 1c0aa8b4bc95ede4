"""The commands and their options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from bracketcalc.cli.formula import explain
from bracketcalc.cli.measured import DTYPES, bench
from bracketcalc.errors import BracketCalcError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit status.

    Args:
        arguments: the words behind the command; those of the process for None.

    Example:
        >>> main(["explain", "X W", "--tensors", "X[n,d] W[d,k]"])
        X W, with sizes (n, k)
          matrix   X W
          index    (X_{ij} W_{jk} | ik)
          bracket  ⟨X_1 [X̅_2 W_1] W_2⟩
          LaTeX    X W
        0
    """
    words = sys.argv[1:] if arguments is None else arguments
    given = _parser().parse_args([_no_option(word) for word in words])
    formula = given.formula.strip()
    try:
        if given.command == "bench":
            options = {"wrt": given.wrt, "dtype": given.dtype, "seconds": given.seconds}
            _write(bench(formula, given.tensors, given.sizes, **options), sys.stdout)
        else:
            _write(explain(formula, given.tensors, given.wrt, given.sizes, given.source), sys.stdout)
    except BracketCalcError as error:
        _write(f"{type(error).__name__}: {error}", sys.stderr)
        return 1
    except BrokenPipeError:
        # Python writes what is left at its end, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _no_option(word: str) -> str:
    """Return a word, with a space before a minus sign: no option but -h has one letter, a formula may."""
    return f" {word}" if word.startswith("-") and not word.startswith("--") and word != "-h" else word


def _write(text: str, stream: TextIO) -> None:
    """Write a text, with an escape for each character that the stream cannot hold."""
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bracketcalc", description="Tensor bracket notation.")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    shown = commands.add_parser("explain", help="say what a formula means, and what it costs to run it")
    _add_formula(shown)
    shown.add_argument("--sizes", default="", help="the sizes for a report, such as 'n=500 d=64'")
    shown.add_argument(
        "--source", action="store_true", help="also show the program, for some sizes if none are given"
    )
    timed = commands.add_parser("bench", help="time a formula, beside einsum where it is one product")
    _add_formula(timed)
    timed.add_argument("--sizes", default="", help="the sizes of the arrays, such as 'n=500 d=64'")
    timed.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help=f"{DTYPES[0]} if not given")
    timed.add_argument("--seconds", type=float, default=2.0, help="how long to measure, 2 if not given")
    return parser


def _add_formula(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("formula", help="a formula, such as 'Xᵀ (X w - y)'")
    parser.add_argument("--tensors", default="", help="its tensors, such as 'X[n,d] w[d] y[n]'")
    parser.add_argument("--wrt", default="", help="tensors for whose gradients to ask, such as 'W b'")
