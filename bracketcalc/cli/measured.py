"""How fast the program of one formula runs, beside einsum and beside a bare matrix product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import opt_einsum

from bracketcalc.backends.numpy import NUMPY
from bracketcalc.cli.given import declared_in, numbers_in, shapes_of, with_gradients
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.lowering.labels import index_tensors
from bracketcalc.compiler.memory.limits import free_bytes
from bracketcalc.compiler.program.fields import type_for
from bracketcalc.compiler.reports.report import show_two
from bracketcalc.errors import ArgumentError, MemoryLimitError
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.render.einsum import to_einsum
from bracketcalc.testing.timing import Run, Times, take_turns

DTYPES = ("float64", "float32")

OURS = "bracketcalc"
MATMUL = "numpy.matmul"
MATMUL_SIZE = 512
"""Matrices of this size fill the caches but not the memory: the most that can be hoped for."""

Arrays = dict[str, npt.NDArray[Any] | int]


def bench(
    formula: str,
    declarations: str,
    sizes: str,
    *,
    wrt: str = "",
    dtype: str = DTYPES[0],
    seconds: float = 2.0,
) -> str:
    """Return a table of the times of a formula's program, for random arrays.

    Where the formula and its gradients are plain products of tensors, ``numpy.einsum`` and opt_einsum are
    timed with the same arrays, in turns, after their values were compared. The last row is a product of
    two square matrices, as what the machine can do at best.

    Args:
        formula: the formula.
        declarations: its tensors, such as ``"X[n,d] w[d]"``. Tensors of indices get zeros.
        sizes: values of the sizes, such as ``"n=500 d=64"``.
        wrt: names of tensors for whose gradients to ask; the formula must then be a scalar.
        dtype: the type of the arrays.
        seconds: how long to measure.

    Raises:
        BracketCalcError: for anything wrong with the formula, the tensors or the sizes.
    """
    if not seconds >= 0:
        raise ArgumentError(f"--seconds is {seconds}, which is no time", hint="write a positive number")
    declared = declared_in(declarations)
    results = list(with_gradients(formula, declared, wrt).values())
    program = compile(results)
    shapes = shapes_of(declared, program.arguments, numbers_in(sizes))
    report = program.report(np.dtype(dtype), **shapes)
    _check_room(report.argument_bytes + report.peak_bytes)
    arrays = _random(declared, shapes, np.dtype(dtype), index_tensors(results))
    expected = program(**arrays)
    runs: dict[str, Run] = {OURS: lambda: program(**arrays)}
    notes = []
    for name, run in _einsums(results, arrays).items():
        if _equal(expected, run(), float(np.finfo(dtype).eps) ** 0.5):
            runs[name] = run
        else:
            notes.append(f"{name} has other values and was not timed")
    square = np.ones((MATMUL_SIZE, MATMUL_SIZE), dtype)
    runs[MATMUL] = partial(np.matmul, square, square)
    times = take_turns(runs, seconds)
    given = " ".join(sizes.replace(",", " ").split())
    title = f"{formula}, {dtype}{', ' if given else ''}{given}: {report.flops:,} FLOPs"
    return "\n".join([title, *_table(times, report.flops), *notes])


def _check_room(needed: int) -> None:
    """Raise a MemoryLimitError if arrays and programs need more bytes than the machine has."""
    free = free_bytes(NUMPY)
    if free is not None and needed > free:
        taken, left = show_two(needed, free)
        raise MemoryLimitError(
            f"the arrays and the program need {taken}, but only {left} are free",
            hint="give smaller --sizes",
        )


def _random(
    declared: Mapping[str, Tensor],
    shapes: Mapping[str, tuple[int, ...] | int],
    dtype: np.dtype[Any],
    indices: frozenset[str],
) -> Arrays:
    """Return an array for each shape, of numbers around 1, where logarithms and roots are real."""
    draw = np.random.default_rng(0)
    found: Arrays = {}
    for name, shape in shapes.items():
        if isinstance(shape, int):
            found[name] = shape
        elif name in indices:
            found[name] = np.zeros(shape, int)
        else:
            found[name] = draw.uniform(0.5, 1.5, shape).astype(type_for(declared[name], dtype))
    return found


def _einsums(results: Sequence[Expr], arrays: Arrays) -> dict[str, Run]:
    """Return the calls of NumPy's and opt_einsum's einsum, none where a result is not a plain product."""
    try:
        products = [to_einsum(result) for result in results]
    except ArgumentError:
        return {}
    calls = []
    for equation, operands in products:
        named = [operand.name for operand in operands if isinstance(operand, Tensor)]
        if len(named) < len(operands):
            return {}
        calls.append((equation, [arrays[name] for name in named]))
    ready = [
        (opt_einsum.contract_expression(equation, *[np.shape(array) for array in given]), given)
        for equation, given in calls
    ]
    return {
        "numpy.einsum": lambda: tuple([np.einsum(eq, *given, optimize=True) for eq, given in calls]),
        "opt_einsum": lambda: tuple([run(*given) for run, given in ready]),
    }


def _equal(ours: Sequence[Any], theirs: Sequence[Any], tolerance: float) -> bool:
    return all(
        np.allclose(one, other, rtol=tolerance, atol=tolerance * float(np.max(np.abs(one), initial=0)))
        for one, other in zip(ours, theirs, strict=True)
    )


def _table(times: Mapping[str, Times], flops: int) -> list[str]:
    """Return a line for each candidate; FLOPs a second are those of the shortest time."""
    ours = times[OURS].median
    best = 2 * MATMUL_SIZE**3 / times[MATMUL].least
    lines = [f"{'':14}{'median':>12}{'middle half':>24}{'ours / it':>11}{'GFLOP/s':>10}{'of matmul':>11}"]
    for name, found in times.items():
        low, high = found.quartiles
        rate = (2 * MATMUL_SIZE**3 if name == MATMUL else flops) / found.least
        ratio = "" if name == MATMUL else f"{ours / found.median:.2f}"
        lines.append(
            f"{name:14}{1e6 * found.median:9.1f} µs{f'{1e6 * low:.1f} to {1e6 * high:.1f} µs':>24}"
            f"{ratio:>11}{rate / 1e9:10.2f}{100 * rate / best:9.1f} %"
        )
    return lines
