"""The command line: what a formula means, what its gradient is, and how fast it runs."""

from __future__ import annotations

from bracketcalc.cli.command import main
from bracketcalc.cli.formula import explain
from bracketcalc.cli.measured import bench

__all__ = ["bench", "explain", "main"]
