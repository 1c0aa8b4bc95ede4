"""One einsum equation as a case: our program, and everybody's einsum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import opt_einsum

import bracketcalc as bc
from benchmarks.case import BY_HAND, OURS, TOLERANCES, Array, Case, Setting, flops_of, program_run
from benchmarks.peers import has, libraries
from bracketcalc.testing.timing import Run
from support.device import namespace

LETTERS = 52
"""The labels that NumPy and torch can name."""

NUMPY_OPERANDS = 8
"""Of more operands NumPy's own search leaves several for one step, which then takes seconds."""


def einsum_case(
    name: str,
    equation: str,
    arrays: Sequence[Array],
    setting: Setting,
    by_hand: Callable[..., Any] | None = None,
) -> Case:
    """Return the case of an einsum equation.

    Args:
        name: what it is called.
        equation: the equation, with an arrow.
        arrays: its operands.
        setting: where it runs.
        by_hand: the same with NumPy's functions, where it is plain how somebody would write it.
    """
    dtype = str(arrays[0].dtype)
    tensors = [
        bc.tensor(f"x{place}", tuple(f"n{ord(label)}" for label in labels))
        for place, labels in enumerate(equation.partition("->")[0].split(","))
    ]
    program = bc.compile(bc.einsum(equation, *tensors))
    values = setting.arrays({tensor.name: array for tensor, array in zip(tensors, arrays, strict=True)})
    placed = list(values.values())
    runs: dict[str, Run] = {OURS: program_run(program, values)}
    if by_hand is not None:
        runs[BY_HAND] = lambda: by_hand(*placed)
    runs |= host_einsums(equation, placed, setting)
    for library in libraries(setting):
        given = [library.array(array) for array in arrays]
        if len(set(equation) - set(",->")) <= LETTERS:
            runs[library.name] = library.prepared(partial(library.einsum, equation), *given)
    return Case(name, dtype, runs, TOLERANCES[dtype], flops_of(program, values, dtype))


def host_einsums(equation: str, arrays: Sequence[Any], setting: Setting) -> dict[str, Run]:
    """Return the einsums of NumPy (on a device CuPy's), of opt_einsum and of cotengra."""
    shapes = [array.shape for array in arrays]
    xp = namespace(setting.device)
    found: dict[str, Run] = {}
    if len(arrays) <= NUMPY_OPERANDS and len(set(equation) - set(",->")) <= LETTERS:
        found["CuPy" if xp is not np else "NumPy"] = lambda: xp.einsum(equation, *arrays, optimize=True)
    ready = opt_einsum.contract_expression(equation, *shapes)
    found["opt_einsum"] = lambda: ready(*arrays)
    if has("cotengra"):
        tree = import_module("cotengra").einsum_expression(equation, *shapes)
        found["cotengra"] = lambda: tree(*arrays)
    return found
